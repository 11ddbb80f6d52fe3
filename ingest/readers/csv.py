"""CSV tables (RFC 4180), row by row: a file's size is no bound, a row's is."""

import csv
import os
from collections.abc import Iterable, Iterator
from typing import IO, Final

from ...graph.errors import SourceInvalid
from ..words import Cell, TableRow
from .text import BOM

FIELD: Final = 131_072
"""Characters of one field, as the standard library bounds it: a quote never closed ends here."""


def delimiter_of(name: str) -> str:
    """A tab in `.tsv`, else a comma; a mapping may say another."""
    return "\t" if name.lower().endswith(".tsv") else ","


def read(
    handle: int, name: str, needed: Iterable[str], delimiter: str = ""
) -> Iterator[TableRow | SourceInvalid]:
    """The rows of an open file; a row that is not as long as the header comes as an error in its place.

    `needed` are the columns that the mapping reads: one that the header lacks is named. An empty field is
    NULL. Raises `SourceInvalid` for what no further row can be read after. Closes `handle`.
    """
    with os.fdopen(handle, "rb") as file:
        lines = _Lines(file, name)
        rows = csv.reader(lines, delimiter=delimiter or delimiter_of(name), strict=True)
        try:
            header = next(rows, None)
            if header is None:
                raise _invalid(name, 1, "has no header", "the first line names the columns")
            _check(header, name, needed)
            last = rows.line_num
            for row in rows:
                line, last = last + 1, rows.line_num
                if not row:
                    continue
                yield _row(row, header, name, line)
        except csv.Error as error:
            raise _invalid(name, rows.line_num, f"is not CSV: {error}", "is a quote left open?") from error


def _check(header: list[str], name: str, needed: Iterable[str]) -> None:
    twice = sorted({column for column in header if header.count(column) > 1})
    missing = sorted(set(needed) - set(header))
    if missing:
        raise SourceInvalid(
            f"`{name}:1` lacks the column `{missing[0]}`",
            hint="its columns are " + ", ".join(f"`{column}`" for column in header[:30]),
            details={"file": name, "line": 1, "field": missing[0], "missing": missing},
        )
    if twice:
        raise _invalid(name, 1, f"has the column `{twice[0]}` twice", "give each column a name of its own")


def _row(row: list[str], header: list[str], name: str, line: int) -> TableRow | SourceInvalid:
    if len(row) != len(header):
        return _invalid(name, line, f"has {len(row)} fields, and the header {len(header)}", "")
    cells = (Cell(text) if text else None for text in row)
    return TableRow(f"{name}:{line}", dict(zip(header, cells, strict=True)))


class _Lines:
    """Lines decoded one by one, so that an error knows its line; a line of binary data is bounded, too."""

    def __init__(self, file: IO[bytes], name: str):
        self._file, self._name, self._line = file, name, 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        data = self._file.readline(16 * FIELD)
        if not data:
            raise StopIteration
        self._line += 1
        try:
            line = data.decode()
        except UnicodeDecodeError as error:
            what = f"is not a text: the byte 0x{data[error.start]:02X} is not UTF-8"
            raise _invalid(self._name, self._line, what, "save it as UTF-8") from error
        if "\x00" in line:
            raise _invalid(
                self._name, self._line, "is not a text: it holds a NUL byte", "is it a binary file?"
            )
        return line.removeprefix(BOM) if self._line == 1 else line


def _invalid(name: str, line: int, what: str, hint: str) -> SourceInvalid:
    return SourceInvalid(f"`{name}:{line}` {what}", hint=hint, details={"file": name, "line": line})
