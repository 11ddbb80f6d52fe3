"""Clearance, single compartments and holders agree with each other and with brute force, on generated worlds."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
import yard
from worlds import NOW, World, ex, triples

from ambit.graph.vocabulary import AMBIT
from ambit.graph.words import Chain
from ambit.reasoning.deciding import clearing, holding
from ambit.reasoning.deciding.questions import Question, Verdict
from ambit.reasoning.rulebase.binding import Held, held
from ambit.reasoning.rulebase.planning import ordered
from ambit.reasoning.rulebase.rules import Loaded

WORLDS = 40
WORLDS_FOR_LONG = 3000
BATCH = 100
CHAINS = ((), (), ("a0",), ("a0", "a1"), ("a0", "a0"))


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World(Loaded(yard.rules()))
    yield world
    world.close()


@pytest.fixture(autouse=True)
def chunks_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that worlds of a few people and compartments lie about their bounds."""
    monkeypatch.setattr(holding, "CHUNK", 3)
    monkeypatch.setattr(clearing, "_AMONG", 2)


def test_the_yard_has_rules_of_all_sorts() -> None:
    """Some may be asked of one compartment or of all actors, and others may not: both ways are tried."""
    sorts = {rule.iri.rpartition("/")[2]: rule.text for rule in yard.rules()}
    assert {name for name, text in sorts.items() if held(text, "compartment") is not Held.ALWAYS} == {
        "rare",
        "shunned",
    }
    assert {name for name, text in sorts.items() if held(text, "actor") is None} == {
        "shunned",
        "unlevelled",
    }
    assert {name for name, text in sorts.items() if held(text, "actor") is Held.SOME} == {"trained"}
    assert {name for name, text in sorts.items() if ordered(text, frozenset({"actor"})) is None} == {
        "rare",
        "shunned",
    }


@dataclass(frozen=True)
class Asking:
    """One question, whoever its user is."""

    agents: tuple[str, ...]
    purpose: str | None
    site: str
    now: datetime

    def of(self, user: str) -> Question:
        """The question of one user."""
        chain = Chain(AMBIT.ANONYMOUS if user == "Anonymous" else ex(user), tuple(map(ex, self.agents)))
        purpose = None if self.purpose is None else ex(self.purpose)
        return Question(chain, purpose, site="" if self.site == "home" else ex(self.site), now=self.now)


def agree(world: World, seed: int) -> tuple[int, int]:
    """One world, its questions answered in every way; how many answers were compared, and how many permit."""
    random = Random(seed)
    made = yard.generate(random)
    world.become(triples(made.turtle()))
    world.decider.few = random.choice([0, 256])
    compared = permitted = 0
    for _ in range(4):
        asking = Asking(
            random.choice(CHAINS),
            random.choice(yard.PURPOSES),
            random.choice(("home", "home", "away")),
            NOW + timedelta(hours=random.choice([0, 0, 2])),
        )
        expected = {
            (user, cell): made.holds(user, list(asking.agents), asking.purpose, asking.site, asking.now, cell)
            for user in (*yard.USERS, "a0", "Anonymous")
            for cell in made.sources
        }
        told = _checked(world, asking, expected, random.random() < 0.5)
        assert {pair: verdict.is_permitted for pair, verdict in told.items()} == expected, (seed, asking)
        for cell in made.sources:
            found = world.decider.holders(asking.of("nobody"), ex(cell))
            held = {user for (user, what), is_held in expected.items() if is_held and what == cell}
            assert yard.names(found.users) == held & {*made.people, "Anonymous"}, (seed, asking, cell)
            assert all(failure.rule == "chain" for failure in found.failures)
        _decided(world, asking, expected, told, seed)
        compared += len(expected) * 4 + len(made.sources)
        permitted += sum(expected.values())
    return compared, permitted


def _checked(
    world: World, asking: Asking, pairs: Iterable[tuple[str, str]], at_once: bool
) -> dict[tuple[str, str], Verdict]:
    """The verdicts on users and compartments while no clearance is known, in one batch or one by one."""
    asked = [(asking.of(user), ex(cell)) for user, cell in pairs]
    found = world.decider.checks(asked) if at_once else [world.decider.check(*one) for one in asked]
    return dict(zip(pairs, found, strict=True))


def _decided(
    world: World,
    asking: Asking,
    expected: Mapping[tuple[str, str], bool],
    told: Mapping[tuple[str, str], Verdict],
    seed: int,
) -> None:
    """The clearance holds the same, and says the same of each compartment, also where it is known."""
    world.decider._verdicts.forget()
    for user in dict.fromkeys(user for user, _ in expected):
        decision = world.decider.decide(asking.of(user))
        held = {cell for (who, cell), is_held in expected.items() if is_held and who == user}
        assert yard.names(decision.clearance.compartments) == held, (seed, user, asking)
        for cell in (cell for who, cell in expected if who == user):
            before = said(told[user, cell])
            assert said(decision.verdict(ex(cell))) == before, (seed, user, asking, cell)
            assert said(world.decider.check(asking.of(user), ex(cell))) == before, (seed, user, asking, cell)


def said(verdict: Verdict) -> tuple[object, ...]:
    """What a verdict says, but for the time until which it does."""
    return verdict.is_permitted, verdict.rules, verdict.mattered, verdict.failures


def test_all_forms_agree(world: World) -> None:
    """Seeds of before, so that what fails once fails again."""
    compared, permitted = _run(world, range(WORLDS))
    assert compared > 10_000 and permitted > 200


@pytest.mark.long
@pytest.mark.timeout(6 * 3600)
def test_all_forms_agree_for_long(world: World, tmp_path: Path) -> None:
    """Writes its seed and what it compared to the file that `AMBIT_AGREEMENT_LOG` names."""
    seed = int(os.environ.get("AMBIT_AGREEMENT_SEED", "1000000"))
    log = Path(os.environ.get("AMBIT_AGREEMENT_LOG", tmp_path / "agreement.txt"))
    for start in range(seed, seed + WORLDS_FOR_LONG, BATCH):
        compared, permitted = _run(world, range(start, start + BATCH))
        line = f"seed {start}: {BATCH} worlds, {compared} answers compared, {permitted} permits: all agree"
        print(line)
        with log.open("a") as out:
            out.write(line + "\n")


def _run(world: World, seeds: range) -> tuple[int, int]:
    found = [agree(world, seed) for seed in seeds]
    return sum(compared for compared, _ in found), sum(permitted for _, permitted in found)
