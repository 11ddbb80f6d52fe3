"""What a request says of itself, and what its session has read, as the facts that rules find in `?request`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ...graph.errors import Invalid
from ...graph.iris import is_absolute
from ...graph.terms import Literal, NamedNode, Triple
from ...graph.vocabulary import AMBIT, node
from ..rulebase.asking import REQUEST

SESSION: Final = NamedNode("urn:ambit:session")
"""Stands for the session in a request's facts: which one it is, no rule may ask."""

LONGEST: Final = 2_000
"""Characters of a reason, or of a decision's IRI."""


@dataclass(frozen=True, slots=True)
class Claims:
    """The decision that the answer serves, and the reason for breaking a glass; nobody has proven either."""

    decision: str | None = None
    reason: str | None = None

    def triples(self, read: Iterable[str] = ()) -> frozenset[Triple]:
        """As facts, with what the session has read."""
        me = NamedNode(REQUEST)
        facts = {Triple(SESSION, node(AMBIT.HAS_READ), NamedNode(iri)) for iri in read}
        if self.decision is not None:
            facts.add(Triple(me, node(AMBIT.SERVES_DECISION), NamedNode(self.decision)))
        if self.reason is not None:
            facts.add(Triple(me, node(AMBIT.REASON), Literal(self.reason)))
        return frozenset(facts)


NO_CLAIMS: Final = Claims()


def claims(decision: str | None, reason: str | None) -> Claims:
    """Claims as a request states them, without the blanks around them; raises `Invalid` for what can be none."""
    said, why = (value.strip() if value is not None else None for value in (decision, reason))
    if said is not None and not (len(said) <= LONGEST and is_absolute(said)):
        raise Invalid("the decision that a request serves is an IRI")
    if why is not None and (len(why) > LONGEST or any(ord(char) < 0x20 for char in why)):
        raise Invalid(f"a reason is one line of text, of at most {LONGEST:,} characters")
    return Claims(said or None, why or None)
