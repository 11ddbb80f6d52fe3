"""What is kept beside closed segments so that no proof and no entry needs one read whole.

`index/<first>.nodes` are the hashes of the tree that a segment's entries store (see `proofs`),
`index/<first>.offsets` says where each of its lines begins (64 bits, little endian). Both follow from the
segments and are made anew where they are missing or of another length; what they say is checked where it is used.
"""

import os
import sys
import threading
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import Unavailable
from . import segments as files
from .proofs import HASH, Tree, stored_before

_WIDTH = 8
_KINDS = (".nodes", ".offsets")


class SegmentIndex:
    """The index of a ledger's closed segments; thread-safe. `bounds` are where each begins and the last ends."""

    def __init__(self, folder: Path, bounds: Sequence[int]):
        self.bounds = list(bounds)
        self._ledger = folder
        self._folder = folder / "index"
        self._lock = threading.Lock()
        self._noted = 0  # bytes of the open segment's hashes that are kept
        self._held: dict[int, tuple[bytes, bytes]] = {}  # of a folder that cannot be written

    def node(self, leaf: int, level: int) -> bytes:
        """The hash stored for a leaf, or for the node at a level above that it completes."""
        place = bisect_right(self.bounds, leaf) - 1
        before = stored_before(self.bounds[place])
        return self._read(place, 0, (stored_before(leaf) + level - before) * HASH, HASH)

    def offset(self, number: int) -> int:
        """Where an entry's line begins in its segment."""
        place = bisect_right(self.bounds, number) - 1
        return int.from_bytes(self._read(place, 1, (number - self.bounds[place]) * _WIDTH, _WIDTH), "little")

    def close(self, after: int, nodes: bytearray, offsets: "array[int]") -> None:
        """Takes in the segment that ends before entry `after`."""
        self._keep(self.bounds[-1], nodes, offsets)
        self.bounds.append(after)
        self._noted = 0

    def note(self, nodes: bytearray) -> None:
        """Keeps what the open segment's entries store so far, for `narrowing`: proofs take it from memory."""
        try:
            self._folder.mkdir(exist_ok=True)
            with nodes_path(self._ledger, self.bounds[-1]).open("ab" if self._noted else "wb") as file:
                file.write(nodes[self._noted :])
            self._noted = len(nodes)
        except OSError:
            self._noted = 0

    def drop(self) -> None:
        """Forgets all: it is made anew from the segments."""
        with self._lock:
            self._held.clear()
            self._noted = 0
            for path in self._folder.glob("*"):
                path.unlink(missing_ok=True)

    def _read(self, place: int, which: int, at: int, width: int) -> bytes:
        first = self.bounds[place]
        for _ in range(2):
            if first in self._held:
                return self._held[first][which][at : at + width]
            try:
                with self._path(first, which).open("rb") as file:
                    if os.fstat(file.fileno()).st_size == self._lengths(place)[which]:
                        return os.pread(file.fileno(), width, at)
            except OSError:
                pass  # it is not there, or not ours to read: it follows from the segments
            self._make(place)
        raise damaged("its index cannot be made")

    def _make(self, last: int) -> None:
        """Makes what is missing of a segment and of those before it, in order: each tree goes on with the one before."""
        with self._lock:
            for place in range(last + 1):
                if self._is_there(place):
                    continue
                first, after = self.bounds[place : place + 2]
                tree = Tree(first, self.node).frontier()
                stored, offsets = bytearray(), array("Q")
                tree.extend(self._leaves(first, offsets), stored)
                if tree.size != after:
                    raise damaged(f"{tree.size - first} entries stand where {after - first} were written")
                self._keep(first, stored, offsets)

    def _is_there(self, place: int) -> bool:
        first = self.bounds[place]
        try:
            found = tuple(self._path(first, which).stat().st_size for which in range(2))
        except OSError:
            return first in self._held
        return found == self._lengths(place) or first in self._held

    def _keep(self, first: int, nodes: bytearray, offsets: "array[int]") -> None:
        """Writes a segment's index; where that fails it stays in memory."""
        if sys.byteorder == "big":
            offsets = array("Q", offsets)
            offsets.byteswap()
        parts = (bytes(nodes), offsets.tobytes())
        try:
            self._folder.mkdir(exist_ok=True)
            for which, part in enumerate(parts):
                path = self._path(first, which)
                new = path.with_suffix(f"{path.suffix}.{os.getpid()}")
                new.write_bytes(part)
                new.replace(path)
        except OSError:
            self._held[first] = parts

    def _leaves(self, first: int, offsets: "array[int]") -> Iterator[bytes]:
        offset = 0
        for line in files.lines(files.segment_path(self._ledger, first)):
            offsets.append(offset)
            offset += len(line)
            yield files.leaf_of(line)

    def _path(self, first: int, which: int) -> Path:
        return self._folder / f"{first:016d}{_KINDS[which]}"

    def _lengths(self, place: int) -> tuple[int, int]:
        first, after = self.bounds[place : place + 2]
        return (stored_before(after) - stored_before(first)) * HASH, (after - first) * _WIDTH


def nodes_path(folder: Path, first: int) -> Path:
    """The file of the hashes that the entries of the segment from `first` on store."""
    return folder / "index" / f"{first:016d}{_KINDS[0]}"


def damaged(reason: str) -> Unavailable:
    """The refusal to prove anything from a ledger that is not as it was written."""
    return Unavailable(
        f"the ledger is damaged: {reason}",
        hint="run `ambit verify`: it names the first bad record",
        code="ledger-damaged",
    )
