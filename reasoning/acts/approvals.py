"""Approval requests as governance tells them: what is asked, what became of it, and what came before that is alike.

Nothing here is stored but the acts themselves: a state follows from them and the time, so that a request expires,
and an approval lapses, also when nobody looks.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from ...graph.terms import Literal, NamedNode, Object, Triple
from ...graph.vocabulary import AMBIT, DCTERMS, PROV, node
from ..deciding.standing import earliest, is_ended, time_of
from ..governance.facts import Facts
from ..rulebase.asking import moment
from .acts import Form

_ALIKE: Final = frozenset({AMBIT.ACTION, AMBIT.IS_FOR, AMBIT.IS_USED_THROUGH, AMBIT.PATTERN, AMBIT.EXPIRES})
REQUEST: Final = Form(
    "request",
    AMBIT.APPROVAL_REQUEST,
    _ALIKE | {AMBIT.IS_ASKED_BY, AMBIT.ASKS_FOR, AMBIT.CONCERNS, AMBIT.QUERY_TEXT, AMBIT.DECIDED_BY},
)
_APPROVED: Final = _ALIKE | {AMBIT.IS_GRANTED_TO, AMBIT.APPROVES, AMBIT.ANSWERS, AMBIT.DECIDED_BY}
APPROVAL: Final = Form("approval", AMBIT.APPROVAL, _APPROVED)
OVERRIDE: Final = Form("override", AMBIT.OVERRIDE, _APPROVED)
REFUSAL: Final = Form("refusal", AMBIT.REFUSAL, frozenset({AMBIT.ANSWERS}))
WITHDRAWAL: Final = Form("withdrawal", AMBIT.WITHDRAWAL, frozenset({AMBIT.ANSWERS}))
REVOCATION: Final = Form("revocation", AMBIT.REVOCATION, frozenset({AMBIT.REVOKES}))
INCIDENT: Final = Form("incident", AMBIT.INCIDENT, frozenset({AMBIT.INCIDENT_OF, AMBIT.ACTION}))


class State(StrEnum):
    """What became of a request."""

    PENDING = "pending"
    APPROVED = "approved"  # all that it asks for is open now
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"  # nobody answered in time
    REVOKED = "revoked"  # it was approved, and no more
    LAPSED = "lapsed"  # it was approved, and its time is over


@dataclass(frozen=True, slots=True)
class Item:
    """One approval request; `rules` asked for it.

    `query` is the shape that `pattern` names, both empty where any shape is asked for.
    """

    iri: str
    asker: str
    agents: frozenset[str]
    purpose: str
    action: str
    compartments: frozenset[str]
    concerns: frozenset[str]
    reason: str
    created: datetime
    expires: datetime
    pattern: str = ""
    query: str = ""
    rules: frozenset[str] = frozenset()

    @property
    def asked(self) -> tuple[object, ...]:
        """What it comes to: two with the same ask the same."""
        return (self.asker, self.agents, self.purpose, self.action, self.compartments, self.pattern)

    def said(self) -> dict[str, Iterable[Object]]:
        """What its act says."""
        told = self.alike(self.expires) | {
            AMBIT.IS_ASKED_BY: [NamedNode(self.asker)],
            AMBIT.ASKS_FOR: [NamedNode(one) for one in sorted(self.compartments)],
            AMBIT.CONCERNS: [NamedNode(one) for one in sorted(self.concerns)],
            AMBIT.DECIDED_BY: [NamedNode(rule) for rule in sorted(self.rules)],
        }
        return told | ({AMBIT.QUERY_TEXT: [Literal(self.query)]} if self.query else {})

    def alike(self, expires: datetime) -> dict[str, Iterable[Object]]:
        """What a request and its approval say alike."""
        told: dict[str, Iterable[Object]] = {
            AMBIT.IS_FOR: [NamedNode(self.purpose)],
            AMBIT.ACTION: [Literal(self.action)],
            AMBIT.IS_USED_THROUGH: [NamedNode(agent) for agent in sorted(self.agents)],
            AMBIT.EXPIRES: [moment(expires)],
        }
        return told | ({AMBIT.PATTERN: [Literal(self.pattern)]} if self.pattern else {})

    def triples(self) -> frozenset[Triple]:
        """The request as rules that say who answers it see it (`?request`)."""
        me = NamedNode(self.iri)
        told = {
            Triple(me, node(AMBIT.IS_ASKED_BY), NamedNode(self.asker)),
            Triple(me, node(AMBIT.IS_FOR), NamedNode(self.purpose)),
            Triple(me, node(AMBIT.ACTION), Literal(self.action)),
            Triple(me, node(PROV.GENERATED_AT_TIME), moment(self.created)),
        }
        told |= {Triple(me, node(AMBIT.ASKS_FOR), NamedNode(one)) for one in self.compartments}
        return frozenset(told | {Triple(me, node(AMBIT.IS_USED_THROUGH), NamedNode(a)) for a in self.agents})


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody said to a request; `kind` is `approval`, `override`, `refusal` or `withdrawal`.

    `revoked`: it stands no more, because it was revoked, or because its request was refused or withdrawn since.
    """

    iri: str
    kind: str
    by: str
    reason: str
    created: datetime
    expires: datetime | None = None
    compartments: frozenset[str] = frozenset()
    revoked: bool = False
    rules: frozenset[str] = frozenset()  # that let its author say so; none where an administrator overrides


_KINDS: Final = {
    AMBIT.OVERRIDE: "override",
    AMBIT.APPROVAL: "approval",
    AMBIT.REFUSAL: "refusal",
    AMBIT.WITHDRAWAL: "withdrawal",
}

GIVING: Final = frozenset({"approval", "override"})
"""The kinds of answers that open something."""
ENDING: Final = frozenset({"refusal", "withdrawal"})
"""The kinds of answers after which nothing of a request is open."""


def items(facts: Facts) -> Iterator[Item]:
    """All approval requests, the latest first."""
    found = [item for iri in facts.instances(AMBIT.APPROVAL_REQUEST) if (item := item_of(facts, iri))]
    return iter(sorted(found, key=lambda item: (item.created, item.iri), reverse=True))


def item_of(facts: Facts, iri: str) -> Item | None:
    """One request; None where there is none of this name."""
    try:
        if not facts.is_a(iri, AMBIT.APPROVAL_REQUEST):
            return None
    except ValueError:  # no IRI
        return None
    return Item(
        iri=iri,
        asker=_one(facts.iris(iri, AMBIT.IS_ASKED_BY)),
        agents=facts.iris(iri, AMBIT.IS_USED_THROUGH),
        purpose=_one(facts.iris(iri, AMBIT.IS_FOR)),
        action=_text(facts, iri, AMBIT.ACTION),
        compartments=facts.iris(iri, AMBIT.ASKS_FOR),
        concerns=facts.iris(iri, AMBIT.CONCERNS),
        reason=_text(facts, iri, DCTERMS.DESCRIPTION),
        created=_time(facts, iri),
        expires=earliest(facts, iri) or time_of(None),
        pattern=_text(facts, iri, AMBIT.PATTERN),
        query=_text(facts, iri, AMBIT.QUERY_TEXT),
        rules=facts.iris(iri, AMBIT.DECIDED_BY),
    )


def answers(facts: Facts, item: Item) -> tuple[Answer, ...]:
    """What was said to a request, in order."""
    found = []
    for subject in facts.subjects(AMBIT.ANSWERS, NamedNode(item.iri)):
        if isinstance(subject, NamedNode):
            iri = subject.value
            kind = next((word for of, word in _KINDS.items() if facts.is_a(iri, of)), "")
            found.append(
                Answer(
                    iri,
                    kind,
                    _one(facts.iris(iri, PROV.WAS_ATTRIBUTED_TO)),
                    _text(facts, iri, DCTERMS.DESCRIPTION),
                    _time(facts, iri),
                    earliest(facts, iri),
                    facts.iris(iri, AMBIT.APPROVES),
                    kind in GIVING and is_ended(facts, iri),
                    facts.iris(iri, AMBIT.DECIDED_BY),
                )
            )
    return tuple(sorted(found, key=lambda answer: (answer.created, answer.iri)))


def state_of(item: Item, said: Iterable[Answer], now: datetime) -> State:
    """What became of a request, at a time."""
    said = tuple(said)
    kinds = {answer.kind for answer in said}
    if "withdrawal" in kinds:
        return State.WITHDRAWN
    if "refusal" in kinds:
        return State.REFUSED
    given = [answer for answer in said if answer.kind in GIVING]
    if item.compartments <= opened(given, now):
        return State.APPROVED
    if item.compartments <= _all(given):
        return State.REVOKED if any(answer.revoked for answer in given) else State.LAPSED
    return State.PENDING if now < item.expires else State.EXPIRED


def is_settled(item: Item, said: Iterable[Answer]) -> bool:
    """Whether a request waits for nobody, whatever the time: it was ended, or opened as a whole."""
    said = tuple(said)
    return any(answer.kind in ENDING for answer in said) or item.compartments <= _all(
        answer for answer in said if answer.kind in GIVING
    )


def opened(said: Iterable[Answer], now: datetime) -> frozenset[str]:
    """The compartments that approvals open at a time."""
    return _all(a for a in said if not a.revoked and (a.expires is None or now < a.expires))


def _all(said: Iterable[Answer]) -> frozenset[str]:
    return frozenset[str]().union(*(answer.compartments for answer in said))


# -- what is alike

SAME: Final = {"pattern": 4, "compartments": 3, "purpose": 2, "agents": 1, "action": 1}
"""How much what is equal counts; compartments count by the share that both ask for, rounded down."""


def likeness(one: Item, other: Item) -> int:
    """How much two requests are alike; at most 11."""
    shared, all_of_both = one.compartments & other.compartments, one.compartments | other.compartments
    score = SAME["pattern"] * (one.pattern == other.pattern)
    score += SAME["compartments"] * len(shared) // max(1, len(all_of_both))
    score += SAME["purpose"] * (one.purpose == other.purpose)
    return (
        score + SAME["agents"] * (one.agents == other.agents) + SAME["action"] * (one.action == other.action)
    )


def is_precedent(item: Item, other: Item, state: State) -> bool:
    """Whether another request was answered, and is of the same shape or has a compartment in common."""
    return (
        other.iri != item.iri
        and state not in (State.PENDING, State.EXPIRED, State.WITHDRAWN)
        and (
            (bool(item.pattern) and item.pattern == other.pattern)
            or not item.compartments.isdisjoint(other.compartments)
        )
    )


def precedents(
    item: Item, others: Iterable[tuple[Item, State]], first: int
) -> tuple[list[tuple[Item, State, int]], Mapping[State, int]]:
    """The answered requests of `others` that are most like `item`, and how all of them came out.

    Alike are those of one shape or with a compartment in common. Of the same likeness the latest come first.
    """
    alike: list[tuple[Item, State, int]] = [
        (other, state, likeness(item, other)) for other, state in others if is_precedent(item, other, state)
    ]
    alike.sort(key=lambda one: (-one[2], -one[0].created.timestamp(), one[0].iri))
    return alike[:first], Counter(state for _, state, _ in alike)


def _one(values: frozenset[str]) -> str:
    return min(values, default="")


def _text(facts: Facts, iri: str, predicate: str) -> str:
    values = (value.value for value in facts.objects(NamedNode(iri), predicate) if isinstance(value, Literal))
    return min(values, default="")


def _time(facts: Facts, iri: str) -> datetime:
    return min(
        (time_of(value) for value in facts.objects(NamedNode(iri), PROV.GENERATED_AT_TIME)),
        default=time_of(None),
    )
