"""Delegation: whether an actor chain stands, until when, and which of its links is broken.

An agent stands in a chain by its registration: an owner whom governance knows as a person, no revocation, no expiry
that has passed. A chain that names somebody twice, is too long, or begins with an agent holds nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from ...graph.terms import NamedNode
from ...graph.vocabulary import AMBIT, FOAF
from ...graph.words import Chain
from ..governance.facts import Facts
from .purposes import is_administrator
from .standing import earliest


@dataclass(frozen=True, slots=True)
class Broken:
    """The first link of a chain that does not hold: an actor, and why."""

    link: str
    why: str

    def __str__(self) -> str:
        return f"`{self.link}` {self.why}"


def chain_stands(
    chain: Chain, now: datetime, facts: Facts, hops: int
) -> tuple[Broken | None, datetime | None]:
    """The broken link, if there is one, and until when the chain stands otherwise."""
    user = chain.user or AMBIT.ANONYMOUS
    if len(chain.agents) > hops:
        return Broken(chain.agents[hops], f"is one more than {hops} agents"), None
    if facts.is_a(user, AMBIT.AGENT):
        return Broken(user, "is an agent, and acts for nobody"), None
    ends: list[datetime] = []
    for place, agent in enumerate(chain.agents):
        if agent in (user, *chain.agents[:place]):
            return Broken(agent, "stands twice in the chain"), None
        why, end = _link(agent, now, facts)
        if why:
            return Broken(agent, why), None
        ends += [end] if end is not None else []
    return None, min(ends, default=None)


def _link(agent: str, now: datetime, facts: Facts) -> tuple[str, datetime | None]:
    """Why an agent cannot stand in a chain, empty where it can; and when its registration ends."""
    if not facts.is_a(agent, AMBIT.AGENT):
        return "is not registered", None
    if not any(facts.is_a(owner, FOAF.PERSON) for owner in owners(agent, facts)):
        return "has no owner whom governance knows as a person", None
    if is_revoked(agent, facts):
        return "is revoked", None
    end = earliest(facts, agent)
    if end is not None and now >= end:
        return f"has been registered until {end.isoformat()}", None
    return "", end


def owners(agent: str, facts: Facts) -> frozenset[str]:
    """Whom an agent's registration names as those who answer for it."""
    return facts.iris(agent, AMBIT.IS_OWNED_BY)


def is_revoked(agent: str, facts: Facts) -> bool:
    """Whether a revocation stands: it counts whatever the registration says."""
    return bool(facts.subjects(AMBIT.REVOKES, NamedNode(agent)))


def told(broken: Broken, asker: str, facts: Facts) -> str:
    """What may be said of a broken link to the user of the chain.

    The token itself names the link. Why it does not hold stands in governance: its owners and administrators know.
    """
    may_know = asker in owners(broken.link, facts) or is_administrator(asker, facts)
    return f"The chain is broken: {broken if may_know else f'`{broken.link}` cannot act for you now'}."
