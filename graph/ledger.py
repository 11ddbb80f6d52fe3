"""The append-only, tamper-evident record of decisions, runs and commits (RFC 9162 tree over all entries).

Threads that append at the same time share one write: the first of them writes for all that wait.
"""

import hashlib
import os
import threading
import time
from array import array
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import segments as files
from .checkpoints import Checkpoint, is_signed, read_checkpoints, sign, signing_key
from .disk import drop_torn_line, sync_folder, write_all
from .errors import Unavailable
from .merkle import Frontier, leaf_hash
from .notes import Notes
from .segments import Entry, now


class _Ticket:
    """One entry on its way to the file."""

    __slots__ = ("done", "error", "fields", "kind", "number")

    def __init__(self, kind: str, fields: bytes):
        self.kind, self.fields = kind, fields
        self.number, self.done = -1, False
        self.error: OSError | None = None


class Ledger:
    """One folder, one writer; thread-safe. `durable` flushes each group before its appends return."""

    def __init__(
        self,
        folder: Path,
        keys: Path,
        *,
        durable: bool = False,
        segment_size: int = 50_000,
        checkpoint_every: float = 10.0,
    ):
        self.folder = folder
        self._durable = durable
        self._segment_size = segment_size
        self._checkpoint_every = checkpoint_every
        (folder / "segments").mkdir(parents=True, exist_ok=True)
        self.notes = Notes(folder / "notes")
        self._key = signing_key(keys)
        self._turn = threading.Condition()
        self._waiting: list[_Ticket] = []
        self._writing = False
        self._broken = ""
        self._file = -1
        self._end = 0  # bytes in the open segment
        self._open_segment = (0, array("Q"))  # its first entry, and where each of its entries begins
        self._frontier = Frontier()
        self._signed = Checkpoint(0, (), "")
        self._signed_at = time.monotonic()
        self._open()

    def append(self, kind: str, fields: Mapping[str, Any], notes: Mapping[str, str] | None = None) -> int:
        """Writes one entry and gives its number; returns when it is with the system (`durable`: on disk).

        Raises `Unavailable` when it cannot be written, and `ValueError` when a field holds more than an IRI,
        hash, code, number or time. `notes` are texts that can be purged: they go beside the ledger.
        """
        files.refuse_values((kind, fields))
        if notes:
            try:
                fields = {**fields, "note": self.notes.put(now()[:10], notes)}
            except OSError as error:
                raise _unwritable(error) from error
        ticket = _Ticket(kind, files.fields_of(fields))
        with self._turn:
            self._waiting.append(ticket)
            while self._writing and not ticket.done:
                self._turn.wait()
            if not ticket.done:
                self._writing = True
                batch, self._waiting = self._waiting, []
        if not ticket.done:
            self._lead(batch)
        if ticket.error:
            raise _unwritable(ticket.error) from ticket.error
        return ticket.number

    def entries(self, since: int = 0) -> Iterator[Entry]:
        """The entries from number `since` on, as far as they are written when the iteration begins."""
        end = self._frontier.size
        open_first, offsets = self._open_segment
        found = files.segments(self.folder)
        for position, (first, path) in enumerate(found):
            after = found[position + 1][0] if position + 1 < len(found) else end
            if after <= since or first >= end:
                continue
            skip = max(since - first, 0)
            offset = offsets[skip] if first == open_first and skip < len(offsets) else 0
            number = since if offset else first
            for line in files.lines(path, offset):
                if number >= end:
                    break
                if number >= since:
                    yield files.parse_body(line[files.HASH_WIDTH + 1 :])
                number += 1

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self._frontier.size

    def last(self, kinds: frozenset[str]) -> Entry | None:
        """The last entry of one of these kinds."""
        for _, path in reversed(files.segments(self.folder)):
            for line in reversed(list(files.lines(path))):
                entry = files.parse_body(line[files.HASH_WIDTH + 1 :])
                if entry.kind in kinds:
                    return entry
        return None

    def head(self) -> tuple[int, str]:
        """How many entries there are, and the root of their tree in hex."""
        with self._alone():
            return self._frontier.size, self._frontier.root().hex()

    def checkpoint(self) -> Checkpoint:
        """Flushes and signs the tree head, unless the last signed one is still it."""
        with self._alone():
            return self._sign()

    def tick(self) -> None:
        """What a clock calls: flushes, and signs the head when the last signature is older than it may be."""
        if time.monotonic() - self._signed_at >= self._checkpoint_every:
            self.flush()  # so that little is left to flush while appends wait
            self.checkpoint()

    def flush(self) -> None:
        """Puts what is written on disk; appends go on meanwhile."""
        with self._alone():
            file = os.dup(self._file)
        try:
            os.fsync(file)
        finally:
            os.close(file)

    def close(self) -> None:
        """Signs the head and closes."""
        with self._alone():
            if self._file >= 0:
                self._sign()
                os.close(self._file)
                self._file, self._broken = -1, "it is closed"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """The writer's turn, for what must not run beside a write."""
        with self._turn:
            while self._writing:
                self._turn.wait()
            self._writing = True
        try:
            yield
        finally:
            with self._turn:
                self._writing = False
                self._turn.notify_all()

    def _lead(self, batch: list[_Ticket]) -> None:
        try:
            self._write(batch)
        except OSError as error:
            for ticket in batch:
                ticket.error = error
        finally:
            with self._turn:
                for ticket in batch:
                    ticket.done = True
                self._writing = False
                self._turn.notify_all()

    def _write(self, batch: list[_Ticket]) -> None:
        if self._broken:
            raise OSError(self._broken)
        if self._frontier.size - self._open_segment[0] >= self._segment_size:
            self._rotate()
        frontier, offsets, at = self._frontier.copy(), array("Q"), now()
        offset, out, numbers = self._end, [], []
        for ticket in batch:
            number = frontier.size
            body = files.body_of(number, at, ticket.kind, ticket.fields)
            leaf = leaf_hash(body)
            frontier.append(leaf)
            line = files.line_of(leaf, body)
            out.append(line)
            offsets.append(offset)
            numbers.append(number)
            offset += len(line)
        try:
            write_all(self._file, b"".join(out))
            if self._durable:
                os.fsync(self._file)
        except OSError:
            self._go_back()
            raise
        # offsets before the size: a reader looks for no entry that it cannot find
        self._open_segment[1].extend(offsets)
        self._end, self._frontier = offset, frontier
        for ticket, number in zip(batch, numbers, strict=True):
            ticket.number = number

    def _go_back(self) -> None:
        """Takes out what a failed write left; if that fails too, nothing more is written here."""
        try:
            os.ftruncate(self._file, self._end)
        except OSError as error:
            self._broken = f"a failed write could not be undone: {error}"

    def _rotate(self) -> None:
        self._sign()
        os.close(self._file)
        self._start(self._frontier.size)

    def _start(self, first: int) -> None:
        path = files.segment_path(self.folder, first)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._end = os.fstat(self._file).st_size
        self._open_segment = (first, array("Q"))
        sync_folder(path.parent)

    def _sign(self) -> Checkpoint:
        # entries before the signature: a signed head never names what a power cut may take
        os.fsync(self._file)
        self._signed_at = time.monotonic()
        if self._signed.size == self._frontier.size and self._signed.signature:
            return self._signed
        unsigned = Checkpoint(self._frontier.size, tuple(self._frontier.roots), now())
        self._signed = sign(unsigned, self._key)
        with (self.folder / "checkpoints.jsonl").open("ab") as file:
            file.write(self._signed.line())
            file.flush()
            os.fsync(file.fileno())
        return self._signed

    def _open(self) -> None:
        path = self.folder / "checkpoints.jsonl"
        drop_torn_line(path)
        public = self._key.public_key()
        signed = [c for c in read_checkpoints(path)[0] if is_signed(c, public)]
        self._signed = signed[-1] if signed else self._signed
        known = {c.size: c for c in signed}
        found = files.segments(self.folder) or [(0, files.segment_path(self.folder, 0))]
        last, last_path = found[-1]
        self._frontier = known[last].frontier() if last in known else Frontier()
        for first, segment in found[:-1]:
            if first >= self._frontier.size:
                for line in files.lines(segment):
                    self._frontier.append(_leaf_of(line))
        torn = drop_torn_line(last_path)
        self._start(last)
        self._resume(last_path)
        if torn:
            self.append("aborted", {"bytes": len(torn), "hash": hashlib.sha256(torn).hexdigest()})
        if self._frontier.size < self._signed.size:
            self.append("truncated", {"signed": self._signed.size})

    def _resume(self, segment: Path) -> None:
        """Goes on where the last segment ends."""
        offset, offsets = 0, self._open_segment[1]
        for line in files.lines(segment):
            offsets.append(offset)
            offset += len(line)
            self._frontier.append(_leaf_of(line))


def _leaf_of(line: bytes) -> bytes:
    """The leaf as it was written, so that the tree stays the signed one even when an entry was changed."""
    try:
        return files.split_line(line.rstrip(b"\n"))[0]
    except ValueError:
        return leaf_hash(line[files.HASH_WIDTH + 1 :].rstrip(b"\n"))


def _unwritable(error: OSError) -> Unavailable:
    return Unavailable(
        f"the ledger cannot be written: {error}",
        hint="make room or restore write access; nothing is answered before the ledger can be written",
        code="ledger-unwritable",
    )
