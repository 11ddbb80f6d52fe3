"""SQLite databases: opened to be read only, their rows with natural datatypes (R2RML §10)."""

import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ...graph.errors import SourceInvalid, Timeout
from ...graph.vocabulary import XSD
from ..words import Cell, TableRow

DEADLINE: Final = 60.0
"""Seconds that one query or table may take: a query of the mapping may not end by itself."""

VALUE: Final = 10_000_000
"""Bytes of one value."""

_ALLOWED: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
_NATURAL: Final = {
    "BOOL": XSD.BOOLEAN,
    "BOOLEAN": XSD.BOOLEAN,
    "DATE": XSD.DATE,
    "DATETIME": XSD.DATE_TIME,
    "TIMESTAMP": XSD.DATE_TIME,
    "DECIMAL": XSD.DECIMAL,
    "NUMERIC": XSD.DECIMAL,
}
"""Declared types that say more than how SQLite stores a value."""


class Database:
    """A connection that follows a database and can only read it. One thread at a time; close it."""

    def __init__(self, path: Path, place: str):
        """Raises `SourceInvalid` when there is no database to open."""
        self._place = place
        uri = path.absolute().as_uri()
        try:
            self._at = _connect(f"{uri}?mode=ro")
        except sqlite3.Error as error:
            wal = path.with_name(path.name + "-wal")
            if not path.is_file() or wal.exists():
                raise _invalid(place, error) from error
            try:
                # a WAL database where nobody may write its index: nothing is being written either
                self._at = _connect(f"{uri}?mode=ro&immutable=1")
            except sqlite3.Error:
                raise _invalid(place, error) from error

    def close(self) -> None:
        """Lets go of the file."""
        self._at.close()

    def version(self) -> int:
        """`PRAGMA data_version`: another number when another connection has committed since."""
        try:
            found: int = self._at.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error as error:
            raise _invalid(self._place, error) from error
        return found

    @contextmanager
    def snapshot(self) -> Iterator["Tables"]:
        """One state of the database, copied: whoever writes to it waits no longer than the copy takes."""
        with tempfile.NamedTemporaryFile(prefix="ambit-", suffix=".db") as file:
            copy = sqlite3.connect(file.name, isolation_level=None, check_same_thread=False)
            try:
                self._at.backup(copy)
                yield Tables(copy, self._place)
            except sqlite3.Error as error:
                raise _invalid(self._place, error) from error
            finally:
                copy.close()


def _connect(uri: str) -> sqlite3.Connection:
    made = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
    try:
        made.execute("PRAGMA query_only = ON")
        made.execute("PRAGMA data_version").fetchone()
        made.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        made.close()
        raise
    return made


class Tables:
    """What can be read of one state: tables, views, and queries of the mapping."""

    def __init__(self, at: sqlite3.Connection, place: str):
        self._at, self._place = at, place
        self._until = 0.0
        at.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, VALUE)
        at.text_factory = lambda data: data.decode(errors="replace")
        for pragma in ("query_only = ON", "trusted_schema = OFF", "cell_size_check = ON"):
            at.execute(f"PRAGMA {pragma}")
        at.set_progress_handler(lambda: time.monotonic() > self._until, 10_000)

    def names(self) -> dict[str, str]:
        """Tables and views by their name in lower case, as SQLite compares them."""
        text = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
        return {name.lower(): name for (name,) in self._rows(text)}

    def table(self, name: str, needed: Iterable[str]) -> Iterator[TableRow]:
        """The rows of a table or view, those columns that are `needed`, with natural datatypes.

        Raises `SourceInvalid` naming the table or column that is not there.
        """
        names = self.names()
        actual = names.get(name.lower())
        if actual is None:
            raise self._missing("table", name, names.values())
        described = list(self._rows("SELECT name, type, pk FROM pragma_table_info(?)", (actual,)))
        declared = {column.lower(): (column, _natural(kind)) for column, kind, _ in described}
        wanted = sorted(needed)
        missing = [one for one in wanted if one.lower() not in declared]
        if missing:
            # SQLite would take an unknown name in double quotes for a text, and say nothing
            raise self._missing("column", f"{actual}.{missing[0]}", (column for column, _, _ in described))
        keys = [column for column, _, pk in sorted(described, key=lambda c: int(c[2])) if pk]
        listed = ", ".join(_quoted(declared[one.lower()][0]) for one in wanted + keys) or "NULL"
        rows = self._rows(f"SELECT {listed} FROM {_quoted(actual)}", mine=False)  # noqa: S608 - checked above
        for number, row in enumerate(rows, 1):
            values = zip(wanted, row, strict=False)
            cells = {one: _cell(value, declared[one.lower()][1]) for one, value in values}
            shown = ",".join(str(value) for value in row[len(wanted) :]) if keys else f"row {number}"
            yield TableRow(f"{self._place} {actual} {shown}", cells)

    def query(self, text: str, name: str, needed: Iterable[str]) -> Iterator[TableRow]:
        """The rows of a query, like `table`, with stored types: a query's columns have no declared ones."""
        wanted = sorted(needed)
        columns: list[str] = []
        places: list[int] = []
        for number, row in enumerate(self._rows(text, mine=False, columns=columns), 1):
            places = places or self._places(wanted, columns)
            cells = {one: _cell(row[at], None) for one, at in zip(wanted, places, strict=True)}
            yield TableRow(f"{self._place} {name} row {number}", cells)
        self._places(wanted, columns)

    def _places(self, wanted: Sequence[str], columns: Sequence[str]) -> list[int]:
        by_name = {column.lower(): at for at, column in enumerate(columns)}
        missing = [one for one in wanted if one.lower() not in by_name]
        if missing:
            raise self._missing("column", missing[0], columns)
        return [by_name[one.lower()] for one in wanted]

    def _rows(
        self, text: str, bound: Sequence[str] = (), *, mine: bool = True, columns: list[str] | None = None
    ) -> Iterator[Any]:
        """Rows in bunches, each with its deadline; what is not `mine` may only read, as the authorizer sees to."""
        self._until = time.monotonic() + DEADLINE
        try:
            self._at.set_authorizer(None if mine else _authorize)
            try:
                cursor = self._at.execute(text, bound)  # what it may do is asked while it is prepared
            finally:
                self._at.set_authorizer(None)
            if columns is not None:
                columns += [description[0] for description in cursor.description or ()]
            while bunch := cursor.fetchmany(1_000):
                yield from bunch
                self._until = time.monotonic() + DEADLINE
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise _invalid(self._place, error, text) from error

    def _missing(self, what: str, name: str, there: Iterable[str]) -> SourceInvalid:
        known = ", ".join(f"`{one}`" for one in sorted(there)[:30])
        return SourceInvalid(
            f"`{self._place}` has no {what} `{name}`",
            hint=f"there are {known}" if known else "it is empty",
            details={"file": self._place, "field": name},
        )


def _invalid(place: str, error: Exception, query: str = "") -> SourceInvalid | Timeout:
    details = {"file": place} | ({"field": query} if query else {})
    if "interrupted" in str(error):
        return Timeout(f"`{place}`: reading took longer than {DEADLINE:.0f} s", details=details)
    return SourceInvalid(f"`{place}` cannot be read: {error}", details=details)


def _authorize(action: int, first: str | None, second: str | None, *rest: str | None) -> int:
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in (
        "load_extension",
        "readfile",
        "writefile",
    ):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _natural(declared: str) -> str | None:
    return _NATURAL.get(declared.upper().partition("(")[0].strip())


def _cell(value: Any, natural: str | None) -> Cell | None:
    if value is None:
        return None
    if isinstance(value, bytes):
        return Cell(value.hex().upper(), XSD.HEX_BINARY)
    if isinstance(value, int):
        if natural == XSD.BOOLEAN:
            return Cell("true" if value else "false", XSD.BOOLEAN)
        return Cell(str(value), XSD.DECIMAL if natural == XSD.DECIMAL else XSD.INTEGER)
    if isinstance(value, float):
        return Cell(
            repr(value), XSD.DECIMAL if natural == XSD.DECIMAL and "e" not in repr(value) else XSD.DOUBLE
        )
    if natural == XSD.DATE_TIME and len(value) >= 19 and value[10] in " T":
        return Cell(value[:10] + "T" + value[11:], XSD.DATE_TIME)
    return Cell(value, natural if natural == XSD.DATE and len(value) == 10 else None)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
