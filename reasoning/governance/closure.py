"""What follows from governance, materialised: from its own triples and axioms alone, never from data.

`ambit:memberOfAll`, `ambit:reportsToAll`, `ambit:isInFolderAll` and `skos:broaderTransitive` are the transitive
relations that rules follow; subclasses, sub-properties, inverses and `owl:hasValue` make the rest. Equality, domains and ranges
conclude nothing here: they would let one triple say who somebody is. All is concluded here; what a change
adds and takes away is found in `aftermath`.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from itertools import chain
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


class _Leads(NamedTuple):
    """Where a triple of one property leads."""

    wider: Collection[NamedNode]
    inverses: Collection[NamedNode]
    valued: Mapping[Object, Collection[Object]]  # by its object, the restrictions that it fulfils


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
        self._leads = self._leading()
        self._narrower = _turned(self.properties)
        self._inverted = _turned(self.inverses)
        self._onward = {p: leads for p, leads in self._leads.items() if not self._is_mirror(p, leads)}
        self._shown: defaultdict[Object, set[tuple[NamedNode, Object]]] = defaultdict(set)
        for restriction, what in self.values.items():
            for above in self.classes.get(restriction, ()):
                self._shown[above].add(what)

    def _leading(self) -> Mapping[Object, _Leads]:
        """By property."""
        valued: defaultdict[Object, defaultdict[Object, list[Object]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for restriction, (predicate, value) in self.values.items():
            valued[predicate][value].append(restriction)
        return {
            predicate: _Leads(
                [wider for wider in self.properties.get(predicate, ()) if isinstance(wider, NamedNode)],
                self.inverses.get(predicate, ()),
                valued.get(predicate, {}),
            )
            for predicate in {_TYPE, *self.properties, *self.inverses, *valued}
        }

    def _is_mirror(self, predicate: Object, leads: _Leads) -> bool:
        """Whether what is concluded of a property is always the inverse of something, and leads only back to it."""
        return (
            len(leads.inverses) == 1
            and not (leads.wider or leads.valued or self._narrower.get(predicate))
            and predicate != _TYPE
        )

    def conclude(
        self, triples: Iterable[Triple], through: Callable[[Iterable[Triple]], Iterable[Triple]] = iter
    ) -> frozenset[Triple]:
        """All that follows and is not stated. `through` gives what is gone through, and may raise to end it."""
        stated = frozenset(triples)
        concluded: set[Triple] = set()
        known: defaultdict[NamedNode, list[Triple]] = defaultdict(list)
        new: Set[Triple] = stated
        leads = self._leads
        while new:
            found: set[Triple] = set()
            for predicate, of_it in _by_predicate(new).items():
                known[predicate] += of_it
                if predicate in leads:
                    found.update(self._follow(through(of_it), predicate, leads[predicate]))
            new = found - stated - concluded
            concluded |= new
            leads = self._onward  # all that is new has been concluded
        follows = frozenset(chain(concluded, _transitive(known)))
        return follows if follows.isdisjoint(stated) else follows - stated

    def step(self, t: Triple) -> Iterable[Triple]:
        """The conclusions from one triple, transitive relations aside."""
        leads = self._leads.get(t.predicate)
        return () if leads is None else self._follow((t,), t.predicate, leads)

    def _follow(self, triples: Iterable[Triple], predicate: NamedNode, leads: _Leads) -> Iterator[Triple]:
        """The same from triples of one property."""
        for t in triples:
            subject, value = t.subject, t.object
            for wider in leads.wider:
                yield Triple(subject, wider, value)
            for restriction in leads.valued.get(value, ()) if leads.valued else ():
                yield from self._typed(subject, restriction)
            if isinstance(value, Literal):
                continue
            for inverse in leads.inverses:
                yield Triple(value, inverse, subject)
            if predicate == _TYPE:
                yield from self._typed(subject, value)

    def premises(self, t: Triple, types: Callable[[Subject], Iterable[Object]]) -> Iterable[Triple]:
        """The triples from which `step` concludes this one; of memberships in classes those in `types`."""
        for narrower in self._narrower.get(t.predicate, ()):
            yield Triple(t.subject, narrower, t.object)
        if not isinstance(t.object, Literal):
            for inverse in self._inverted.get(t.predicate, ()):
                yield Triple(t.object, inverse, t.subject)
        if t.predicate == _TYPE and isinstance(t.object, NamedNode):
            yield from self._shows(t.subject, t.object, types, is_itself=False)
        leads = self._leads.get(t.predicate)
        for restriction in leads.valued.get(t.object, ()) if leads is not None else ():
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


def _by_predicate(triples: Iterable[Triple]) -> Mapping[NamedNode, list[Triple]]:
    found: defaultdict[NamedNode, list[Triple]] = defaultdict(list)
    for t in triples:
        found[t.predicate].append(t)
    return found


def _transitive(known: Mapping[NamedNode, Iterable[Triple]]) -> Iterator[Triple]:
    """The relations that rules follow at any distance, from what is known by its predicate."""
    for relation in RELATIONS:
        name = node(relation.name)
        for start, ends in _reached(relation, known):
            if isinstance(start, NamedNode):
                for end in ends:
                    if isinstance(end, NamedNode):
                        yield Triple(start, name, end)


def _reached(
    relation: Relation, known: Mapping[NamedNode, Iterable[Triple]]
) -> Iterator[tuple[Object, set[Object]]]:
    """Who has the relation, and to what it leads. What a group reaches is found once for all who are in it."""
    up: defaultdict[Object, list[Object]] = defaultdict(list)
    starts: set[Object] = set()
    same: dict[Object, Object] = {}  # one object for each term: sets need not compare it with itself
    for edge in relation.edges:
        for t in known.get(node(edge), ()):
            low: Object = t.subject
            end = t.object
            start = same.setdefault(low, low)
            up[start].append(same.setdefault(end, end))
            if edge == relation.of:
                starts.add(start)
    reached: dict[Object, set[Object]] = {}
    for begin in starts:
        groups = up[begin]
        for group in groups:
            if group not in reached:
                reached[group] = reach(group, lambda term: up.get(term, ()), reached)
        ends = set(groups).union(*(reached[group] for group in groups))
        yield begin, ends if relation.is_own else ends - {begin}


def _turned(ways: Mapping[Object, Iterable[Object]]) -> Mapping[Object, list[NamedNode]]:
    """The same from its ends, as far as it begins at something that has a name."""
    turned: defaultdict[Object, list[NamedNode]] = defaultdict(list)
    for start, ends in ways.items():
        if isinstance(start, NamedNode):
            for end in ends:
                turned[end].append(start)
    return turned


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
