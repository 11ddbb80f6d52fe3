"""The suite sees: each planted weakness makes some case differ, and without one none does."""

from pathlib import Path

import pytest
from exactplants import PLANTS, Plant, tried

QUICK = (
    "a conclusion stays when its premise goes",
    "blank nodes are renamed when a delta comes in",
    "FROM is ignored",
    "a child of before a commit serves after it",
)
FEW, MANY = 40, 2_000


@pytest.mark.parametrize("plant", [None, *(p for p in PLANTS if p.name in QUICK)], ids=lambda p: p and p.name)
def test_a_plant_is_caught_within_few_cases(tmp_path: Path, plant: Plant | None) -> None:
    outcome = tried(tmp_path, plant, cases=FEW)
    assert outcome.caught == (plant is not None), outcome.why


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("plant", [None, *PLANTS], ids=lambda p: p and p.name)
def test_every_plant_is_caught(tmp_path: Path, plant: Plant | None) -> None:
    outcome = tried(tmp_path, plant, cases=MANY)
    assert outcome.caught == (plant is not None), outcome.why
    print(f"{plant.name if plant else 'nothing planted'}: {outcome.cases} cases before")


def test_a_plant_that_no_longer_fits_is_told(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="must follow the code"):
        tried(tmp_path, Plant("x", "graph/views/view.py", "no such line", ""), cases=1)
