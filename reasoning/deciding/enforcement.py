"""Enforcement points: who is registered to ask what others may do, about which data, and what is believed of them.

All of it stands in governance. What an enforcement point states beyond its registration is as if it had not
been said; so is all that anybody else states.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from ...graph.terms import Literal, NamedNode, Triple
from ...graph.vocabulary import AMBIT, XSD, node
from ...graph.words import Chain
from ..governance.facts import Facts
from ..rulebase.asking import REQUEST
from .standing import earliest

Stated: TypeAlias = tuple[str, str, object]
"""Part of the question (subject, action, resource, context), name and value, as they were sent."""

_LONGEST: Final = 2_048  # characters of a value that rules are shown
_MOST: Final = 100  # values of one list


@dataclass(frozen=True, slots=True)
class Enforcement:
    """One registration. `properties`: predicate by part of the question and name; `until`: its expiry."""

    sources: frozenset[str]
    properties: Mapping[tuple[str, str], str]
    states_time: bool
    until: datetime | None

    def covers(self, facts: Facts) -> frozenset[str]:
        """The compartments of its sources."""
        asked = frozenset(
            found for source in self.sources for found in facts.subjects(AMBIT.COMES_FROM, NamedNode(source))
        )
        return frozenset(one.value for one in asked if isinstance(one, NamedNode))

    def facts(self, stated: Iterable[Stated], compartments: Iterable[str]) -> frozenset[Triple]:
        """What a question states that is believed, as facts of the request; empty where that is nothing.

        Where it is something, the compartments asked for are among them, so that rules can tell what it is
        stated of.
        """
        believed = [
            Triple(NamedNode(REQUEST), NamedNode(self.properties[part, name]), literal)
            for part, name, value in stated
            if (part, name) in self.properties
            for literal in _literals(value)
        ]
        if not believed:
            return frozenset()
        asked = [Triple(NamedNode(REQUEST), node(AMBIT.ASKS_ABOUT), NamedNode(one)) for one in compartments]
        return frozenset((*believed, *asked))


def enforcement_of(chain: Chain, facts: Facts) -> Enforcement | None:
    """The registration of who asks, until it expires; an agent that acts for an enforcement point has none."""
    try:
        point = NamedNode(chain.user)
    except ValueError:
        return None
    if chain.agents or not facts.is_a(chain.user, AMBIT.ENFORCEMENT_POINT):
        return None
    until = earliest(facts, chain.user)
    stated = facts.iris(chain.user, AMBIT.STATES)
    properties = {key: one for one in sorted(stated - {AMBIT.STATED_TIME}) for key in _keys(facts, one)}
    return Enforcement(
        facts.iris(point.value, AMBIT.ENFORCES), properties, AMBIT.STATED_TIME in stated, until
    )


def _keys(facts: Facts, stated: str) -> Iterator[tuple[str, str]]:
    parts = _strings(facts, stated, AMBIT.STATED_OF)
    for name in _strings(facts, stated, AMBIT.STATED_AS):
        yield from ((part, name) for part in parts)


def _strings(facts: Facts, subject: str, predicate: str) -> list[str]:
    found = facts.objects(NamedNode(subject), predicate)
    return sorted(value.value for value in found if isinstance(value, Literal))


def _literals(value: object) -> Iterator[Literal]:
    """The literals that a JSON value stands for: several of a list, none of what has parts."""
    match value:
        case bool():
            yield Literal("true" if value else "false", datatype=node(XSD.BOOLEAN))
        case int():
            yield Literal(str(value), datatype=node(XSD.INTEGER))
        case float():
            yield Literal(repr(value), datatype=node(XSD.DOUBLE))
        case str() if len(value) <= _LONGEST:
            yield Literal(value)
        case list() if len(value) <= _MOST:
            for one in value:
                if not isinstance(one, list):
                    yield from _literals(one)
