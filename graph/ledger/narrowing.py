"""Which record it is that a signed tree speaks against, where its node hashes were kept beside the segment.

A signature covers many records: that its tree differs tells only that one of them was changed. But where the
leaves that were kept lead to the root that was signed, they are those that were signed, and the first that
differs from its record names it.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from . import segments as files
from .index import nodes_path
from .merkle import Frontier, leaf_hash
from .proofs import HASH, stored_before


def first_changed(folder: Path, start: int, end: int, root: bytes) -> int | None:
    """The first record from `start` to before `end` that is not the one under `root`; None where nothing tells."""
    kept = list(_kept(folder, start, end))
    tree = Frontier()
    tree.absorb(kept)
    if len(kept) != end - start or tree.root() != root:
        return None
    found = islice(_found(folder), start, end)
    for number, (leaf, other) in enumerate(zip(kept, found, strict=False), start):
        if leaf != other:
            return number
    return None


def _kept(folder: Path, start: int, end: int) -> Iterator[bytes]:
    """The leaves that were kept, as far as there are any."""
    for first, _ in files.segments(folder):
        path = nodes_path(folder, first)
        if first >= end or not path.exists():
            continue
        data, number = path.read_bytes(), max(first, start)
        while number < end:
            at = (stored_before(number) - stored_before(first)) * HASH
            if at + HASH > len(data):
                break
            yield data[at : at + HASH]
            number += 1
        start = max(start, number)


def _found(folder: Path) -> Iterator[bytes]:
    """The leaves of all records as they stand there."""
    for _, path in files.segments(folder):
        for line in files.lines(path):
            yield leaf_hash(line[files.HASH_WIDTH + 1 :].rstrip(b"\n"))
