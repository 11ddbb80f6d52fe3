"""The ledger beside what one would take otherwise: `python -m benchmarks.ledger`.

Appends by many threads at once, as requests make them; the same entries, one file or one table each: a plain file,
and SQLite with a chain of hashes. Then verifying, and proofs at a million entries.
"""

import hashlib
import os
import sqlite3
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

import orjson

from ambit.graph.ledger.files import LedgerFiles
from ambit.graph.ledger.ledger import Ledger
from ambit.graph.ledger.own import OwnLedgers
from ambit.graph.ledger.tampering import Reading

from .figures import Figure, table, timed

ENTRIES = 24_000
RUNS = 5
PROVED = 500_000
Append = Callable[[Mapping[str, object]], object]


def fields(number: int) -> dict[str, object]:
    """A request's entry, as the server writes it."""
    return {
        "run": f"urn:ambit:run:{uuid.uuid4().hex}",
        "user": f"https://acme.example/people/{number % 500}",
        "agents": ["https://acme.example/agents/support"],
        "purpose": "https://acme.example/purposes/refund",
        "declared": False,
        "decision": f"urn:ambit:decision:{number % 97:032x}",
        "rules": [
            "urn:ambit:rule:sensitivity/open",
            "urn:ambit:rule:runs/own",
            "urn:ambit:rule:membership/members",
        ],
        "policy_revision": 12,
        "clearance": f"{number % 97:032x}",
        "request": hashlib.sha256(b"%d" % number).hexdigest(),
    }


def rate(append: Append, threads: int, entries: int) -> float:
    """Appends a second, by so many threads at once."""
    said = [[fields(n) for n in range(entries // threads)] for _ in range(threads)]

    def work(mine: list[dict[str, object]]) -> None:
        for one in mine:
            append(one)

    started = [threading.Thread(target=work, args=(mine,)) for mine in said]

    def run() -> None:
        for thread in started:
            thread.start()
        for thread in started:
            thread.join()

    return threads * (entries // threads) / timed(run)


class Chained:
    """What one would write oneself: a table in SQLite, each row with the hash of the row before."""

    def __init__(self, folder: Path, *, durable: bool):
        self._table = sqlite3.connect(folder / "chain.db", check_same_thread=False, isolation_level=None)
        self._table.execute("PRAGMA journal_mode = WAL")
        self._table.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        self._table.execute("CREATE TABLE log (n INTEGER PRIMARY KEY, at TEXT, body BLOB, hash BLOB)")
        self._lock, self._before = threading.Lock(), b""

    def append(self, said: Mapping[str, object]) -> None:
        """One row, committed."""
        with self._lock:
            body = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
            self._before = hashlib.sha256(self._before + body).digest()
            self._table.execute(
                "INSERT INTO log (at, body, hash) VALUES (?, ?, ?)", (time.time(), body, self._before)
            )

    def verify(self) -> int:
        """How many rows the chain holds for."""
        before, count = b"", 0
        for body, said in self._table.execute("SELECT body, hash FROM log ORDER BY n"):
            before = hashlib.sha256(before + body).digest()
            assert before == said
            count += 1
        return count


class Plain:
    """A file with a line for each entry, and no hash at all."""

    def __init__(self, folder: Path, *, durable: bool):
        self._file = os.open(folder / "plain.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._lock, self._durable = threading.Lock(), durable

    def append(self, said: Mapping[str, object]) -> None:
        """One line, written."""
        line = orjson.dumps(said, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
        with self._lock:
            os.write(self._file, line)
            if self._durable:
                os.fsync(self._file)


def _appends(threads: int, *, durable: bool, entries: int) -> list[Figure]:
    ours: list[float] = []
    chained: list[float] = []
    plain: list[float] = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            ledger = Ledger(folder / "ledger", folder / "keys", durable=durable)
            ours.append(rate(lambda said, to=ledger: to.append("request", said), threads, entries))  # type: ignore[misc]
            ledger.close()
            chained.append(rate(Chained(folder, durable=durable).append, threads, entries))
            plain.append(rate(Plain(folder, durable=durable).append, threads, entries))
    how = f"{threads} threads, {'on disk' if durable else 'with the system'}"
    return [
        Figure(f"appends, {how}", ours, "/s", "" if durable else "20,000 /s"),
        Figure(f"SQLite with a chain of hashes, {how}", chained, "/s"),
        Figure(f"a plain file, {how}", plain, "/s"),
        Figure(f"ledger against SQLite, {how}", [o / c for o, c in zip(ours, chained, strict=True)], "times"),
    ]


def _verifying(folder: Path) -> list[Figure]:
    ledger = Ledger(folder / "ledger", folder / "keys")
    chained = Chained(folder, durable=False)
    for number in range(100_000):
        said = fields(number)
        ledger.append("request", said)
        chained.append(said)
    ledger.close()

    def whole() -> None:
        reading = Reading(folder / "ledger", folder / "keys", kinds=frozenset({"commit"}))
        assert list(reading) == [] and reading.problems == [] and reading.entries == 100_000

    ours = [100_000 / timed(whole) for _ in range(RUNS)]
    theirs = [100_000 / timed(chained.verify) for _ in range(RUNS)]
    return [
        Figure("verify, records", ours, "/s", "100,000 /s"),
        Figure("SQLite's chain verified, rows", theirs, "/s"),
    ]


def _proofs(folder: Path) -> list[Figure]:
    ledger = Ledger(folder / "ledger", folder / "keys")
    for start in range(0, PROVED, 1_000):
        ledger.append_many([("request", fields(n)) for n in range(start, start + 1_000)])
    tree = ledger.tree()
    places = [(n * 7_919) % PROVED for n in range(200)]
    inclusion = [1000 * timed(lambda n=n: tree.inclusion(n, PROVED)) for n in places]  # type: ignore[misc]
    consistency = [1000 * timed(lambda n=n: tree.consistency(n + 1, PROVED)) for n in places]  # type: ignore[misc]
    entries = [1000 * timed(lambda n=n: list(ledger.bodies([n]))) for n in places]  # type: ignore[misc]
    own = OwnLedgers(ledger)
    followed = timed(own.catch_up)
    user = str(fields(7)["user"])
    first = timed(lambda: own.of(user, PROVED))
    again = [1000 * timed(lambda: own.of(user, PROVED)) for _ in range(20)]
    ledger.close()
    opened = [timed(lambda: LedgerFiles.read(folder / "ledger")) for _ in range(RUNS)]
    made = timed(lambda: (LedgerFiles(folder / "ledger").forget_index(), LedgerFiles.read(folder / "ledger")))
    return [
        Figure(f"a proof of inclusion at {PROVED:,} entries", inclusion, "ms"),
        Figure(f"a proof of consistency at {PROVED:,} entries", consistency, "ms"),
        Figure("an entry's exact bytes", entries, "ms"),
        Figure(f"opening {PROVED:,} entries for reading", opened, "s"),
        Figure("making the whole index anew", [made], "s"),
        Figure("knowing whose each entry is, after a start", [followed], "s"),
        Figure(f"a user's own ledger of {PROVED // 500:,} entries, the first time", [1000 * first], "ms"),
        Figure("again", again, "ms"),
    ]


def main() -> None:
    """Prints the table."""
    figures = []
    for threads in (8, 32, 64):
        figures += _appends(threads, durable=False, entries=ENTRIES)
    figures += _appends(64, durable=True, entries=6_400)
    with tempfile.TemporaryDirectory() as folder:
        figures += _verifying(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        figures += _proofs(Path(folder))
    print(table("Ledger", figures))


if __name__ == "__main__":
    main()
