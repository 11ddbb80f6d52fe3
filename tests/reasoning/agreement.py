"""Generated worlds, one after another as changes of one decider, asked in every form and held against a reference.

Each world has a seed, and all that is drawn of it and of its questions comes from that.
"""

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import TypeAlias

import pytest
from worlds import World, ex, triples

from ambit.graph.vocabulary import AMBIT
from ambit.reasoning.deciding import clearing, holding
from ambit.reasoning.deciding.questions import Question, Verdict

NOWHERE = "nowhere"
"""What is asked about like a compartment and is none."""

CHUNK = 3
"""Users of whom a rule is asked one by one in one batch while small worlds are asked, so that they lie about its bound."""

SHARD = 5_000
"""Worlds of one test of a long run."""

ALIKE = 4
"""Worlds, one after another, that are asked the same: what is kept of one must not answer for the next."""

Pair: TypeAlias = tuple[str, str]


@dataclass(frozen=True)
class Asking:
    """One question, whoever its user is, and what of it the reference says; `about` is what a failure tells."""

    question: Callable[[str], Question]
    holds: Callable[[str, str], bool]
    about: object

    def held(self, user: str, cells: Iterable[str]) -> set[str]:
        """What of some compartments a user holds."""
        return {cell for cell in cells if self.holds(user, cell)}


@dataclass(frozen=True)
class Made:
    """A generated world: as Turtle, its compartments, whose questions it is asked, whom a compartment may be held by.

    Whoever stands among `users` twice is asked more often. `sorts` are those that the world is of; `smaller` makes
    worlds with one thing less.
    """

    turtle: str
    cells: Sequence[str]
    users: Sequence[str]
    people: Collection[str]
    asking: Callable[[Random], Asking]
    sorts: Collection[str]
    smaller: Callable[[], Iterable["Made"]]


Make: TypeAlias = Callable[[Random], Made]


@dataclass(frozen=True)
class Breadth:
    """How much of a world is asked: questions, users of each, compartments of which all users are asked for; 0: all."""

    askings: int
    users: int
    cells: int


ALL = Breadth(4, 0, 0)
FEW = Breadth(1, 2, 1)


def agree(
    world: World, make: Make, seeds: Iterable[int], breadth: Breadth = FEW, few: int | None = None
) -> Counter[str]:
    """Worlds, answers compared, permits among those on one compartment, users who hold one, and worlds of each sort.

    `few` are the compartments up to which a clearance is asked for in one batch; None: all or none, as it falls.
    What does not agree is told with the seed and the smallest world found in which it does not agree either.
    """
    found: Counter[str] = Counter()
    for seed in seeds:
        random = Random(seed)
        made = make(random)
        found.update(("worlds", *made.sorts))
        drawn = random.choice((0, 256))
        world.decider.few = drawn if few is None else few
        world.become(triples(made.turtle))
        random = Random(seed // ALIKE)
        for _ in range(breadth.askings):
            state = random.getstate()
            try:
                found += _asked(world, made, made.asking(random), random, breadth)
            except AssertionError as error:
                error.add_note(f"seed {seed}; {_smallest(world, made, state)}")
                raise
    return found


def _smallest(world: World, made: Made, state: tuple[object, ...]) -> str:
    """What of a world does not agree by itself; all of it is asked the question that `state` makes."""

    def fails(less: Made) -> bool:
        random = Random()
        random.setstate(state)
        try:
            world.become(triples(less.turtle))
            _asked(world, less, less.asking(random), random, replace(ALL, askings=1))
        except AssertionError:
            return True
        except Exception:  # it is no world any more
            return False
        return False

    if not fails(made):
        return "by itself the world agrees: it hangs on those before it"
    while less := next(filter(fails, made.smaller()), None):
        made = less
    return "the smallest world is\n" + made.turtle


def _asked(world: World, made: Made, asking: Asking, random: Random, breadth: Breadth) -> Counter[str]:
    users = random.sample(made.users, breadth.users) if breadth.users else made.users
    users = list(dict.fromkeys(users))
    said = cache(asking.holds)
    cells = [*made.cells, *([NOWHERE] if random.random() < 0.1 else [])]
    expected = {(user, cell): cell != NOWHERE and said(user, cell) for user in users for cell in cells}
    told = _checked(world, asking, expected, at_once=random.random() < 0.75)
    wrong = [pair for pair, verdict in told.items() if verdict.is_permitted != expected[pair]]
    assert not wrong, (asking.about, wrong)
    if random.random() < 0.5:  # else what is kept of them lies there when the next world comes
        world.decider._verdicts.forget()
    for user in users:
        _decided(world, asking, user, {c: told[user, c] for c in cells}, again=random.random() < 0.25)
    picked = random.sample(made.cells, breadth.cells) if breadth.cells else made.cells
    number = 0
    for cell in picked:
        holders = world.decider.holders(asking.question("nobody"), ex(cell))
        held = {iri(user) for user in made.people if said(user, cell)}
        assert holders.users == held, (asking.about, cell)
        assert all(failure.rule == "chain" for failure in holders.failures), holders.failures
        number += len(held)
    answers = 3 * len(expected) + len(picked) * len(made.people)
    return Counter({"answers": answers, "permits": sum(expected.values()), "holders": number})


def _checked(world: World, asking: Asking, pairs: Iterable[Pair], *, at_once: bool) -> dict[Pair, Verdict]:
    """The verdicts while no clearance is known, in one batch or one by one."""
    asked = [(asking.question(user), ex(cell)) for user, cell in pairs]
    found = world.decider.checks(asked) if at_once else [world.decider.check(*one) for one in asked]
    return dict(zip(pairs, found, strict=True))


def _decided(world: World, asking: Asking, user: str, told: dict[str, Verdict], *, again: bool) -> None:
    """The clearance holds the same and says the same of each compartment; so does a check `again`, where that is known."""
    question = asking.question(user)
    decision = world.decider.decide(question)
    held = {ex(cell) for cell, verdict in told.items() if verdict.is_permitted}
    assert decision.clearance.compartments == held, (asking.about, user)
    for cell, verdict in told.items():
        before = _said(verdict)
        assert _said(decision.verdict(ex(cell))) == before, (asking.about, user, cell)
    if again:
        found = world.decider.checks([(question, ex(cell)) for cell in told])
        assert [_said(one) for one in found] == [_said(one) for one in told.values()], (asking.about, user)
    assert all(f.rule == "chain" for one in told.values() for f in one.failures), (asking.about, user)


def _said(verdict: Verdict) -> tuple[object, ...]:
    """What a verdict says, but for the time until which it does."""
    return verdict.is_permitted, verdict.rules, verdict.mattered, verdict.failures


def iri(user: str) -> str:
    """A user's IRI by the local name."""
    return AMBIT.ANONYMOUS if user == "Anonymous" else ex(user)


def lie_about_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes chunks so small that worlds of a few people and compartments lie about their bounds."""
    monkeypatch.setattr(holding, "CHUNK", CHUNK)
    monkeypatch.setattr(clearing, "_AMONG", 2)


def run(world: World, make: Make, what: str, shard: int, log: Path) -> None:
    """The worlds of one shard; what came of them is printed, and added to the file that `AMBIT_AGREEMENT_LOG` names."""
    first = int(os.environ.get("AMBIT_AGREEMENT_SEED", "1000000")) + shard * SHARD
    found = agree(world, make, range(first, first + SHARD))
    counts = [f"{name} {found.pop(name)}" for name in ("worlds", "answers", "permits", "holders")]
    told = ", ".join([*counts, *(f"{sort} {number}" for sort, number in sorted(found.items()))])
    line = f"{what}, seeds {first} to {first + SHARD - 1}, all agree: {told}"
    print(line)
    with Path(os.environ.get("AMBIT_AGREEMENT_LOG", log)).open("a") as out:
        out.write(line + "\n")
