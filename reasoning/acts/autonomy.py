"""Autonomy: how far an agent may go alone in one action, as rules make of its track record.

Rules with the effect `level` are asked in the commit that changes what they read, over governance as it will be; so an
incident is down in the level when it is acknowledged. The shipped rule is asked for those agents alone whose record the commit touches (`tracks`). What they say is one record of governance, a node for each agent
and action, and other rules read it there. Of several levels the lowest counts; a rule that fails, and one that stands
for a broken file, leaves no level to anybody.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ...graph.clock import CLOCK
from ...graph.compartments import short_hash
from ...graph.snapshot import Snapshot
from ...graph.terms import Literal, NamedNode, Object, Triple
from ...graph.vocabulary import AMBIT, RDF, XSD, node
from ...graph.words import Change, Hints, Record, RecordGraph, Role
from ..deciding.decide import Decider
from ..deciding.foreseeing import matters, patch_of
from ..rulebase.asking import Asked, Circumstances, Said, ask
from .tracks import counts_apart, touched

RECORD: Final = "urn:ambit:governance:autonomy"
_NODE: Final = "urn:ambit:autonomy:"
HIGHEST: Final = 9
"""The highest level; what a rule says beyond is no level."""


def autonomy(decider: Decider) -> Callable[[Change, Snapshot], Change]:
    """The check that keeps the record of levels up with each change of what the rules read."""

    def check(change: Change, snapshot: Snapshot) -> Change:
        if not matters(decider, "level", change, snapshot):
            return change
        kept = tuple(record for record in change.records if record.iri != RECORD)
        left = replace(change, records=kept)
        patch = patch_of(decider, "level", left, snapshot)
        return replace(change, records=(*kept, _changed(decider, left, snapshot, patch)))

    return check


def _changed(decider: Decider, change: Change, snapshot: Snapshot, patch: tuple[bytes, bytes]) -> Record:
    """The levels after a change: of the agents alone whose record it touches, where no others can be other than before.

    Where a rule failed nothing is stored, and all is counted again.
    """
    before = [triple for entry in snapshot.record(RECORD) for triple in snapshot.triples(entry.graph)]
    rules = decider.force.of("level")
    agents = touched(decider, change, snapshot) if before and counts_apart(rules) else None
    if agents is None:
        return levels(decider, patch)
    asked = [Asked(rule, agent) for rule in rules for agent in sorted(agents)]
    own = {t.subject for t in before if t.predicate == node(AMBIT.AUTONOMY_OF) and _is_of(t.object, agents)}
    said = _asked(decider, asked, patch)
    return _record(None if said is None else said.union(t for t in before if t.subject not in own))


def _is_of(agent: Object, agents: frozenset[str]) -> bool:
    return isinstance(agent, NamedNode) and agent.value in agents


def levels(decider: Decider, patch: tuple[bytes, bytes] | None = None) -> Record:
    """What the rules in force say now, or with `patch` (N-Quads out and in, as the worker holds them); never raises."""
    return _record(_asked(decider, [Asked(rule) for rule in decider.force.of("level")], patch))


def _asked(
    decider: Decider, asked: list[Asked], patch: tuple[bytes, bytes] | None
) -> frozenset[Triple] | None:
    """What rules say; None where one fails."""
    around = Circumstances(None, decider.server_site, CLOCK.now())
    said = ask(decider.rules, asked, around, deadline=max(decider.deadline, 10.0), patch=patch)
    return None if any(one.failure for one in said) else _told(said)


def _record(told: frozenset[Triple] | None) -> Record:
    """The record that says so; empty where nothing is known."""
    triples = told or frozenset()
    graph = RecordGraph(RECORD, triples, Hints(AMBIT.GOVERNANCE), Role.GOVERNANCE)
    digest = hashlib.sha256("\n".join(sorted(map(str, triples))).encode()).hexdigest()
    return Record(RECORD, AMBIT.GOVERNANCE, (graph,) if triples else (), digest)


def _told(said: list[Said]) -> frozenset[Triple]:
    """A node for each agent and action, with the lowest level that rules gave, and the rules that did."""
    found: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for one in said:
        rule = one.asked.rule.iri
        for row in one.rows:
            agent, doing, level = row.get("agent"), row.get("doing"), _number(row.get("level"))
            if isinstance(agent, NamedNode) and isinstance(doing, Literal) and level is not None:
                given = found[agent.value, doing.value]
                given[rule] = min(level, given.get(rule, level))
    triples: set[Triple] = set()
    for (agent_iri, action), given in found.items():
        lowest = min(given.values())
        me = NamedNode(_NODE + short_hash(f"{agent_iri} {action}".encode()))
        triples |= {
            Triple(me, node(RDF.TYPE), node(AMBIT.AUTONOMY)),
            Triple(me, node(AMBIT.AUTONOMY_OF), NamedNode(agent_iri)),
            Triple(me, node(AMBIT.ACTION), Literal(action)),
            Triple(me, node(AMBIT.LEVEL), Literal(str(lowest), datatype=node(XSD.INTEGER))),
        }
        triples |= {
            Triple(me, node(AMBIT.DECIDED_BY), NamedNode(rule)) for rule, n in given.items() if n == lowest
        }
    return frozenset(triples)


def _number(value: object) -> int | None:
    """A level: a whole number of `xsd:integer`; None for what is none."""
    if isinstance(value, Literal) and value.datatype == node(XSD.INTEGER) and value.value.isdecimal():
        number = int(value.value[:2])
        return number if number <= HIGHEST and len(value.value) <= 2 else None
    return None
