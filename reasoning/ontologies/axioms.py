"""What one triple entails under a set of axioms: the rules of OWL 2 RL that have a single premise."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from ...graph.terms import BlankNode, Literal, NamedNode, Object, Subject, Triple
from ...graph.vocabulary import OWL, RDF, RDFS, node

_TYPE: Final = node(RDF.TYPE)
_General: TypeAlias = tuple[Object, NamedNode, Object]


class Axioms:
    """An ontology as lookup tables: from a term to what a triple with that term entails.

    Rules (OWL 2 RL/RDF, tables 4 to 9): cax-sco, cax-eqc, prp-spo1, prp-eqp, prp-dom, prp-rng, prp-inv,
    prp-symp, cls-hv1, cls-hv2. All have one premise from data, so a conclusion may be read by whoever may
    read that premise. Axioms between names only, but for `owl:hasValue`, whose class may be anonymous.
    """

    __slots__ = ("_classes", "_domains", "_holders", "_inverses", "_properties", "_ranges", "_values")

    def __init__(self) -> None:
        self._classes: dict[Object, set[Object]] = defaultdict(set)
        self._properties: dict[NamedNode, set[NamedNode]] = defaultdict(set)
        self._inverses: dict[NamedNode, set[NamedNode]] = defaultdict(set)
        self._domains: dict[NamedNode, set[Object]] = defaultdict(set)
        self._ranges: dict[NamedNode, set[Object]] = defaultdict(set)
        self._values: dict[Object, set[tuple[NamedNode, Object]]] = defaultdict(set)
        self._holders: dict[tuple[NamedNode, Object], set[Object]] = defaultdict(set)

    @classmethod
    def from_triples(cls, triples: Iterable[Triple]) -> "Axioms":
        """The axioms among an ontology's triples; all others mean nothing here."""
        self = cls()
        on: dict[Object, set[NamedNode]] = defaultdict(set)
        has: dict[Object, set[Object]] = defaultdict(set)
        for t in triples:
            s, o = t.subject, t.object
            if t.predicate.value == OWL.HAS_VALUE:
                has[s].add(o)
            elif t.predicate.value == OWL.ON_PROPERTY and isinstance(o, NamedNode):
                on[s].add(o)
            elif not isinstance(o, Literal):
                self._add(s, t.predicate.value, o)
        for restriction, values in has.items():
            pairs = {(p, value) for p in on[restriction] for value in values}
            self._values[restriction] |= pairs
            for pair in pairs:
                self._holders[pair].add(restriction)
        return self

    def __eq__(self, other: object) -> bool:
        """Whether the same follows under both: labels and definitions make no difference."""
        if not isinstance(other, Axioms):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment]

    def _add(self, s: Subject, predicate: str, o: Object) -> None:
        """One axiom into its table."""
        if predicate == RDFS.SUB_CLASS_OF:
            self._classes[s].add(o)
        elif predicate == OWL.EQUIVALENT_CLASS:
            self._classes[s].add(o)
            self._classes[o].add(s)
        if not isinstance(s, NamedNode) or not isinstance(o, NamedNode):
            return
        if predicate == RDFS.SUB_PROPERTY_OF:
            self._properties[s].add(o)
        elif predicate == OWL.EQUIVALENT_PROPERTY:
            self._properties[s].add(o)
            self._properties[o].add(s)
        elif predicate == OWL.INVERSE_OF:
            self._inverses[s].add(o)
            self._inverses[o].add(s)
        elif predicate == RDFS.DOMAIN:
            self._domains[s].add(o)
        elif predicate == RDFS.RANGE:
            self._ranges[s].add(o)
        elif predicate == RDF.TYPE and o.value == OWL.SYMMETRIC_PROPERTY:
            self._inverses[s].add(s)

    def conclude(self, triples: Iterable[Triple]) -> frozenset[Triple]:
        """What follows from these triples one by one, without them: the least fixpoint.

        Used on the way, but not given out: literals as subjects (generalised RDF, OWL 2 RL §4.3), and
        memberships in anonymous classes, which nobody can name.
        """
        asserted = frozenset((t.subject, t.predicate, t.object) for t in triples)
        known: set[_General] = set(asserted)
        fresh: list[_General] = list(asserted)
        while fresh:
            for conclusion in self._step(*fresh.pop()):
                if conclusion not in known:
                    known.add(conclusion)
                    fresh.append(conclusion)
        return frozenset(
            Triple(s, p, o)
            for s, p, o in known - asserted
            if not isinstance(s, Literal) and not (p == _TYPE and isinstance(o, BlankNode))
        )

    def _step(self, s: Object, p: NamedNode, o: Object) -> Iterator[_General]:
        """What one application of one rule makes of a triple."""
        if p == _TYPE:
            for wider in self._classes.get(o, ()):
                yield s, _TYPE, wider
            for said, value in self._values.get(o, ()):
                yield s, said, value
        for broader in self._properties.get(p, ()):
            yield s, broader, o
        for inverse in self._inverses.get(p, ()):
            yield o, inverse, s
        for domain in self._domains.get(p, ()):
            yield s, _TYPE, domain
        for range_ in self._ranges.get(p, ()):
            yield o, _TYPE, range_
        for restriction in self._holders.get((p, o), ()):
            yield s, _TYPE, restriction
