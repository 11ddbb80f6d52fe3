"""What is written to take long takes little: rules of a workspace's own, worked out where commits and questions wait."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from worlds import ex

from ambit.graph.sparql.gate import admit
from ambit.graph.terms import NamedNode, Quad, Triple
from ambit.graph.vocabulary import RDF, node
from ambit.reasoning.governance.facts import Facts
from ambit.reasoning.rulebase import paths, planning, readings
from ambit.reasoning.rulebase.evaluating import Beyond, Work, rows_of
from ambit.reasoning.rulebase.paths import Unreadable, read_path
from ambit.reasoning.rulebase.planning import ordered
from ambit.reasoning.rulebase.tokens import tokens_of

MANY = 30_000


class Counted:
    """A function that counts what it is called for."""

    def __init__(self, function: Any):
        self.calls = 0
        self._function = function

    def __call__(self, *given: Any) -> Any:
        self.calls += 1
        return self._function(*given)


@pytest.fixture(scope="module")
def many() -> Facts:
    """One class and one property of many things."""
    facts = Facts()
    for number in range(MANY):
        facts.add(Quad(NamedNode(ex(f"r{number}")), node(RDF.TYPE), NamedNode(ex("Thing"))))
        facts.add(Quad(NamedNode(ex("all")), NamedNode(ex("has")), NamedNode(ex(f"r{number}"))))
    for number in range(2_000):
        facts.add(Quad(NamedNode(ex(f"r{number}")), NamedNode(ex("of")), NamedNode(ex("few"))))
    return facts


def test_groups_in_groups_are_put_in_order_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(planning._pattern_cost)
    monkeypatch.setattr(planning, "_pattern_cost", counted)
    opened = "{ ?compartment <urn:nested> ?actor . " * 12
    text = admit(f"SELECT ?compartment ?actor {{ {opened} ?compartment <urn:p> ?actor {'}' * 12} }}").text
    assert ordered(text, frozenset({"actor"}))
    assert 0 < counted.calls < 2_000


@pytest.mark.parametrize(("many", "branches"), [(60, 1), (2, 60)])
def test_ways_are_not_made_past_those_that_are_looked_at(
    monkeypatch: pytest.MonkeyPatch, many: int, branches: int
) -> None:
    counted = Counted(readings.Way.__add__)
    monkeypatch.setattr(readings.Way, "__add__", lambda one, other: counted(one, other))
    monkeypatch.setattr(readings, "product", bounded)
    inside = " UNION ".join(f"{{ ?compartment :q{n} ?y }}" for n in range(branches))
    either = " || ".join([f"EXISTS {{ {inside} }}"] * many)
    with pytest.raises(Unreadable):
        readings.readings(written(f"?compartment :p ?actor FILTER({either})"))
    assert counted.calls < 2_000


def bounded(*given: Any, **more: Any) -> Iterator[tuple[Any, ...]]:
    """A product of which so many are taken at most."""
    for number, one in enumerate(product(*given, **more)):
        assert number < 4_000
        yield one


def test_brackets_in_brackets_of_a_path_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(paths.iri_of)
    monkeypatch.setattr(paths, "iri_of", counted)
    path = read_path(tokens_of("(" * 12 + "<urn:p>" + ")" * 12), {})
    assert path.predicate == "urn:p" and counted.calls == 1


def test_a_path_with_a_step_from_each_of_many_places_to_each_is_not_read() -> None:
    some = "/".join(f"<urn:p{number}>?" for number in range(15))
    assert read_path(tokens_of(some), {}).is_empty
    with pytest.raises(Unreadable):
        read_path(tokens_of("/".join([some] * 4)), {})


@pytest.mark.parametrize(
    "pattern",
    [
        "?compartment a :Thing",
        "?compartment a ?x",
        ":all :has ?compartment",
        ":Thing ^a ?compartment",
        ":all :has+ ?compartment",
    ],
)
def test_a_million_things_are_not_gone_through(
    many: Facts, monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    """Nor copied, before it is seen that they are too many; and others still have their share."""
    for name in ("starts", "ends", "of"):
        found = getattr(Facts, name)

        def looked(self: Facts, *at: Any, found: Any = found) -> Any:
            terms = list(found(self, *at))
            assert len(terms) < 100
            return terms

        monkeypatch.setattr(Facts, name, looked)
    work = Work(many)
    with pytest.raises(Beyond):
        rows_of(written(pattern), ("compartment", "actor"), {"actor": NamedNode(ex("few"))}, None, work)
    assert work.left > 19_000


@pytest.mark.parametrize(
    "more",
    [
        "FILTER NOT EXISTS { ?compartment (" + "|".join(f":p{n}" for n in range(60)) + ") ?x }",
        "FILTER(" + " && ".join(f"?compartment != :p{n}" for n in range(120)) + ")",
    ],
)
def test_what_finds_nothing_is_paid_for(many: Facts, more: str) -> None:
    with pytest.raises(Beyond):
        worked_out(many, "?compartment :of ?actor " + more)


def test_what_a_request_says_is_paid_for_each_time_it_is_gone_through(many: Facts) -> None:
    told = [Triple(NamedNode(ex(f"x{n}")), NamedNode(ex("says")), NamedNode(ex(f"y{n}"))) for n in range(50)]
    text = written("?compartment :of ?actor . GRAPH ?request { ?compartment :says ?x }")
    among = [ex(f"r{number}") for number in range(1_000)]
    bound = {"actor": NamedNode(ex("few")), "request": NamedNode("urn:ambit:request")}
    with pytest.raises(Beyond):
        rows_of(text, ("compartment", "actor"), bound, among, Work(many, told))


def test_what_is_looked_up_in_little_is_answered(many: Facts) -> None:
    assert (
        len(worked_out(many, "?compartment :of ?actor . FILTER NOT EXISTS { ?compartment :p ?x }")) == 2_000
    )


def worked_out(facts: Facts, pattern: str) -> list[tuple[object, ...]]:
    bound = {"actor": NamedNode(ex("few"))}
    return rows_of(written(pattern), ("compartment", "actor"), bound, None, Work(facts))


def written(pattern: str) -> str:
    return admit(f"PREFIX : <{ex('')}>\nSELECT ?compartment ?actor ?request {{ {pattern} }}").text
