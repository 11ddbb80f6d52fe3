"""Which compartments suffice for a fact: an antichain of bit masks, each a smallest set that suffices.

A mask has one bit for each compartment. `FREE`, the one set without a compartment, is what everybody may read who
reads anything: a public axiom. At most `MOST` sets of a fact are kept, those that came first; what is kept suffices,
and of more there may be others.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, TypeAlias

Sets: TypeAlias = tuple[int, ...]

FREE: Final[Sets] = (0,)
MOST: Final = 8


@lru_cache(1 << 16)
def join(one: Sets, other: Sets) -> Sets:
    """What suffices for both: the smallest unions of a set of each."""
    if one in (FREE, other):
        return other
    if other == FREE:
        return one
    return smallest(frozenset(a | b for a in one for b in other))


def smallest(masks: frozenset[int]) -> Sets:
    """Those of some sets that contain no other of them, small ones first."""
    kept: list[int] = []
    for mask in sorted(masks, key=lambda m: (m.bit_count(), m)):
        if not any(k & mask == k for k in kept):
            kept.append(mask)
    return tuple(kept)


@lru_cache(1 << 16)
def merge(held: Sets, new: Sets) -> tuple[Sets, Sets]:
    """What suffices for a fact that is found once more, and what of it is news.

    A new set takes the place of larger ones. Where `MOST` sets are held that it is not inside of, it is left out: so
    none that something was concluded from ever leaves but for a smaller one.
    """
    kept, news = list(held), []
    for mask in new:
        if any(k & mask == k for k in kept):
            continue
        smaller = [k for k in kept if k & mask != mask]
        if len(smaller) < MOST:
            kept = [*smaller, mask]
            news.append(mask)
    return (tuple(kept) if news else held), tuple(news)


def single(mask: int) -> int:
    """The mask itself if it is of one compartment; else 0, for no compartment asserts anything with another."""
    return mask if mask & (mask - 1) == 0 else 0


def bits(mask: int) -> Iterator[int]:
    """The numbers of a mask's bits."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
