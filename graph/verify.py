"""Whether a data folder is what was written: ledger, commit log and store, each held against the others."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from .catalog import Catalog
from .checkpoints import Checkpoint
from .commitlog import frames, log_segments
from .errors import Invalid, Unavailable
from .locks import FolderLock
from .logged import Kind, Torn, parts_of
from .quadstore import CATALOG, QuadStore
from .segments import Entry
from .tampering import Problem, Reading
from .terms import Quad, to_nquads
from .vocabulary import AMBIT

_MODULUS = 1 << 256


@dataclass(frozen=True, slots=True)
class Verification:
    """What was looked at and what is wrong with it; nothing is when `problems` is empty."""

    problems: tuple[Problem, ...]
    entries: int  # of the ledger
    revision: int  # the log's last
    graphs: int  # compared with the log; 0 beside a running server, which holds the store
    live: bool  # a server was running: what is being written now was left out


class Sums:
    """For each graph the sum of the hashes of its quads: two sets are equal when their sums are.

    Adding and taking out work in any order and need no memory of the quads (a multiset hash modulo 2^256).
    """

    def __init__(self) -> None:
        self.graphs: dict[str, int] = {}

    def add(self, nquads: bytes, sign: int = 1) -> None:
        """Takes in (`sign` 1) or out (-1) the quads of N-Quads that we wrote: one form for each quad."""
        for line in nquads.splitlines():
            graph = line[line.rindex(b"<") + 1 : line.rindex(b">")].decode()
            one = int.from_bytes(hashlib.sha256(line).digest(), "big") * sign
            total = (self.graphs.get(graph, 0) + one) % _MODULUS
            if total:
                self.graphs[graph] = total
            else:
                self.graphs.pop(graph, None)


@dataclass(slots=True)
class _LogReading:
    """What one pass over the commit log finds."""

    problems: list[Problem]
    sums: Sums
    revision: int = 0
    applied: int = 0  # the last revision that changed something
    policy_revision: int = 0
    gap: bool = False


def verify(folder: Path, kept: Iterable[Checkpoint] = ()) -> Verification:
    """Reads all of a data folder; `kept` are checkpoints kept elsewhere. Raises `Invalid` when it is none."""
    if not (folder / "ledger").is_dir():
        raise Invalid(
            f"`{folder}` is no data folder", hint="name the one that the server printed", code="no-data"
        )
    try:
        lock = FolderLock(folder)
    except Unavailable:
        return _verify(folder, kept, live=True)
    try:
        return _verify(folder, kept, live=False)
    finally:
        lock.release()


def _verify(folder: Path, kept: Iterable[Checkpoint], *, live: bool) -> Verification:
    reading = Reading(folder / "ledger", folder / "keys", kept, live=live)
    entered: dict[int, Entry] = {}
    count = 0
    for entry in reading:
        count += 1
        if entry.kind == "commit":
            entered[int(entry.fields["revision"])] = entry
    log = _read_log(folder / "commits", entered, live)
    problems = [*reading.problems, *log.problems]
    graphs = 0
    if not live:
        quads = QuadStore(folder / "store")
        try:
            found, graphs = _read_store(quads, log)
            problems += found
        finally:
            quads.close()
    return Verification(tuple(problems), count, log.revision, graphs, live)


def _read_log(folder: Path, entered: dict[int, Entry], live: bool) -> _LogReading:
    """Holds each frame against its own hashes, its number, and the ledger's entry for it."""
    log = _LogReading([], Sums())
    open_entries = dict(entered)
    newest = max(entered, default=0)
    for _, path in log_segments(folder):
        try:
            for header, body in frames(path):
                said = orjson.loads(header)
                _read_frame(said, header, body, log)
                if said["kind"] == Kind.COMMIT and not (live and said["revision"] > newest):
                    entry = open_entries.pop(said["revision"], None)
                    _compare(said["revision"], hashlib.sha256(header).hexdigest(), entry, log)
        except Torn as error:
            if not live:
                log.problems.append(Problem(f"commit {log.revision + 1}", f"{error}, in `{path.name}`"))
    for revision, entry in open_entries.items():
        reason = f"ledger entry {entry.number} speaks of it, and the commit log does not have it"
        log.problems.append(Problem(f"commit {revision}", reason))
    return log


def _read_frame(said: dict[str, Any], header: bytes, body: bytes, log: _LogReading) -> None:
    revision, kind = int(said["revision"]), Kind(said["kind"])
    if kind is Kind.GAP:
        log.gap = True
        log.problems.append(Problem(f"commit {revision}", "what led to it is not in the commit log"))
    elif revision != log.revision + 1:
        log.problems.append(Problem(f"commit {log.revision + 1}", f"revision {revision} stands in its place"))
    log.revision, log.policy_revision = revision, int(said["policy_revision"])
    if kind is not Kind.ABORTED:
        log.applied = revision
    for part, data in parts_of(header, body):
        if hashlib.sha256(data).hexdigest() != part["hash"]:
            log.problems.append(Problem(f"commit {revision}", f"its part `{part['name']}` was changed"))
        elif part["name"] in ("out", "catalog-out"):
            log.sums.add(data, -1)
        elif part["name"] in ("into", "catalog-into"):
            log.sums.add(data)


def _compare(revision: int, digest: str, entry: Entry | None, log: _LogReading) -> None:
    if entry is None:
        reason = "the ledger has no entry for it; the next start enters it"
        log.problems.append(Problem(f"commit {revision}", reason))
    elif entry.fields.get("delta") != digest:
        reason = f"it is not the one that ledger entry {entry.number} speaks of"
        log.problems.append(Problem(f"commit {revision}", reason))


def _read_store(quads: QuadStore, log: _LogReading) -> tuple[list[Problem], int]:
    """Holds the store's number, its catalog and each of its graphs against the log."""
    problems = []
    if quads.number() != (log.applied, log.policy_revision) and not log.gap:
        revision = quads.number()[0]
        problems.append(Problem("store", f"it is at revision {revision}, the log at {log.applied}"))
    catalog = Catalog()
    lines = [quad for quad in quads.quads(CATALOG.value) if quad.subject != CATALOG]
    catalog.change((), lines)
    projected = {g for g, entry in catalog.graphs.items() if entry.source == AMBIT.PROVENANCE}
    held: set[str] = set()
    sums = Sums()
    sums.add(to_nquads(_logged_lines(lines, projected)))
    for graph in quads.graphs():
        data = to_nquads(quads.quads(graph)) if graph != CATALOG.value else b""
        if data:
            held.add(graph)
            if graph not in projected:
                sums.add(data)
    problems += [
        Problem(f"graph {g}", "it is in the store and not in the catalog")
        for g in held - catalog.graphs.keys()
    ]
    problems += [
        Problem(f"graph {g}", "it is in the catalog and not in the store")
        for g in catalog.graphs.keys() - held
    ]
    if not log.gap:
        for graph in sorted(sums.graphs.keys() | log.sums.graphs.keys()):
            if sums.graphs.get(graph) != log.sums.graphs.get(graph):
                problems.append(Problem(f"graph {graph}", "the store does not hold what the commit log says"))
    return problems, len(held)


def _logged_lines(lines: Iterable[Quad], projected: set[str]) -> Iterator[Quad]:
    """The catalog's lines that commits wrote: all but those of projected graphs."""
    names = {f"<{graph}>" for graph in projected}
    return (quad for quad in lines if str(quad.subject) not in names)
