"""Clearance, single compartments and holders agree with each other and with plain sets, under all shipped rules."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import agreement
import madecompanies
import pytest
import sorts
from agreement import ALL, CHUNK, Asking, Made, agree, iri
from families import Families, Whole
from near import Near
from reference import Company
from smaller import without_one
from worlds import NOW, World, ex

from ambit.graph.words import Chain
from ambit.reasoning.deciding.claims import Claims
from ambit.reasoning.deciding.questions import Question

WORLDS = 600
BATCH = 150
KEPT = 20  # that a process of its own holds
SHARDS = range(12, 20)  # of a long run, after those of other rules; the first is held by a process of its own
REASON = "the cellar is under water"
LEAST = {
    sorts.WILDCARD: 0.3,
    sorts.BUT: 0.01,
    sorts.PARENT: 0.08,
    sorts.WAYS: 0.01,
    sorts.PATHS: 0.08,
    sorts.CIRCLE: 0.3,
    sorts.BOUND: 0.2,
    sorts.PAST: 0.2,
}
"""The share of worlds that are at least of a sort."""


def made(random: Random) -> Made:
    """A company with the families in force."""
    return of(madecompanies.company(random), madecompanies.families(random))


def of(company: Company, families: Families) -> Made:
    """A company, and how it is asked."""
    whole = Whole(replace(company, shared=company.shared | families.shared), families, NOW)

    def smaller() -> Iterator[Made]:
        yield from (of(less, families) for less in without_one(company))
        yield from (of(company, less) for less in without_one(families))

    return Made(
        madecompanies.turtle(whole.company) + "\n" + madecompanies.written(families),
        [cell.name for cell in company.cells],
        (*madecompanies.PEOPLE, *madecompanies.PEOPLE, "a0", "Anonymous"),
        (*company.people, "Anonymous"),
        lambda random: asking(whole, random),
        sorts.of_company(whole, CHUNK),
        smaller,
    )


def asking(whole: Whole, random: Random) -> Asking:
    """A question of a company, with what the request says of itself."""
    asked = madecompanies.asking(random)
    claims = Claims(
        madecompanies.iri(asked.decision) if asked.decision else None, REASON if asked.has_reason else None
    )
    facts = claims.triples(map(madecompanies.iri, asked.read))
    purpose = asked.purpose and ex(asked.purpose)

    def question(user: str) -> Question:
        return Question(Chain(iri(user), tuple(map(ex, asked.agents))), purpose, now=NOW, facts=facts)

    return Asking(question, lambda user, cell: cell in whole.cleared(replace(asked, user=user)), asked)


@pytest.fixture(scope="module")
def near() -> Iterator[World]:
    world = World(hire=Near)
    yield world
    world.close()


@pytest.fixture(scope="module")
def kept() -> Iterator[World]:
    world = World()
    yield world
    world.close()


def test_companies_are_of_all_hard_sorts() -> None:
    found = Counter(sort for seed in range(WORLDS) for sort in made(Random(seed)).sorts)
    assert {sort for sort, share in LEAST.items() if found[sort] < share * WORLDS} == set(), found


@pytest.mark.parametrize("first", range(0, WORLDS, BATCH))
def test_all_forms_agree(near: World, first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seeds of before, so that what fails once fails again."""
    agreement.lie_about_bounds(monkeypatch)
    found = agree(near, made, range(first, first + BATCH))
    assert found["answers"] > 20 * BATCH and found["permits"] > 0.4 * BATCH


def test_a_process_of_its_own_agrees_too(kept: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker that decides in a server, asked all that there is to ask of some worlds."""
    agreement.lie_about_bounds(monkeypatch)
    assert agree(kept, made, range(KEPT), ALL)["permits"] > 5 * KEPT


@pytest.mark.long
@pytest.mark.timeout(3 * 3600)
@pytest.mark.parametrize("shard", SHARDS)
def test_all_forms_agree_for_long(
    near: World, kept: World, shard: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreement.lie_about_bounds(monkeypatch)
    is_kept = shard == SHARDS[0]
    what = "shipped rules, in a process of their own" if is_kept else "shipped rules"
    agreement.run(kept if is_kept else near, made, what, shard, tmp_path / "agreement.txt")
