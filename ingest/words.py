"""The words of ingest: frozen records and the protocol of a row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ..graph.errors import AmbitError


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a row: its lexical form and, where the format says so, its natural datatype (an IRI)."""

    text: str
    datatype: str | None = None


class Row(Protocol):
    """What a mapping reads: a table's row, an item of a document, a page."""

    @property
    def location(self) -> str:
        """File and line, or table and key, for people."""

    def cells(self, reference: str) -> tuple[Cell, ...]:
        """The values of a column or path; none for NULL. Raises `SourceInvalid` for what cannot be there."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table: every column it has, None for NULL."""

    location: str
    values: Mapping[str, Cell | None]

    def cells(self, reference: str) -> tuple[Cell, ...]:
        """The one value of a column; a reader has made sure that the column is there."""
        cell = self.values[reference]
        return () if cell is None else (cell,)


@dataclass(frozen=True, slots=True)
class Same:
    """A record whose file has not changed, and neither has how it is read."""

    iri: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be taken in, and what it concerns; what was there before stays."""

    about: str  # IRI of the file, row or source
    source: str
    error: AmbitError


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a scan has come: records looked at, and those that were committed."""

    source: str
    looked_at: int
    committed: int
    done: bool = False


@dataclass(slots=True)
class Summary:
    """What a scan came to."""

    looked_at: int = 0
    committed: int = 0
    withdrawn: int = 0
    problems: list[Problem] = field(default_factory=list)

    def add(self, more: "Summary") -> None:
        """Counts in what another scan came to."""
        self.looked_at += more.looked_at
        self.committed += more.committed
        self.withdrawn += more.withdrawn
        self.problems += more.problems
