"""A rule's pattern taken apart: the ways in which it can hold, and the paths in it."""

import pytest

from ambit.graph.terms import Literal, NamedNode, Quad
from ambit.reasoning.cases.trial import DECIDING
from ambit.reasoning.governance.facts import Facts
from ambit.reasoning.rulebase.paths import Unreadable, read_path, routes
from ambit.reasoning.rulebase.patterns import Pattern, Term, Var
from ambit.reasoning.rulebase.readings import Reading, readings
from ambit.reasoning.rulebase.rules import SHIPPED, load
from ambit.reasoning.rulebase.tokens import tokens_of


def said(term: Term | None) -> str:
    if isinstance(term, Var):
        return f"?{term.name}"
    return term.value if isinstance(term, NamedNode | Literal) else ""


def steps(pattern: Pattern) -> str:
    if pattern.path is None:
        return said(pattern.predicate)
    return " ".join(f"{'^' * back}{iri}" for _, iri, back, _ in pattern.path.steps)


def taken(reading: Reading) -> list[str]:
    return [f"{said(p.subject)} {steps(p)} {said(p.object)}" for p in reading.way.patterns]


def test_what_proves_nothing_is_left_out() -> None:
    text = """SELECT ?compartment ?actor {
      ?compartment <urn:a> ?x , <urn:y> ; <urn:b>/^<urn:c>|<urn:d>* ?actor .
      OPTIONAL { ?x <urn:no> ?z1 } MINUS { ?x <urn:no> ?z } FILTER NOT EXISTS { ?x <urn:no> ?z }
      FILTER EXISTS { ?x <urn:f> ?z } FILTER(?x = <urn:no>) BIND(<urn:no> AS ?q) VALUES ?v { <urn:no> }
      VALUES (?v ?w) { (<urn:no> <urn:no>) } GRAPH ?request { ?x <urn:no> ?z2 } GRAPH ?g { ?x <urn:g> "text"@en , ?z3 }
      { ?x ?p true ; a ?z4 }
    }"""
    (one,) = readings(text)
    assert taken(one) == [
        "?compartment urn:a ?x",
        "?compartment urn:a urn:y",
        "?compartment urn:b urn:d ^urn:c urn:d ?actor",
        "?x urn:f ?z_3",
        "?x urn:g text",
        "?x urn:g ?z3",
        "?x ?p true",
        "?x http://www.w3.org/1999/02/22-rdf-syntax-ns#type ?z4",
    ]
    assert len(one.absent) == 2 and not one.demands and not one.way.is_doubtful


def test_each_branch_is_a_way_of_its_own() -> None:
    text = """SELECT ?compartment ?actor {
      { ?compartment <urn:a> ?actor } UNION { { ?actor <urn:b> ?g } UNION { ?actor <urn:c> ?g } ?compartment <urn:d> ?g }
    }"""
    assert [taken(one) for one in readings(text)] == [
        ["?compartment urn:a ?actor"],
        ["?actor urn:b ?g", "?compartment urn:d ?g"],
        ["?actor urn:c ?g", "?compartment urn:d ?g"],
    ]


def test_an_exists_in_an_expression_holds_or_is_not_needed() -> None:
    text = """SELECT ?compartment ?actor { ?compartment <urn:a> ?x
      FILTER(?x = ?actor || EXISTS { ?x <urn:b> ?actor }) }"""
    assert [(taken(one), len(one.absent)) for one in readings(text)] == [
        (["?compartment urn:a ?x", "?x urn:b ?actor"], 0),
        (["?compartment urn:a ?x"], 0),
    ]


@pytest.mark.parametrize("condition", ["!EXISTS", "COALESCE(?y, EXISTS", "false = (EXISTS", "(EXISTS"])
def test_where_less_may_be_more_an_exists_is_there_or_is_absent(condition: str) -> None:
    end = ")" * condition.count("(") + (" = false" if condition == "(EXISTS" else "")
    text = f"SELECT ?compartment ?actor {{ ?compartment <urn:a> ?actor FILTER({condition} {{ ?actor <urn:b> ?x }}{end}) }}"
    assert [(taken(one), len(one.absent)) for one in readings(text)] == [
        (["?compartment urn:a ?actor", "?actor urn:b ?x"], 0),
        (["?compartment urn:a ?actor"], 1),
    ]


def test_an_optional_that_a_filter_asks_for_may_be_needed() -> None:
    text = """SELECT ?compartment ?actor { ?compartment <urn:a> ?actor
      OPTIONAL { ?actor <urn:b> ?x } FILTER(BOUND(?x)) }"""
    assert [(taken(one), one.way.is_doubtful) for one in readings(text)] == [
        (["?compartment urn:a ?actor"], True),
        (["?compartment urn:a ?actor", "?actor urn:b ?x"], False),
    ]


def test_a_double_negation_demands() -> None:
    text = """SELECT ?compartment ?actor { ?compartment <urn:a> ?actor
      FILTER NOT EXISTS { ?compartment <urn:needs> ?x FILTER NOT EXISTS { ?actor <urn:has> ?x } MINUS { ?x <urn:is> ?y } } }"""
    (one,) = readings(text)
    assert not one.absent and one.demanded == 1
    assert [[steps(p) for p in demand.met.patterns] for demand in one.demands] == [["urn:has"], ["urn:is"]]


@pytest.mark.parametrize(
    "pattern",
    [
        "{ SELECT ?actor { ?actor <urn:a> ?b } }",
        "?compartment <urn:a> [ <urn:b> ?actor ]",
        "?compartment <urn:a> (?actor)",
        "?compartment !<urn:a> ?actor",
        "_:b <urn:a> ?actor",
        "{ ?a <urn:1> ?b } UNION { ?a <urn:2> ?b } " * 7,
    ],
)
def test_what_is_not_taken_apart_says_so(pattern: str) -> None:
    with pytest.raises(Unreadable):
        readings(f"SELECT ?compartment ?actor {{ ?compartment <urn:a> ?actor . {pattern} }}")


def test_every_shipped_rule_that_decides_is_taken_apart() -> None:
    for rule in load([SHIPPED]).rules:
        if rule.effect in DECIDING:
            assert not any(one.way.is_doubtful for one in readings(rule.text)), rule.iri


def facts(*lines: str) -> Facts:
    """Triples in a graph by their local names: `a p b`."""
    split = [[NamedNode(f"urn:{part}") for part in line.split()] for line in lines]
    return Facts(Quad(s, p, o, NamedNode("urn:g")) for s, p, o in split)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("<urn:p>", ["b"]),
        ("<urn:p>?", ["a", "b"]),
        ("<urn:p>*", ["a", "b", "c"]),
        ("<urn:p>+", ["b", "c"]),
        ("<urn:p>/<urn:p>", ["c"]),
        ("<urn:p>/<urn:q>", ["d"]),
        ("^<urn:q>", ["e"]),
        ("^(<urn:p>/<urn:q>)", []),
        ("<urn:p>|<urn:q>", ["b", "d"]),
        ("(<urn:p>/<urn:p>)?", ["a", "c"]),
        ("<urn:p>/^<urn:p>", ["a"]),
        ("^<urn:q>/<urn:p>*", ["e"]),
        ("(^<urn:q>|<urn:p>)+", ["b", "c", "e"]),
        ("<urn:p>?/<urn:q>", ["d"]),
    ],
)
def test_a_path_leads_where_it_should(path: str, expected: list[str]) -> None:
    world = facts("a p b", "b p c", "a q d", "b q d", "e q a")
    automaton = read_path(tokens_of(path), {})
    found = [end for end in "abcde" if routes(world, NamedNode("urn:a"), automaton, NamedNode(f"urn:{end}"))]
    assert found == expected


def test_routes_are_told_the_shortest_first_and_never_go_round() -> None:
    world = facts("a p b", "b p d", "a p c", "c p e", "e p d", "d p a", "b p a")
    ways = routes(world, NamedNode("urn:a"), read_path(tokens_of("<urn:p>+"), {}), NamedNode("urn:d"))
    assert [[t.object.value[4:] for t in way] for way in ways] == [["b", "d"], ["c", "e", "d"]]  # type: ignore[union-attr]
