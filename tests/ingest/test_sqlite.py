"""SQLite: read only, whoever writes waits for nobody, columns and tables that are missing are named."""

import sqlite3
import stat
from pathlib import Path

import pytest

from ambit.graph.errors import AmbitError, SourceInvalid, Timeout
from ambit.graph.vocabulary import XSD
from ambit.ingest.readers import sqlite
from ambit.ingest.readers.sqlite import Database
from ambit.ingest.words import Cell


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "t.db"
    with sqlite3.connect(found) as at:
        at.execute(
            'CREATE TABLE "T x" (id INTEGER PRIMARY KEY, price NUMERIC(10,2), at DATETIME, ok BOOLEAN, b BLOB, n TEXT)'
        )
        at.execute("INSERT INTO \"T x\" VALUES (1, 1.98, '2026-01-02 03:04:05', 1, x'0aff', NULL)")
        at.execute('CREATE VIEW v AS SELECT id FROM "T x"')
    at.close()
    return found


def test_natural_datatypes(path: Path) -> None:
    database = Database(path, "t.db")
    with database.snapshot() as tables:
        (row,) = tables.table("t X", ["ID", "price", "at", "ok", "b", "n"])
        assert next(tables.table("v", ["id"])).values == {"id": Cell("1", XSD.INTEGER)}
        (made,) = tables.query('SELECT id * 2.5 AS x FROM "T x"', "map:q", ["x"])
    database.close()
    assert made.values == {"x": Cell("2.5", XSD.DOUBLE)}
    assert dict(row.values) == {
        "ID": Cell("1", XSD.INTEGER),
        "price": Cell("1.98", XSD.DECIMAL),
        "at": Cell("2026-01-02T03:04:05", XSD.DATE_TIME),
        "ok": Cell("true", XSD.BOOLEAN),
        "b": Cell("0AFF", XSD.HEX_BINARY),
        "n": None,
    }


@pytest.mark.parametrize(
    ("table", "column", "named"),
    [("nope", "id", "`nope`"), ("T x", "nope", "`T x.nope`"), ("v", "price", "`v.price`")],
)
def test_what_is_missing_is_named(path: Path, table: str, column: str, named: str) -> None:
    with Database(path, "t.db").snapshot() as tables, pytest.raises(SourceInvalid, match=named):
        list(tables.table(table, [column]))


@pytest.mark.parametrize(
    "text",
    [
        'DELETE FROM "T x"',
        "ATTACH '/tmp/other.db' AS other",
        "PRAGMA query_only = OFF",
        "SELECT * FROM pragma_table_info('T x')",
        "SELECT load_extension('x')",
        "SELECT 1; SELECT 2",
        "this is not SQL",
    ],
)
def test_a_query_can_only_read(path: Path, text: str) -> None:
    with Database(path, "t.db").snapshot() as tables, pytest.raises(AmbitError):
        list(tables.query(text, "q", []))


def test_a_query_that_never_ends_is_ended(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "DEADLINE", 0.2)
    endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) AS n FROM c"
    with Database(path, "t.db").snapshot() as tables, pytest.raises(Timeout):
        list(tables.query(endless, "q", ["n"]))


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_writer_is_seen_and_not_held_up(path: Path, mode: str) -> None:
    writer = sqlite3.connect(path, timeout=0)
    writer.execute(f"PRAGMA journal_mode = {mode}")
    database = Database(path, "t.db")
    before = database.version()
    with database.snapshot() as tables:
        rows = tables.table("T x", ["id"])
        next(rows)
        writer.execute("UPDATE \"T x\" SET n = 'changed'")
        writer.commit()
    assert database.version() != before
    assert database.version() == database.version()
    database.close()
    writer.close()


def test_nothing_is_written_beside_a_database_that_is_read(path: Path) -> None:
    before = path.read_bytes()
    database = Database(path, "t.db")
    with pytest.raises(sqlite3.OperationalError):
        database._at.execute('DELETE FROM "T x"')
    database.close()
    assert path.read_bytes() == before and [p.name for p in path.parent.iterdir()] == ["t.db"]


def test_what_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"\x89PNG" * 1000)
    for name in ("x.db", "none.db"):
        with pytest.raises(SourceInvalid):
            Database(tmp_path / name, name)
    assert not (tmp_path / "none.db").exists()


def test_a_wal_database_where_nobody_may_write(path: Path) -> None:
    at = sqlite3.connect(path)
    at.execute("PRAGMA journal_mode = wal")
    at.execute("UPDATE \"T x\" SET n = 'in the log'")
    at.commit()
    at.close()
    path.parent.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        with Database(path, "t.db").snapshot() as tables:
            assert next(tables.table("T x", ["n"])).values["n"] == Cell("in the log")
    finally:
        path.parent.chmod(stat.S_IRWXU)
