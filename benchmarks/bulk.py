"""Bulk ingest of N-Quads beside a bare `bulk_load` of the same file to disk: `python -m benchmarks.bulk [QUADS]`.

The owner takes each named graph as a record under its label: what it writes is the commit log, the ledger, the
catalog and the store. No checks run: those of a server are measured apart, for they are its own.
"""

import os
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from pyoxigraph import Store

from ambit.graph.store.owner import Owner

from . import enterprise
from .figures import Figure, table
from .worlds import bring_in, write

QUADS, RUNS = 300_000, 5


def _spent() -> float:
    times = os.times()
    return times.user + times.system


def main(quads: int = QUADS) -> None:
    """Prints the table."""
    figures: dict[str, list[float]] = {"bare": [], "owner": [], "wall": [], "cpu": []}
    with tempfile.TemporaryDirectory(prefix="ambit-bulk-") as folder:
        file = Path(folder) / "all.nq"
        labels = write(enterprise.rows(quads), file)
        with file.open("rb") as lines:
            many = sum(1 for _ in lines)
        for number in range(RUNS):
            begun, spent = perf_counter(), _spent()
            store = Store(str(Path(folder) / f"bare{number}"))
            store.bulk_load(path=file)
            store.flush()
            bare, bare_spent = perf_counter() - begun, _spent() - spent
            del store
            owner = Owner(Path(folder) / f"data{number}")
            begun, spent = perf_counter(), _spent()
            bring_in(owner, file, labels)
            took, took_spent = perf_counter() - begun, _spent() - spent
            assert sum(1 for entry in owner.entries() if entry.graph in labels) == len(labels)
            owner.close()
            figures["bare"].append(many / bare)
            figures["owner"].append(many / took)
            figures["wall"].append(bare / took)
            figures["cpu"].append(took_spent / bare_spent)
    rows = [
        Figure(f"bare bulk_load of {many:,} quads", figures["bare"], "quads/s"),
        Figure(f"into the owner, {len(labels):,} graphs", figures["owner"], "quads/s"),
        Figure("the owner, of bare", figures["wall"], "times", ">= 0.6"),
        Figure("processor time, of bare", figures["cpu"], "times"),
    ]
    print(table("Bulk ingest", rows))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
