"""Rules are answered in memory where that is sure, and else by the worker: what fails there fails."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import pytest
from worlds import World, ask, ex, triples

from ambit.graph.errors import Unavailable
from ambit.graph.views.calls import RuleCall
from ambit.reasoning.rulebase import answering, steps
from ambit.reasoning.rulebase.asking import Asked
from ambit.reasoning.rulebase.rules import SHIPPED, Loaded, Rule, load, parse

HEAD = "# title: T\n# family: local\n# effect: deny\n# action: read\n# description: D.\n"
QUERY = "PREFIX ambit: <https://w3id.org/ambit#>\nPREFIX : <https://example.org/>\nSELECT ?compartment ?actor {{ {} }}"
WORLD = """
:home a ambit:ServerSite ; ambit:hasJurisdiction ambit:EU . :ada a foaf:Person ; org:memberOf :board .
:plans a ambit:Compartment ; ambit:comesFrom :wiki ; ambit:hasSensitivity ambit:Internal ;
  ambit:hasJurisdiction ambit:EU ; ambit:hasAudience :board .
"""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    world.become(triples(WORLD))
    yield world
    world.close()


@pytest.fixture
def asked(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that the worker is asked."""
    found: list[str] = []
    rules = world.decider.worker.rules

    def noted(queries: Sequence[RuleCall], **more: Any) -> Any:
        found.extend(query.text for query in queries)
        return rules(queries, **more)

    monkeypatch.setattr(world.decider.worker, "rules", noted)
    world.decider._turn()
    return found


def rule(pattern: str, name: str = "deny") -> Rule:
    return parse(HEAD + QUERY.format(pattern), f"/rules/{name}.rq")


def known(world: World, asked: list[str], one: Rule) -> Rule:
    """A rule that the engine takes, as it knows of each that is put in force."""
    world.decider.in_memory.learn([one], partial(world.decider.rules, deadline=20))
    assert len(asked) == 1 and "<urn:ambit:nothing>" in asked.pop()
    return one


def test_no_shipped_rule_asks_the_worker_about_a_plain_company(world: World, asked: list[str]) -> None:
    assert world.decider.check(ask("ada"), ex("plans")).is_permitted
    assert world.decider.decide(ask("ada")).clearance.compartments == {ex("plans")}
    assert world.decider.holders(ask("nobody"), ex("plans")).users == {ex("ada")}
    assert asked == []


def test_without_a_worker_nothing_is_decided(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though it would not be asked: one that is dead is replaced first, and where none comes everything is denied."""
    first, hire = world.decider.worker, world.decider._hire
    first.close()
    monkeypatch.setattr(world.decider, "_hire", lambda: first)
    world.decider._turn()
    denied = world.decider.check(ask("ada"), ex("plans"))
    assert not denied.is_permitted and denied.failures
    assert not world.decider.decide(ask("ada")).clearance.compartments
    monkeypatch.setattr(world.decider, "_hire", hire)
    assert world.decider.check(ask("ada"), ex("plans")).is_permitted
    assert world.decider.worker is not first


def test_what_the_engine_refuses_fails_though_it_would_not_be_come_to(world: World, asked: list[str]) -> None:
    """A denial that fails takes all away: it must not be passed over because nothing leads to its fault."""
    broken = rule("?compartment ambit:comesFrom ?source . ?actor ambit:memberOfAll ?group . ?group :never ?source ."
                  " FILTER(STRLEN(?source, ?actor) > 0)")  # fmt: skip
    for _ in range(2):
        (said,) = world.decider.said([Asked(broken, ex("ada"))], ask("ada"))
        assert said.failure
    assert len(asked) == 2


def test_what_is_not_come_to_is_passed_over_once_the_engine_has_answered(
    world: World, asked: list[str]
) -> None:
    sound = rule("?compartment ambit:comesFrom ?source . ?actor ambit:memberOfAll ?group . ?group :never ?source ."
                 " FILTER(STRLEN(STR(?source)) > 0)")  # fmt: skip
    for _ in range(3):
        (said,) = world.decider.said([Asked(sound, ex("ada"))], ask("ada"))
        assert not said.failure and not said.rows
    assert len(asked) == 1


REFUSED = [
    QUERY.format("?compartment (ambit:comesFrom ambit:memberOfAll)+ ?actor"),
    QUERY.format("?compartment ambit:never ?actor") + " ORDER BY STRLEN(?actor, ?actor)",
    QUERY.format("?compartment ambit:never ?actor") + " true",
    QUERY.format("?compartment ambit:never ?actor").replace("SELECT", "SELECT DISTINCT REDUCED"),
    QUERY.format("?compartment ambit:never ?actor FILTER(BOUND(ambit:never))"),
]


@pytest.mark.parametrize("text", REFUSED)
def test_a_denial_that_the_engine_refuses_takes_all_away(text: str) -> None:
    """Though it is read here as if it said nothing, and was never asked of the engine but when it was put in force."""
    denial = parse(HEAD + text, "/rules/broken.rq")
    world = World()
    (refused,) = world.decider.use(Loaded((*load([SHIPPED]).rules, denial), ()))
    assert refused.details == {"file": "/rules/broken.rq", "line": 8} and "engine" in refused.message
    world.become(triples(WORLD))
    try:
        for _ in range(2):
            decided = world.decider.decide(ask("ada"))
            assert not decided.clearance.compartments and decided.failures
            assert not world.decider.check(ask("ada"), ex("plans")).is_permitted
            world.decider._turn()
    finally:
        world.close()


def test_rules_are_made_ready_while_others_decide(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """How a long rule is worked out is found without the lock that commits wait for."""
    held = []
    monkeypatch.setattr(answering, "planned", lambda *_: held.append(world.decider.lock._is_owned()))  # type: ignore[attr-defined]
    world.decider._turn()
    assert world.decider.check(ask("ada"), ex("plans")).is_permitted
    assert held and not any(held)


def test_where_the_engine_cannot_be_asked_rules_are_learned_later(world: World, asked: list[str]) -> None:
    plain = rule("?compartment a ambit:Compartment . ?actor ambit:memberOfAll ?group . ?actor :is ?x")

    def dead(_: object) -> Any:
        raise Unavailable("it ended")

    world.decider.in_memory.learn([plain], dead)
    for _ in range(3):
        world.decider._turn()
        world.decider.said([Asked(plain, ex("ada"), among=(ex("plans"), ex("minutes")))], ask("ada"))
    assert len(asked) < 2


def test_what_takes_too_much_is_asked_of_the_worker(
    world: World, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = known(world, asked, rule("?compartment a ambit:Compartment . ?actor ambit:memberOfAll ?group"))
    (here,) = world.decider.said([Asked(plain, ex("ada"))], ask("ada"))
    assert len(here.rows) == 1 and not asked
    monkeypatch.setattr(steps.Work.__init__, "__defaults__", ((), 2))
    world.decider._turn()  # what was said is not known any more
    (there,) = world.decider.said([Asked(plain, ex("ada"))], ask("ada"))
    assert there == here and len(asked) == 1


def test_a_batch_does_no_more_here_than_its_share(
    world: World, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many rules it has: what is left over goes to the worker, which has a deadline."""
    plain = rule("?compartment a ambit:Compartment . ?actor ambit:memberOfAll ?group")
    world.decider.in_memory.learn([plain], partial(world.decider.rules, deadline=20))
    asked.clear()
    monkeypatch.setattr(steps.Work.__init__, "__defaults__", ((), 50))
    world.decider.said([Asked(plain, ex("ada"))] * 2, ask("ada"))
    assert not asked
    world.decider._turn()
    world.decider.said([Asked(plain, ex("ada"))] * 20, ask("ada"))
    assert 0 < len(asked) < 20
