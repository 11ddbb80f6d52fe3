"""The append-only, tamper-evident record of decisions, runs and commits (RFC 9162 tree over all entries).

Threads that append at the same time share one write: the first of them writes for all that wait.
"""

import hashlib
import os
import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ..disk import drop_torn_line, sync_folder, write_all
from ..errors import Unavailable
from ..flushes import Flushes
from . import segments as files
from .checkpoints import Checkpoint, is_signed, publish, read_checkpoints, sign, signing_key
from .files import LedgerFiles, OpenSegment
from .heads import Head, sign_head
from .merkle import leaf_hash
from .notes import Notes
from .proofs import Tree
from .segments import now
from .turns import Ticket, Turns

Entries: TypeAlias = Sequence[tuple[str, Mapping[str, Any]]]
"""Kinds and fields of entries that belong together."""


class _Left(OSError):
    """A write failed, and entries of it may stand in the file all the same: the next start counts those that do."""


class Ledger(LedgerFiles):
    """One folder, one writer; thread-safe. `durable`: an entry is on disk before its append returns.

    Appends that wait for the disk share a flush (`flushes`). What `flush_first` puts on disk is there before any
    entry is: the commit log, so that neither an answer nor a signed head speaks of a commit that is not on disk.
    """

    def __init__(
        self,
        folder: Path,
        keys: Path,
        *,
        durable: bool = False,
        segment_size: int = 50_000,
        checkpoint_every: float = 10.0,
    ):
        (folder / "segments").mkdir(parents=True, exist_ok=True)
        super().__init__(folder)
        self._durable = durable
        self._segment_size = segment_size
        self._checkpoint_every = checkpoint_every
        self.notes = Notes(folder / "notes")
        with suppress(OSError):  # then it is done at the next start
            self.notes.finish_blanking()
        self._key = signing_key(keys)
        publish(keys, self._key)
        self._turns = Turns()
        self.flushes = Flushes(self.flush)
        self.flush_first: Callable[[], None] = lambda: None
        self._broken = ""
        self._file = -1
        self._end = 0  # bytes in the open segment
        self._flushed = 0  # entries that are on disk
        self._signed = Checkpoint(0, (), "")
        self._heads_end = 0  # bytes of signed heads
        self._signed_at = time.monotonic()
        self._open()

    def append(
        self,
        kind: str,
        fields: Mapping[str, Any],
        notes: Mapping[str, str] | None = None,
        *,
        settle: bool = True,
    ) -> int:
        """Writes one entry and gives its number; returns when it is with the system.

        `durable`: when it is on disk, unless the caller will `settle` itself.

        Raises `Unavailable` when it cannot be written, and `ValueError` when a field holds more than an IRI,
        hash, code, number or time. `notes` are texts that can be purged: they go beside the ledger.
        """
        return self._append_noted([([(kind, fields)], notes or {})], settle)

    def append_many(self, entries: Entries, *, settle: bool = True) -> int:
        """Writes entries that belong together, nothing between them; gives the number of the first."""
        ticket = Ticket([(_kind(kind), files.fields_of(fields)) for kind, fields in entries])
        if ticket.bodies and (batch := self._turns.take(ticket)):
            self._lead(batch)
        if ticket.error:
            raise _unwritable(ticket.error) from ticket.error
        if settle:
            self.settle()
        return ticket.number

    def append_runs(self, runs: Sequence[tuple[Entries, Mapping[str, str]]]) -> None:
        """Writes the entries of several runs at once; each run's texts, if any, are the note of its first entry.

        Raises as `append` does; then nothing of any run counts as written.
        """
        self._append_noted(runs, settle=True)

    def _append_noted(self, runs: Sequence[tuple[Entries, Mapping[str, str]]], settle: bool) -> int:
        """Notes first: an entry names none that is not there. Where no entry comes of it, no note stays either."""
        told = [texts for _, texts in runs if texts]
        day = now()[:10] if told else ""
        try:
            names = self.notes.put_many(day, told)
        except OSError as error:
            raise _unwritable(error) from error
        noting = iter(names)
        entries: list[tuple[str, Mapping[str, Any]]] = []
        try:
            for ((kind, fields), *others), texts in runs:
                noted = {**fields, "note": next(noting)} if texts else fields
                entries += [(kind, noted), *others]
            number = self.append_many(entries, settle=False)
        except Exception as error:
            if names and not isinstance(error.__cause__, _Left):
                with suppress(
                    OSError
                ):  # the disk takes nothing at all: then it stays until its day is purged
                    self.notes.take_back(day, names)
            raise
        if settle:
            self.settle()
        return number

    @property
    def is_idle(self) -> bool:
        """Whether an append begins to write at once, and waits neither for others nor for the disk."""
        return not self._durable and not self._turns.is_taken()

    def settle(self) -> None:
        """`durable`: waits until all that was written before the call is on disk. Raises `Unavailable`."""
        if self._durable:
            self.flushes.settle()

    def head(self) -> tuple[int, str]:
        """How many entries there are, and the root of their tree in hex."""
        with self._turns.alone():
            return self._frontier.size, self._frontier.root().hex()

    def checkpoint(self) -> Checkpoint:
        """Flushes and signs the tree head, unless the last signed one is still it."""
        with self._turns.alone():
            return self._sign()

    def sign(self, origin: str, size: int, root: bytes, written: int) -> Head:
        """Signs the head of some ledger that is made from this one, once the first `written` entries are on disk."""
        if self._flushed < written:
            self.flush()
        return sign_head(origin, size, root, self._key)

    @property
    def key(self) -> Ed25519PublicKey:
        """The key that what is signed here is verified with."""
        return self._key.public_key()

    @property
    def flushed(self) -> int:
        """How many entries are on disk."""
        return self._flushed

    def tick(self) -> None:
        """What a clock calls: flushes, and signs the head when the last signature is older than it may be."""
        if time.monotonic() - self._signed_at >= self._checkpoint_every:
            self.flush()  # so that little is left to flush while appends wait
            self.checkpoint()

    def flush(self) -> None:
        """Puts what is written on disk; appends go on meanwhile."""
        with self._turns.alone():
            file, written = os.dup(self._file), self._frontier.size
        try:
            self.flush_first()
            self.flushes.sync(file)
            self._flushed = max(self._flushed, written)
        finally:
            os.close(file)

    def close(self) -> None:
        """Signs the head and closes."""
        with self._turns.alone():
            if self._file >= 0:
                self._sign()
                os.close(self._file)
                self._file, self._broken = -1, "it is closed"
                self.notes.close()

    def _lead(self, batch: list[Ticket]) -> None:
        try:
            self._write(batch)
        except BaseException as error:
            for ticket in batch:
                ticket.error = error
            if not isinstance(error, OSError):
                raise
        finally:
            self._turns.give(batch)

    def _write(self, batch: list[Ticket]) -> None:
        if self._broken or self.flushes.is_broken:
            raise OSError(self._broken or "an earlier flush failed")
        if self._frontier.size - self._open_segment.first >= self._segment_size:
            self._rotate()
        first, at = self._frontier.size, now().encode()
        number, offset, offsets = first, self._end, array("Q")
        leaves, out = [], []
        for ticket in batch:
            for kind, fields in ticket.bodies:
                body = files.body_of(number, at, kind, fields)
                leaf = leaf_hash(body)
                line = files.line_of(leaf, body)
                leaves.append(leaf)
                out.append(line)
                offsets.append(offset)
                offset += len(line)
                number += 1
        frontier, stored = self._frontier.copy(), bytearray()
        frontier.extend(leaves, stored)
        try:
            write_all(self._file, b"".join(out))
        except OSError as error:
            self._go_back(error)
            raise
        # what readers look entries up by comes before the size: they look for none that they cannot find
        self._open_segment.offsets.extend(offsets)
        self._open_segment.nodes.extend(stored)
        self._end, self._frontier = offset, frontier
        for ticket in batch:
            ticket.number = first
            first += len(ticket.bodies)

    def _go_back(self, failed: OSError) -> None:
        """Takes out what a failed write left; if that fails too, nothing more is written here, and `_Left` is raised."""
        try:
            os.ftruncate(self._file, self._end)
        except OSError as error:
            self._broken = f"a failed write could not be undone: {error}"
            raise _Left(str(failed)) from error

    def _rotate(self) -> None:
        self._sign()
        first, full = self._frontier.size, self._file
        opened = self._opened(first)  # where that fails, the full segment stays the one that is written
        self._index.close(first, self._open_segment.nodes, self._open_segment.offsets)
        self._start(first, opened)
        os.close(full)

    def _opened(self, first: int) -> int:
        path = files.segment_path(self.folder, first)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            sync_folder(path.parent)
        except OSError:
            os.close(file)
            raise
        return file

    def _start(self, first: int, opened: int) -> None:
        self._file, self._end = opened, os.fstat(opened).st_size
        self._open_segment = OpenSegment(first)

    def _sign(self) -> Checkpoint:
        # entries before the signature: a signed head never names what a power cut may take
        self.flush_first()
        self.flushes.sync(self._file)
        self._flushed = self._frontier.size
        self._signed_at = time.monotonic()
        if self._signed.size == self._frontier.size and self._signed.signature:
            return self._signed
        self._index.note(self._open_segment.nodes)
        unsigned = Checkpoint(self._frontier.size, tuple(self._frontier.roots), now())
        signed = sign(unsigned, self._key)
        self._enter(signed.line())
        self._signed = signed
        return signed

    def _enter(self, line: bytes) -> None:
        """Adds a line to the heads, whole or not at all: half of one would spoil the next."""
        file = os.open(self.folder / "checkpoints.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            self._heads_end = min(self._heads_end, os.fstat(file).st_size)  # it may have been taken away
            os.ftruncate(file, self._heads_end)  # what a failed write left
            write_all(file, line)
            os.fsync(file)
            self._heads_end += len(line)
        except OSError:
            with suppress(OSError):  # else the next head does it, or the next start
                os.ftruncate(file, self._heads_end)
            raise
        finally:
            os.close(file)

    def _open(self) -> None:
        path = self.folder / "checkpoints.jsonl"
        drop_torn_line(path)
        self._heads_end = path.stat().st_size if path.exists() else 0
        public = self._key.public_key()
        signed = [c for c in read_checkpoints(path)[0] if is_signed(c, public)]
        self._signed = signed[-1] if signed else self._signed
        known = {c.size: c for c in signed}
        found = files.segments(self.folder) or [(0, files.segment_path(self.folder, 0))]
        last, last_path = found[-1]
        self._frontier = known[last].frontier() if last in known else Tree(last, self._index.node).frontier()
        torn = drop_torn_line(last_path)
        self._start(last, self._opened(last))
        self._resume(last_path)
        if torn:
            self.append("aborted", {"bytes": len(torn), "hash": hashlib.sha256(torn).hexdigest()})
        if self._frontier.size < self._signed.size:
            self.append("truncated", {"signed": self._signed.size})


def _kind(kind: str) -> bytes:
    """A kind is a word of our own; raises `ValueError`."""
    if not (kind.isascii() and kind.isalpha()):
        raise ValueError("the kind of a ledger entry is a word")
    return kind.encode()


def _unwritable(error: BaseException) -> Unavailable:
    return Unavailable(
        f"the ledger cannot be written: {error}",
        hint="make room or restore write access; nothing is answered before the ledger can be written",
        code="ledger-unwritable",
    )
