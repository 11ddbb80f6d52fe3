"""Which compartments suffice for a fact: an antichain of bit masks, each a smallest set that suffices.

A mask has one bit for each compartment. `FREE`, the one set without a compartment, is what everybody may read who
reads anything: a public axiom. Sets of one compartment are all kept; of larger ones those for which fewer than `MOST`
of the same size or smaller were there. What is kept suffices, and of larger sets there may be more. So a set is kept or
not whatever larger sets there are: these may be of what its readers may not know of.
"""

from collections.abc import Iterable, Iterator
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
    alone, alone_there = ({mask for mask in sets if single(mask)} for sets in (one, other))
    found = alone & alone_there
    # of two compartments each, the first only: there may be hundreds on either side
    found |= {a | b for a in _first(alone - found) for b in _first(alone_there - found)}
    found |= {a | b for a in one if a not in alone for b in other}
    found |= {a | b for a in alone for b in other if b not in alone_there}
    return smallest(frozenset(found))


def _first(masks: set[int]) -> list[int]:
    return sorted(masks)[:MOST]


def smallest(masks: frozenset[int]) -> Sets:
    """Those of some sets that contain no other of them and are kept, small ones first."""
    kept: list[int] = []
    for mask in sorted(masks, key=lambda m: (m.bit_count(), m)):
        if not any(k & mask == k for k in kept) and _has_room(mask, kept):
            kept.append(mask)
    return tuple(kept)


def _has_room(mask: int, kept: Iterable[int]) -> bool:
    """Whether a set is kept beside others."""
    size = mask.bit_count()
    return size < 2 or sum(2 <= k.bit_count() <= size for k in kept) < MOST


@lru_cache(1 << 16)
def merge(held: Sets, new: Sets) -> tuple[Sets, Sets]:
    """What suffices for a fact that is found once more, and what of it is news.

    A new set takes the place of those that it is inside of. Where it has no room, it is left out: so none that
    something was concluded from ever leaves but for a smaller one.
    """
    kept, news = list(held), []
    for mask in new:
        if any(k & mask == k for k in kept):
            continue
        smaller = [k for k in kept if k & mask != mask]
        if _has_room(mask, smaller):
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
