"""Conclusions of governance taken apart: each ground leads to what it is for, and no part of it does."""

from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import ex, triples

from ambit.graph.terms import NamedNode, Quad, Triple
from ambit.graph.vocabulary import AMBIT, FOAF, RDF, node
from ambit.reasoning.explaining.derivation import Derivation
from ambit.reasoning.governance.closure import AXIOMS as AXIOM_PREDICATES
from ambit.reasoning.governance.closure import Closure
from ambit.reasoning.governance.facts import Facts
from ambit.reasoning.governance.governance import INFERRED, SHIPPED, vocabulary

AXIOMS = [
    ":A rdfs:subClassOf :B .",
    ":B rdfs:subClassOf :A .",
    ":B owl:equivalentClass foaf:Person .",
    ":A rdfs:subClassOf :R .",
    ":R owl:onProperty :q ; owl:hasValue :x .",
    ":R rdfs:subClassOf :B .",
    ":p rdfs:subPropertyOf :q .",
    ":q rdfs:subPropertyOf org:memberOf .",
    ":q owl:inverseOf :r .",
    ":r owl:equivalentProperty :s .",
]
STATED = [
    f":{s} {p} :{o} ." for s in "xyz" for o in "xyz" for p in (":p", ":q", ":r", "org:memberOf", "org:unitOf")
]
STATED += [f":{s} a :{kind} ." for s in "xyz" for kind in ("A", "B", "R")]
STATED += [
    ":x org:reportsTo :y .",
    ":y org:reportsTo :z .",
    ":z org:reportsTo :x .",
    ":x ambit:memberOfAll :z .",
]


TERMS = frozenset(t for t in vocabulary() if t.predicate in AXIOM_PREDICATES)
"""What of the vocabulary leads to conclusions."""


def governed(stated: frozenset[Triple]) -> tuple[Facts, frozenset[Triple]]:
    everything = stated | TERMS
    follows = Closure(everything).conclude(everything)
    placed = [(stated, ex("file")), (TERMS, SHIPPED), (follows, INFERRED)]
    quads = (Quad(t.subject, t.predicate, t.object, NamedNode(g)) for held, g in placed for t in held)
    return Facts(quads), follows


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(AXIOMS), max_size=6), st.sets(st.sampled_from(STATED), min_size=3, max_size=8))
def test_each_ground_is_enough_and_has_no_smaller_one_inside(axioms: set[str], said: set[str]) -> None:
    stated = frozenset(triples("\n".join([*axioms, *said])))
    facts, follows = governed(stated)
    derivation = Derivation(facts)
    about = [t for t in sorted(follows, key=str) if str(t.subject).startswith("<https://example.org/")]
    for triple in about[:: max(1, len(about) // 6)]:
        grounds = derivation.grounds(triple)
        assert grounds, triple
        for ground in grounds[:2]:
            assert ground <= stated | TERMS
            _, found = governed(ground & stated)
            assert triple in found | (ground & stated), triple
            if ground is grounds[0]:
                for part in ground & stated:
                    rest = (ground & stated) - {part}
                    assert triple not in governed(rest)[1] | rest, (triple, part)


def test_what_is_stated_is_its_own_ground_and_what_is_absent_has_none() -> None:
    (stated,) = triples(":ada org:memberOf :support .")
    derivation = Derivation(governed(frozenset({stated}))[0])
    assert derivation.grounds(stated) == (frozenset({stated}),)
    assert derivation.grounds(Triple(stated.object, stated.predicate, stated.subject)) == ()  # type: ignore[arg-type]


def test_the_shorter_of_two_ways_comes_first_and_the_vocabulary_is_granted() -> None:
    world = ":ada org:memberOf :a , :b . :a org:unitOf :c . :c org:unitOf :top . :top org:hasUnit :b ."
    derivation = Derivation(governed(frozenset(triples(world)))[0])
    link = Triple(NamedNode(ex("ada")), node(AMBIT.MEMBER_OF_ALL), NamedNode(ex("top")))
    short, long = derivation.grounds(link)
    assert short == frozenset(triples(":ada org:memberOf :b . :top org:hasUnit :b ."))
    assert long == frozenset(triples(":ada org:memberOf :a . :a org:unitOf :c . :c org:unitOf :top ."))


def test_axioms_of_the_workspace_are_cited() -> None:
    world = ":eve a :Employee . :Employee rdfs:subClassOf :Staff . :Staff owl:equivalentClass foaf:Person ."
    derivation = Derivation(governed(frozenset(triples(world)))[0])
    person = Triple(NamedNode(ex("eve")), node(RDF.TYPE), node(FOAF.PERSON))
    assert derivation.grounds(person) == (frozenset(triples(world)),)
