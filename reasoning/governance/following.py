"""What follows from governance, kept in one graph by each commit that changes it."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final, NamedTuple, TypeAlias

from ...graph.amended import Amended
from ...graph.compartments import LABELS, compartment_of, is_complete, label_triples
from ...graph.snapshot import Snapshot
from ...graph.store.quadstore import respelled
from ...graph.terms import NamedNode, Quad, Triple
from ...graph.vocabulary import AMBIT
from ...graph.words import Change, Hints, Label, Record, RecordGraph, Role
from .aftermath import Aftermath
from .closure import AXIOMS, Closure
from .facts import Facts
from .governance import INFERRED, Check

MANNER: Final = "closure 1"
"""The digest of the record `INFERRED`: in what manner it was concluded. Of another manner it is made anew."""

Known: TypeAlias = Callable[[Snapshot], Facts | None]
"""Governance in memory as it stands in a snapshot; None where that is not at hand."""

_Concluded: TypeAlias = Amended | frozenset[Triple] | None
"""What follows once a change has been made: the difference, or all of it; None where that stays as it is."""


class _Last(NamedTuple):
    """What was concluded, and from what: a change to what governance states in one state of the store."""

    snapshot: Snapshot
    revision: int
    out: frozenset[Quad]
    into: frozenset[Quad]
    concluded: _Concluded


def close_governance(known: Known = lambda _: None) -> Check:
    """The check that keeps `urn:ambit:governance:inferred`, by the difference that a change makes to it.

    All is concluded anew where an axiom changes, where what stands was concluded in another manner, and where
    governance is not `known`. Run twice in one commit, it concludes nothing twice: what came between may have given
    graphs other labels, and where it changed what governance states that is seen.
    """
    kept: list[tuple[Facts, tuple[int, ...], Closure]] = []
    last: list[_Last] = []

    def closure_of(facts: Facts) -> Closure:
        turns = facts.turns(axiom.value for axiom in _AXIOMS)
        if not kept or kept[0][0] is not facts or kept[0][1] != turns:
            stated = (t for axiom in _AXIOMS for t in facts.of(axiom.value) if facts.graphs(t) - {INFERRED})
            kept[:] = [(facts, turns, Closure(stated))]
        return kept[0][2]

    def check(change: Change, snapshot: Snapshot) -> Change:
        out, into = stated_quads(change, snapshot, change.labels)
        if out == into:
            return change
        before = last.pop() if last else None
        if before is not None and (before.snapshot is not snapshot or before.revision != snapshot.revision):
            before = None
        if before is not None and (before.out, before.into) == (out, into):
            return _with(change, before.concluded, snapshot)
        concluded = conclude(change, snapshot, out, into)
        if before is None:  # else this is the second time, and nobody asks again
            last.append(_Last(snapshot, snapshot.revision, out, into, concluded))
        return _with(change, concluded, snapshot)

    def conclude(
        change: Change, snapshot: Snapshot, out: frozenset[Quad], into: frozenset[Quad]
    ) -> _Concluded:
        facts = known(snapshot)
        is_axiomatic = any(quad.predicate in AXIOMS for quad in out ^ into)
        if facts is None or is_axiomatic or snapshot.digest(INFERRED) != MANNER:
            triples = governance_after(replace(change, records=_without(change)), snapshot)
            return Closure(triples).conclude(triples)
        leaving: defaultdict[Triple, set[str]] = defaultdict(set)
        for quad in out - into:
            leaving[quad.triple].add(_graph(quad))
        (coming,) = respelled([frozenset(quad.triple for quad in into - out)])
        found = Aftermath(closure_of(facts), facts, INFERRED, leaving, coming)
        if not found.out and not found.into:
            return None
        return Amended(snapshot, INFERRED, frozenset(found.out), frozenset(found.into))

    return check


_AXIOMS: Final = tuple(sorted(AXIOMS, key=str))


def _with(change: Change, triples: _Concluded, snapshot: Snapshot) -> Change:
    """The change with these conclusions. They keep the label that they have: no hint of theirs ever changes."""
    if triples is None:
        return replace(change, records=_without(change))
    graph = RecordGraph(INFERRED, triples, Hints(AMBIT.GOVERNANCE), Role.GOVERNANCE, _label(change, snapshot))
    record = Record(INFERRED, AMBIT.GOVERNANCE, (graph,), MANNER)
    return replace(change, records=(*_without(change), record))


def _label(change: Change, snapshot: Snapshot) -> Label | None:
    given = [graph.label for record in change.records if record.iri == INFERRED for graph in record.graphs]
    entry = snapshot.entry(INFERRED)
    before = snapshot.label(entry.compartment) if entry is not None and entry.compartment else None
    return given[0] if given else before


def _without(change: Change) -> tuple[Record, ...]:
    return tuple(record for record in change.records if record.iri != INFERRED)


def governance_after(change: Change, snapshot: Snapshot) -> frozenset[Triple]:
    """What governance states once `change` has been made, conclusions aside."""
    gone = {record.iri for record in change.records} | {INFERRED}
    kept: set[Triple] = set()
    held: dict[str, bool] = {}
    for quad in snapshot.governance():
        name = _graph(quad)
        if name not in held:
            entry = snapshot.entry(name)
            held[name] = (entry.record if entry else name) not in gone
        if held[name]:
            kept.add(quad.triple)
    (into,) = respelled([frozenset(quad.triple for quad in stated_quads(change, snapshot, change.labels)[1])])
    return frozenset(kept | into)


def stated_quads(
    change: Change, snapshot: Snapshot, labels: Iterable[Label] = ()
) -> tuple[frozenset[Quad], frozenset[Quad]]:
    """What governance graphs of a change's records hold now, and will hold, conclusions aside.

    With the labels that become known, these beside those of the records.
    """
    stated = replace(change, records=_without(change))
    out, into = governance_quads(stated, snapshot)
    return frozenset(out), frozenset([*into, *label_quads(stated, snapshot, labels)])


def label_quads(change: Change, snapshot: Snapshot, labels: Iterable[Label] = ()) -> list[Quad]:
    """What governance will say of the labels of a change and of these, as far as it does not say so yet."""
    given = (graph.label for record in change.records for graph in record.graphs)
    complete = {label for label in (*given, *labels) if label is not None and is_complete(label)}
    new = [label for label in complete if snapshot.label(compartment_of(label)) is None]
    return _named((triple for label in new for triple in label_triples(label)), LABELS)


def governance_quads(change: Change, snapshot: Snapshot) -> tuple[list[Quad], list[Quad]]:
    """What a change takes out of governance graphs and puts in; a graph goes out whole unless it is amended."""
    out: list[Quad] = []
    into: list[Quad] = []
    amended: set[str] = set()
    for graph in (g for record in change.records for g in record.graphs if g.role is Role.GOVERNANCE):
        if isinstance(graph.triples, Amended):
            amended.add(graph.graph)
            out += _named(graph.triples.out, graph.graph)
            into += _named(graph.triples.into, graph.graph)
        else:
            into += _named(graph.triples, graph.graph)
    for entry in (entry for record in change.records for entry in snapshot.record(record.iri)):
        if entry.role is Role.GOVERNANCE and entry.graph not in amended:
            out += _named(snapshot.triples(entry.graph), entry.graph)
    return out, into


def _named(triples: Iterable[Triple], graph: str) -> list[Quad]:
    name = NamedNode(graph)
    return [Quad(t.subject, t.predicate, t.object, name) for t in triples]


def _graph(quad: Quad) -> str:
    return quad.graph_name.value if isinstance(quad.graph_name, NamedNode) else ""
