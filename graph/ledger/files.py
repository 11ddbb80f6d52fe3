"""What stands in a ledger's files, read without a lock: entries, their exact bytes, the tree over them."""

import mmap
import os
import time
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from . import segments as files
from .index import SegmentIndex, damaged
from .merkle import Frontier, leaf_hash
from .proofs import HASH, Tree, stored_before
from .segments import Entry

MEND_EVERY = 60.0
"""Seconds before what is kept beside the segments is made anew once more."""


@dataclass(slots=True)
class OpenSegment:
    """The segment that is written: its first entry, where each line begins, the hashes that its entries store."""

    first: int
    offsets: "array[int]" = field(default_factory=lambda: array("Q"))
    nodes: bytearray = field(default_factory=bytearray)


class LedgerFiles:
    """The reading half of a ledger."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._forgotten = -MEND_EVERY
        found = files.segments(folder)
        self._index = SegmentIndex(folder, [first for first, _ in found] or [0])
        self._frontier = Frontier()
        self._open_segment = OpenSegment(self._index.bounds[-1])

    @classmethod
    def read(cls, folder: Path) -> "LedgerFiles":
        """The files as they are now. Raises `Unavailable` where they are damaged."""
        reading = cls(folder)
        first = reading._index.bounds[-1]
        reading._frontier = Tree(first, reading._index.node).frontier()
        if (segment := files.segment_path(folder, first)).exists():
            reading._resume(segment)
        return reading

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self._frontier.size

    def frontier(self) -> Frontier:
        """The head of the tree as it is now."""
        return self._frontier.copy()

    def tree(self) -> Tree:
        """The tree over all entries that are written now."""
        return Tree(self._frontier.size, self._node)

    def entries(self, since: int = 0) -> Iterator[Entry]:
        """The entries from number `since` on, as far as they are written when the iteration begins."""
        for body in self.lines(since):
            yield files.parse_body(body)

    def lines(self, since: int = 0) -> Iterator[bytes]:
        """The bytes of these entries as they stand there, held against nothing."""
        for line in self._lines(since, self._frontier.size):
            yield line[files.HASH_WIDTH + 1 : -1]

    def bodies(self, numbers: Iterable[int]) -> Iterator[bytes]:
        """The exact bytes that the leaves of these entries are over, each held against its hash.

        Raises `Unavailable` for one that is not what was written.
        """
        opened, file = -1, -1
        try:
            for number in numbers:
                place = bisect_right(self._index.bounds, number) - 1
                first = self._index.bounds[place]
                if first != opened:
                    if file >= 0:
                        os.close(file)
                    opened, file = first, os.open(files.segment_path(self.folder, first), os.O_RDONLY)
                yield self._body(file, number)
        finally:
            if file >= 0:
                os.close(file)

    def numbers_of(self, run: str) -> list[int]:
        """The entries that speak of a run, found by its name among the bytes of all segments."""
        wanted = b'"run":"%b"' % run.encode()
        found: list[int] = []
        for first, path in files.segments(self.folder):
            with path.open("rb") as file:
                if not os.fstat(file.fileno()).st_size:
                    continue
                with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                    number, counted, at = first, 0, data.find(wanted)
                    while at >= 0:
                        number += data[counted:at].count(b"\n")
                        counted = at
                        found.append(number)
                        at = data.find(wanted, at + 1)
        end = self.size
        return [n for n in dict.fromkeys(found) if n < end]

    def last(self, kinds: frozenset[str]) -> Entry | None:
        """The last entry of one of these kinds."""
        for _, path in reversed(files.segments(self.folder)):
            for line in reversed(list(files.lines(path))):
                entry = files.parse_body(line[files.HASH_WIDTH + 1 :])
                if entry.kind in kinds:
                    return entry
        return None

    def flush(self) -> None:
        """Puts on disk what others wrote: a head is signed of nothing that a power cut may take."""
        for _, path in files.segments(self.folder)[-2:]:
            file = os.open(path, os.O_RDONLY)
            try:
                os.fsync(file)
            finally:
                os.close(file)

    def forget_index(self) -> None:
        """Has what is kept beside the segments made anew: a proof from it did not hold.

        Where a segment was changed that does not help, so it is not tried at each question.
        """
        if time.monotonic() - self._forgotten >= MEND_EVERY:
            self._forgotten = time.monotonic()
            self._index.drop()

    def _lines(self, since: int, end: int) -> Iterator[bytes]:
        bounds = self._index.bounds
        for place in range(max(bisect_right(bounds, since) - 1, 0), len(bounds)):
            number = max(bounds[place], since)
            if number >= end:
                return
            offset = self._offset(number) if number > bounds[place] else 0
            for line in files.lines(files.segment_path(self.folder, bounds[place]), offset):
                if number >= end or (place + 1 < len(bounds) and number >= bounds[place + 1]):
                    break
                yield line
                number += 1

    def _body(self, file: int, number: int) -> bytes:
        line = self._line(file, number)
        leaf = leaf_hash(line[files.HASH_WIDTH + 1 :])
        if leaf != self._node(number, 0) and line[: files.HASH_WIDTH] in (leaf.hex().encode(), b""):
            self.forget_index()  # the line is as it was written, or not where it should begin
            line = self._line(file, number)
            leaf = leaf_hash(line[files.HASH_WIDTH + 1 :])
        if leaf != self._node(number, 0):
            raise damaged(f"entry {number} does not match its hash")
        return line[files.HASH_WIDTH + 1 :]

    def _line(self, file: int, number: int) -> bytes:
        """A line without its end; empty where none begins at the place that is kept for it."""
        offset = self._offset(number)
        line = os.pread(file, 1024, offset)
        while b"\n" not in line:
            more = os.pread(file, 1 << 16, offset + len(line))
            if not more:
                break
            line += more
        line = line.partition(b"\n")[0]
        begins = not offset or os.pread(file, 1, offset - 1) == b"\n"
        return line if begins else b""

    def _node(self, leaf: int, level: int) -> bytes:
        current = self._open_segment
        if leaf < current.first:
            return self._index.node(leaf, level)
        at = (stored_before(leaf) + level - stored_before(current.first)) * HASH
        return bytes(current.nodes[at : at + HASH])

    def _offset(self, number: int) -> int:
        current = self._open_segment
        return (
            self._index.offset(number) if number < current.first else current.offsets[number - current.first]
        )

    def _resume(self, segment: Path) -> None:
        """Goes on where the last segment ends; a last line cut short is no entry."""
        current, offset = self._open_segment, 0

        def leaves() -> Iterator[bytes]:
            nonlocal offset
            for line in files.lines(segment):
                if line.endswith(b"\n"):
                    current.offsets.append(offset)
                    offset += len(line)
                    yield files.leaf_of(line)

        self._frontier.extend(leaves(), current.nodes)
