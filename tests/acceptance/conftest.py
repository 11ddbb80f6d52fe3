"""One served demo company for all that only reads it, or mends what it changed."""

from collections.abc import Iterator

import pytest
from served import Served, serve


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo company, as `ambit demo` serves it."""
    folder = tmp_path_factory.mktemp("demo")
    served = serve("demo", folder / "halden", log=folder / "log")
    yield served
    assert served.stop() == 0
