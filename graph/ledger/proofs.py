"""Proofs of RFC 9162 from stored node hashes: O(log n) reads, whatever the size of the tree.

Hashes are stored in the order in which they come to be: each leaf's, then those of the perfect sub-trees that
it completes, from below upwards. The leaf with index m is at position 2m minus the ones of m in binary, the
node above it at level l that ends with it at l more. So nodes are only ever appended, and a node's place
follows from its level and index alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

from .merkle import EMPTY_ROOT, Frontier, node_hash, split

HASH = 32
"""Bytes of a stored hash."""


def stored_before(leaves: int) -> int:
    """How many hashes are stored for that many leaves, which is where the next leaf's stands."""
    return 2 * leaves - leaves.bit_count()


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of `size` leaves; `read` gives the hash stored for a leaf's number at a level above it."""

    size: int
    read: Callable[[int, int], bytes]

    def leaf(self, index: int) -> bytes:
        """A leaf's hash."""
        return self.read(index, 0)

    def root(self, size: int | None = None) -> bytes:
        """The tree hash of the first `size` leaves, of all unless said."""
        return self._hash(0, self.size if size is None else size)

    def frontier(self) -> Frontier:
        """The perfect sub-trees, to go on from."""
        return Frontier(self.size, [self._perfect(start, level) for start, level in perfect(0, self.size)])

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """`PATH(m, D_n)`, RFC 9162 §2.1.3.1; raises `ValueError` for a leaf that is not in that tree."""
        if not 0 <= index < size <= self.size:
            raise ValueError("no leaf has that index")
        start, end = 0, size
        path: list[tuple[int, int]] = []
        while end - start > 1:
            middle = start + split(end - start)
            if index < middle:
                path.append((middle, end))
                end = middle
            else:
                path.append((start, middle))
                start = middle
        return [self._hash(*part) for part in reversed(path)]

    def consistency(self, first: int, size: int) -> list[bytes]:
        """`PROOF(m, D_n)`, RFC 9162 §2.1.4.1; raises `ValueError` for sizes that this tree never had."""
        if not 0 < first <= size <= self.size:
            raise ValueError("a proof needs a first tree that is neither empty nor larger")
        start, end = 0, size
        path: list[tuple[int, int]] = []
        while first != end:
            middle = start + split(end - start)
            if first <= middle:
                path.append((middle, end))
                end = middle
            else:
                path.append((start, middle))
                start = middle
        if start:  # the first tree is no whole sub-tree of the second
            path.append((start, end))
        return [self._hash(*part) for part in reversed(path)]

    def _hash(self, start: int, end: int) -> bytes:
        """`MTH` of the leaves from `start` to before `end`; `start` is where a sub-tree begins."""
        if start == end:
            return EMPTY_ROOT
        *others, last = perfect(start, end)
        found = self._perfect(*last)
        for part in reversed(others):
            found = node_hash(self._perfect(*part), found)
        return found

    def _perfect(self, start: int, level: int) -> bytes:
        return self.read(start + (1 << level) - 1, level)


def perfect(start: int, end: int) -> list[tuple[int, int]]:
    """The perfect sub-trees that leaves from `start` to before `end` come to: where each begins, and its level."""
    parts = []
    while start < end:
        level = (end - start).bit_length() - 1
        parts.append((start, level))
        start += 1 << level
    return parts
