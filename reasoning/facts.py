"""The governance graph in memory: what look-ups need that no user-written rule is asked for."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

from ..graph.terms import NamedNode, Object, Quad, Subject, Triple, to_nquads
from ..graph.vocabulary import RDF, node
from .moments import Moments

_K = TypeVar("_K")
_V = TypeVar("_V")


class Facts:
    """Governance triples with the graphs that hold them; not synchronised, its owner locks."""

    def __init__(self, quads: Iterable[Quad] = ()):
        self.moments = Moments()
        self._predicates: Counter[NamedNode] = Counter()
        self._graphs: dict[Triple, set[str]] = {}
        self._forward: defaultdict[tuple[Subject, NamedNode], set[Object]] = defaultdict(set)
        self._backward: defaultdict[tuple[NamedNode, Object], set[Subject]] = defaultdict(set)
        for quad in quads:
            self.add(quad)

    def add(self, quad: Quad) -> bool:
        """Whether the triple was in no graph before."""
        triple, graph = quad.triple, _name(quad)
        held = self._graphs.get(triple)
        if held is not None:
            held.add(graph)
            return False
        self._graphs[triple] = {graph}
        self.moments.add(triple)
        self._predicates[triple.predicate] += 1
        self._forward[triple.subject, triple.predicate].add(triple.object)
        self._backward[triple.predicate, triple.object].add(triple.subject)
        return True

    def remove(self, quad: Quad) -> bool:
        """Whether the triple is in no graph any more."""
        triple = quad.triple
        held = self._graphs.get(triple)
        if held is None:
            return False
        held.discard(_name(quad))
        if held:
            return False
        del self._graphs[triple]
        self.moments.remove(triple)
        self._predicates[triple.predicate] -= 1
        _drop(self._forward, (triple.subject, triple.predicate), triple.object)
        _drop(self._backward, (triple.predicate, triple.object), triple.subject)
        return True

    def __contains__(self, triple: Triple) -> bool:
        return triple in self._graphs

    def __iter__(self) -> Iterator[Triple]:
        return iter(self._graphs)

    def of(self, predicate: str) -> Iterator[Triple]:
        """The triples of one predicate."""
        return (triple for triple in list(self._graphs) if triple.predicate.value == predicate)

    def graphs(self, triple: Triple) -> frozenset[str]:
        """The named graphs that hold a triple."""
        return frozenset(self._graphs.get(triple, ()))

    def objects(self, subject: Subject, predicate: str) -> frozenset[Object]:
        """The objects of a subject's predicate."""
        return frozenset(self._forward.get((subject, node(predicate)), ()))

    def subjects(self, predicate: str, value: Object) -> frozenset[Subject]:
        """The subjects whose predicate has this value."""
        return frozenset(self._backward.get((node(predicate), value), ()))

    def iris(self, subject: str, predicate: str) -> frozenset[str]:
        """The IRIs among the objects of a subject that is an IRI itself."""
        return names(self.objects(NamedNode(subject), predicate))

    def instances(self, kind: str) -> frozenset[str]:
        """The IRIs of a class's instances, as stated or materialised."""
        return names(self.subjects(RDF.TYPE, NamedNode(kind)))

    def values(self, predicate: str) -> frozenset[str]:
        """The IRIs that a predicate leads to, from anywhere."""
        wanted = node(predicate)
        return names(value for (p, value), held in list(self._backward.items()) if p == wanted and held)

    def speaks_of(self, term: str) -> bool:
        """Whether a term stands in some triple as its property, or as the class of something."""
        name = node(term)
        return self._predicates[name] > 0 or bool(self._backward.get((node(RDF.TYPE), name)))

    def states(self, subject: Subject | None, predicate: str, value: Object | None) -> bool:
        """Whether there is a triple with these terms; None stands for any, in one place at most."""
        if subject is None:
            return value is not None and (node(predicate), value) in self._backward
        if value is None:
            return (subject, node(predicate)) in self._forward
        return Triple(subject, node(predicate), value) in self._graphs

    def number(self, kind: str) -> int:
        """How many instances a class has."""
        return len(self._backward.get((node(RDF.TYPE), node(kind)), ()))

    def is_a(self, iri: str, kind: str) -> bool:
        """Whether an IRI is stated or materialised to be of a class."""
        return Triple(NamedNode(iri), node(RDF.TYPE), NamedNode(kind)) in self._graphs

    def nquads(self) -> bytes:
        """Everything as the worker holds it: each triple in its graphs, and once in the default graph."""
        quads = [Quad(t.subject, t.predicate, t.object) for t in self._graphs]
        named = (
            Quad(t.subject, t.predicate, t.object, NamedNode(graph))
            for t, graphs in self._graphs.items()
            for graph in graphs
            if graph
        )
        return to_nquads([*quads, *named])

    def apply(self, out: Iterable[Quad], into: Iterable[Quad]) -> tuple[bytes, bytes]:
        """Takes quads out and in; what that means for the worker's store, as N-Quads out and in.

        A graph that is written anew goes out whole and comes in whole. What of it stays is not touched, and what
        comes is there before anything goes, so that who reads meanwhile misses no triple that holds before and
        after.
        """
        out, into = _net(out, into)
        come = [(quad, self.add(quad)) for quad in into]
        gone = [(quad, self.remove(quad)) for quad in out]
        return _layout(gone), _layout(come)

    def preview(self, out: Iterable[Quad], into: Iterable[Quad]) -> tuple[bytes, bytes]:
        """What `apply` would give, with nothing applied."""
        leaving: defaultdict[Triple, set[str]] = defaultdict(set)
        out, into = _net(out, into)
        for quad in out:
            leaving[quad.triple].add(_name(quad))
        gone = {t for t, graphs in leaving.items() if self._graphs.get(t, graphs) <= graphs}
        come = {quad.triple for quad in into if quad.triple not in self._graphs or quad.triple in gone}
        return (
            to_nquads([*out, *(Quad(t.subject, t.predicate, t.object) for t in gone)]),
            to_nquads([*into, *(Quad(t.subject, t.predicate, t.object) for t in come)]),
        )


def names(terms: Iterable[Object]) -> frozenset[str]:
    """The IRIs among some terms."""
    return frozenset(term.value for term in terms if isinstance(term, NamedNode))


def _net(out: Iterable[Quad], into: Iterable[Quad]) -> tuple[list[Quad], list[Quad]]:
    """What goes and does not come back, and what comes and was not there."""
    gone, come = dict.fromkeys(out), dict.fromkeys(into)
    return [quad for quad in gone if quad not in come], [quad for quad in come if quad not in gone]


def _name(quad: Quad) -> str:
    return quad.graph_name.value if isinstance(quad.graph_name, NamedNode) else ""


def _layout(quads: Iterable[tuple[Quad, bool]]) -> bytes:
    """Named quads as they are, and a copy in the default graph where that has changed."""
    result: list[Quad] = []
    for quad, merged in quads:
        result.append(quad)
        if merged:
            result.append(Quad(quad.subject, quad.predicate, quad.object))
    return to_nquads(result)


def _drop(index: dict[_K, set[_V]], key: _K, value: _V) -> None:
    values = index.get(key)
    if values is not None:
        values.discard(value)
        if not values:
            del index[key]
