"""Rows as memory has them, beside the same rows written out."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_decide import COMPANY
from worlds import HOME, NOW, World, ask, ex, triples

from ambit.graph.terms import Literal, NamedNode, Object
from ambit.graph.views.calls import RuleRows
from ambit.reasoning.governance.facts import key
from ambit.reasoning.rulebase import found as finding
from ambit.reasoning.rulebase.asking import Asked, Circumstances
from ambit.reasoning.rulebase.asking import ask as ask_rules
from ambit.reasoning.rulebase.found import Found, Row, Rows
from ambit.reasoning.rulebase.rules import SHIPPED, load

COLUMNS = ("actor", "compartment", "until", "site")
TERMS: st.SearchStrategy[Object] = st.sampled_from(
    [NamedNode("urn:a"), NamedNode("urn:b"), NamedNode("urn:c"), Literal("a"), Literal("urn:a")]
)
BOUND = st.dictionaries(st.sampled_from(COLUMNS), TERMS, max_size=4)


@given(BOUND, st.lists(st.tuples(*[st.none() | TERMS for _ in COLUMNS]), unique=True, max_size=6), st.data())
def test_they_say_what_the_rows_say(
    bound: Mapping[str, Object], drawn: list[tuple[Object | None, ...]], data: st.DataObject
) -> None:
    plain = list(
        dict.fromkeys(tuple(bound.get(c, v) for c, v in zip(COLUMNS, row, strict=True)) for row in drawn)
    )
    free = [at for at, column in enumerate(COLUMNS) if column not in bound]
    keys = [tuple(None if (v := row[at]) is None else key(v) for at in free) for row in plain]
    found = Found(COLUMNS, bound, keys)
    assert list(found) == plain and len(found) == len(plain) and bool(found) == bool(plain)
    assert found[1:] == plain[1:] and found[:0] == []
    rows, others = Rows(COLUMNS, found), Rows(COLUMNS, plain)
    said = [{c: v for c, v in zip(COLUMNS, row, strict=True) if v is not None} for row in plain]
    assert list(rows) == list(others) == said and rows == others == tuple(said)
    iris = data.draw(st.sets(st.sampled_from(["urn:a", "urn:b", "urn:z"])))
    wanted = [row for row in said if row.get("compartment") in {NamedNode(iri) for iri in iris}]
    assert rows.among(iris) == others.among(iris) == wanted
    for column in (*COLUMNS, "other"):
        values = {row[column] for row in said if column in row}
        names = {value.value for value in values if isinstance(value, NamedNode)}
        assert rows.terms(column) == others.terms(column) == values
        assert rows.iris(column) == others.iris(column) == names


def test_a_clearance_makes_no_terms_of_what_rules_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes names alone: there may be thousands of compartments, and some rules for each."""
    world = World()
    try:
        world.become(triples(COMPANY))
        question = ask("ada", "helper", purpose="care")
        held = world.cleared(question)
        assert held == {"guide", "customer", "run", "terms"}
        world.become(triples(COMPANY + ":later a foaf:Person ."))
        made: list[object] = []
        term = finding.term
        monkeypatch.setattr(finding, "term", lambda key: (made.append(key), term(key))[1])
        assert world.cleared(question) == held
        assert not made
    finally:
        world.close()


def test_rows_of_what_was_not_asked_about_do_not_count() -> None:
    """Whoever answers: a rule that tells a bound compartment from a free one is asked about all."""
    rule = next(one for one in load([SHIPPED]).rules if one.effect == "place")
    around = Circumstances(None, HOME, NOW)
    bound = {name: value for name, value in around.terms().items() if name in {*rule.reads, "site"}}
    rows: list[Row] = [tuple(bound.get(c, NamedNode(ex(name))) for c in rule.columns) for name in "ab"]
    keys = [tuple(ex(name) for c in rule.columns if c not in bound) for name in "ab"]
    results: list[RuleRows] = [rows, Found(rule.columns, bound, keys)]
    for result in results:
        asked = Asked(rule, site=HOME, among=(ex("b"), ex("c")))
        (said,) = ask_rules(lambda _, r=result, **__: [r], [asked], around, deadline=1.0)  # type: ignore[misc]
        assert not said.failure and said.first("compartment") == {ex("b")} and len(said.rows) == 1
