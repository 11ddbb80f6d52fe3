"""A stage for updates, for all tests of a file, and the world that most of them begin in."""

from collections.abc import Iterator

import pytest
from writecase import WORLD
from writeworld import Stage, staged


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """An owner, views and rights of several writers; what a test tells it stays until another tells it anew."""
    with staged() as stage:
        yield stage


@pytest.fixture
def told(stage: Stage) -> Stage:
    """The stage with the world that is at hand."""
    stage.tell(WORLD)
    return stage
