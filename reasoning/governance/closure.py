"""What follows from governance, materialised: from its own triples and axioms alone, never from data.

`ambit:memberOfAll`, `ambit:reportsToAll`, `ambit:isInFolderAll` and `skos:broaderTransitive` are the transitive
relations that rules follow; subclasses, sub-properties, inverses and `owl:hasValue` make the rest. Equality, domains and ranges
conclude nothing here: they would let one triple say who somebody is. All is concluded here; what a change
adds and takes away is found in `aftermath`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple, TypeVar

from ...graph.terms import Literal, NamedNode, Object, Subject, Triple
from ...graph.vocabulary import AMBIT, ORG, OWL, RDF, RDFS, SKOS, node

AXIOMS: Final = frozenset(
    node(iri)
    for iri in (
        RDFS.SUB_CLASS_OF,
        RDFS.SUB_PROPERTY_OF,
        OWL.INVERSE_OF,
        OWL.EQUIVALENT_CLASS,
        OWL.EQUIVALENT_PROPERTY,
        OWL.ON_PROPERTY,
        OWL.HAS_VALUE,
    )
)
_TYPE: Final = node(RDF.TYPE)
_T = TypeVar("_T")


class Relation(NamedTuple):
    """A transitive relation: of which relations it is made, and who has it: the subjects of one of them."""

    name: str
    edges: tuple[str, ...]
    of: str
    is_own: bool = False  # whether a circle leads back to where it began


RELATIONS: Final = (
    # a group may be a member of a group
    Relation(AMBIT.MEMBER_OF_ALL, (ORG.MEMBER_OF, ORG.SUB_ORGANIZATION_OF), ORG.MEMBER_OF, is_own=True),
    Relation(AMBIT.REPORTS_TO_ALL, (ORG.REPORTS_TO,), ORG.REPORTS_TO),
    Relation(AMBIT.IS_IN_FOLDER_ALL, (AMBIT.IS_IN_FOLDER,), AMBIT.IS_IN_FOLDER),
    Relation(SKOS.BROADER_TRANSITIVE, (SKOS.BROADER,), SKOS.BROADER),
)
"""What is made transitive, once all else has been concluded."""

STEPS: Final = {relation.name: relation.edges for relation in RELATIONS}
"""Of which relations each transitive one is made: what an explanation shows in its place."""


class Closure:
    """The axioms of one state of governance, ready to conclude."""

    def __init__(self, triples: Iterable[Triple]):
        axioms = [t for t in triples if t.predicate in AXIOMS]
        self.classes = _above(axioms, RDFS.SUB_CLASS_OF, OWL.EQUIVALENT_CLASS)
        self.properties = _above(axioms, RDFS.SUB_PROPERTY_OF, OWL.EQUIVALENT_PROPERTY)
        self.inverses: defaultdict[Object, set[NamedNode]] = defaultdict(set)
        for t in axioms:
            if t.predicate == node(OWL.INVERSE_OF):
                for one, other in ((t.subject, t.object), (t.object, t.subject)):
                    if isinstance(other, NamedNode):
                        self.inverses[one].add(other)
        self.values = _restrictions(axioms)
        self.valued: defaultdict[tuple[NamedNode, Object], list[Object]] = defaultdict(list)
        for restriction, what in self.values.items():
            self.valued[what].append(restriction)
        self._leading = {_TYPE, *self.properties, *self.inverses, *(p for p, _ in self.valued)}
        self._narrower = _turned(self.properties)
        self._inverted = _turned(self.inverses)
        self._shown: defaultdict[Object, set[tuple[NamedNode, Object]]] = defaultdict(set)
        for restriction, what in self.values.items():
            for above in self.classes.get(restriction, ()):
                self._shown[above].add(what)

    def conclude(
        self, triples: Iterable[Triple], through: Callable[[Iterable[Triple]], Iterable[Triple]] = iter
    ) -> frozenset[Triple]:
        """All that follows and is not stated. `through` gives what is gone through, and may raise to end it."""
        stated = frozenset(triples)
        known = set(stated)
        new = list(stated)
        while new:
            found = {conclusion for triple in through(new) for conclusion in self.step(triple)} - known
            known |= found
            new = list(found)
        return frozenset((known | _transitive(through(known))) - stated)

    def step(self, t: Triple) -> Iterable[Triple]:
        """The conclusions from one triple, transitive relations aside."""
        if t.predicate not in self._leading:
            return
        for wider in self.properties.get(t.predicate, ()):
            if isinstance(wider, NamedNode):
                yield Triple(t.subject, wider, t.object)
        for restriction in self.valued.get((t.predicate, t.object), ()):
            yield from self._typed(t.subject, restriction)
        if isinstance(t.object, Literal):
            return
        for inverse in self.inverses.get(t.predicate, ()):
            yield Triple(t.object, inverse, t.subject)
        if t.predicate == _TYPE:
            yield from self._typed(t.subject, t.object)

    def premises(self, t: Triple, types: Callable[[Subject], Iterable[Object]]) -> Iterable[Triple]:
        """The triples from which `step` concludes this one; of memberships in classes those in `types`."""
        for narrower in self._narrower.get(t.predicate, ()):
            yield Triple(t.subject, narrower, t.object)
        if not isinstance(t.object, Literal):
            for inverse in self._inverted.get(t.predicate, ()):
                yield Triple(t.object, inverse, t.subject)
        if t.predicate == _TYPE and isinstance(t.object, NamedNode):
            yield from self._shows(t.subject, t.object, types, is_itself=False)
        for restriction in self.valued.get((t.predicate, t.object), ()):
            yield from self._shows(t.subject, restriction, types, is_itself=True)

    def _shows(
        self, subject: Subject, kind: Object, types: Callable[[Subject], Iterable[Object]], *, is_itself: bool
    ) -> Iterable[Triple]:
        """What makes the subject one of a class: being of a narrower one, or of it, or the value of a restriction."""
        for below in types(subject):
            if kind in self.classes.get(below, ()) or (is_itself and below == kind):
                yield Triple(subject, _TYPE, below)
        for predicate, value in self._shown.get(kind, ()):
            yield Triple(subject, predicate, value)

    def _typed(self, subject: Subject, kind: Object) -> Iterable[Triple]:
        """What being of a class says: the classes above, and the value of a restriction among them."""
        for above in (kind, *self.classes.get(kind, ())):
            if isinstance(above, NamedNode) and above != kind:
                yield Triple(subject, _TYPE, above)
            if above in self.values:
                predicate, value = self.values[above]
                yield Triple(subject, predicate, value)


def _above(axioms: Iterable[Triple], below: str, same: str) -> dict[Object, set[Object]]:
    """What stands above each term at any distance; anonymous classes may stand between and at the top."""
    up: defaultdict[Object, set[Object]] = defaultdict(set)
    for t in axioms:
        if t.predicate == node(below):
            up[t.subject].add(t.object)
        elif t.predicate == node(same):
            up[t.subject].add(t.object)
            up[t.object].add(t.subject)
    return {
        term: reach(term, lambda one: up.get(one, ()), dict[Object, set[Object]]()) - {term}
        for term in list(up)
    }


def _restrictions(axioms: Iterable[Triple]) -> dict[Object, tuple[NamedNode, Object]]:
    """`owl:hasValue` restrictions by their class."""
    on = {t.subject: t.object for t in axioms if t.predicate == node(OWL.ON_PROPERTY)}
    has = {t.subject: t.object for t in axioms if t.predicate == node(OWL.HAS_VALUE)}
    return {c: (p, has[c]) for c, p in on.items() if c in has and isinstance(p, NamedNode)}


def _transitive(triples: Iterable[Triple]) -> set[Triple]:
    """The relations that rules follow at any distance."""
    by_predicate: dict[str, defaultdict[Subject, set[Object]]] = {
        edge: defaultdict(set) for relation in RELATIONS for edge in relation.edges
    }
    for t in triples:
        ends = by_predicate.get(t.predicate.value)
        if ends is not None:
            ends[t.subject].add(t.object)
    result: set[Triple] = set()
    for relation in RELATIONS:
        up = _merged(by_predicate[edge] for edge in relation.edges)
        groups = frozenset[Object]().union(*up.values())
        known: dict[Object, set[Object]] = {}
        for start in by_predicate[relation.of]:
            reached = reach(start, lambda term, up=up: up.get(term, ()), known)  # type: ignore[misc]
            if start in groups:
                known[start] = reached
            result |= _links(start, relation.name, reached if relation.is_own else reached - {start})
    return result


def _merged(indexes: Iterable[Mapping[Subject, set[Object]]]) -> Mapping[Object, set[Object]]:
    up: defaultdict[Object, set[Object]] = defaultdict(set)
    for index in indexes:
        for term, ends in index.items():
            up[term] |= ends
    return up


def _turned(ways: Mapping[Object, Iterable[Object]]) -> Mapping[Object, list[NamedNode]]:
    """The same from its ends, as far as it begins at something that has a name."""
    turned: defaultdict[Object, list[NamedNode]] = defaultdict(list)
    for start, ends in ways.items():
        if isinstance(start, NamedNode):
            for end in ends:
                turned[end].append(start)
    return turned


def _links(start: Object, predicate: str, ends: Iterable[Object]) -> set[Triple]:
    if not isinstance(start, NamedNode):
        return set()
    return {Triple(start, node(predicate), end) for end in ends if isinstance(end, NamedNode)}


def reach(start: _T, above: Callable[[_T], Iterable[_T]], known: Mapping[_T, set[_T]]) -> set[_T]:
    """What is reached from a term in one step or more; `known` is all of it for some terms."""
    seen: set[_T] = set()
    todo = list(above(start))
    while todo:
        term = todo.pop()
        if term not in seen:
            seen.add(term)
            more = known.get(term)
            if more is None:
                todo.extend(above(term))
            else:
                seen |= more
    return seen
