"""Documents: values as JSON and YAML have them, read by path."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ...graph.vocabulary import XSD
from ..jsonpath import Found, compile_path, find
from ..words import Cell


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item of a document: references are paths that start at it."""

    location: str
    item: Found

    def cells(self, reference: str) -> tuple[Cell, ...]:
        """The values at a path; a list stands for its elements, null and objects for nothing."""
        found = find(self.item, compile_path(reference))
        return tuple(cell for one in found for cell in cells_of(one.value))


def rows(document: Any, iterator: str, name: str) -> Iterator[ItemRow]:
    """The items that an iterator finds in a document; `name` is the file's, for locations."""
    for item in find(Found(document), compile_path(iterator)):
        yield ItemRow(f"{name} {item.path}", item)


def cells_of(value: Any) -> Iterator[Cell]:
    """A value's lexical form and natural datatype (RML: as in R2RML §10.2 for what JSON has)."""
    if isinstance(value, list):
        for one in value:
            if not isinstance(one, list | dict):
                yield from cells_of(one)
    elif isinstance(value, bool):
        yield Cell("true" if value else "false", XSD.BOOLEAN)
    elif isinstance(value, int):
        yield Cell(str(value), XSD.INTEGER)
    elif isinstance(value, float):
        yield Cell(repr(value).replace("inf", "INF").replace("nan", "NaN"), XSD.DOUBLE)
    elif isinstance(value, datetime):
        yield Cell(value.isoformat(), XSD.DATE_TIME)
    elif isinstance(value, date):
        yield Cell(value.isoformat(), XSD.DATE)
    elif isinstance(value, str):
        yield Cell(value)
