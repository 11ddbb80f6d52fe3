"""Generated ontologies and facts in compartments, and what owlrl says of the part that a clearance leaves."""

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

import owlrl
import rdflib

from ambit.graph.terms import BlankNode, Literal, NamedNode, Object, Subject, Triple
from ambit.graph.vocabulary import OWL, RDF, RDFS, XSD, node
from ambit.reasoning.rl.axioms import rules
from ambit.reasoning.rl.engine import Engine
from ambit.reasoning.rl.sets import FREE, Sets
from ambit.reasoning.rl.terms import CLASH, Fact, Terms

EX = "http://example.com/"
CLASSES = [NamedNode(f"{EX}C{n}") for n in range(5)]
PROPERTIES = [NamedNode(f"{EX}p{n}") for n in range(5)]
KEYED = NamedNode(f"{EX}code")
THINGS = [NamedNode(f"{EX}t{n}") for n in range(6)]
VALUES = [Literal("one"), Literal("two")]
COMPARTMENTS = 4
TYPE = node(RDF.TYPE)


@dataclass
class Axioms:
    """Axioms: those that everybody may read, and those of one compartment each."""

    rng: random.Random
    public: set[Triple] = field(default_factory=set)
    private: list[tuple[int, frozenset[Triple]]] = field(default_factory=list)
    blanks: int = 0

    def blank(self) -> BlankNode:
        self.blanks += 1
        return BlankNode(f"a{self.blanks}")

    def listed(self, members: Iterable[Object]) -> tuple[Subject, set[Triple]]:
        head: Subject = NamedNode(RDF.NIL)
        made: set[Triple] = set()
        for one in reversed(list(members)):
            cell = self.blank()
            made |= {Triple(cell, node(RDF.FIRST), one), Triple(cell, node(RDF.REST), head)}
            head = cell
        return head, made

    def add(self) -> None:
        """One more axiom, private now and then."""
        made = MAKERS[self.rng.choice(list(MAKERS))](self)
        if self.rng.random() < 0.2:
            self.private.append((self.rng.randrange(COMPARTMENTS), frozenset(made)))
        else:
            self.public |= made

    def c(self) -> NamedNode:
        return self.rng.choice(CLASSES)

    def p(self) -> NamedNode:
        return self.rng.choice(PROPERTIES)

    def sets(self) -> Mapping[Triple, Sets]:
        found: dict[Triple, Sets] = dict.fromkeys(self.public, FREE)
        for compartment, triples in self.private:
            for t in triples:
                held = found.get(t, ())
                if held != FREE:
                    found[t] = tuple(sorted({*held, 1 << compartment}))
        return found

    def read_by(self, clearance: int) -> set[Triple]:
        read = set(self.public)
        for compartment, triples in self.private:
            if clearance >> compartment & 1:
                read |= triples
        return read


def said(s: Subject, p: str, o: Object) -> set[Triple]:
    return {Triple(s, NamedNode(p), o)}


def restriction(a: Axioms, what: dict[str, Object]) -> set[Triple]:
    """A restriction that a class is below, above, or the same as."""
    r, c = a.blank(), a.c()
    made = said(r, RDF.TYPE, node(OWL.RESTRICTION)) | said(r, OWL.ON_PROPERTY, a.p())
    for predicate, value in what.items():
        made |= said(r, predicate, value)
    how = a.rng.randrange(3)
    return made | (
        said(c, RDFS.SUB_CLASS_OF, r)
        if how == 0
        else said(r, RDFS.SUB_CLASS_OF, c)
        if how == 1
        else said(c, OWL.EQUIVALENT_CLASS, r)
    )


def number(value: str) -> Literal:
    return Literal(value, datatype=NamedNode(XSD.NON_NEGATIVE_INTEGER))


def with_list(a: Axioms, subject: Subject, predicate: str, members: list[NamedNode]) -> set[Triple]:
    head, made = a.listed(members)
    return made | said(subject, predicate, head)


def all_of(a: Axioms, kind: str, predicate: str, members: list[NamedNode]) -> set[Triple]:
    subject = a.blank()
    return said(subject, RDF.TYPE, NamedNode(kind)) | with_list(a, subject, predicate, members)


def denied(a: Axioms) -> set[Triple]:
    """A negative property assertion."""
    me = a.blank()
    return (
        said(me, OWL.SOURCE_INDIVIDUAL, a.rng.choice(THINGS))
        | said(me, OWL.ASSERTION_PROPERTY, a.p())
        | said(me, OWL.TARGET_INDIVIDUAL, a.rng.choice(THINGS))
    )


MAKERS = {
    "below": lambda a: said(a.c(), RDFS.SUB_CLASS_OF, a.c()),
    "same class": lambda a: said(a.c(), OWL.EQUIVALENT_CLASS, a.c()),
    "sub-property": lambda a: said(a.p(), RDFS.SUB_PROPERTY_OF, a.p()),
    "same property": lambda a: said(a.p(), OWL.EQUIVALENT_PROPERTY, a.p()),
    "inverse": lambda a: said(a.p(), OWL.INVERSE_OF, a.p()),
    "domain": lambda a: said(a.p(), RDFS.DOMAIN, a.c()),
    "range": lambda a: said(a.p(), RDFS.RANGE, a.c()),
    "symmetric": lambda a: said(a.p(), RDF.TYPE, node(OWL.SYMMETRIC_PROPERTY)),
    "transitive": lambda a: said(a.p(), RDF.TYPE, node(OWL.TRANSITIVE_PROPERTY)),
    "functional": lambda a: said(a.p(), RDF.TYPE, node(OWL.FUNCTIONAL_PROPERTY)),
    "inverse functional": lambda a: said(a.p(), RDF.TYPE, node(OWL.INVERSE_FUNCTIONAL_PROPERTY)),
    "chain": lambda a: with_list(
        a, a.p(), OWL.PROPERTY_CHAIN_AXIOM, [a.p() for _ in range(a.rng.choice([2, 2, 3]))]
    ),
    "key": lambda a: with_list(a, a.c(), OWL.HAS_KEY, a.rng.choice([[KEYED], [KEYED, a.p()]])),
    "intersection": lambda a: with_list(a, a.c(), OWL.INTERSECTION_OF, a.rng.sample(CLASSES, 2)),
    "union": lambda a: with_list(a, a.c(), OWL.UNION_OF, a.rng.sample(CLASSES, 2)),
    "one of": lambda a: with_list(a, a.c(), OWL.ONE_OF, a.rng.sample(THINGS, 2)),
    "value": lambda a: restriction(a, {OWL.HAS_VALUE: a.rng.choice(THINGS)}),
    "some": lambda a: restriction(a, {OWL.SOME_VALUES_FROM: a.rng.choice([*CLASSES, node(OWL.THING)])}),
    "all": lambda a: restriction(a, {OWL.ALL_VALUES_FROM: a.c()}),
    "at most one": lambda a: restriction(a, {OWL.MAX_CARDINALITY: number("1")}),
    "at most one of": lambda a: restriction(
        a,
        {
            OWL.MAX_QUALIFIED_CARDINALITY: number("1"),
            OWL.ON_CLASS: a.rng.choice([*CLASSES, node(OWL.THING)]),
        },
    ),
}
"""What leads to conclusions."""

CLASHING = {
    "disjoint": lambda a: said(a.c(), OWL.DISJOINT_WITH, a.c()),
    "complement": lambda a: said(a.c(), OWL.COMPLEMENT_OF, a.c()),
    "all disjoint": lambda a: all_of(a, OWL.ALL_DISJOINT_CLASSES, OWL.MEMBERS, a.rng.sample(CLASSES, 3)),
    "irreflexive": lambda a: said(a.p(), RDF.TYPE, node(OWL.IRREFLEXIVE_PROPERTY)),
    "asymmetric": lambda a: said(a.p(), RDF.TYPE, node(OWL.ASYMMETRIC_PROPERTY)),
    "disjoint properties": lambda a: said(a.p(), OWL.PROPERTY_DISJOINT_WITH, a.p()),
    "different": lambda a: all_of(a, OWL.ALL_DIFFERENT, OWL.DISTINCT_MEMBERS, a.rng.sample(THINGS, 3)),
    "denied": denied,
    "at most none": lambda a: restriction(a, {OWL.MAX_CARDINALITY: number("0")}),
    "at most none of": lambda a: restriction(
        a, {OWL.MAX_QUALIFIED_CARDINALITY: number("0"), OWL.ON_CLASS: a.c()}
    ),
    "nothing": lambda a: said(a.c(), RDFS.SUB_CLASS_OF, node(OWL.NOTHING)),
}
"""What cannot be."""


def facts(rng: random.Random, count: int, *, equal: bool) -> list[Triple]:
    """Some facts about few things."""
    made = []
    for _ in range(count):
        s, draw = rng.choice(THINGS), rng.random()
        if draw < 0.3:
            made.append(Triple(s, TYPE, rng.choice(CLASSES)))
        elif draw < 0.4:
            made.append(Triple(s, KEYED, rng.choice(VALUES)))
        elif draw < 0.43 and equal:
            made.append(Triple(s, node(OWL.SAME_AS), rng.choice(THINGS)))
        elif draw < 0.46 and equal:
            made.append(Triple(s, node(OWL.DIFFERENT_FROM), rng.choice(THINGS)))
        else:
            made.append(Triple(s, rng.choice(PROPERTIES), rng.choice(THINGS)))
    return made


def engine(axioms: Axioms, terms: Terms, limit: int = 10**6) -> Engine:
    return Engine(rules(axioms.sets(), terms), terms, equality=True, limit=limit)


def fact(terms: Terms, t: Triple) -> Fact:
    return terms.id(t.predicate), terms.id(t.subject), terms.id(t.object)


def visible(made: Engine, terms: Terms, clearance: int) -> tuple[set[Triple], bool]:
    """What a clearance sees of named things, and whether something clashes."""
    found: set[Triple] = set()
    clashes = False
    for (p, s, o), sets in made.facts():
        if not any(mask & clearance == mask for mask in sets):
            continue
        if p == CLASH:
            clashes = True
            continue
        predicate, subject, value = terms.of[p], terms.of[s], terms.of[o]
        if isinstance(subject, NamedNode) and isinstance(predicate, NamedNode):
            found.add(Triple(subject, predicate, value))  # type: ignore[arg-type]
    return {t for t in found if is_compared(t)}, clashes


def is_compared(t: Triple) -> bool:
    """What is compared: named things with our properties, our classes, or another name."""
    if t.subject not in THINGS:
        return False
    if t.predicate == TYPE:
        return t.object in CLASSES
    if t.predicate.value == OWL.SAME_AS:
        return t.object in THINGS and t.object != t.subject
    return t.predicate in PROPERTIES or t.predicate == KEYED


@dataclass(frozen=True)
class World:
    """What a clearance leaves of one world: triples, and the keys among the axioms."""

    triples: frozenset[Triple]
    keys: tuple[tuple[NamedNode, tuple[NamedNode, ...]], ...]

    @classmethod
    def left(cls, axioms: Axioms, facts: Iterable[tuple[Triple, int]], clearance: int) -> "World":
        """The world from which all else was deleted."""
        read = axioms.read_by(clearance)
        keys = [(t.subject, _members(read, t.object)) for t in read if t.predicate.value == OWL.HAS_KEY]
        kept = {t for t in read if t.predicate.value != OWL.HAS_KEY}
        for t in read:
            if t.predicate.value == OWL.DISTINCT_MEMBERS:
                for one, other in combinations(_members(read, t.object), 2):
                    kept |= said(one, OWL.DIFFERENT_FROM, other)
        data = {t for t, compartment in facts if clearance >> compartment & 1}
        return cls(frozenset(kept | data), tuple(keys))  # type: ignore[arg-type]


def _members(triples: set[Triple], head: Object) -> tuple[NamedNode, ...]:
    rest = {t.subject: t.object for t in triples if t.predicate.value == RDF.REST}
    first = {t.subject: t.object for t in triples if t.predicate.value == RDF.FIRST}
    found = []
    while head in rest:
        found.append(first[head])  # type: ignore[index]
        head = rest[head]  # type: ignore[index]
    return tuple(found)  # type: ignore[arg-type]


def owlrl_says(worlds: Iterable[World]) -> list[tuple[set[Triple], bool]]:
    """What owlrl makes of some worlds that know nothing of each other, and whether it finds an error in each.

    Keys are tried by brute force, and what is all different is said in pairs: owlrl 7 leaves the last of a list out
    in both (`range(0, len(pis) - 1)`).
    """
    given = list(worlds)
    graph = rdflib.Graph()
    for number, world in enumerate(given):
        for t in world.triples:
            graph.add(tuple(plain(term, number) for term in t))
    while True:
        owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
        found = {pair for number, world in enumerate(given) for pair in _keyed(graph, world, number)}
        new = [(x, rdflib.OWL.sameAs, y) for x, y in found if (x, rdflib.OWL.sameAs, y) not in graph]
        if not new:
            break
        for t in new:
            graph.add(t)
    says: list[tuple[set[Triple], bool]] = [(set(), False) for _ in given]
    for s, p, o in graph:
        if str(p).endswith("agent-ont#error"):
            wrong = re.search(r"/w(\d+)/", str(o))
            assert wrong is not None, str(o)
            says[int(wrong[1])] = (says[int(wrong[1])][0], True)
        elif isinstance(s, rdflib.URIRef) and (place := re.search(r"/w(\d+)/", s)):
            t = Triple(back(s), back(p), back(o))  # type: ignore[arg-type]
            if is_compared(t):
                says[int(place[1])][0].add(t)
    return says


def _keyed(graph: rdflib.Graph, world: World, number: int) -> Iterable[tuple[rdflib.URIRef, rdflib.URIRef]]:
    for kind, properties in world.keys:
        members = list(graph.subjects(rdflib.RDF.type, plain(kind, number)))
        values = {
            x: [set(graph.objects(x, plain(p, number))) for p in properties]
            for x in members
            if isinstance(x, rdflib.URIRef)
        }
        for x in values:
            for y in values:
                if x != y and all(one & other for one, other in zip(values[x], values[y], strict=True)):
                    yield x, y


def plain(term: Object, world: int) -> rdflib.term.Node:
    """A term as rdflib has it, in a namespace of its world."""
    if isinstance(term, NamedNode):
        return rdflib.URIRef(term.value.replace(EX, f"{EX}w{world}/"))
    if isinstance(term, BlankNode):
        return rdflib.BNode(f"w{world}{term.value}")
    assert isinstance(term, Literal)
    datatype = None if term.datatype.value == XSD.STRING else rdflib.URIRef(term.datatype.value)
    return rdflib.Literal(term.value, datatype=datatype)


def back(term: object) -> NamedNode | BlankNode | Literal:
    """A term of rdflib's, without the namespace of its world."""
    if isinstance(term, rdflib.URIRef):
        return NamedNode(re.sub(rf"^{EX}w\d+/", EX, str(term)))
    return BlankNode() if isinstance(term, rdflib.BNode) else Literal(str(term))
