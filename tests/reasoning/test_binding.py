"""Which rules cannot tell a bound variable from a free one, and what that spares: each guard on its own."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from worlds import World, ask, ex, triples

from ambit.graph.terms import NamedNode
from ambit.graph.views.calls import RuleCall
from ambit.reasoning.rulebase.asking import Asked
from ambit.reasoning.rulebase.binding import Held, held
from ambit.reasoning.rulebase.lacking import lacks
from ambit.reasoning.rulebase.parsing import read
from ambit.reasoning.rulebase.planning import ordered
from ambit.reasoning.rulebase.rules import SHIPPED, Loaded, load, parse

HEAD = "# title: T\n# family: local\n# effect: permit\n# action: read\n# public: yes\n# description: D.\n"
QUERY = "PREFIX : <https://example.org/>\nSELECT {} WHERE {{ {} }} {}"
C, A, NEVER = Held.ALWAYS, Held.SOME, Held.NEVER


def text(pattern: str, select: str = "?compartment ?actor", tail: str = "") -> str:
    """What the engine gets of a rule with this pattern."""
    return parse(HEAD + QUERY.format(select, pattern, tail), "/rules/local.rq").text


@pytest.mark.parametrize(
    ("pattern", "compartment", "actor"),
    [
        ("?compartment :of ?actor", C, C),
        ("?compartment :of ?g . ?actor :in+ ?g", C, C),
        ("?compartment :of ?g , ?h ; a :Thing . ?g ^:in/:up ?actor", C, C),
        ("?compartment :of ?g", C, NEVER),
        ("{ ?compartment :of ?actor } UNION { ?compartment :for :All }", C, A),
        ("?compartment :of ?g . { ?g :in ?actor } UNION { ?g :for :All } ?actor a :P", C, C),
        ("{ ?compartment :of ?actor } UNION { ?x :of ?actor }", A, C),
        ("?compartment :of ?actor FILTER(?actor != :x && STR(?compartment) != 'y')", C, C),
        ("?compartment :of ?g FILTER NOT EXISTS { ?actor :out ?g }", C, None),
        ("?compartment :of ?g . ?actor a :P FILTER NOT EXISTS { ?actor :out ?g }", C, C),
        ("?compartment :of ?g . { ?x a :P FILTER(?actor = ?x) } ?actor a :P", C, None),
        ("{ ?compartment :of ?actor } UNION { ?compartment :for :All } FILTER(?actor != :x)", C, None),
        ("?compartment :of ?g OPTIONAL { ?actor :level ?l }", C, None),
        ("?compartment :of ?actor OPTIONAL { ?actor :level ?l } FILTER(BOUND(?l))", C, C),
        ("OPTIONAL { ?actor :level ?l } ?compartment :of ?actor", C, None),
        ("?compartment :of ?g . ?actor a :P MINUS { ?x :out ?g }", None, None),
        ("?compartment :of ?g . ?actor a :P FILTER NOT EXISTS { ?g a :G MINUS { ?x :out ?g } }", None, None),
        ("?actor :in* ?g . ?compartment :of ?g", C, None),
        ("?actor :in? ?g . ?compartment :of ?g", C, None),
        ("?compartment ?actor ?g", C, None),
        ("?compartment :of ?g . GRAPH ?actor { ?g a :G }", C, None),
        ("?compartment :of ?g . GRAPH ?h { ?actor :in ?g }", C, C),
        ("?compartment :of ?g . VALUES ?actor { :x }", C, None),
        ("?compartment :of ?actor . BIND(STR(?actor) AS ?name)", C, C),
        ("BIND(STR(?actor) AS ?name) ?compartment :of ?actor", C, None),
        ("?compartment :of ?g . ?actor a :P . { SELECT ?g { ?g a :G } }", C, C),
        ("?actor :of ?g . { SELECT ?g (COUNT(?compartment) AS ?n) { ?compartment :of ?g } GROUP BY ?g }"
         " ?compartment :of ?g", None, C),
        ("?compartment :of [ :in ?actor ]", None, None),
    ],
)  # fmt: skip
def test_what_a_rule_can_tell(pattern: str, compartment: Held | None, actor: Held | None) -> None:
    assert (held(text(pattern), "compartment"), held(text(pattern), "actor")) == (compartment, actor)


@pytest.mark.parametrize("tail", ["LIMIT 3", "GROUP BY ?compartment ?actor", "VALUES ?actor { :x }"])
def test_what_is_about_all_rows_can_tell(tail: str) -> None:
    assert held(text("?compartment :of ?actor", tail=tail), "compartment") is None
    assert held(text("?compartment :of ?actor", tail="ORDER BY ?actor"), "compartment") is C


def test_patterns_go_from_what_is_bound() -> None:
    said = text("?actor a :P . ?person :line ?actor . { ?c :of ?person } UNION { ?t :by ?person . ?c :of ?t }"
                " ?compartment :in ?c")  # fmt: skip
    assert read(said) is not None
    one = ordered(said, frozenset({"actor", "compartment"}))
    free = ordered(said, frozenset({"compartment"}))
    assert one is not None and free is not None
    order = [
        one[1].index(word) for word in ("#type" if "#type" in one[1] else " a ", "/in>", "/of>", "/line>")
    ]
    assert order == sorted(order)
    assert free[1].index("/in>") < free[1].index("/of>") < free[1].index("/line>") < free[1].rindex(" a ")


@pytest.mark.parametrize(
    "pattern",
    [
        "?compartment :of ?g . ?actor :in ?g . { ?x a :P FILTER(?g = ?x) }",
        "?compartment :of ?g . ?actor :in ?g . { ?x a :P OPTIONAL { ?x :at ?g } }",
        "?compartment :of ?g . ?actor :in ?g . { BIND(STR(?g) AS ?name) ?x :named ?name }",
        "?compartment :of ?g . ?actor :in ?g . { SELECT ?g { ?g a :G } LIMIT 1 }",
        "?compartment :of ?g . ?actor :in ?g . GRAPH ?h { ?x a :P FILTER(?g = ?x) }",
        "?compartment :of _:b . _:b :in ?actor",
    ],
)
def test_what_may_hang_on_its_surroundings_stays_in_its_order(pattern: str) -> None:
    assert ordered(text(pattern), frozenset({"actor"})) is None


WORLD = """
:home a ambit:ServerSite ; ambit:hasJurisdiction ambit:EU .
:ada a foaf:Person ; org:memberOf :board . :bob a foaf:Person .
:plans a ambit:Compartment ; ambit:comesFrom :wiki ; ambit:hasSensitivity ambit:Internal ;
  ambit:hasJurisdiction ambit:EU ; ambit:hasAudience :board .
:notes a ambit:Compartment ; ambit:comesFrom :wiki ; ambit:hasSensitivity ambit:Internal ;
  ambit:hasJurisdiction ambit:EU ; ambit:hasAudience :ada .
"""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    world.become(triples(WORLD))
    yield world
    world.close()


@pytest.fixture
def calls(world: World, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The texts that are asked, batch by batch, in memory or of the worker; nothing is known at first."""
    asked: list[list[str]] = []
    rules = world.decider.rules

    def noting(queries: list[RuleCall], **named: Any) -> Any:
        asked.append([query.text for query in queries])
        return rules(queries, **named)

    monkeypatch.setattr(world.decider, "rules", noting)
    world.decider._turn()
    return asked


def test_a_rule_that_can_say_nothing_is_not_asked(world: World, calls: list[list[str]]) -> None:
    verdict = world.decider.check(ask("ada"), ex("plans"))
    assert verdict.is_permitted
    (batch,) = calls
    effects = [
        rule for rule in world.decider.rules_for("read") if rule.effect in ("permit", "require", "place")
    ]
    assert len(batch) <= len(effects) / 2
    assert not any("Administrators" in text and "isOpenTo" not in text for text in batch)
    terms = {"actor": NamedNode(ex("ada"))}
    for rule in effects:
        if lacks(rule.text, terms, world.decider.facts):
            (rows,) = world.decider.worker.rules(
                [RuleCall(rule.text, {"actor": NamedNode(ex("ada")), **_circumstances(world, rule.reads)})],
                deadline=5,
            )
            assert rows == []


def _circumstances(world: World, reads: frozenset[str]) -> dict[str, Any]:
    terms = world.decider.circumstances(ask("ada")).terms()
    return {name: terms[name] for name in reads}


def test_what_is_known_is_not_asked_again(world: World, calls: list[list[str]]) -> None:
    world.decider.decide(ask("ada"))
    assert len(calls) == 1
    assert world.decider.check(ask("ada"), ex("plans")).is_permitted
    assert world.decider.check(ask("ada"), ex("plans")) is world.decider.check(ask("ada"), ex("plans"))
    assert len(calls) == 1


def test_several_are_asked_at_once(world: World, calls: list[list[str]]) -> None:
    asked = [
        (ask(user, purpose=p), ex(c))
        for user in ("ada", "bob")
        for p in (None, "care")
        for c in ("plans", "notes")
    ]
    found = world.decider.checks(asked)
    assert [verdict.is_permitted for verdict in found] == [True] * 4 + [False] * 4
    assert len(calls) == 1
    world.decider.checks(asked)
    assert len(calls) == 1


@pytest.mark.parametrize("people", [1, 40])
def test_holders_take_as_many_questions_however_many_people(
    world: World, calls: list[list[str]], people: int
) -> None:
    more = " ".join(f":p{n} a foaf:Person ; org:memberOf :board ." for n in range(people))
    world.become(triples(WORLD + more))
    calls.clear()
    found = world.decider.holders(ask("nobody"), ex("plans"))
    assert found.users == {ex("ada"), *(ex(f"p{n}") for n in range(people))}
    assert len(calls) <= 4 and sum(map(len, calls)) < 20
    assert world.decider.holders(ask("ada"), ex("plans")).users == found.users
    assert len(calls) <= 4
    world.become(triples(WORLD))


def test_holders_are_found_in_time_or_not_at_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.decider._turn()
    monkeypatch.setattr("ambit.reasoning.deciding.holding.PATIENCE", 0)
    found = world.decider.holders(ask("nobody"), ex("plans"))
    assert not found.users and [failure.rule for failure in found.failures] == ["holders"]


@pytest.mark.parametrize(("effect", "extra"), [("deny", ""), ("require", "# over: ambit:Compartment\n")])
def test_a_rule_that_fails_takes_from_all(world: World, effect: str, extra: str) -> None:
    """The same in each form, for a rule that stands in the place of a broken file."""
    head = HEAD.replace("# public: yes\n", "").replace("permit", effect) + extra
    query = "PREFIX ambit: <https://w3id.org/ambit#>\nSELECT ?compartment ?actor { ?compartment :of ?actor }"
    rule = parse(head + "PREFIX : <https://example.org/>\n" + query, "/rules/local.rq")

    broken = replace(rule, failing="it is broken")
    shipped = load([SHIPPED]).rules
    try:
        world.decider.force.change(Loaded((*shipped, broken)), {})
        world.decider._turn()
        failed = [rule.iri]
        assert [f.rule for f in world.decider.check(ask("ada"), ex("plans")).failures] == failed
        assert not world.decider.check(ask("ada"), ex("plans")).is_permitted
        holders = world.decider.holders(ask("nobody"), ex("plans"))
        assert not holders.users and [f.rule for f in holders.failures] == failed
        decision = world.decider.decide(ask("ada"))
        assert not decision.clearance.compartments and [f.rule for f in decision.failures] == failed
    finally:
        world.decider.force.change(Loaded(shipped), {})
        world.decider._turn()


def test_one_rule_asked_of_everybody_says_what_it_says_of_each(world: World) -> None:
    """Of shipped rules, as far as they may be asked so."""
    everybody = world.decider.facts.instances("http://xmlns.com/foaf/0.1/Person")
    for rule in world.decider.rules_for("read"):
        if rule.effect == "place" or held(rule.text, "actor") is None:
            continue
        among = (ex("plans"),)
        each = [Asked(rule, user, among=among) for user in sorted(everybody)]
        every, *one_by_one = world.decider.said([Asked(rule, among=among, of_all=True), *each], ask("ada"))
        named = every.first("actor") if all("actor" in row for row in every.rows) else everybody
        assert named & everybody == {one.asked.actor for one in one_by_one if one.rows}, rule.iri


def test_a_rule_that_can_tell_is_asked_about_all_and_says_what_was_asked(world: World) -> None:
    pattern = "?compartment :of ?actor . { SELECT (COUNT(?compartment) AS ?n) { ?compartment :of ?x } } FILTER(?n = 2)"
    rule = parse(HEAD + QUERY.format("?compartment ?actor", pattern, ""), "/rules/local.rq")
    world.become(triples(WORLD + ":plans :of :ada . :notes :of :ada ."))
    for among, said in ((None, {"plans", "notes"}), ((ex("plans"),), {"plans"})):
        (found,) = world.decider.said([Asked(rule, ex("ada"), among=among)], ask("ada"))
        assert found.first("compartment") == {ex(name) for name in said}
    world.become(triples(WORLD))
