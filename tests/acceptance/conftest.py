"""One served demo company for all that only reads it, or mends what it changed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from served import Served, serve


@pytest.fixture(scope="session")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which each site of the demo company writes down what it is sent."""
    return tmp_path_factory.mktemp("received")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, record: Path) -> Iterator[Served]:
    """The demo company, as `ambit demo` serves it."""
    folder = tmp_path_factory.mktemp("demo")
    served = serve("demo", folder / "halden", log=folder / "log", env={"AMBIT_RECORD_SITES": str(record)})
    yield served
    assert served.stop() == 0
