"""An ontology as rules: OWL 2 Profiles §4.3, tables 4 to 7, with the axioms filled in.

What the tables say of triples of the ontology (`?p rdf:type owl:TransitiveProperty`) is looked up here once; what
they say of data becomes the premises of a rule. Not drawn: what follows for the axioms themselves (table 9), for
datatypes (table 8), and axiomatic triples. An axiom that does not hold together (a list without an end) says nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import reduce
from itertools import combinations
from typing import Final

from ...graph.terms import Literal, NamedNode, Object, Triple
from ...graph.vocabulary import OWL, RDF, RDFS, XSD
from .rules import Atom, Rule, X, Y, Z
from .sets import FREE, Sets, join, merge
from .terms import DIFFERENT, LISTED, SAME, TYPE, Terms

_NOTHING_SAID: Final = frozenset({OWL.THING, RDFS.RESOURCE})
"""Classes that everything is in."""


class Ontology:
    """Axioms by what they say, with what suffices for each of their triples."""

    def __init__(self, triples: Mapping[Triple, Sets], terms: Terms):
        self.terms = terms
        self.sets = triples
        self._said: dict[str, dict[Object, list[Triple]]] = defaultdict(lambda: defaultdict(list))
        self._typed: dict[str, list[Triple]] = defaultdict(list)
        for t in triples:
            self._said[t.predicate.value][t.subject].append(t)
            if t.predicate.value == RDF.TYPE and isinstance(t.object, NamedNode):
                self._typed[t.object.value].append(t)

    def said(self, predicate: str, subject: Object) -> list[Triple]:
        """What is said of a subject with a predicate."""
        return self._said[predicate].get(subject, [])

    def all(self, predicate: str) -> Iterator[Triple]:
        """All that is said with a predicate."""
        for triples in list(self._said[predicate].values()):
            yield from triples

    def typed(self, kind: str) -> list[Triple]:
        """What is said to be of a kind."""
        return self._typed[kind]

    def members(self, head: Object) -> tuple[list[Object], list[Triple]] | None:
        """The members of a list and the triples that make it; None where it is not whole (RDF 1.1 Semantics §D.3)."""
        found: list[Object] = []
        used: list[Triple] = []
        seen: set[Object] = set()
        while head != NamedNode(RDF.NIL):
            first, rest = self.said(RDF.FIRST, head), self.said(RDF.REST, head)
            if head in seen or len(first) != 1 or len(rest) != 1:
                return None
            seen.add(head)
            found.append(first[0].object)
            used += [*first, *rest]
            head = rest[0].object
        return found, used

    def rule(
        self,
        name: str,
        axioms: list[Triple],
        body: tuple[Atom, ...],
        head: Atom | None,
        parts: list[Triple] | None = None,
        unequal: tuple[int, int] | None = None,
    ) -> Rule:
        """A rule; `parts` are triples that it needs and that nobody wants to be told of."""
        needed: Sets = reduce(join, (self.sets[t] for t in (*axioms, *(parts or ()))), FREE)
        return Rule(name, body, head, needed, tuple(axioms), unequal)

    def kind(self, term: Object, variable: int) -> tuple[Atom, ...]:
        """That a variable is of a class, as a premise; none where everything is."""
        if isinstance(term, NamedNode) and term.value in _NOTHING_SAID:
            return ()
        return ((TYPE, variable, self.terms.id(term)),)

    def of(self, variable: int, term: Object) -> Atom:
        """That a variable is of a class, as a conclusion."""
        return (TYPE, variable, self.terms.id(term))

    def link(self, term: Object, one: int, other: int) -> Atom:
        """That a property leads from one variable to another."""
        return (self.terms.id(term), one, other)


def rules(triples: Mapping[Triple, Sets], terms: Terms) -> list[Rule]:
    """The rules of an ontology; `triples` with what suffices for each. Each rule stands once, whoever says it."""
    ontology = Ontology(triples, terms)
    found: dict[tuple[object, ...], Rule] = {}
    for make in (_classes, _restrictions, _properties, _kinds_of_properties, _keys, _apart, _individuals):
        for rule in make(ontology):
            if rule.head is not None and (rule.head in rule.body or _is_idle(rule, terms)):
                continue
            # what cannot be is told with the axioms that say so, so each of these stands by itself
            key = (rule.body, rule.head, rule.unequal, rule.axioms if rule.head is None else ())
            known = found.get(key)
            found[key] = replace(known, sets=merge(known.sets, rule.sets)[0]) if known else rule
    return [*found.values()]


def _is_idle(rule: Rule, terms: Terms) -> bool:
    """Whether what a rule concludes is said of everything, or of literals by their datatypes."""
    assert rule.head is not None  # noqa: S101 — asked before
    kind = terms.of[rule.head[2]] if rule.head[0] == TYPE and rule.head[2] >= 0 else None
    return isinstance(kind, NamedNode) and (
        kind.value in _NOTHING_SAID or kind.value.startswith(XSD.NAMESPACE) or kind.value == RDFS.LITERAL
    )


def _classes(o: Ontology) -> Iterator[Rule]:
    """cax-sco, cax-eqc, cls-int, cls-uni, cls-oo, cls-com."""
    for t in o.all(RDFS.SUB_CLASS_OF):
        yield o.rule("cax-sco", [t], o.kind(t.subject, X), o.of(X, t.object))
    for t in o.all(OWL.EQUIVALENT_CLASS):
        yield o.rule("cax-eqc1", [t], o.kind(t.subject, X), o.of(X, t.object))
        yield o.rule("cax-eqc2", [t], o.kind(t.object, X), o.of(X, t.subject))
    for t, members, parts in _listed(o, OWL.INTERSECTION_OF):
        body = tuple(atom for one in members for atom in o.kind(one, X))
        if body:
            yield o.rule("cls-int1", [t], tuple(dict.fromkeys(body)), o.of(X, t.subject), parts)
        for one in members:
            yield o.rule("cls-int2", [t], o.kind(t.subject, X), o.of(X, one), parts)
    for t, members, parts in _listed(o, OWL.UNION_OF):
        for one in members:
            yield o.rule("cls-uni", [t], o.kind(one, X), o.of(X, t.subject), parts)
    for t, members, parts in _listed(o, OWL.ONE_OF):
        for one in members:
            if not isinstance(one, Literal):
                head = (TYPE, o.terms.id(one), o.terms.id(t.subject))
                yield o.rule("cls-oo", [t], (), head, parts)
    for t in o.all(OWL.COMPLEMENT_OF):
        yield o.rule("cls-com", [t], (*o.kind(t.subject, X), *o.kind(t.object, X)), None)
    nothing = NamedNode(OWL.NOTHING)
    yield o.rule("cls-nothing2", [], o.kind(nothing, X), None)


def _restrictions(o: Ontology) -> Iterator[Rule]:
    """cls-svf, cls-avf, cls-hv, cls-maxc, cls-maxqc."""
    for on in o.all(OWL.ON_PROPERTY):
        kind, p = on.subject, on.object
        for t in o.said(OWL.SOME_VALUES_FROM, kind):
            yield o.rule("cls-svf", [t, on], (o.link(p, X, Y), *o.kind(t.object, Y)), o.of(X, kind))
        for t in o.said(OWL.ALL_VALUES_FROM, kind):
            yield o.rule("cls-avf", [t, on], (*o.kind(kind, X), o.link(p, X, Y)), o.of(Y, t.object))
        for t in o.said(OWL.HAS_VALUE, kind):
            value = (o.terms.id(p), X, o.terms.id(t.object))
            yield o.rule("cls-hv1", [t, on], o.kind(kind, X), value)
            yield o.rule("cls-hv2", [t, on], (value,), o.of(X, kind))
        for t in o.said(OWL.MAX_CARDINALITY, kind):
            yield from _at_most(o, "cls-maxc", [t, on], kind, p, None)
        for t in o.said(OWL.MAX_QUALIFIED_CARDINALITY, kind):
            for of in o.said(OWL.ON_CLASS, kind):
                yield from _at_most(o, "cls-maxqc", [t, on, of], kind, p, of.object)


def _at_most(
    o: Ontology, name: str, axioms: list[Triple], kind: Object, p: Object, of: Object | None
) -> Iterator[Rule]:
    """At most none is a clash, at most one an equality; of larger numbers nothing follows."""
    number = axioms[0].object
    most = number.value.lstrip("+").lstrip("0") if isinstance(number, Literal) else ""
    is_number = isinstance(number, Literal) and number.value.lstrip("+").isdecimal()

    def valued(variable: int) -> tuple[Atom, ...]:
        return (o.link(p, X, variable), *(o.kind(of, variable) if of is not None else ()))

    if is_number and most == "":
        yield o.rule(f"{name}1", axioms, (*o.kind(kind, X), *valued(Y)), None)
    elif is_number and most == "1":
        body = (*o.kind(kind, X), *valued(Y), *valued(Z))
        yield o.rule(f"{name}2", axioms, body, (SAME, Y, Z))
        yield o.rule(f"{name}2", axioms, body, None, unequal=(Y, Z))


def _properties(o: Ontology) -> Iterator[Rule]:
    """prp-spo1, prp-spo2, prp-eqp, prp-inv, prp-dom, prp-rng."""
    for t in o.all(RDFS.SUB_PROPERTY_OF):
        yield o.rule("prp-spo1", [t], (o.link(t.subject, X, Y),), o.link(t.object, X, Y))
    for t in o.all(OWL.EQUIVALENT_PROPERTY):
        yield o.rule("prp-eqp1", [t], (o.link(t.subject, X, Y),), o.link(t.object, X, Y))
        yield o.rule("prp-eqp2", [t], (o.link(t.object, X, Y),), o.link(t.subject, X, Y))
    for t in o.all(OWL.INVERSE_OF):
        yield o.rule("prp-inv1", [t], (o.link(t.subject, X, Y),), o.link(t.object, Y, X))
        yield o.rule("prp-inv2", [t], (o.link(t.object, X, Y),), o.link(t.subject, Y, X))
    for t in o.all(RDFS.DOMAIN):
        yield o.rule("prp-dom", [t], (o.link(t.subject, X, Y),), o.of(X, t.object))
    for t in o.all(RDFS.RANGE):
        yield o.rule("prp-rng", [t], (o.link(t.subject, X, Y),), o.of(Y, t.object))
    for t, members, parts in _listed(o, OWL.PROPERTY_CHAIN_AXIOM):
        body = tuple(o.link(one, ~number, ~(number + 1)) for number, one in enumerate(members))
        if body:
            yield o.rule("prp-spo2", [t], body, o.link(t.subject, X, ~len(members)), parts)


def _kinds_of_properties(o: Ontology) -> Iterator[Rule]:
    """prp-fp, prp-ifp, prp-symp, prp-trp, prp-irp, prp-asyp."""
    for t in o.typed(OWL.FUNCTIONAL_PROPERTY):
        body = (o.link(t.subject, X, Y), o.link(t.subject, X, Z))
        yield o.rule("prp-fp", [t], body, (SAME, Y, Z))
        yield o.rule("prp-fp", [t], body, None, unequal=(Y, Z))
    for t in o.typed(OWL.INVERSE_FUNCTIONAL_PROPERTY):
        yield o.rule("prp-ifp", [t], (o.link(t.subject, X, Z), o.link(t.subject, Y, Z)), (SAME, X, Y))
    for t in o.typed(OWL.SYMMETRIC_PROPERTY):
        yield o.rule("prp-symp", [t], (o.link(t.subject, X, Y),), o.link(t.subject, Y, X))
    for t in o.typed(OWL.TRANSITIVE_PROPERTY):
        body = (o.link(t.subject, X, Y), o.link(t.subject, Y, Z))
        yield o.rule("prp-trp", [t], body, o.link(t.subject, X, Z))
    for t in o.typed(OWL.IRREFLEXIVE_PROPERTY):
        yield o.rule("prp-irp", [t], (o.link(t.subject, X, X),), None)
    for t in o.typed(OWL.ASYMMETRIC_PROPERTY):
        yield o.rule("prp-asyp", [t], (o.link(t.subject, X, Y), o.link(t.subject, Y, X)), None)


def _keys(o: Ontology) -> Iterator[Rule]:
    """prp-key."""
    for t, members, parts in _listed(o, OWL.HAS_KEY):
        body = [*o.kind(t.subject, X), *o.kind(t.subject, Y)]
        for number, one in enumerate(members):
            value = ~(number + 2)
            body += [o.link(one, X, value), o.link(one, Y, value)]
        if members:
            yield o.rule("prp-key", [t], tuple(body), (SAME, X, Y), parts)


def _apart(o: Ontology) -> Iterator[Rule]:
    """cax-dw, cax-adc, prp-pdw, prp-adp."""
    for t in o.all(OWL.DISJOINT_WITH):
        yield o.rule("cax-dw", [t], (*o.kind(t.subject, X), *o.kind(t.object, X)), None)
    for t in o.all(OWL.PROPERTY_DISJOINT_WITH):
        yield o.rule("prp-pdw", [t], (o.link(t.subject, X, Y), o.link(t.object, X, Y)), None)
    of_classes: Callable[[Object], tuple[Atom, ...]] = lambda c: o.kind(c, X)  # noqa: E731
    of_properties: Callable[[Object], tuple[Atom, ...]] = lambda p: (o.link(p, X, Y),)  # noqa: E731
    for name, kind, premise in (
        ("cax-adc", OWL.ALL_DISJOINT_CLASSES, of_classes),
        ("prp-adp", OWL.ALL_DISJOINT_PROPERTIES, of_properties),
    ):
        for t, members, parts in _grouped(o, kind, OWL.MEMBERS):
            for one, other in combinations(members, 2):
                yield o.rule(name, [t], (*premise(one), *premise(other)), None, parts)


def _individuals(o: Ontology) -> Iterator[Rule]:
    """eq-diff1 to eq-diff3, prp-npa1, prp-npa2."""
    yield o.rule("eq-diff1", [], ((SAME, X, Y), (DIFFERENT, X, Y)), None)
    yield o.rule("eq-diff1", [], ((DIFFERENT, X, X),), None)  # eq-ref: everything is the same as itself
    for name, members_of in (("eq-diff2", OWL.MEMBERS), ("eq-diff3", OWL.DISTINCT_MEMBERS)):
        for t, members, parts in _grouped(o, OWL.ALL_DIFFERENT, members_of):
            kind = o.terms.id(
                (name, t.subject)
            )  # a class that only the reasoner has: n members instead of n² pairs
            for one in members:
                yield o.rule(name, [t], (), (LISTED, o.terms.id(one), kind), parts)
            yield o.rule(name, [t], ((LISTED, X, kind), (LISTED, Y, kind), (SAME, X, Y)), None, parts)
    for source in o.all(OWL.SOURCE_INDIVIDUAL):
        for on in o.said(OWL.ASSERTION_PROPERTY, source.subject):
            for name, said in (("prp-npa1", OWL.TARGET_INDIVIDUAL), ("prp-npa2", OWL.TARGET_VALUE)):
                for target in o.said(said, source.subject):
                    ends = (o.terms.id(source.object), o.terms.id(target.object))
                    body = ((o.terms.id(on.object), *ends),)
                    yield o.rule(name, [source, on, target], body, None)


def _listed(o: Ontology, predicate: str) -> Iterator[tuple[Triple, list[Object], list[Triple]]]:
    """Each axiom with a list, its members, and the triples of the list."""
    for t in o.all(predicate):
        found = o.members(t.object)
        if found is not None:
            yield t, *found


def _grouped(o: Ontology, kind: str, predicate: str) -> Iterator[tuple[Triple, list[Object], list[Triple]]]:
    """The same of what is of a kind, as a subject of its own."""
    for typed in o.typed(kind):
        for t in o.said(predicate, typed.subject):
            found = o.members(t.object)
            if found is not None:
                yield t, found[0], [*found[1], typed]
