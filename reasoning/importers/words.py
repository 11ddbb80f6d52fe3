"""What an import says of each part of its input, and what it makes of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from ...graph.errors import SourceInvalid


class Status(Enum):
    """How much of a part is in the result."""

    TRANSLATED = "translated"  # it opens what it opened, and nothing else
    NARROWED = "narrowed"  # it opens less: what is missing is named
    LEFT = "left"  # it is not in the result: it opens nothing


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the input; line 0: somewhere in the file."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one part of the input: a relation, a condition, a permission, a tuple, a test."""

    status: Status
    kind: str
    what: str
    place: Place
    why: str = ""
    rule: str = ""  # the file that it became


@dataclass(frozen=True, slots=True)
class Import:
    """The files of an import by their place in a workspace, and a row for each part of the input."""

    files: Mapping[str, bytes]
    rows: tuple[Row, ...]

    def counts(self) -> dict[str, int]:
        """How many parts of each status."""
        found = Counter(row.status for row in self.rows)
        return {status.value: found[status] for status in Status}


def invalid(place: Place, message: str, *, hint: str = "") -> SourceInvalid:
    """The refusal of an input, with file and line."""
    details: dict[str, object] = {"file": place.file} | ({"line": place.line} if place.line else {})
    return SourceInvalid(f"`{place}` {message}", hint=hint, details=details)
