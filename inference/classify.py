"""Zero-shot classification: a text belongs to the labels whose vectors lie nearest to its own.

    score(label) = softmax over the labels of cosine(text, label) · SHARPNESS

A text is computed on where rules allow it, together with the labels (`placed`).
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from ..graph.vocabulary import AMBIT
from .placed import Held, Placing
from .steps import Note
from .vectors import Vector
from .words import Embedder, Route, Routed, Vectors

SHARPNESS = 20.0
"""Cosines of unrelated and matching texts lie some 0.2 apart for all-MiniLM-L6-v2: this makes it a factor of
e⁴.
"""

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Classified(Generic[Key]):
    """Labels with scores, best first, for each key that has a place; `refused` are the others."""

    found: Mapping[Key, list[tuple[str, float]]]
    refused: tuple[Key, ...] = ()


def classify(
    texts: Mapping[Key, str],
    held: Held[Key],
    labels: Sequence[str],
    route: Route,
    embedder: Embedder,
    *,
    note: Note,
    timeout: float = 30.0,
) -> Classified[Key]:
    """Scores for each text; `held` says what holds it whenever it may be sent.

    `note` takes each call's step as it ends. Raises `Unavailable` or `Timeout` when a site that was chosen does
    not answer, and what `note` raises.
    """
    wanted = list(dict.fromkeys(labels))
    found: dict[Key, list[tuple[str, float]]] = {}

    def take(routed: Routed, keys: Sequence[Key], vectors: Mapping[str, Vector], /) -> None:
        scores = _scores(
            np.stack([vectors[texts[key]] for key in keys]), [vectors[label] for label in wanted]
        )
        for key, said in zip(keys, scores, strict=True):
            found[key] = sorted(zip(wanted, said, strict=True), key=lambda pair: (-pair[1], pair[0]))

    Placing(texts, held, wanted, AMBIT.CLASSIFICATION, route, embedder, note, timeout).carry_out(take)
    refused = tuple(key for key in texts if key not in found)
    return Classified({key: found[key] for key in texts if key in found}, refused)


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
