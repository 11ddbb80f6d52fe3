"""The commit log: what each commit took out and put in, in order, before anything else is written.

Segments are named by their first revision; only the last one is read at start.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import orjson

from ..disk import sync_folder, write_all
from ..errors import Unavailable
from ..flushes import Flushes
from ..ledger.seals import NOTHING, Seals
from .chained import Chained
from .logged import Frame, Kind, Logged, Stored, Torn, decode, pass_over, read_frame, read_header, written


@dataclass(frozen=True, slots=True)
class Tail:
    """Where a log ends: its last whole frame's revision, and the bytes after it that are no frame."""

    revision: int
    offset: int
    torn: bytes
    seal: bytes = NOTHING  # of the last whole frame


class CommitLog:
    """One folder, one writer (the owner, under its lock); readers read what is acknowledged."""

    def __init__(self, folder: Path, seals: Seals, *, segment_bytes: int = 64 << 20):
        self.folder = folder
        self._seals = seals
        self._swap = threading.Lock()  # one file of the log for another
        self._segment_bytes = segment_bytes
        self.flushes = Flushes(self.flush)  # of this log alone, until it is flushed with more
        self.trouble = ""  # why nothing more can be written
        folder.mkdir(parents=True, exist_ok=True)
        found = log_segments(folder)
        self._path = found[-1][1] if found else _path(folder, 1)
        self.tail = tail_of(self._path)
        if self.tail.revision == 0 and len(found) > 1:
            # the kill came between making a segment and writing its first frame
            before = tail_of(found[-2][1])
            self.tail = Tail(before.revision, self.tail.offset, self.tail.torn, before.seal)
        self.revision = self._revision_before = self.tail.revision
        self._seal = self._seal_before = self.tail.seal
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._end = os.fstat(self._file).st_size
        self._before = self._end
        self._writes, self._flushed = 0, -1  # how often something was written, and how much of it is on disk
        self._since = time.monotonic()  # when the first write that is not on disk was made, or earlier
        sync_folder(folder)

    def append(self, revision: int, frame: Frame) -> None:
        """Writes one frame; `flush` puts it on disk. Raises `Unavailable`: then the log is as it was, or takes no more."""
        if self.trouble:
            raise _unwritable(self.trouble)
        if self._end >= self._segment_bytes:
            self.start_segment(revision)  # where that fails there is nothing to take back
        if self._writes == self._flushed:
            self._since = time.monotonic()
        seal = self._seals.seal(self._seal, frame.header)
        head, body = written(frame, self._seal, seal)
        self._before, self._revision_before, self._seal_before = self._end, self.revision, self._seal
        try:
            write_all(self._file, head)
            write_all(self._file, body)
        except BaseException as error:
            self.undo()
            if isinstance(error, OSError):
                raise _unwritable(error) from error
            raise
        self._end += len(head) + len(body)
        self._writes += 1
        self.revision, self._seal = revision, seal

    def undo(self) -> None:
        """Takes the last frame back, which nobody has been told of; where that fails the log takes no more."""
        self._writes += 1
        try:
            os.ftruncate(self._file, self._before)
        except OSError as error:
            self.trouble = f"a frame could not be taken back from the log: {error}"
        self._end, self.revision, self._seal = self._before, self._revision_before, self._seal_before

    def cut(self) -> None:
        """Takes the torn bytes off the end."""
        self._writes += 1
        os.ftruncate(self._file, self.tail.offset)
        self._end = self._before = self.tail.offset

    def start_segment(self, revision: int) -> None:
        """Begins a new file with this revision. Raises `Unavailable`, and then the log goes on in the old one."""
        path = _path(self.folder, revision)
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                with self.flushes.watched():
                    os.fsync(self._file)
                    sync_folder(self.folder)
            except BaseException:
                os.close(file)
                raise
        except OSError as error:
            raise _unwritable(error) from error
        with self._swap:
            left, self._file, self._path = self._file, file, path
        self._end = self._before = os.fstat(file).st_size
        with suppress(OSError):  # it is on disk
            os.close(left)

    def start_after_gap(self, revision: int) -> None:
        """Begins a new file with a revision that does not follow on the last one. Raises `Unavailable`.

        A torn file of that name, or of a later one, is set aside: what came behind its bytes would never be read.
        """
        if int(self._path.stem) >= revision:
            try:
                with self.flushes.watched():
                    self._path.rename(_aside(self._path))
                    sync_folder(self.folder)
            except OSError as error:
                raise _unwritable(error) from error
        self.start_segment(revision)

    def since(self, revision: int, until: int) -> Iterator[Logged]:
        """The frames after `revision` up to `until`, each number once.

        Raises `Unavailable` at damage, a gap, a number that is missing, or another's frame.
        """
        found = log_segments(self.folder) if revision < until else []
        chain, last = Chained(self._seals), revision
        for position, (_, path) in enumerate(found):
            if position + 1 < len(found) and found[position + 1][0] <= revision + 1:
                continue
            try:
                for stored in frames(path):
                    number = int(orjson.loads(stored.header)["revision"])
                    if fault := chain.fault(stored):
                        raise _forged(number, fault)
                    if number > revision:
                        logged = decode(stored)
                        if logged.kind is Kind.GAP:
                            raise _damaged(f"what led to revision {number} is not in it")
                        if number != last + 1:
                            raise _damaged(f"revision {number} stands in the place of {last + 1}")
                        yield logged
                        last = number
                    if number == until:  # what comes after may be half written
                        return
            except Torn as error:
                raise _damaged(str(error)) from error
        if last < until:
            raise _damaged(f"revision {last + 1} is not in it")

    def flush(self) -> None:
        """Puts what is written on disk; commits go on meanwhile. One caller at a time."""
        with self._swap:
            writes, begun = self._writes, time.monotonic()
            if writes == self._flushed:
                return
            file = os.dup(self._file)
        try:
            self.flushes.sync(file)
        finally:
            os.close(file)
        self._flushed, self._since = writes, begun

    def lag(self) -> float:
        """For how many seconds at most something has been written that is not on disk; 0 when nothing is."""
        return time.monotonic() - self._since if self._writes != self._flushed else 0.0

    def close(self) -> None:
        """Flushes and closes. Raises `OSError` when it could not be flushed; then it is closed, too."""
        if self._file >= 0:
            try:
                self.flushes.sync(self._file)
                self._flushed = self._writes
            finally:
                os.close(self._file)
                self._file = -1


def _path(folder: Path, first: int) -> Path:
    return folder / f"{first:016d}.log"


def _aside(path: Path) -> Path:
    names = (path.with_name(f"{path.stem}.{number}.torn") for number in count(1))
    return next(name for name in names if not name.exists())


def set_aside(folder: Path) -> list[tuple[int, Path]]:
    """Torn files in whose place a gap stands, each with the first revision it should have held."""
    return [(int(path.name.partition(".")[0]), path) for path in sorted(folder.glob("*.torn"))]


def gaps(folder: Path) -> list[tuple[int, Path]]:
    """The revisions whose past a start found missing, each with the file that should tell it. Files are not read whole.

    A gap begins a file. What is damaged where no start needs it is not seen here: `verify` finds it.
    """
    found, aside = log_segments(folder), dict(set_aside(folder))
    gone: list[tuple[int, Path]] = []
    for position, (first, path) in enumerate(found):
        with path.open("rb") as file, suppress(ValueError, KeyError):
            said = orjson.loads(read_header(file) or b"{}")
            if said["kind"] == Kind.GAP:
                before = found[position - 1][1] if position else path
                gone.append((int(said["revision"]), aside.get(first, before)))
    return gone


def log_segments(folder: Path) -> list[tuple[int, Path]]:
    """The files of a log in order, each with the first revision it may hold."""
    return [(int(path.stem), path) for path in sorted(folder.glob("*.log"))]


def frames(path: Path) -> Iterator[Stored]:
    """The frames of a file. Raises `Torn` where it is no frame."""
    with path.open("rb") as file:
        while (frame := read_frame(file)) is not None:
            yield frame


def frames_and_damage(path: Path) -> Iterator[Stored | Torn]:
    """The frames of a file, and in the place of one that is not what was written what is wrong with it.

    Raises `Torn` where the next one cannot be found.
    """
    with path.open("rb") as file:
        while True:
            start = file.tell()
            try:
                frame = read_frame(file)
            except Torn as error:
                if not pass_over(file, start):
                    raise
                yield error
                continue
            if frame is None:
                return
            yield frame


def tail_of(path: Path) -> Tail:
    """How a file of the log ends."""
    if not path.exists():
        return Tail(0, 0, b"")
    revision, offset, seal = 0, 0, NOTHING
    with path.open("rb") as file:
        try:
            while (frame := read_frame(file)) is not None:
                revision, offset = int(orjson.loads(frame.header)["revision"]), file.tell()
                seal = frame.seal or NOTHING
        except Torn:
            pass
        file.seek(offset)
        return Tail(revision, offset, file.read(), seal)


def _unwritable(reason: object) -> Unavailable:
    return Unavailable(
        f"the commit log cannot be written: {reason}",
        hint="make room or restore write access; what was acknowledged is safe",
        code="log-unwritable",
    )


def _damaged(reason: str) -> Unavailable:
    return Unavailable(
        f"the commit log is damaged: {reason}",
        hint="`ambit verify` names the place; read the store anew instead of the changes",
        code="log-damaged",
    )


def _forged(revision: int, fault: str) -> Unavailable:
    return Unavailable(
        f"commit {revision} in the commit log is not as it was written: {fault}",
        hint="`ambit verify` names all that was changed; restore a backup, or take the file's end away",
        code="log-forged",
    )
