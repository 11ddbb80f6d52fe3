"""The shipped rules over the worlds of `tests/cases`: each file one world, and what is allowed and denied in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from worlds import CASES

from ambit.graph.views.worker import Keeper
from ambit.reasoning.cases.cases import read
from ambit.reasoning.cases.trial import Trial
from ambit.reasoning.rulebase.rules import SHIPPED, load

FILES = sorted(CASES.glob("*.trig"))


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    trial = Trial(load([SHIPPED]), lambda: Keeper("cases"))
    assert not trial.refused
    yield trial
    trial.close()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_case(trial: Trial, path: Path) -> None:
    file = read(path.read_bytes(), path.name)
    verdict = trial.run(file)
    assert verdict.failed == ()
    assert verdict.expectations >= len(file.cases) > 0


def test_there_are_cases() -> None:
    assert FILES


def test_every_shipped_rule_is_shown_by_a_case_and_held_on_both_sides(trial: Trial) -> None:
    """That a case turns on what it shows, `run` sees to."""
    shown: set[str] = set()
    for path in FILES:
        file = read(path.read_bytes(), path.name)
        assert trial.run(file).unshown == ()
        shown |= {rule for case in file.cases for rule in case.shows}
    assert shown == {rule.iri for rule in trial.rules}
    assert [one.rule for one in trial.coverage if not one.is_two_sided] == []
