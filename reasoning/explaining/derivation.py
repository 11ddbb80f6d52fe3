"""Conclusions of governance taken apart again: the stated triples from which each one follows.

The inverse of `closure`. Every conclusion but the transitive ones has one premise, beside axioms. Axioms of Ambit's
own vocabulary are taken for granted; others belong to what a conclusion follows from.
"""

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from ...graph.terms import Literal, NamedNode, Object, Triple
from ...graph.vocabulary import AMBIT, ORG, OWL, RDF, RDFS, node
from ..governance.closure import AXIOMS, STEPS, Closure
from ..governance.facts import Facts
from ..governance.governance import INFERRED, SHIPPED
from ..rulebase.paths import ALTERNATIVES, Path, Route, one_or_more, routes

Ground: TypeAlias = frozenset[Triple]
"""Stated triples from which one follows."""

_DEEP: Final = 8  # conclusions of conclusions that are looked at
_TYPE: Final = node(RDF.TYPE)
_MADE: Final = {made: one_or_more(*steps) for made, steps in STEPS.items()}
_CLASSES: Final = one_or_more(RDFS.SUB_CLASS_OF, OWL.EQUIVALENT_CLASS, back=(OWL.EQUIVALENT_CLASS,))
_PROPERTIES: Final = one_or_more(
    RDFS.SUB_PROPERTY_OF, OWL.EQUIVALENT_PROPERTY, back=(OWL.EQUIVALENT_PROPERTY,)
)


class Derivation:
    """Takes triples of one state of governance apart; keeps what it found."""

    def __init__(self, facts: Facts):
        self.facts = facts
        self._closure = Closure(t for axiom in AXIOMS for t in facts.of(axiom.value))
        self._below: dict[Object, set[Object]] = {}
        for narrow, wide in self._closure.properties.items():
            for one in wide:
                self._below.setdefault(one, set()).add(narrow)
        self._grounds: dict[Triple, tuple[Ground, ...]] = {}

    def is_stated(self, triple: Triple) -> bool:
        """Whether a record says it, and it does not only follow."""
        return bool(self.facts.graphs(triple) - {INFERRED})

    def grounds(self, triple: Triple) -> tuple[Ground, ...]:
        """Sets of stated triples from each of which it follows, the smallest first; none for what is not there."""
        if triple not in self._grounds:
            self._grounds[triple] = self._found(triple, frozenset())
        return self._grounds[triple]

    def _found(self, triple: Triple, above: frozenset[Triple]) -> tuple[Ground, ...]:
        """`above` are the conclusions that it is looked up for: no premise of itself."""
        if triple not in self.facts:
            return ()
        found: set[Ground] = {frozenset({triple})} if self.is_stated(triple) else set()
        if len(above) < _DEEP and triple not in above:
            found |= self._derived(triple, above | {triple})
        return smallest(found)[:ALTERNATIVES]

    def _derived(self, triple: Triple, above: frozenset[Triple]) -> set[Ground]:
        found: set[Ground] = set()
        path = _MADE.get(triple.predicate.value)
        if path is not None:
            for route in routes(self.facts, triple.subject, path, triple.object):
                if _is_made(triple, route):
                    found |= set(joined(self._found(edge, above) for edge in route))
        for premise, axioms in self._premises(triple):
            for ground in self._found(premise, above):
                found.add(ground | axioms)
        return found

    def _premises(self, t: Triple) -> Iterator[tuple[Triple, Ground]]:
        """Triples that are there from which one follows in a step, each with the axioms of the step."""
        for narrow in self._below.get(t.predicate, ()):
            if isinstance(narrow, NamedNode):
                yield from self._if_there(
                    Triple(t.subject, narrow, t.object), self._axioms(narrow, _PROPERTIES, t.predicate)
                )
        if not isinstance(t.object, Literal):
            for other, names in self._closure.inverses.items():
                if t.predicate in names and isinstance(other, NamedNode):
                    yield from self._if_there(
                        Triple(t.object, other, t.subject), self._inverse(other, t.predicate)
                    )
        for kind in self.facts.objects(t.subject, RDF.TYPE):
            yield from self._of_kind(t, kind, Triple(t.subject, _TYPE, kind), frozenset())
        for restriction, (predicate, value) in self._closure.values.items():
            premise = Triple(t.subject, predicate, value)
            if premise != t and premise in self.facts:
                yield from self._of_kind(t, restriction, premise, self._restriction(restriction))

    def _of_kind(
        self, t: Triple, kind: Object, premise: Triple, axioms: Ground
    ) -> Iterator[tuple[Triple, Ground]]:
        """What being of a class says: the classes above, and the values of restrictions among them."""
        above = self._closure.classes.get(kind, set())
        if t.predicate == _TYPE and t.object in above and premise != t:
            yield premise, axioms | self._axioms(kind, _CLASSES, t.object)
        for one in (kind, *above):
            if self._closure.values.get(one) == (t.predicate, t.object):
                up = self._axioms(kind, _CLASSES, one) if one != kind else frozenset()
                yield premise, axioms | up | self._restriction(one)

    def _if_there(self, premise: Triple, axioms: Ground) -> Iterator[tuple[Triple, Ground]]:
        if premise in self.facts:
            yield premise, axioms

    def _axioms(self, start: Object, path: Path, end: Object) -> Ground:
        """The axioms of the shortest way up, those of the vocabulary aside."""
        for route in routes(self.facts, start, path, end):
            return self._beside(route)
        return frozenset()

    def _inverse(self, one: NamedNode, other: NamedNode) -> Ground:
        inverse = node(OWL.INVERSE_OF)
        for triple in (Triple(one, inverse, other), Triple(other, inverse, one)):
            if triple in self.facts:
                return self._beside([triple])
        return frozenset()

    def _restriction(self, restriction: Object) -> Ground:
        if isinstance(restriction, Literal):
            return frozenset()
        return self._beside(
            Triple(restriction, node(predicate), value)
            for predicate in (OWL.ON_PROPERTY, OWL.HAS_VALUE)
            for value in self.facts.objects(restriction, predicate)
        )

    def _beside(self, axioms: Iterable[Triple]) -> Ground:
        """Axioms that are not Ambit's own; of those that follow, too, only what is stated."""
        return frozenset(t for t in axioms if self.is_stated(t) and SHIPPED not in self.facts.graphs(t))


def _is_made(triple: Triple, route: Route) -> bool:
    """Whether a way makes a transitive triple: only who is a member of something is one at any depth."""
    return triple.predicate.value != AMBIT.MEMBER_OF_ALL or route[0].predicate == node(ORG.MEMBER_OF)


def joined(parts: Iterable[Iterable[Ground]]) -> tuple[Ground, ...]:
    """One ground of each part together, in all ways: the smallest first, some at most."""
    found: tuple[Ground, ...] = (frozenset(),)
    for options in parts:
        options = tuple(options)
        found = smallest({one | option for one in found for option in options})[: 2 * ALTERNATIVES]
    return found


def smallest(grounds: Iterable[Ground]) -> tuple[Ground, ...]:
    """Those that hold no other, by size and then by their text."""
    grounds = tuple(grounds)
    if len(grounds) < 2:
        return grounds
    kept: list[Ground] = []
    for ground in sorted(grounds, key=lambda g: (len(g), sorted(map(str, g)))):
        if not any(one <= ground for one in kept):
            kept.append(ground)
    return tuple(kept)
