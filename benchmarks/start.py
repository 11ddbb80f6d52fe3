"""How long a start takes over a large store: `python -m benchmarks.start [QUADS]`, 10,000,000 for the stated figure.

The store is filled past the owner, in one go: record graphs of 10 to 100 triples with their lines of the
catalog, as commits would have left them. What is measured is a new process each time: the owner alone, then the
whole server until it answers `/readyz`. Its folder is made below `AMBIT_BENCH` or the temporary one.
"""

import io
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import orjson
from pyoxigraph import Quad, RdfFormat, Store, serialize

from ambit.graph.compartments import LABELS, compartment_of, label_triples
from ambit.graph.store.lines import RecordEntry, changed_quad, lines_of
from ambit.graph.terms import NamedNode
from ambit.graph.vocabulary import AMBIT as TERM
from ambit.graph.words import GraphEntry, Hints, Label, Role

from .figures import Figure, table

QUADS = 300_000
RUNS = 3
BASE = "https://example.org/"
SOURCES = [f"{BASE}source/{number}" for number in range(5)]
LABELLED = [
    Label(source, level, frozenset({TERM.EU}), frozenset({f"{BASE}team/{team}"}))
    for source in SOURCES
    for level in (TERM.INTERNAL, TERM.CONFIDENTIAL)
    for team in range(60)
]
AMBIT = (sys.executable, "-c", "from ambit.server.cli.main import main; main()")
OPEN = """
import sys, time
from pathlib import Path
begun = time.perf_counter()
from ambit.graph.store.owner import Owner
loaded = time.perf_counter()
owner = Owner(Path(sys.argv[1]))
print(loaded - begun, time.perf_counter() - loaded)
owner.close()
"""


def _lines(quads: int, chance: random.Random) -> Iterator[bytes]:
    """N-Quads of records and of their catalog's lines, a record at a time."""
    left, number = quads, 0
    compartments = [compartment_of(label) for label in LABELLED]
    while left > 0:
        place = number % len(LABELLED)
        label, size = LABELLED[place], min(left, 10 + int(chance.random() * 61) + int(chance.random() * 31))
        record = f"{label.source}/{number}"
        graph = f"{record}#g"
        said = [
            f"<{record}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{BASE}Kind{number % 40}> <{graph}> .\n"
        ]
        for at in range(size - 1):
            dice = chance.random()
            if at % 4 == 0:
                value = f"<{SOURCES[at % 5]}/{int(dice * (number + 1))}>"
            else:
                value = f'"value {int(dice * 1_000_000)} of it"'
            said.append(f"<{record}> <{BASE}v{at}> {value} <{graph}> .\n")
        hints = Hints(label.source, label.sensitivity, label.jurisdictions, frozenset(), label.audience)
        entry = GraphEntry(graph, Role.DATA, record, label.source, compartments[place])
        lines = lines_of(RecordEntry(record, label.source, "d" * 32, record, False), [(entry, hints)])
        yield "".join(said).encode() + (serialize(lines, format=RdfFormat.N_QUADS) or b"")
        left -= size
        number += 1


class _Stream(io.RawIOBase):
    """Pieces of bytes as a file."""

    def __init__(self, pieces: Iterator[bytes]):
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, into: memoryview) -> int:  # type: ignore[override]
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        size = min(len(into), len(self._rest))
        into[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


def fill(data: Path, quads: int) -> float:
    """Puts records into the store of a data folder that no server has open; gives the seconds."""
    begun = time.perf_counter()
    store = Store(str(data / "store"))
    stream = io.BufferedReader(_Stream(_lines(quads, random.Random(1))), 1 << 20)
    store.bulk_load(stream, format=RdfFormat.N_QUADS, lenient=True)
    labels = [Quad(*t, NamedNode(LABELS)) for label in LABELLED for t in label_triples(label)]
    store.extend([*labels, *(changed_quad(compartment_of(label), 1) for label in LABELLED)])
    store.flush()
    del store
    return time.perf_counter() - begun


def _owner(data: Path) -> float:
    said = subprocess.run([sys.executable, "-c", OPEN, str(data)], check=True, capture_output=True, text=True)
    return float(said.stdout.split()[1])


def serve(workspace: Path, data: Path) -> float:
    """Seconds from the command to a server that is ready; it is stopped again."""
    begun = time.perf_counter()
    command = [*AMBIT, "serve", str(workspace), "--data", str(data)]
    with subprocess.Popen([*command, "--port", "0", "--json"], stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout is not None
            url = orjson.loads(server.stdout.readline())["url"]
            with urllib.request.urlopen(f"{url}/readyz", timeout=60) as answer:  # noqa: S310 - our own
                answer.read()
            return time.perf_counter() - begun
        finally:
            server.terminate()


def workspace_in(folder: Path) -> Path:
    """A starter workspace that knows the sources of what `fill` puts in, so that it stays."""
    made = folder / "workspace"
    subprocess.run([*AMBIT, "init", str(made)], check=True, capture_output=True)
    described = "".join(f"<{source}> a <{TERM.SOURCE}> .\n" for source in SOURCES)
    (made / "governance" / "filled.ttl").write_text(described)
    return made


def main(quads: int = QUADS) -> None:
    """Prints the table."""
    folder = Path(tempfile.mkdtemp(prefix="ambit-start-"))
    try:
        workspace, data = workspace_in(folder), folder / "data"
        empty = serve(workspace, data)
        fill(data, quads)
        figures = [
            Figure("the server over nothing", [empty], "s"),
            Figure(f"the owner, {quads:,} quads", [_owner(data) for _ in range(RUNS)], "s"),
            Figure(
                f"the server until it is ready, {quads:,} quads",
                [serve(workspace, data) for _ in range(RUNS)],
                "s",
                "<= 5 over 10,000,000",
            ),
        ]
    finally:
        shutil.rmtree(folder)
    print(table("A start", figures))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
