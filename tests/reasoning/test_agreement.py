"""Clearance, single compartments and holders agree with each other and with brute force, under rules of all shapes."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import agreement
import pytest
import sorts
import yard
import yards
from agreement import ALIKE, ALL, Breadth, agree
from near import Near
from worlds import World

from ambit.graph.views.worker import Keeper
from ambit.reasoning.rulebase.binding import Held, held
from ambit.reasoning.rulebase.planning import ordered
from ambit.reasoning.rulebase.rules import Loaded

WORLDS = 2_000
BATCH = 250
KEPT = 20  # that a process of its own holds
SHARDS = 12  # of a long run; the first is held by a process of its own
LEAST = {
    sorts.WILDCARD: 0.5,
    sorts.BUT: 0.08,
    sorts.PARENT: 0.08,
    sorts.WAYS: 0.04,
    sorts.SPARED: 0.01,
    sorts.PATHS: 0.04,
    sorts.CIRCLE: 0.3,
    sorts.BOUND: 0.2,
    sorts.PAST: 0.2,
    sorts.SILENT: 0.05,
}
"""The share of worlds that are at least of a sort."""


def new_world(hire: Callable[[], Near | Keeper]) -> World:
    return World(Loaded(yard.rules()), hire)


@pytest.fixture(scope="module")
def near() -> Iterator[World]:
    world = new_world(Near)
    yield world
    world.close()


@pytest.fixture(scope="module")
def kept() -> Iterator[World]:
    world = new_world(lambda: Keeper("decisions"))
    yield world
    world.close()


def test_the_yard_has_rules_of_all_sorts() -> None:
    """Some may be asked of one compartment or of all actors, and others may not: both ways are tried."""
    texts = {rule.iri.rpartition("/")[2]: rule.text for rule in yard.rules()}
    assert {name for name, text in texts.items() if held(text, "compartment") is not Held.ALWAYS} == {
        "rare",
        "shunned",
    }
    assert {name for name, text in texts.items() if held(text, "actor") is None} == {
        "shunned",
        "unlevelled",
    }
    assert {name for name, text in texts.items() if held(text, "actor") is Held.SOME} == {"trained"}
    assert {name for name, text in texts.items() if ordered(text, frozenset({"actor"})) is None} == {
        "rare",
        "shunned",
    }


def test_yards_are_of_all_hard_sorts() -> None:
    found = Counter(sort for seed in range(WORLDS) for sort in yards.made(Random(seed)).sorts)
    assert {sort for sort, share in LEAST.items() if found[sort] < share * WORLDS} == set(), found


@pytest.mark.parametrize("first", range(0, WORLDS, BATCH))
def test_all_forms_agree(near: World, first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seeds of before, so that what fails once fails again."""
    agreement.lie_about_bounds(monkeypatch)
    found = agree(near, yards.made, range(first, first + BATCH))
    assert found["answers"] > 20 * BATCH and found["permits"] > 0.7 * BATCH


def test_a_process_of_its_own_agrees_too(kept: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker that decides in a server, asked all that there is to ask of some worlds."""
    agreement.lie_about_bounds(monkeypatch)
    assert agree(kept, yards.made, range(KEPT), ALL)["permits"] > 5 * KEPT


@pytest.mark.parametrize("users", [255, 256, 257, 513])
def test_crowds_about_the_bound_of_a_chunk_agree(near: World, users: int) -> None:
    """The bound as it is: users of whom a rule is asked one by one in one batch."""
    found = agree(near, lambda random: yards.wide(random, users, 3), range(0, 20, ALIKE), Breadth(1, 1, 0))
    assert found["holders"] > users // 2


@pytest.mark.parametrize("cells", [255, 256, 257])
def test_so_many_compartments_that_they_are_asked_about_twice_agree(near: World, cells: int) -> None:
    """The bound as it is: past it what takes away is asked about what is permitted alone."""
    found = agree(
        near, lambda random: yards.wide(random, 9, cells), range(0, 12, ALIKE), Breadth(2, 1, 1), 256
    )
    assert found["permits"]


@pytest.mark.long
@pytest.mark.timeout(3 * 3600)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_all_forms_agree_for_long(
    near: World, kept: World, shard: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreement.lie_about_bounds(monkeypatch)
    world, what = (
        (near, "rules of all shapes") if shard else (kept, "rules of all shapes, in a process of their own")
    )
    agreement.run(world, yards.made, what, shard, tmp_path / "agreement.txt")
