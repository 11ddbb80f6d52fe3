"""Who asks about whom: oneself, or others with the right to (a registration, or rules for the action `evaluate`)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from ...graph.clock import CLOCK
from ...graph.compartments import short_hash
from ...graph.errors import PurposeRefused
from ...graph.iris import is_absolute
from ...graph.vocabulary import AMBIT, FOAF
from ...graph.words import Chain
from ...reasoning.deciding.claims import NO_CLAIMS, Claims
from ...reasoning.deciding.enforcement import Enforcement, Stated, enforcement_of
from ...reasoning.deciding.purposes import is_purpose, resolve, widths
from ...reasoning.deciding.questions import Question
from ...reasoning.governance.facts import Facts
from ..identity import HOPS, Identity, actor_iri
from .known import Known
from .naming import AGENT, USER, Naming
from .words import Entity, Evaluation

EVALUATE: Final = "evaluate"
"""The action of asking what others may do with a compartment."""
STRANGER: Final = "urn:ambit:stranger:"
"""What stands in the ledger for a subject whom governance does not know begins with; a hash of its IRI follows."""


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What one policy makes of a caller with a purpose. Kept, it is one and the same: what is kept is kept by it."""

    purpose: str | None
    declared: bool
    may_know: bool
    point: Enforcement | None


@dataclass(frozen=True, slots=True)
class Asker:
    """The caller, for this request. `may_know`: the caller runs the place, and may be told which rules mattered."""

    identity: Identity
    purpose: str | None
    declared: bool
    may_know: bool
    point: Enforcement | None
    now: datetime
    stated: Claims
    standing: Standing

    @property
    def chain(self) -> Chain:
        """The caller's user and agents."""
        return self.identity.chain


@dataclass(frozen=True, slots=True)
class Asked:
    """About whom a question is, and how it is put to the rules but for what is stated with it."""

    question: Question
    is_own: bool

    def at(self, now: datetime) -> "Asked":
        """The same, to be decided at another time."""
        q = self.question
        question = Question(q.chain, q.purpose, q.action, q.site, now, q.facts, q.pattern)
        return Asked(question, self.is_own)


def asker_of(known: Known, identity: Identity, header: str | None, stated: Claims = NO_CLAIMS) -> Asker:
    """The caller as governance knows it now; raises `PurposeRefused`."""
    now, chain = CLOCK.now(), identity.chain

    def look_up() -> Standing:
        facts = known.decider.facts  # read here, where the policy is held: it is kept as what this one says
        purpose, declared = resolve(identity.purposes, header, chain, facts)
        runs_it = purpose is not None and AMBIT.ADMINISTRATION in widths(purpose, facts)
        may_know = runs_it and not chain.agents
        return Standing(purpose, declared, may_know, enforcement_of(chain, facts))

    found = known.of_policy(("asker", chain, identity.purposes, header), look_up)
    point = found.point
    if point is not None and point.until is not None and now >= point.until:
        point = None
    return Asker(identity, found.purpose, found.declared, found.may_know, point, now, stated, found)


def asked_of(known: Known, naming: Naming, asker: Asker, item: Evaluation) -> Asked | None:
    """About whom a question is; None where it is about nobody, or for a purpose that one may not name."""
    chain = chain_of(naming, asker, item.subject)
    question = question_of(known, asker, item, chain) if chain is not None else None
    return Asked(question, chain == asker.chain) if question is not None else None


def question_of(known: Known, asker: Asker, item: Evaluation, chain: Chain) -> Question | None:
    """What is to be decided for a chain; None where purpose, site or time do not fit."""
    wanted, site = item.context.get("purpose"), item.context.get("site")
    try:
        where = known.decider.server_site if site is None else _iri(site)
        now = _moment(asker, item)
        header = None if wanted is None else _iri(wanted)
        if chain == asker.chain:
            purpose = (
                asker.purpose if header is None else _purpose(known, asker.identity.purposes, header, chain)
            )
        else:
            purpose = None if header is None else _purpose(known, None, header, chain)
    except (PurposeRefused, ValueError):
        return None
    stated = asker.stated if chain == asker.chain else NO_CLAIMS
    facts = stated.triples(known.session(chain.user))
    return Question(chain, purpose, item.action.name, where, now, facts)


def question_of_anybody(
    known: Known, asker: Asker, item: Evaluation, user: str, agents: tuple[str, ...]
) -> Question | None:
    """The same with a user whom nobody knows in the place of those looked for; None where nothing fits.

    Whether they may name its purpose is told of each of them (`purposes.allowed`).
    """
    wanted = item.context.get("purpose")
    rest = {name: value for name, value in item.context.items() if name != "purpose"}
    question = question_of(known, asker, replace(item, context=rest), Chain(user, agents))
    if question is None or wanted is None:
        return question
    try:
        purpose = _iri(wanted)
    except ValueError:
        return None
    return replace(question, purpose=purpose) if is_purpose(purpose, known.decider.facts) else None


def _purpose(known: Known, claimed: tuple[str, ...] | None, header: str, chain: Chain) -> str | None:
    """The purpose that a chain may name; raises `PurposeRefused`."""

    def look_up() -> str | PurposeRefused | None:
        try:
            return resolve(claimed, header, chain, known.decider.facts)[0]
        except PurposeRefused as refused:
            return refused

    found = known.of_policy(("purpose", claimed, header, chain), look_up)
    if isinstance(found, PurposeRefused):
        raise found
    return found


def chain_of(naming: Naming, asker: Asker, subject: Entity) -> Chain | None:
    """The chain that a subject stands for; None where it stands for nobody.

    `properties.act` names agents that act for a user, as nested claims of a token do (RFC 8693 §4.1): the
    outermost acts now. Who names no agents and is the caller's user is the caller, with the agents of the
    token: an agent is not told what its user may do without it. An agent is a subject for itself alone.
    """
    kind = naming.type(subject.type)
    if kind is None or (iri := _actor(kind.iri(subject.id))) is None:
        return None
    if kind.kind == AGENT:
        own = asker.chain.agents and iri == asker.chain.agents[-1] and "act" not in subject.properties
        return asker.chain if own else None
    if kind.kind != USER:
        return None
    agents = agents_of(naming, subject.properties.get("act"))
    if agents is None:
        return None
    if not agents and iri == asker.chain.user:
        return asker.chain
    return Chain(iri, agents)


def recorded(chain: Chain, facts: Facts) -> list[str]:
    """The user and the agents of a chain for the ledger: by IRI whom governance knows, anybody else by a hash."""

    def is_known(iri: str) -> bool:
        return any(facts.is_a(iri, kind) for kind in (FOAF.PERSON, AMBIT.AGENT)) or bool(
            facts.iris(iri, AMBIT.MEMBER_OF_ALL)
        )

    names = (chain.user, *chain.agents)
    return [iri if is_known(iri) else name for iri, name in zip(names, hashed(chain), strict=True)]


def hashed(chain: Chain) -> list[str]:
    """The same by hashes alone: what a caller reads of a question about others does not tell whom governance knows."""
    return [STRANGER + short_hash(iri.encode()) for iri in (chain.user, *chain.agents)]


def agents_of(naming: Naming, act: object) -> tuple[str, ...] | None:
    """The agents of nested `act` claims, nearest to the user first; None where these are none."""
    agents: list[str] = []
    kind = naming.type(AGENT)
    while act is not None:
        said: Mapping[str, Any] = act if isinstance(act, dict) else {}
        name = said.get("sub")
        iri = _actor(kind.iri(name)) if kind is not None and isinstance(name, str) else None
        if iri is None or len(agents) > HOPS:
            return None
        agents.append(iri)
        act = said.get("act")
    return tuple(reversed(agents))


def stated_in(item: Evaluation) -> list[Stated]:
    """Everything that a question states beside what it asks."""
    parts = (
        ("subject", item.subject.properties),
        ("action", item.action.properties),
        ("resource", item.resource.properties),
        ("context", item.context),
    )
    return [(part, name, value) for part, said in parts for name, value in said.items()]


def _moment(asker: Asker, item: Evaluation) -> datetime:
    """The server's clock, but for enforcement points that may state a time. Raises `ValueError`."""
    said = item.context.get("time")
    if said is None or asker.point is None or not asker.point.states_time:
        return asker.now
    if not isinstance(said, str):
        raise ValueError("time")
    time = datetime.fromisoformat(said)
    if time.tzinfo is None:
        raise ValueError("a time without its zone is no moment")
    return time.astimezone(UTC)


def _iri(value: object) -> str:
    if not isinstance(value, str) or not is_absolute(value):
        raise ValueError("no IRI")
    return value


def _actor(iri: str | None) -> str | None:
    try:
        return actor_iri(iri)
    except ValueError:
        return None
