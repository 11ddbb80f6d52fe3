"""Whose track record a change touches: approvals through an agent, what was said to their requests, incidents.

The shipped rule makes of each agent's record alone how far that agent may go, so that the others' levels stand.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from ...graph.snapshot import Snapshot
from ...graph.terms import NamedNode, Quad
from ...graph.vocabulary import AMBIT, PROV, RDF, node
from ...graph.words import Change
from ..deciding.decide import Decider
from ..governance.facts import Facts, Key, key
from ..governance.following import governance_quads
from ..rulebase.rules import SHIPPED, Rule, load

MOST: Final = 20
"""Agents that are asked about one by one; of more all are."""

_SAYING: Final = frozenset(
    {
        AMBIT.ANSWERS,
        AMBIT.REVOKES,
        AMBIT.ASKS_FOR,
        AMBIT.IS_USED_THROUGH,
        AMBIT.IS_GRANTED_TO,
        AMBIT.APPROVES,
        AMBIT.ACTION,
        AMBIT.PATTERN,
        AMBIT.INCIDENT_OF,
        PROV.GENERATED_AT_TIME,
        RDF.TYPE,
    }
)
_KINDS: Final = frozenset(
    {AMBIT.APPROVAL, AMBIT.AGENT, AMBIT.OVERRIDE, AMBIT.REFUSAL, AMBIT.WITHDRAWAL, AMBIT.INCIDENT}
)


def counts_apart(rules: Iterable[Rule]) -> bool:
    """Whether rules make an agent's level of its own record alone: that is known of the shipped one only."""
    return all(
        not rule.failing and rule.text in _shipped() and rule.terms <= _SAYING | _KINDS for rule in rules
    )


@lru_cache(maxsize=1)
def _shipped() -> frozenset[str]:
    return frozenset(rule.text for rule in load([SHIPPED]).rules if rule.effect == "level")


def touched(decider: Decider, change: Change, snapshot: Snapshot) -> frozenset[str] | None:
    """The agents whose record a change touches; None where these are many, or cannot be told."""
    facts = decider.facts_at(snapshot)
    if facts is None:
        return None
    out, into = governance_quads(change, snapshot)
    world = _Either(facts, into)
    found: set[str] = set()
    for subject in {key(quad.subject) for quad in frozenset(out) ^ frozenset(into) if _is_said(quad)}:
        found |= world.agents(subject)
        if len(found) > MOST:
            return None
    return frozenset(found)


def _is_said(quad: Quad) -> bool:
    if quad.predicate == node(RDF.TYPE):
        return isinstance(quad.object, NamedNode) and quad.object.value in _KINDS
    return quad.predicate.value in _SAYING


class _Either:
    """What holds before a change, or comes with it: a way that is there before or after is one here."""

    def __init__(self, facts: Facts, into: Iterable[Quad]):
        self._facts = facts
        self._ends: defaultdict[tuple[Key, str], set[Key]] = defaultdict(set)
        self._starts: defaultdict[tuple[str, Key], set[Key]] = defaultdict(set)
        for quad in into:
            s, p, o = key(quad.subject), quad.predicate.value, key(quad.object)
            self._ends[s, p].add(o)
            self._starts[p, o].add(s)

    def agents(self, subject: Key) -> frozenset[str]:
        """The agents whose record something is part of: itself one, an approval, an answer, a request, a revocation, an incident."""
        answers = {subject, *self._from(subject, AMBIT.REVOKES)}
        requests = {subject}.union(*(self._from(one, AMBIT.ANSWERS) for one in answers))
        approvals = {subject}.union(*(self._to(AMBIT.ANSWERS, one) for one in requests))
        found = {subject, *self._from(subject, AMBIT.INCIDENT_OF)}
        found = found.union(*(self._from(one, AMBIT.IS_USED_THROUGH) for one in approvals))
        return frozenset(
            one for one in found if isinstance(one, str) and AMBIT.AGENT in self._from(one, RDF.TYPE)
        )

    def _from(self, subject: Key, predicate: str) -> set[Key]:
        return {*self._facts.ends(subject, predicate), *self._ends.get((subject, predicate), ())}

    def _to(self, predicate: str, value: Key) -> set[Key]:
        return {*self._facts.starts(predicate, value), *self._starts.get((predicate, value), ())}
