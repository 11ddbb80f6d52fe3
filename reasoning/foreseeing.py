"""What a change will do to governance, before it is committed: as rules see it that are asked in its commit."""

from collections.abc import Iterable

from ..graph.snapshot import Snapshot
from ..graph.terms import NamedNode, Quad, Triple
from ..graph.vocabulary import RDF
from ..graph.words import Change, Role
from .decide import Decider
from .governance import governance_delta


def matters(decider: Decider, effect: str, change: Change, snapshot: Snapshot) -> bool:
    """Whether the change takes or gives a governed fact that rules of an effect read."""
    read = frozenset[str]().union(*(rule.terms for rule in decider.force.of(effect))) - {RDF.TYPE}
    out, into = governance_delta(change, snapshot)
    return any(
        t.predicate.value in read
        or (t.predicate.value == RDF.TYPE and isinstance(t.object, NamedNode) and t.object.value in read)
        for t in out ^ into
    )


def patch_of(decider: Decider, change: Change, snapshot: Snapshot) -> tuple[bytes, bytes]:
    """What the change does to governance, as the worker holds it."""
    out: list[Quad] = []
    into: list[Quad] = []
    for record in change.records:
        for entry in snapshot.record(record.iri):
            if entry.role is Role.GOVERNANCE:
                out += _named(snapshot.triples(entry.graph), entry.graph)
        for graph in record.graphs:
            if graph.role is Role.GOVERNANCE:
                into += _named(graph.triples, graph.graph)
    return decider.facts.preview(out, into)


def _named(triples: Iterable[Triple], graph: str) -> list[Quad]:
    name = NamedNode(graph)
    return [Quad(t.subject, t.predicate, t.object, name) for t in triples]
