"""The smallest union of one set out of each of several lists."""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias, TypeVar

from ...graph.terms import Triple
from .derivation import Ground

T = TypeVar("T")
Options: TypeAlias = Sequence[tuple[Ground, T]]

LOOKED: Final = 20_000
"""Choices looked at; then the best so far stands."""


def choose(parts: Sequence[Options[T]], weight: Callable[[Triple], int]) -> list[T]:
    """One option of each part, in their order, so that all together weigh least; of equal ones the first.

    Raises `ValueError` where a part has no option.
    """
    order = sorted(range(len(parts)), key=lambda n: (len(parts[n]), n))
    weights: dict[Triple, int] = {}
    for part in parts:
        for ground, _ in part:
            weights.update((t, weight(t)) for t in ground if t not in weights)
    best: tuple[int, tuple[int, ...]] | None = None
    left = LOOKED

    def descend(depth: int, taken: Ground, cost: int, picked: tuple[int, ...]) -> None:
        nonlocal best, left
        if best is not None and cost >= best[0]:
            return
        if depth == len(order):
            best = cost, picked
            return
        part = parts[order[depth]]
        added = [(sum(weights[t] for t in ground - taken), n) for n, (ground, _) in enumerate(part)]
        for more, n in sorted(added):
            if left <= 0 and best is not None:
                return
            left -= 1
            descend(depth + 1, taken | part[n][0], cost + more, (*picked, n))

    descend(0, frozenset(), 0, ())
    if best is None:
        raise ValueError("a part has no option")
    chosen = dict(zip(order, best[1], strict=True))
    return [parts[n][chosen[n]][1] for n in range(len(parts))]
