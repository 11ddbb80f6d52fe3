"""Files and folders that a command writes where it is told to."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...graph.errors import Unavailable


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Says by name that what is written in the block cannot be: raises `Unavailable`."""
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"`{target}` cannot be written: {error.strerror or error}",
            hint="make the folder that it lies in, and room there, or name another place",
            code="target-unwritable",
        ) from error
