"""Whether a data folder is what was written: ledger, commit log and store, each held against the others."""

import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import Invalid, Unavailable
from ..ledger.branches import Restore, sort_out
from ..ledger.checkpoints import Kept, read_checkpoints
from ..ledger.keptheads import own_problems, split_kept
from ..ledger.notes import changed_notes
from ..ledger.seals import seals_if_any
from ..ledger.segments import Entry, segments
from ..ledger.tampering import Problem, Reading
from .chained import Chained
from .commitlog import log_segments
from .copies import MANIFEST, Progress
from .locks import FolderLock
from .logreading import LogReading, read_log
from .quadstore import QuadStore
from .storereading import read_store
from .sums import Sums

_QUAD = 300
"""What a quad in all its orders counts of the work, in bytes of ledger or log: for the bar alone."""


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
    quads: int = 0  # in the store, each read in all its orders
    seconds: float = 0.0  # that reading them took


class _Work:
    """How much is done, for who waits."""

    def __init__(self, folder: Path, progress: Progress, *, quick: bool):
        self.quick = quick
        paths = [path for _, path in (*segments(folder / "ledger"), *log_segments(folder / "commits"))]
        self._done, self._of, self._progress = 0, sum(path.stat().st_size for path in paths), progress

    def bytes(self, count: int) -> None:
        self._done += count
        self._progress(self._done, self._of)

    def expect(self, quads: int) -> None:
        self._of = self._done + _QUAD * quads

    def quads(self, count: int) -> None:
        self._progress(self._done + count * _QUAD // 6, self._of)


def verify(
    folder: Path,
    kept: Iterable[Kept] = (),
    *,
    restored: Iterable[Restore] = (),
    held: bool = False,
    quick: bool = False,
    progress: Progress = lambda done, of: None,
) -> Verification:
    """Reads all of a data folder or backup; `kept` are checkpoints kept elsewhere. Raises `Invalid` when it is none.

    `restored`: restores that whoever keeps the checkpoints knows of; heads of what they left are told as warnings.
    `held`: the caller has locked the folder. `quick`: only the first of the store's orders is read.
    """
    if not (folder / "ledger").is_dir():
        raise Invalid(
            f"`{folder}` is no data folder",
            hint="serve it once, or name another with `--data`",
            code="no-data",
        )
    work = _Work(folder, progress, quick=quick)
    if held or (folder / MANIFEST).exists():
        return _verify(folder, kept, restored, work, live=False)
    with ExitStack() as opened:
        try:
            opened.callback(_hold(folder).release)
        except Unavailable as error:
            if error.code == "folder-locked":
                return _verify(folder, kept, restored, work, live=True)
            warning = Problem(
                "folder", f"it was read without a lock, beside whoever writes it: {error.message}"
            )
            found = _verify(folder, kept, restored, work, live=False)
            return replace(found, warnings=(*found.warnings, warning))
        return _verify(folder, kept, restored, work, live=False)


def _hold(folder: Path) -> FolderLock:
    """Keeps servers off while the store is read. A folder that cannot be written, as on a read-only mount, is read, too."""
    try:
        return FolderLock(folder)
    except Unavailable as error:
        if error.code == "folder-locked":
            raise
        return FolderLock(folder, reading=True)


def _verify(
    folder: Path, kept: Iterable[Kept], restored: Iterable[Restore], work: _Work, *, live: bool
) -> Verification:
    seals, no_key = None, Problem("keys", "there is no key to check the commit log's seals with")
    try:
        seals = seals_if_any(folder / "keys")
    except Unavailable as error:
        no_key = Problem("keys", f"{error.message}, so the commit log's seals are not checked")
    kept, own = split_kept(kept)
    strange_own = own_problems(folder, own, seals)
    kept, strange, branched = sort_out(folder, kept, seals, restored)
    kinds = frozenset({"commit", "lost"})
    reading = Reading(folder / "ledger", folder / "keys", kept, live=live, kinds=kinds)
    sizes = [c.size for c in read_checkpoints(folder / "ledger" / "checkpoints.jsonl")[0]]
    entered, lost = _entered(reading, sizes)
    work.bytes(sum(path.stat().st_size for _, path in segments(folder / "ledger")))
    notes = [
        Problem(f"notes {name}", f"line {line} is not the text that its name was given for")
        for name, line in changed_notes(folder / "ledger" / "notes")
    ]
    chain = Chained(seals, from_start=True) if seals is not None else None
    log = LogReading([], Sums(), chain, signed=max(sizes, default=0))
    if chain is None:
        log.problems.append(no_key)
    is_backup = (folder / MANIFEST).exists()
    graphs, seconds = 0, 0.0
    if live or is_backup:
        read_log(folder / "commits", entered, log, work.bytes)
    else:
        graphs, seconds = _with_store(folder, entered, log, work)
    return Verification(
        (*reading.problems, *strange, *strange_own, *lost, *notes, *log.problems),
        reading.entries,
        log.revision,
        graphs,
        live,
        (*reading.interrupted, *log.interrupted),
        (*reading.warnings, *branched),
        is_backup,
        log.quads,
        seconds,
    )


def _with_store(folder: Path, entered: dict[int, Entry], log: LogReading, work: _Work) -> tuple[int, float]:
    """Reads log and store; how many graphs there are, and how long the store took.

    A store that cannot be read is a problem of its own: the log is read all the same.
    """
    with ExitStack() as opened:
        quads = None
        try:
            quads = QuadStore(folder / "store", read_only=True)
            opened.callback(quads.close)
            log.stored = quads.number()[0]
        except Unavailable as error:
            log.problems.append(Problem("store", error.message))
        read_log(folder / "commits", entered, log, work.bytes)
        if quads is None or log.stored is None:
            return 0, 0.0
        work.expect(log.sums.count)
        begun, graphs = time.monotonic(), 0
        try:
            graphs = read_store(quads, log, None if work.quick else work.quads, folder / "ledger")
        except Unavailable as error:
            log.problems.append(Problem("store", error.message))
        return graphs, time.monotonic() - begun


def _entered(reading: Reading, sizes: Iterable[int]) -> tuple[dict[int, Entry], list[Problem]]:
    """The ledger's entries of commits by revision, and what is wrong with those that it tells as lost."""
    entered: dict[int, Entry] = {}
    lost: list[Problem] = []
    for entry in reading:
        if entry.kind == "commit":
            entered[int(entry.fields["revision"])] = entry
        else:
            lost += _lose(entry, entered, sizes)
    return entered, lost


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
