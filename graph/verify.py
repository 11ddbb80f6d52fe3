"""Whether a data folder is what was written: ledger, commit log and store, each held against the others."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from .branches import sort_out
from .catalog import Catalog
from .chained import Chained
from .checkpoints import Kept, read_checkpoints
from .commitlog import frames, log_segments
from .copies import MANIFEST
from .errors import Invalid, Unavailable
from .keptheads import own_problems, split_kept
from .locks import FolderLock
from .logged import Kind, Stored, Torn, parts_of
from .quadstore import CATALOG, QuadStore
from .seals import seals_if_any
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
    interrupted: tuple[Problem, ...] = ()  # what a kill left half done: the next start finishes or closes it
    warnings: tuple[Problem, ...] = ()  # what need not be tampering, such as a clock that was set back
    backup: bool = False  # it is one: there is no store in it


class Sums:
    """For each graph the sum of the hashes of its quads: two sets are equal when their sums are.

    Adding and taking out work in any order and need no memory of the quads (a multiset hash modulo 2^256).
    """

    def __init__(self) -> None:
        self.graphs: dict[str, int] = {}

    def add(self, nquads: bytes, sign: int = 1) -> None:
        """Takes in (`sign` 1) or out (-1) the quads of N-Quads that we wrote: one form for each quad."""
        for line in nquads.splitlines():
            graph = _graph_of(line)
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
    chain: Chained | None = None  # None: there is no key to check seals with
    signed: int = 0  # how many ledger entries a signature covers
    stored: int | None = None  # the store's revision; None where a server holds it
    waiting: list[tuple[set[bytes], set[bytes]]] = field(default_factory=list)  # out and in, not applied yet
    interrupted: list[Problem] = field(default_factory=list)
    revision: int = 0
    applied: int = 0  # the last revision that changed something
    policy_revision: int = 0
    gap: bool = False


def verify(folder: Path, kept: Iterable[Kept] = (), *, held: bool = False) -> Verification:
    """Reads all of a data folder or backup; `kept` are checkpoints kept elsewhere. Raises `Invalid` when it is none.

    `held`: the caller has locked the folder.
    """
    if not (folder / "ledger").is_dir():
        raise Invalid(
            f"`{folder}` is no data folder", hint="name the one that the server printed", code="no-data"
        )
    if held or (folder / MANIFEST).exists():
        return _verify(folder, kept, live=False)
    try:
        lock = FolderLock(folder)
    except Unavailable:
        return _verify(folder, kept, live=True)
    try:
        return _verify(folder, kept, live=False)
    finally:
        lock.release()


def _verify(folder: Path, kept: Iterable[Kept], *, live: bool) -> Verification:
    kinds = frozenset({"commit", "lost"})
    seals = seals_if_any(folder / "keys")
    kept, own = split_kept(kept)
    kept, strange, branched = sort_out(folder / "ledger", kept, seals)
    reading = Reading(folder / "ledger", folder / "keys", kept, live=live, kinds=kinds)
    entered: dict[int, Entry] = {}
    sizes = [c.size for c in read_checkpoints(folder / "ledger" / "checkpoints.jsonl")[0]]
    lost: list[Problem] = []
    for entry in reading:
        if entry.kind == "commit":
            entered[int(entry.fields["revision"])] = entry
        else:
            lost += _lose(entry, entered, sizes)
    is_backup = (folder / MANIFEST).exists()
    quads = None if live or is_backup else QuadStore(folder / "store")
    graphs = 0
    try:
        chain = Chained(seals, from_start=True) if seals is not None else None
        log = _LogReading([], Sums(), chain, stored=quads.number()[0] if quads else None)
        if chain is None:
            log.problems.append(Problem("keys", "there is no key to check the commit log's seals with"))
        log.signed = max(sizes, default=0)
        _read_log(folder / "commits", entered, log)
        if quads is not None:
            found, graphs = _read_store(quads, log)
            log.problems += found
    finally:
        if quads is not None:
            quads.close()
    interrupted = (*reading.interrupted, *log.interrupted)
    return Verification(
        (*reading.problems, *strange, *own_problems(folder, own), *lost, *log.problems),
        reading.entries,
        log.revision,
        graphs,
        live,
        interrupted,
        (*reading.warnings, *branched),
        is_backup,
    )


def _lose(entry: Entry, entered: dict[int, Entry], sizes: Iterable[int]) -> list[Problem]:
    """Takes out the commits that a start found in the ledger alone. What was signed had been on disk before."""
    first, last = int(entry.fields["logged"]) + 1, int(entry.fields["revision"])
    taken = [entered.pop(revision) for revision in [r for r in entered if first <= r <= last]]
    return [
        Problem(
            f"commit {one.fields['revision']}", f"it was signed and then lost, as entry {entry.number} tells"
        )
        for one in taken
        if any(one.number < size <= entry.number for size in sizes)
    ]


def _read_log(folder: Path, entered: dict[int, Entry], log: _LogReading) -> None:
    """Holds each frame against its own hashes, its number, and the ledger's entry for it.

    A kill may leave one frame that the ledger does not have yet, commits that the store does not have yet,
    and bytes at the end that are no frame: see `recovery`.
    """
    open_entries = dict(entered)
    newest = max(entered, default=0)
    segments = log_segments(folder)
    torn: Problem | None = None
    unentered: dict[int, bool] = {}  # and whether it has a seal
    for _, path in segments:
        try:
            for stored in frames(path):
                said = orjson.loads(stored.header)
                _read_frame(said, stored, log)
                if said["kind"] != Kind.COMMIT:
                    continue
                entry = open_entries.pop(said["revision"], None)
                if entry is not None:
                    _compare(said["revision"], hashlib.sha256(stored.header).hexdigest(), entry, log)
                elif log.stored is not None or said["revision"] <= newest:
                    unentered[said["revision"]] = bool(stored.seal)
        except Torn as error:
            torn = Problem(f"commit {log.revision + 1}", f"{error}, in `{path.name}`")
            if log.chain is not None:
                log.chain.lose()
            if path != segments[-1][1]:
                log.problems.append(torn)
    lost = False
    for revision, entry in open_entries.items():
        reason = f"ledger entry {entry.number} speaks of it, and the commit log does not have it"
        cut = (
            log.stored is not None and max(log.revision, log.stored) < revision and entry.number >= log.signed
        )
        lost = lost or not cut
        (log.interrupted if cut else log.problems).append(Problem(f"commit {revision}", reason))
    _judge_end(torn, unentered, newest, lost, log)


def _judge_end(
    torn: Problem | None, unentered: dict[int, bool], newest: int, lost: bool, log: _LogReading
) -> None:
    """What a kill or a power cut can have left at the log's end is interrupted; all else of its kind is a problem."""
    for revision, sealed in unentered.items():
        reason = "the ledger has no entry for it" + (
            "; the next start enters it" if sealed else ", nor a seal"
        )
        fresh = log.stored is not None and max(log.stored, newest) < revision
        (log.interrupted if sealed and fresh else log.problems).append(Problem(f"commit {revision}", reason))
    if torn is not None and log.stored is not None:
        whole = lost or log.stored > log.revision
        (log.problems if whole else log.interrupted).append(torn)


def _read_frame(said: dict[str, Any], stored: Stored, log: _LogReading) -> None:
    revision, kind = int(said["revision"]), Kind(said["kind"])
    if log.chain is not None and (fault := log.chain.fault(stored)):
        log.problems.append(Problem(f"commit {revision}", fault))
    waits = log.stored is not None and revision > log.stored
    if kind is Kind.GAP:
        log.gap = True
        log.problems.append(Problem(f"commit {revision}", "what led to it is not in the commit log"))
    elif revision != log.revision + 1:
        log.problems.append(Problem(f"commit {log.revision + 1}", f"revision {revision} stands in its place"))
    log.revision = revision
    if waits and kind is Kind.COMMIT:
        log.interrupted.append(
            Problem(f"commit {revision}", "the store does not have it yet; the next start applies it")
        )
    elif not waits:
        log.policy_revision = int(said["policy_revision"])
        log.applied = revision if kind is not Kind.ABORTED else log.applied
    out: set[bytes] = set()
    into: set[bytes] = set()
    for part, data in parts_of(stored.header, stored.body):
        if hashlib.sha256(data).hexdigest() != part["hash"]:
            log.problems.append(Problem(f"commit {revision}", f"its part `{part['name']}` was changed"))
        elif part["name"] in ("out", "catalog-out"):
            log.sums.add(data, -1)
            out.update(data.splitlines())
        elif part["name"] in ("into", "catalog-into"):
            log.sums.add(data)
            into.update(data.splitlines())
    if waits:
        log.waiting.append((out, into))


def _compare(revision: int, digest: str, entry: Entry, log: _LogReading) -> None:
    if entry.fields.get("delta") != digest:
        reason = f"it is not the one that ledger entry {entry.number} speaks of"
        log.problems.append(Problem(f"commit {revision}", reason))


def _read_store(quads: QuadStore, log: _LogReading) -> tuple[list[Problem], int]:
    """Holds the store's number, its catalog and each of its graphs against the log.

    A commit that waits may be in by half: its graphs are compared as the next start will leave them.
    """
    problems = []
    if quads.number() != (log.applied, log.policy_revision) and not log.gap:
        revision = quads.number()[0]
        problems.append(Problem("store", f"it is at revision {revision}, the log at {log.applied}"))
    catalog = Catalog()
    lines = [quad for quad in quads.quads(CATALOG.value) if quad.subject != CATALOG]
    catalog.change((), lines)
    projected = {g for g, entry in catalog.graphs.items() if entry.source == AMBIT.PROVENANCE}
    waiting = {_graph_of(line) for delta in log.waiting for part in delta for line in part}
    held: set[str] = set()
    sums = Sums()
    for graph in {*quads.graphs(), *waiting, CATALOG.value}:
        if graph == CATALOG.value:
            data = to_nquads(_logged_lines(lines, projected))
        elif data := to_nquads(quads.quads(graph)):
            held.add(graph)
        if graph not in projected:
            sums.add(_as_applied(graph, data, log) if graph in waiting else data)
    settled = (held ^ catalog.graphs.keys()) - waiting
    problems += [Problem(f"graph {g}", _misplaced(g in held)) for g in sorted(settled)]
    if not log.gap:
        for graph in sorted(sums.graphs.keys() | log.sums.graphs.keys()):
            if sums.graphs.get(graph) != log.sums.graphs.get(graph):
                problems.append(Problem(f"graph {graph}", "the store does not hold what the commit log says"))
    return problems, len(held)


def _misplaced(in_store: bool) -> str:
    here, there = ("store", "catalog") if in_store else ("catalog", "store")
    return f"it is in the {here} and not in the {there}"


def _as_applied(graph: str, data: bytes, log: _LogReading) -> bytes:
    """A graph's lines after the commits that wait."""
    lines = set(data.splitlines())
    for out, into in log.waiting:
        lines -= out
        lines |= {line for line in into if _graph_of(line) == graph}
    return b"\n".join(lines)


def _graph_of(line: bytes) -> str:
    return line[line.rindex(b"<") + 1 : line.rindex(b">")].decode()


def _logged_lines(lines: Iterable[Quad], projected: set[str]) -> Iterator[Quad]:
    """The catalog's lines that commits wrote: all but those of projected graphs."""
    names = {f"<{graph}>" for graph in projected}
    return (quad for quad in lines if str(quad.subject) not in names)
