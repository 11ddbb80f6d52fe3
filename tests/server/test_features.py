"""What `benchmarks/sparql-features.md` says is so: each feature is asked for again."""

from collections.abc import Iterator

import pytest
from featuretable import TABLE, Line, changed, printed, queried
from featureworld import World, served

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served(tmp_path_factory.mktemp("features") / "w") as world:
        yield world


def _hold(lines: list[Line]) -> None:
    assert not [line for line in lines if not line.is_good]
    said = set(printed(lines).splitlines())
    assert said <= set(TABLE.read_text().splitlines()), (
        "write the table anew: python tests/server/featuretable.py"
    )


def test_the_table_is_true_of_queries(world: World) -> None:
    _hold(queried(world))


@pytest.mark.long
def test_the_table_is_true_of_updates_and_protocols(world: World) -> None:
    _hold(changed(world))
