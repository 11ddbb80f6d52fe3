"""Why something can be no instance of a class: which two of the classes above it exclude each other.

An explanation, not a proof: HermiT decides. Where more than names is needed to see why, nothing is said.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from ...graph.terms import NamedNode, Object, Triple
from ...graph.vocabulary import OWL, RDF, RDFS

_MEMBERS = OWL.NAMESPACE + "members"
_UNION = OWL.NAMESPACE + "disjointUnionOf"
_COMPLEMENT = OWL.NAMESPACE + "complementOf"


class Clashes:
    """The named part of some ontologies: what stands below what, and what excludes what."""

    def __init__(self, triples: Iterable[Triple]):
        self.triples = tuple(triples)
        said: dict[str, dict[Object, list[Object]]] = defaultdict(lambda: defaultdict(list))
        for t in self.triples:
            said[t.predicate.value][t.subject].append(t.object)
        self._said = said
        self._types = said[RDF.TYPE]
        self._up: dict[Object, set[Object]] = defaultdict(set)
        for below in (RDFS.SUB_CLASS_OF, OWL.EQUIVALENT_CLASS):
            for s, objects in said[below].items():
                self._up[s].update(objects)
        for s, objects in said[OWL.EQUIVALENT_CLASS].items():
            for o in objects:
                self._up[o].add(s)
        for s, objects in said[OWL.INTERSECTION_OF].items():
            for head in objects:
                self._up[s].update(self._listed(head))
        self._apart = set(self._exclusions())

    @property
    def individuals(self) -> frozenset[str]:
        """What is said to be of a class that is none of OWL's or RDF's own."""
        kinds = (OWL.NAMESPACE, RDF.NAMESPACE, RDFS.NAMESPACE)
        return frozenset(
            s.value
            for s, objects in self._types.items()
            if isinstance(s, NamedNode)
            and any(
                isinstance(o, NamedNode)
                and (not o.value.startswith(kinds) or o.value == OWL.NAMED_INDIVIDUAL)
                for o in objects
            )
        )

    def of_class(self, iri: str) -> tuple[str, str] | None:
        """Two classes above a class, or itself, that exclude each other."""
        return self._clash([NamedNode(iri)])

    def of_individuals(self) -> Iterator[tuple[str, str, str]]:
        """Each individual of two classes that exclude each other, and these."""
        for iri in sorted(self.individuals):
            found = self._clash(self._types[NamedNode(iri)])
            if found is not None:
                yield iri, *found

    def kinds_of(self, classes: Iterable[str]) -> list[tuple[str, str]]:
        """The individuals of these classes, with the class."""
        wanted = set(classes)
        return [
            (iri, kind.value)
            for iri in sorted(self.individuals)
            for kind in self._types[NamedNode(iri)]
            if isinstance(kind, NamedNode) and kind.value in wanted
        ]

    def _clash(self, start: Iterable[Object]) -> tuple[str, str] | None:
        above = _reach(self._up, start)
        names = sorted(c.value for c in above if isinstance(c, NamedNode))
        return next((pair for pair in combinations(names, 2) if pair in self._apart), None)

    def _exclusions(self) -> Iterator[tuple[str, str]]:
        """Pairs of names in order, each of what excludes the other."""
        pairs = [(s, o) for s, objects in self._said[OWL.DISJOINT_WITH].items() for o in objects]
        pairs += [(s, o) for s, objects in self._said[_COMPLEMENT].items() for o in objects]
        groups = [head for objects in self._said[_MEMBERS].values() for head in objects]
        groups += [head for objects in self._said[_UNION].values() for head in objects]
        for head in groups:
            pairs += combinations(self._listed(head), 2)
        for one, other in pairs:
            if isinstance(one, NamedNode) and isinstance(other, NamedNode):
                first, second = sorted((one.value, other.value))
                yield first, second

    def _listed(self, head: Object) -> list[Object]:
        """The members of an RDF list; a list that bites its own tail ends there."""
        members: list[Object] = []
        seen: set[Object] = set()
        while head not in seen and self._said[RDF.FIRST].get(head):
            seen.add(head)
            members += self._said[RDF.FIRST][head]
            head = next(iter(self._said[RDF.REST].get(head, ())), head)
        return members


def _reach(up: Mapping[Object, set[Object]], start: Iterable[Object]) -> set[Object]:
    seen: set[Object] = set()
    todo = list(start)
    while todo:
        term = todo.pop()
        if term not in seen:
            seen.add(term)
            todo.extend(up.get(term, ()))
    return seen
