"""Checks race with revocations: what was acknowledged before a check began is in force for it."""

import os
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from random import Random

import pytest
from worlds import NOW, World, ex, triples

from ambit.graph.terms import NamedNode, Quad
from ambit.graph.words import Chain
from ambit.reasoning.deciding.decide import Decider
from ambit.reasoning.deciding.questions import Question

PEOPLE = ("ada", "bob", "cleo", "dan")
CHECKERS = 4
SOME = 6_000  # checks
PACE = 60  # of them, between two commits
MANY = 1_000_000
MANY_PACE = 1_000

COMPANY = """
:home a ambit:ServerSite ; ambit:hasJurisdiction ambit:EU .
:plans a ambit:Compartment ; ambit:comesFrom :wiki ; ambit:hasSensitivity ambit:Internal ;
  ambit:hasJurisdiction ambit:EU ; ambit:hasAudience :board .
""" + " ".join(f":{person} a foaf:Person ." for person in PEOPLE)


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    world.become(triples(COMPANY))
    yield world
    world.close()


class Race:
    """Memberships come and go while others check; `stale` are answers that an acknowledged commit had overtaken.

    A person's state is counted up when a commit begins and when it is acknowledged: 0 out, 1 coming, 2 in, 3 going,
    4 out, and so on. An answer counts when the state stood still, acknowledged, from before the check to its end.
    """

    def __init__(self, world: World, checks: int, pace: int, seed: int):
        self._world = world
        self._random = Random(seed)
        self._wanted = checks
        self._pace = pace
        self._allowed = 0  # checks until the next commit begins: else warm ones would all come between two
        self._states = dict.fromkeys(PEOPLE, 0)
        self._done = [0] * CHECKERS
        self.commits = 0
        self.judged = 0
        self.stale: list[tuple[str, int, bool]] = []
        self._failed: list[BaseException] = []

    @property
    def done(self) -> int:
        """The checks so far."""
        return sum(self._done)

    def run(self) -> None:
        """Until all checks were made; raises what a checker raised."""
        checkers = [threading.Thread(target=self._guarded, args=(n,)) for n in range(CHECKERS)]
        for checker in checkers:
            checker.start()
        try:
            while self.done < self._wanted and not self._failed:
                self._allowed = self.done + self._pace
                self._move(self._random.choice(PEOPLE))
                while self.done < self._allowed and not self._failed:
                    time.sleep(0)
        finally:
            self._wanted = 0
            for checker in checkers:
                checker.join()
        if self._failed:
            raise self._failed[0]

    def _move(self, person: str) -> None:
        triple = triples(f":{person} ambit:memberOfAll :board .")[0]
        quad = Quad(triple.subject, triple.predicate, triple.object, NamedNode("urn:ambit:governance:race"))
        is_in = self._states[person] % 4 == 2
        self._states[person] += 1
        self._world.commit([quad] if is_in else [], [] if is_in else [quad])
        self._states[person] += 1
        self.commits += 1

    def _guarded(self, number: int) -> None:
        try:
            self._check(number)
        except BaseException as error:
            self._failed.append(error)

    def _check(self, number: int) -> None:
        asked = {person: Question(Chain(ex(person)), None, now=NOW) for person in PEOPLE}
        random, check, judged = Random(number), self._world.decider.check, 0
        while self._wanted:
            if self.done >= self._allowed:
                time.sleep(0)
                continue
            person = random.choice(PEOPLE)
            before = self._states[person]
            verdict = check(asked[person], ex("plans"))
            if self._states[person] == before and before % 2 == 0:
                judged += 1
                if verdict.is_permitted != (before % 4 == 2):
                    self.stale.append((person, before, verdict.is_permitted))
            self._done[number] += 1
        self.judged += judged


def test_no_answer_is_from_before_what_was_acknowledged(world: World) -> None:
    race = Race(world, SOME, PACE, 1)
    race.run()
    assert race.stale == []
    assert race.commits > 20 and race.judged > SOME // 4


def test_without_the_epoch_the_race_is_lost(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was overtaken by a commit is kept, and given to those who come after it."""
    keep = Decider.keep

    def keeps_all(self: Decider, key: object, _: int, now: datetime, *rest: object) -> None:
        keep(self, key, self.epoch, now, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Decider, "keep", keeps_all)
    monkeypatch.setattr(Decider, "settled", lambda _, evaluate: evaluate())
    stale = 0
    for seed in range(5):
        race = Race(world, SOME, PACE, seed)
        world.become(triples(COMPANY))
        race.run()
        stale += len(race.stale)
        if stale:
            break
    assert stale


@pytest.mark.long
@pytest.mark.timeout(4 * 3600)
def test_a_million_checks_race_with_revocations(world: World, tmp_path: Path) -> None:
    """Writes what came of it to the file that `AMBIT_RACE_LOG` names."""
    race = Race(world, MANY, MANY_PACE, 7)
    race.run()
    line = f"seed 7: {race.done} checks, {race.commits} commits, {race.judged} answers judged, {len(race.stale)} stale"
    print(line)
    with Path(os.environ.get("AMBIT_RACE_LOG", tmp_path / "race.txt")).open("a") as out:
        out.write(line + "\n")
    assert race.stale == []
    assert race.judged > MANY // 2
