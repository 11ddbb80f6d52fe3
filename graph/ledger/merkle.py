"""Merkle trees as RFC 9162 §2.1 defines them, with SHA-256.

A `Frontier` keeps only the roots of the perfect sub-trees (at most 64 hashes), so that appending costs
two hashes on average and needs no entry but the new one.
"""

import hashlib
from collections.abc import Iterable, Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """`SHA-256(0x00 || data)`, RFC 9162 §2.1.1."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """`SHA-256(0x01 || left || right)`, RFC 9162 §2.1.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The head of a growing tree."""

    __slots__ = ("roots", "size")

    def __init__(self, size: int = 0, roots: Sequence[bytes] = ()):
        if len(roots) != size.bit_count():
            raise ValueError("a tree has as many perfect sub-trees as its size has ones in binary")
        self.size = size
        self.roots = list(roots)

    def append(self, leaf: bytes) -> None:
        """Puts one leaf hash at the end."""
        carry, size = leaf, self.size
        while size & 1:
            carry = node_hash(self.roots.pop(), carry)
            size >>= 1
        self.roots.append(carry)
        self.size += 1

    def extend(self, leaves: Iterable[bytes], stored: bytearray) -> None:
        """Puts leaf hashes at the end, and each with the sub-trees that it completes into `stored`: see `proofs`."""
        sha256, roots, size = hashlib.sha256, self.roots, self.size
        for leaf in leaves:
            carry, rest = leaf, size
            stored += carry
            while rest & 1:
                carry = sha256(b"\x01" + roots.pop() + carry).digest()
                stored += carry
                rest >>= 1
            roots.append(carry)
            size += 1
        self.size = size

    def absorb(self, leaves: Iterable[bytes]) -> None:
        """Puts leaf hashes at the end, level by level: the quickest where nothing is stored."""
        sha256, hashes, level, single = hashlib.sha256, list(leaves), self.size, []
        self.size += len(hashes)
        while hashes:
            if level & 1:
                hashes.insert(0, self.roots.pop())
            if len(hashes) & 1:
                single.append(hashes.pop())
            pairs = iter(hashes)
            hashes = [
                sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)
            ]
            level >>= 1
        self.roots += reversed(single)

    def root(self) -> bytes:
        """The tree hash of all that was appended."""
        if not self.roots:
            return EMPTY_ROOT
        root = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            root = node_hash(left, root)
        return root

    def copy(self) -> "Frontier":
        """A frontier to go back to when a write fails."""
        return Frontier(self.size, self.roots)


def split(size: int) -> int:
    """The largest power of two smaller than `size` (`k` in the RFC)."""
    return 1 << (size - 1).bit_length() - 1


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """`MTH` over leaf hashes, straight from the definition."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node_hash(tree_hash(leaves[:k]), tree_hash(leaves[k:]))


def inclusion_proof(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """`PATH(m, D_n)`, RFC 9162 §2.1.3.1: from the leaf upwards."""
    if not 0 <= index < len(leaves):
        raise ValueError("no leaf has that index")
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return [*inclusion_proof(index, leaves[:k]), tree_hash(leaves[k:])]
    return [*inclusion_proof(index - k, leaves[k:]), tree_hash(leaves[:k])]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162 §2.1.3.2: whether `leaf` is the one at `index` in the tree of that size and root."""
    if not 0 <= index < size:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def consistency_proof(first: int, leaves: Sequence[bytes]) -> list[bytes]:
    """`PROOF(m, D_n)`, RFC 9162 §2.1.4.1: that the tree of `first` leaves is the start of this one."""
    if not 0 < first <= len(leaves):
        raise ValueError("a proof needs a first tree that is neither empty nor larger")
    return _subproof(first, leaves, True)


def _subproof(m: int, leaves: Sequence[bytes], whole: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [tree_hash(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*_subproof(m, leaves[:k], whole), tree_hash(leaves[k:])]
    return [*_subproof(m - k, leaves[k:], False), tree_hash(leaves[:k])]


def is_consistent(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """RFC 9162 §2.1.4.2: whether the second tree only appended to the first."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    path = list(proof)
    if first.bit_count() == 1:
        path.insert(0, first_root)
    if not path:
        return False
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == first_root and sr == second_root
