"""What follows from governance, materialised: from its own triples and axioms alone, never from data.

`ambit:memberOfAll`, `ambit:reportsToAll`, `ambit:isInFolderAll` and `skos:broaderTransitive` are the transitive relations that rules
follow; subclasses, sub-properties, inverses and `owl:hasValue` make the rest. Equality, domains and ranges
conclude nothing here: they would let one triple say who somebody is.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from ..graph.terms import Literal, NamedNode, Object, Subject, Triple
from ..graph.vocabulary import AMBIT, ORG, OWL, RDF, RDFS, SKOS, node

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
_UP: Final = node(ORG.SUB_ORGANIZATION_OF)
_TYPE: Final = node(RDF.TYPE)

STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    AMBIT.MEMBER_OF_ALL: (ORG.MEMBER_OF, ORG.SUB_ORGANIZATION_OF),
    AMBIT.REPORTS_TO_ALL: (ORG.REPORTS_TO,),
    AMBIT.IS_IN_FOLDER_ALL: (AMBIT.IS_IN_FOLDER,),
    SKOS.BROADER_TRANSITIVE: (SKOS.BROADER,),
}
"""Of which relations each transitive one is made: what an explanation shows in its place."""

_TRANSITIVE: Final = frozenset(step for steps in STEPS.values() for step in steps)


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

    def matters(self, triple: Triple) -> bool:
        """Whether a triple can lead to a conclusion, or is an axiom."""
        predicate = triple.predicate
        if predicate in AXIOMS or predicate.value in _TRANSITIVE:
            return True
        if predicate == _TYPE:
            return triple.object in self.classes or triple.object in self.values
        return (
            predicate in self.properties
            or predicate in self.inverses
            or (predicate, triple.object) in self.valued
        )

    def conclude(self, triples: Iterable[Triple]) -> frozenset[Triple]:
        """All that follows and is not stated."""
        stated = frozenset(triples)
        known = set(stated)
        new = list(stated)
        while new:
            found = {conclusion for triple in new for conclusion in self._step(triple)} - known
            known |= found
            new = list(found)
        return frozenset((known | _transitive(known)) - stated)

    def _step(self, t: Triple) -> Iterable[Triple]:
        """The conclusions from one triple."""
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
    return {term: _reach(up, term) - {term} for term in list(up)}


def _restrictions(axioms: Iterable[Triple]) -> dict[Object, tuple[NamedNode, Object]]:
    """`owl:hasValue` restrictions by their class."""
    on = {t.subject: t.object for t in axioms if t.predicate == node(OWL.ON_PROPERTY)}
    has = {t.subject: t.object for t in axioms if t.predicate == node(OWL.HAS_VALUE)}
    return {c: (p, has[c]) for c, p in on.items() if c in has and isinstance(p, NamedNode)}


def _transitive(triples: Iterable[Triple]) -> set[Triple]:
    """The relations that rules follow at any distance."""
    member: defaultdict[Object, set[Object]] = defaultdict(set)
    above: defaultdict[Object, set[Object]] = defaultdict(set)
    line: defaultdict[Object, set[Object]] = defaultdict(set)
    folder: defaultdict[Object, set[Object]] = defaultdict(set)
    broader: defaultdict[Object, set[Object]] = defaultdict(set)
    by_predicate = {
        ORG.MEMBER_OF: (member, above),  # a group may be a member of a group
        ORG.SUB_ORGANIZATION_OF: (above,),
        ORG.REPORTS_TO: (line,),
        AMBIT.IS_IN_FOLDER: (folder,),
        SKOS.BROADER: (broader,),
    }
    for t in triples:
        for index in by_predicate.get(t.predicate.value, ()):
            index[t.subject].add(t.object)
    result: set[Triple] = set()
    for start in member:
        result |= _links(start, AMBIT.MEMBER_OF_ALL, _reach(above, start))
    for start in line:
        result |= _links(start, AMBIT.REPORTS_TO_ALL, _reach(line, start) - {start})
    for start in folder:
        result |= _links(start, AMBIT.IS_IN_FOLDER_ALL, _reach(folder, start) - {start})
    for start in broader:
        result |= _links(start, SKOS.BROADER_TRANSITIVE, _reach(broader, start) - {start})
    return result


def _links(start: Object, predicate: str, ends: Iterable[Object]) -> set[Triple]:
    if not isinstance(start, NamedNode):
        return set()
    return {Triple(start, node(predicate), end) for end in ends if isinstance(end, NamedNode)}


def _reach(up: Mapping[Object, set[Object]], start: Object) -> set[Object]:
    """What is reached from a term in one step or more."""
    seen: set[Object] = set()
    todo = list(up.get(start, ()))
    while todo:
        term = todo.pop()
        if term not in seen:
            seen.add(term)
            todo.extend(up.get(term, ()))
    return seen
