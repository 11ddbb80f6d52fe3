"""Vectors: one contiguous float32 block per compartment; only blocks that one may read are touched."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .words import Doc, Vectors

Vector: TypeAlias = NDArray[np.float32]

MARGIN = 1e-4
"""More than a float32 product of unit vectors can be off; within it candidates are scored again, exactly."""


class VectorBlock:
    """The vectors of one compartment, all of one model version."""

    def __init__(self, version: str, dimension: int):
        self.version = version
        self.docs: list[Doc] = []
        self._slots: dict[Doc, int] = {}
        self._rows: Vectors = np.zeros((8, dimension), np.float32)

    def __len__(self) -> int:
        return len(self.docs)

    def __contains__(self, doc: Doc) -> bool:
        return doc in self._slots

    @property
    def rows(self) -> Vectors:
        """The vectors, row by row as `docs`."""
        return self._rows[: len(self.docs)]

    def put(self, doc: Doc, vector: Vector) -> None:
        """Takes up a vector or replaces it."""
        slot = self._slots.get(doc)
        if slot is None:
            slot = self._slots[doc] = len(self.docs)
            self.docs.append(doc)
            if slot == len(self._rows):
                self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._rows[slot] = vector

    def remove(self, doc: Doc) -> None:
        """Lets go of a vector, if it is here; the last row takes its place, so that the block stays whole."""
        slot = self._slots.pop(doc, None)
        if slot is None:
            return
        last = self.docs.pop()
        if last != doc:
            self.docs[slot] = last
            self._slots[last] = slot
            self._rows[slot] = self._rows[len(self.docs)]
        self._rows[len(self.docs)] = 0
        if len(self._rows) > 8 and len(self.docs) < len(self._rows) // 4:
            self._rows = self._rows[: len(self._rows) // 2].copy()

    def vector(self, doc: Doc) -> Vector:
        """The vector of a document that is here."""
        return np.asarray(self._rows[self._slots[doc]])

    def exact(self, slot: int, query: NDArray[np.float64]) -> float:
        """The cosine in float64, summed the same way wherever the row stands (a BLAS product is not)."""
        return float(np.add.reduce(self._rows[slot].astype(np.float64) * query))

    def cosine(self, doc: Doc, query: NDArray[np.float64]) -> float | None:
        """The exact cosine of one document; None when it has no vector here."""
        slot = self._slots.get(doc)
        return None if slot is None else self.exact(slot, query)


def nearest(blocks: Sequence[VectorBlock], query: Vector, count: int, repeats: int = 0) -> list[Doc]:
    """The `count` documents nearest to `query`, ties by document.

    Each counts once though it stand in several blocks; `repeats` is how many such copies there are at most.
    """
    return list(nearest_each(blocks, query[np.newaxis], [count], repeats)[0])


def nearest_each(
    blocks: Sequence[VectorBlock], queries: Vectors, counts: Sequence[int], repeats: int = 0
) -> list[dict[Doc, float]]:
    """For each query its `count` nearest documents with their cosines, nearest first, as `nearest` has them."""
    held = [block for block in blocks if len(block)]
    if not held:
        return [{} for _ in counts]
    products = [block.rows @ queries.T for block in held]
    found = []
    for place, count in enumerate(counts):
        columns = [product[:, place] for product in products]
        found.append(_nearest(held, columns, queries[place].astype(np.float64), count, repeats))
    return found


def _nearest(
    blocks: Sequence[VectorBlock],
    products: Sequence[Vector],
    exact: NDArray[np.float64],
    count: int,
    repeats: int,
) -> dict[Doc, float]:
    flat = np.concatenate(products)
    wanted = count + repeats  # a document that stands twice must not push another out
    floor = -np.inf if wanted >= len(flat) else float(np.partition(flat, -wanted)[-wanted]) - MARGIN
    best: dict[Doc, float] = {}
    for block, slot in _above(blocks, products, floor):
        doc, score = block.docs[slot], block.exact(slot, exact)
        best[doc] = max(score, best.get(doc, -np.inf))
    return dict(sorted(best.items(), key=lambda found: (-found[1], found[0]))[:count])


def _above(
    blocks: Sequence[VectorBlock], products: Sequence[Vector], floor: float
) -> Iterator[tuple[VectorBlock, int]]:
    for block, product in zip(blocks, products, strict=True):
        for slot in (product >= floor).nonzero()[0].tolist():
            yield block, slot
