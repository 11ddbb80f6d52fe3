"""Zero-shot classification: a text belongs to the labels whose vectors lie nearest to its own.

    score(label) = softmax over the labels of cosine(text, label) · SHARPNESS

All texts of a result go in few calls: grouped by the place that the rules name for what was handed, so that a
mixed result is split, and what has no place is left out. Rules are asked again before each call: what has lost
its place is not sent, what has another goes there.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from ..graph.errors import Unavailable
from ..graph.vocabulary import AMBIT
from .sites import CALL
from .steps import Note, Place, embed, place_of
from .vectors import Vector
from .words import Embedder, Route, Routed, Vectors

SHARPNESS = 20.0
"""Cosines of unrelated and matching texts lie some 0.2 apart for all-MiniLM-L6-v2: this makes it a factor of
e⁴.
"""

ROUNDS = 5
"""How often what is left is grouped anew while places change."""

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Classified(Generic[Key]):
    """Labels with scores, best first, for each key that has a place; `refused` are the others."""

    found: Mapping[Key, list[tuple[str, float]]]
    refused: tuple[Key, ...] = ()


def classify(
    items: Mapping[Key, tuple[str, frozenset[str]]],
    labels: Sequence[str],
    route: Route,
    embedder: Embedder,
    *,
    note: Note,
    timeout: float = 30.0,
) -> Classified[Key]:
    """Scores for each item: its text, and the compartments that hold what the text was made of.

    `note` takes each call's step as it ends. Raises `Unavailable` or `Timeout` when a site that was chosen does
    not answer, and what `note` raises.
    """
    work = _Work(items, list(dict.fromkeys(labels)), route, embedder, note, timeout)
    left: Sequence[Key] = list(items)
    for _ in range(ROUNDS):
        moved: list[Key] = []
        for routed, keys in work.grouped(left):
            moved += work.carry_out(routed, keys)
        if not moved:
            refused = tuple(key for key in items if key not in work.found)
            return Classified({key: work.found[key] for key in items if key in work.found}, refused)
        left = moved
    raise Unavailable("places kept changing while texts were classified", hint="try again", code="site-moved")


class _Work(Generic[Key]):
    """One classification under way."""

    def __init__(
        self,
        items: Mapping[Key, tuple[str, frozenset[str]]],
        labels: Sequence[str],
        route: Route,
        embedder: Embedder,
        note: Note,
        timeout: float,
    ):
        self._items, self._labels, self._route = items, labels, route
        self._embedder, self._note, self._timeout = embedder, note, timeout
        self.found: dict[Key, list[tuple[str, float]]] = {}

    def grouped(self, keys: Iterable[Key]) -> list[tuple[Routed, list[Key]]]:
        """The keys that have a place, by it."""
        routes: dict[frozenset[str], Routed | None] = {}
        groups: dict[Place, tuple[Routed, list[Key]]] = {}
        for key in keys:
            compartments = self._items[key][1]
            if compartments not in routes:
                routes[compartments] = self._route(compartments, AMBIT.CLASSIFICATION)
            if routed := routes[compartments]:
                groups.setdefault(place_of(routed), (routed, []))[1].append(key)
        return list(groups.values())

    def carry_out(self, routed: Routed, keys: Sequence[Key]) -> list[Key]:
        """Finds the scores of these keys at their place; gives those that this is no longer the place of."""
        vectors: dict[str, Vector] = {}
        done: list[Key] = []
        left = keys
        while left:
            staying = self._staying(routed, left)
            if not staying:
                break
            texts = dict.fromkeys([*self._labels, *(self._items[key][0] for key in staying)])
            call = [text for text in texts if text not in vectors][:CALL]
            if call:
                vectors.update(zip(call, self._embed(routed, call, staying), strict=True))
            if any(label not in vectors for label in self._labels):
                continue
            ready = {key for key in staying if self._items[key][0] in vectors}
            done += [key for key in staying if key in ready]
            left = [key for key in left if key not in ready]
        self._score(done, vectors)
        return list(left)

    def _staying(self, routed: Routed, keys: Iterable[Key]) -> list[Key]:
        place = place_of(routed)
        return [key for now, found in self.grouped(keys) if place_of(now) == place for key in found]

    def _embed(self, routed: Routed, call: Sequence[str], keys: Iterable[Key]) -> Vectors:
        sent = set(call)
        handed = [self._items[key][1] for key in keys if self._items[key][0] in sent]
        return embed(
            self._embedder,
            routed,
            call,
            task=AMBIT.CLASSIFICATION,
            handed=frozenset().union(*handed),
            count=len(handed),
            note=self._note,
            timeout=self._timeout,
        )

    def _score(self, keys: Sequence[Key], vectors: Mapping[str, Vector]) -> None:
        if not keys:
            return
        texts = np.stack([vectors[self._items[key][0]] for key in keys])
        scores = _scores(texts, [vectors[label] for label in self._labels])
        for key, said in zip(keys, scores, strict=True):
            pairs = zip(self._labels, said, strict=True)
            self.found[key] = sorted(pairs, key=lambda pair: (-pair[1], pair[0]))


def _scores(texts: Vectors, labels: Sequence[Vector]) -> list[list[float]]:
    if not labels:
        return [[] for _ in texts]
    # summed row by row: a matrix product may differ in the last bits with what stands beside
    cosines = np.stack(
        [(texts.astype(np.float64) * label.astype(np.float64)).sum(axis=1) for label in labels], axis=1
    )
    powers = np.exp(SHARPNESS * (cosines - cosines.max(axis=1, keepdims=True)))
    scores: list[list[float]] = (powers / powers.sum(axis=1, keepdims=True)).tolist()
    return scores
