"""What rules said is kept for other purposes: large answers, too, which drive no small ones out."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from worlds import World, ask, triples

from ambit.graph.terms import NamedNode
from ambit.graph.views.calls import RuleCall
from ambit.reasoning.deciding import answers
from ambit.reasoning.deciding.answers import Answers, Key
from ambit.reasoning.deciding.hearing import Hearing
from ambit.reasoning.rulebase.asking import Asked, Said
from ambit.reasoning.rulebase.rules import SHIPPED, load

WORLD = """
:home a ambit:ServerSite , ambit:Site ; ambit:hasJurisdiction ambit:EU . :care skos:broader dpv:Purpose .
:ada a foaf:Person ; org:memberOf :board .
:plans a ambit:Compartment ; ambit:comesFrom :wiki ; ambit:hasSensitivity ambit:Internal ;
  ambit:hasJurisdiction ambit:EU ; ambit:hasAudience :board .
"""
RULE = load([SHIPPED]).rules[0]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    world.become(triples(WORLD))
    yield world
    world.close()


def test_a_large_answer_is_not_asked_for_again_for_another_purpose(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[RuleCall] = []
    put = world.decider.rules

    def seen(queries: Sequence[RuleCall], **more: Any) -> Any:
        asked.extend(queries)
        return put(queries, **more)

    monkeypatch.setattr(world.decider, "rules", seen)
    monkeypatch.setattr(Hearing, "few", 0)
    monkeypatch.setattr(answers, "_LARGE", 0)
    world.decider._turn()
    assert world.cleared(ask("ada")) == {"plans"}
    first = {(one.plain, one.bindings["actor"]) for one in asked if one.among is None}  # type: ignore[attr-defined]
    assert first
    asked.clear()
    assert world.cleared(ask("ada", purpose="care")) == {"plans"}
    assert asked and all(one.among is not None for one in asked)  # type: ignore[attr-defined]


def said(name: str, rows: int) -> tuple[Key, Said]:
    compartments = [{"compartment": NamedNode(f"urn:{name}:{n}")} for n in range(rows)]
    return (name,), Said(Asked(RULE, actor=name), compartments)


def test_large_answers_drive_no_small_ones_out_and_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "_LARGE", 5)
    monkeypatch.setattr(answers, "_LARGE_ROWS", 20)
    kept = Answers()
    for name, rows in (("small", 5), ("one", 10), ("two", 10), ("three", 10), ("most", 30)):
        key, one = said(name, rows)
        kept.put(key, one)
        assert kept.get(key, one.asked) is one
        found = {
            name for name in ("small", "one", "two", "three") if kept.get((name,), one.asked) is not None
        }
        assert (
            found
            == {
                "small": {"small"},
                "one": {"small", "one"},
                "two": {"small", "one", "two"},
                "three": {"small", "three"},
                "most": {"small"},
            }[name]
        )
    kept.forget()
    assert kept.get(("small",), one.asked) is None and kept.get(("most",), one.asked) is None
