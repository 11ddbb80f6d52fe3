"""Entities like one another: nearest by the vectors that are there already, so no model is called.

An entity's vector is the mean of those of its passages, as far as one may read them; another is as near as its
nearest passage. Candidates are the nearest `DEPTH` passages of others.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..graph.words import Clearance
from .index import Index, Reading
from .vectors import Vector, nearest_each
from .words import Doc

DEPTH = 200

TOGETHER = 32
"""Entities that are compared while the index is held still."""


@dataclass(frozen=True, slots=True)
class Near:
    """Another entity, the cosine, and the permitted compartments that hold its nearest passage."""

    entity: str
    score: float
    compartments: frozenset[str]


def similar(
    index: Index, clearance: Clearance, entities: Iterable[str], first: int = 10
) -> Iterator[Mapping[str, tuple[Near, ...]]]:
    """The nearest others of each entity, some entities at a time; one without a vector is absent.

    Vectors of different model versions cannot be compared: the version that most passages of the entity have
    counts, of several the first by name.
    """
    waiting = list(dict.fromkeys(entities))
    for start in range(0, len(waiting), TOGETHER):
        with index.reading(clearance) as reading:
            yield _similar(reading, waiting[start : start + TOGETHER], max(first, 0))


def _similar(reading: Reading, entities: Sequence[str], first: int) -> dict[str, tuple[Near, ...]]:
    groups: dict[str, dict[str, dict[Doc, Vector]]] = {}
    for entity in entities:
        if owned := reading.own(entity):
            version = min(owned, key=lambda version: (-len(owned[version]), version))
            groups.setdefault(version, {})[entity] = owned[version]
    found = {}
    repeats = sum(reading.repeated.values())
    for version, group in groups.items():
        centres = np.stack([_centre(owned) for owned in group.values()])
        counts = [DEPTH + len(owned) for owned in group.values()]
        each = nearest_each(reading.vectors(version), centres, counts, repeats)
        for entity, docs in zip(group, each, strict=True):
            best: dict[str, tuple[float, str]] = {}
            for (other, key), score in docs.items():  # nearest first
                best.setdefault(other, (-score, key))
            best.pop(entity, None)
            order = sorted((score, other, key) for other, (score, key) in best.items())
            found[entity] = tuple(
                Near(other, -score, reading.holders((other, key))) for score, other, key in order[:first]
            )
    return found


def _centre(owned: Mapping[Doc, Vector]) -> Vector:
    """The mean of unit vectors, made one; summed in the order of the documents, wherever they stand."""
    total = np.sum([owned[doc].astype(np.float64) for doc in sorted(owned)], axis=0)
    length = float(np.linalg.norm(total))
    return np.asarray(total / length if length else total, np.float32)
