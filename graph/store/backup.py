"""A backup of a data folder, taken beside a running server without its help.

Log and ledger only grow. So a prefix of the ledger is copied first, then the log up to the last commit that this
prefix enters: a frame is written before its entry, so it is there. The copy is the history as it was at one
moment, whole; the store is not in it, since it follows from the log. Notes that were purged are not in it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson

from ..errors import Invalid, Unavailable
from ..ledger.files import LedgerFiles
from ..ledger.seals import seals_of
from ..ledger.segments import lines, now, segments
from .chained import Chained
from .commitlog import log_segments
from .copies import MANIFEST, Progress, arriving, copy
from .logged import Kind, Torn, read_frame

ATTEMPTS = 5
"""How often the ledger's end is copied, should a write that failed be taken back meanwhile."""

SPEAKS = frozenset({"commit", "gap", "lost"})
"""Kinds of ledger entries that say how far the log goes."""

_TAIL = 1 << 16


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a backup holds."""

    revision: int
    entries: int
    bytes: int


def backup(folder: Path, dest: Path, progress: Progress = lambda done, of: None) -> BackedUp:
    """Copies what cannot be made again: log, ledger, notes, keys.

    Raises `Invalid` where `folder` holds no data or `dest` is taken, `Unavailable` where the copy cannot be
    written or the log is damaged or has a gap.
    """
    folder, dest = folder.resolve(), dest.absolute()
    if not (folder / "ledger" / "segments").is_dir() or not (folder / "keys" / "ledger.key").exists():
        raise Invalid(
            f"`{folder}` is no data folder",
            hint="serve it once, or name another with `--data`",
            code="no-data",
        )
    if dest.is_relative_to(folder):
        raise Invalid(
            "a backup does not lie in what it is of", hint="name another place", code="target-exists"
        )
    of = sum(p.stat().st_size for part in ("commits", "ledger") for p in (folder / part).rglob("*.*l*"))
    with arriving(dest) as partial:
        copied = _copy_keys(folder / "keys", partial / "keys")
        copied += _copy_ledger(folder / "ledger", partial / "ledger")
        progress(copied, of)
        revision, entries = _reach(partial / "ledger")
        copied += _copy_log(folder, partial / "commits", revision, lambda done: progress(copied + done, of))
        manifest = {"form": 1, "at": now(), "revision": revision, "entries": entries, "of": str(folder)}
        (partial / MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    return BackedUp(revision, entries, copied)


def _copy_keys(folder: Path, to: Path) -> int:
    return sum(copy(path, to / path.name) for path in sorted(folder.iterdir()) if path.suffix != ".new")


def _copy_ledger(folder: Path, to: Path) -> int:
    """Signatures first, so that all that is signed is in the copy; then entries; then notes, some of none."""
    checkpoints = folder / "checkpoints.jsonl"
    copied = copy(checkpoints, to / checkpoints.name, lines=True) if checkpoints.exists() else 0
    for _, path in segments(folder):
        copied += _copy_segment(path, to / "segments" / path.name)
    for path in sorted((folder / "notes").glob("*.jsonl")):
        try:
            copied += copy(path, to / "notes" / path.name, lines=True)
        except FileNotFoundError:  # purged meanwhile
            continue
    return copied


def _copy_segment(path: Path, to: Path) -> int:
    """Entries of a group that could not be written whole are taken back: such a copy is made anew."""
    for _ in range(ATTEMPTS):
        to.unlink(missing_ok=True)
        size = copy(path, to, lines=True)
        if _tail(path, size) == _tail(to, size):
            return size
    raise Unavailable("the ledger's end keeps changing", hint="try again", code="unavailable")


def _tail(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(max(size - _TAIL, 0))
        return file.read(min(size, _TAIL))


def _reach(ledger: Path) -> tuple[int, int]:
    """The last revision that the ledger speaks of as being in the log, and how many entries there are."""
    found = segments(ledger)
    entries = found[-1][0] + sum(1 for _ in lines(found[-1][1])) if found else 0
    last = LedgerFiles(ledger).last(SPEAKS)
    if last is None:
        return 0, entries
    return int(last.fields["logged" if last.kind == "lost" else "revision"]), entries


def _copy_log(folder: Path, to: Path, revision: int, progress: Callable[[int], None]) -> int:
    """The frames up to a revision, each held against its seal."""
    chain, copied, reached = Chained(seals_of(folder / "keys"), from_start=True), 0, 0
    to.mkdir(mode=0o700)
    for _, path in log_segments(folder / "commits"):
        end = 0
        with path.open("rb") as file:
            try:
                while reached < revision and (stored := read_frame(file)) is not None:
                    said = orjson.loads(stored.header)
                    reached, end = int(said["revision"]), file.tell()
                    if fault := chain.fault(stored):
                        raise _damaged(f"commit {reached}: {fault}")
                    if said["kind"] == Kind.GAP:
                        raise _damaged(f"what led to revision {reached} is not in it")
                    progress(copied + end)
            except Torn as error:
                raise _damaged(f"after commit {reached}: {error}") from error
        if end:
            copied += copy(path, to / path.name, size=end)
    if reached < revision:
        raise _damaged(f"the ledger speaks of commit {revision}, and it ends at {reached}")
    return copied


def _damaged(reason: str) -> Unavailable:
    return Unavailable(
        f"the commit log is damaged: {reason}",
        hint="`ambit verify` names the place; nothing can be restored from such a log",
        code="log-damaged",
    )
