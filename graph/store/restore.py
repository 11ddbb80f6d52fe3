"""A data folder made from a backup: its history up to a point, and the store that follows from it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import orjson

from ..errors import Invalid, Unavailable
from ..ledger.branches import KIND, Left, Restore
from ..ledger.files import LedgerFiles
from ..ledger.ledger import Ledger
from ..ledger.seals import seals_of
from ..ledger.segments import HASH_WIDTH, Entry, lines, parse_body, segment_path, segments
from ..terms import Quad
from .backup import SPEAKS
from .commitlog import frames, log_segments
from .copies import MANIFEST, Progress, arriving, copy
from .logged import Kind, Stored
from .past import take_in
from .quadstore import QuadStore
from .verify import verify

BATCH = 200_000
"""Quads that are replayed at once: their net effect is put into the store in bulk."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore made."""

    revision: int
    entries: int  # of the ledger, that of the restore included
    graphs: int
    at: str  # when the revision was committed; empty for none
    left: int  # entries of the backup that are not in the restored history
    restored: str  # what `ambit verify --restored` takes: the restore's entry and its time


@dataclass(frozen=True, slots=True)
class _Point:
    """Where the restored history ends."""

    revision: int
    commit: tuple[int, int]  # the last revision that changed something, and the policy revision then
    at: str
    until: str  # entries of a later time are not in it; empty: all are that come before the next commit
    is_all: bool


def restore(
    source: Path,
    dest: Path,
    *,
    revision: int | None = None,
    at: str | None = None,
    progress: Progress = lambda done, of: None,
) -> Restored:
    """Makes `dest` of the backup `source`: all of it, or as of a revision, or as of a time (UTC, ISO 8601).

    The history after that point is not in it, and the ledger gets an entry that says so. The backup is verified
    first, and what was made last. Raises `Invalid` and `Unavailable`.
    """
    source, dest = source.resolve(), dest.absolute()
    if not (source / MANIFEST).exists():
        raise Invalid(f"`{source}` is no backup", hint="name what `ambit backup` wrote", code="no-backup")
    found = verify(source)
    if found.problems:
        first = found.problems[0]
        raise Unavailable(
            f"the backup is not as it was written: {first.record}: {first.reason}",
            hint="`ambit verify --data BACKUP` names all; take another backup",
            code="backup-damaged",
        )
    point = _point(source, revision, at)
    with arriving(dest) as partial:
        for part in ("keys", "ledger/notes"):
            for path in sorted((source / part).glob("*")):
                copy(path, partial / part / path.name)
        kept = _copy_ledger(source / "ledger", partial / "ledger", point)
        _copy_log(source / "commits", partial / "commits", point.revision)
        entries, entered = _enter(source, partial, kept, found.entries, point)
        _replay(partial, point, progress)
        made = verify(partial, held=True, quick=True)  # the orders are as the engine has just made them
        if made.problems or made.interrupted:
            raise Unavailable(
                f"what was restored does not verify: {(*made.problems, *made.interrupted)[0]}",
                code="backup-damaged",
            )
    return Restored(point.revision, entries, made.graphs, point.at, found.entries - kept, str(entered))


def _point(source: Path, revision: int | None, at: str | None) -> _Point:
    chosen, commit, last = _Point(0, (0, 0), "", at or "", False), (0, 0), 0
    for stored in _frames(source / "commits"):
        said = orjson.loads(stored.header)
        last = int(said["revision"])
        if said["kind"] == Kind.COMMIT:
            commit = (last, int(said["policy_revision"]))
        if (revision is None or last <= revision) and (at is None or said["at"] <= at):
            chosen = _Point(last, commit, said["at"], at or "", False)
    if revision is not None and not 0 < revision <= last:
        raise Invalid(
            f"the backup has no revision {revision}", hint=f"it ends at {last}", code="no-such-revision"
        )
    if at is not None and not chosen.revision:
        raise Invalid(
            f"nothing had been committed at `{at}`", hint="name a later time", code="no-such-revision"
        )
    return replace(chosen, is_all=revision is None and at is None)


def _frames(folder: Path) -> Iterator[Stored]:
    for _, path in log_segments(folder):
        yield from frames(path)


def _copy_ledger(source: Path, to: Path, point: _Point) -> int:
    """The entries up to the point; gives how many."""
    kept, is_over = 0, _later(point)
    for first, path in segments(source):
        target = segment_path(to, first)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with target.open("wb") as out:
            for line in lines(path):
                if not point.is_all and is_over(parse_body(line[HASH_WIDTH + 1 :])):
                    break
                out.write(line)
                kept += 1
            else:
                continue
        break
    checkpoints = source / "checkpoints.jsonl"
    if checkpoints.exists():
        signed = [line for line in lines(checkpoints) if orjson.loads(line)["size"] <= kept]
        (to / checkpoints.name).write_bytes(b"".join(signed))
    return kept


def _later(point: _Point) -> Callable[[Entry], bool]:
    """Asked of one entry after the other, whether it comes after the point.

    It speaks of a later commit, or is of a later time and comes behind the entry of the last commit, which is
    written a moment after the commit's own time.
    """
    is_in = not point.commit[0]

    def is_later(entry: Entry) -> bool:
        nonlocal is_in
        revision = int(entry.fields["revision"]) if entry.kind in SPEAKS else 0
        if revision > point.revision or (is_in and point.until and entry.at > point.until):
            return True
        is_in = entry.kind != "lost" if revision == point.commit[0] or entry.kind == "lost" else is_in
        return False

    return is_later


def _copy_log(source: Path, to: Path, revision: int) -> None:
    to.mkdir(mode=0o700)
    for _, path in log_segments(source):
        end = 0
        for stored in frames(path):
            if int(orjson.loads(stored.header)["revision"]) > revision:
                break
            end += stored.size
        if end:
            copy(path, to / path.name, size=end)


def _enter(source: Path, partial: Path, kept: int, of: int, point: _Point) -> tuple[int, Restore]:
    """Says in the ledger what was restored and what was left; gives its size, and what names the restore."""
    root = LedgerFiles.read(source / "ledger").tree().root().hex()
    ledger = Ledger(partial / "ledger", partial / "keys")
    try:
        left = Left(kept, of, root, point.revision)
        number = ledger.append(KIND, left.fields(seals_of(partial / "keys")))
        (entry,) = ledger.entries(number)
        return ledger.size, Restore(number, entry.at)
    finally:
        ledger.close()


def _replay(folder: Path, point: _Point, progress: Progress) -> None:
    """Puts into a new store what the log comes to."""
    of = sum(path.stat().st_size for _, path in log_segments(folder / "commits"))
    quads, done = QuadStore(folder / "store"), 0
    try:
        state: dict[Quad, bool] = {}
        for stored in _frames(folder / "commits"):
            if orjson.loads(stored.header)["kind"] == Kind.COMMIT:
                take_in(stored, state)
            done += stored.size
            if len(state) >= BATCH:
                _put(state, quads, (0, 0))
                progress(done, of)
        _put(state, quads, point.commit)
        progress(of, of)
    finally:
        quads.close()


def _put(state: dict[Quad, bool], quads: QuadStore, number: tuple[int, int]) -> None:
    out = [quad for quad, is_there in state.items() if not is_there]
    into = [quad for quad, is_there in state.items() if is_there]
    quads.apply(out, into, number, quads.number())
    state.clear()
