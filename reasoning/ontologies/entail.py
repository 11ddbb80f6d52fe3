"""Conclusions with one premise, stored beside the record graph they follow from and labelled like it."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from ...graph.compartments import short_hash
from ...graph.snapshot import Snapshot
from ...graph.words import Change, Record, RecordGraph, Role
from .axioms import Axioms
from .ontologies import InForce, Texts

PREMISES = frozenset({Role.DATA, Role.ONTOLOGY})
"""What is concluded from: what a merged view shows. Never governance: rules read what was asserted there."""


def conclusions_graph(graph: str) -> str:
    """The IRI of the graph that holds what follows from a graph."""
    return "urn:ambit:inferred:" + short_hash(graph.encode())


def entail(texts: Texts) -> Callable[[Change, Snapshot], Change]:
    """The check that puts conclusions beside the graphs of a change.

    When the change alters the axioms, the records in the store whose conclusions differ then are put into
    the same change, whole. A conclusion never gets a label of its own, and governance gets none.
    """
    kept: dict[str, Axioms] = {}

    def axioms_of(in_force: InForce) -> Axioms:
        if in_force.ontology_key not in kept:
            while len(kept) > 1:  # before a change and after it
                del kept[next(iter(kept))]
            kept[in_force.ontology_key] = Axioms.from_triples(in_force.ontologies)
        return kept[in_force.ontology_key]

    def check(change: Change, snapshot: Snapshot) -> Change:
        before, after = texts.in_force(snapshot), texts.in_force(snapshot, change)
        axioms = axioms_of(after)
        records = [_concluded(record, axioms) for record in change.records]
        if before.ontology_key != after.ontology_key and axioms_of(before) != axioms:
            given = {record.iri for record in change.records} | {r.replaces for r in change.records}
            records += (r for r in _altered(snapshot, axioms) if r.iri not in given)
        return replace(change, records=tuple(records))

    return check


def _concluded(record: Record, axioms: Axioms) -> Record:
    """The record with the conclusions of its graphs, in the place of any it had."""
    graphs = [graph for graph in record.graphs if graph.role is not Role.INFERRED]
    found = []
    for graph in graphs:
        if graph.role in PREMISES:
            conclusions = axioms.conclude(graph.triples)
            if conclusions:
                iri = conclusions_graph(graph.graph)
                found.append(replace(graph, graph=iri, triples=conclusions, role=Role.INFERRED))
    return replace(record, graphs=(*graphs, *found))


def _altered(snapshot: Snapshot, axioms: Axioms) -> Iterator[Record]:
    """The records in the store that say something else under these axioms than they do now."""
    altered = dict.fromkeys(
        entry.record
        for entry in snapshot.entries()
        if entry.role in PREMISES
        and axioms.conclude(snapshot.triples(entry.graph))
        != frozenset(snapshot.triples(conclusions_graph(entry.graph)))
    )
    for iri in altered:
        yield _concluded(stored(snapshot, iri), axioms)


def stored(snapshot: Snapshot, iri: str) -> Record:
    """A record as it was committed last, to be committed again."""
    entries = snapshot.record(iri)
    graphs = tuple(
        RecordGraph(
            entry.graph,
            frozenset(snapshot.triples(entry.graph)),
            snapshot.hints(entry.graph),
            entry.role,
            snapshot.label(entry.compartment) if entry.compartment else None,
        )
        for entry in entries
    )
    return Record(
        iri,
        entries[0].source if entries else "",
        graphs,
        snapshot.digest(iri) or "",
        snapshot.location(iri) or "",
        quarantined=snapshot.is_quarantined(iri),
    )
