"""The ways in which a rule nearly holds: without a few patterns, or but for a negation.

Each is a query of its own, whose solutions say what there would have to be, or what would have to go.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from .patterns import Pattern
from .readings import Way, body_of, limited, names_of, readings, select, variables_of, ways_of


@dataclass(frozen=True, slots=True)
class Relaxed:
    """A reading without some of its patterns, as a query whose solutions say what these would be."""

    left: tuple[Pattern, ...]
    columns: tuple[str, ...]
    text: str


@lru_cache(maxsize=1024)
def relaxed(text: str, most: int) -> tuple[Relaxed, ...]:
    """Of a rule's text each reading without one pattern, and without several; raises `Unreadable`."""
    return tuple(
        _without("", reading.columns, reading.way, left)
        for reading in readings(text)
        for left in _subsets(reading.way.patterns, most)
    )


@lru_cache(maxsize=1024)
def unmet(text: str) -> tuple[Relaxed, ...]:
    """Of a rule's text what would make one of its negations fail but for one pattern; raises `Unreadable`."""
    counts = Counter(variables_of(body_of(text).source))
    found: list[Relaxed] = []
    for reading in readings(text):
        for way in (way for one in reading.way.negated for way in ways_of(one.group, counts)):
            columns = tuple(dict.fromkeys((*reading.columns, *names_of(way.patterns))))
            found += [_without(reading.way.text, columns, way, left) for left in _subsets(way.patterns, 1)]
    return tuple(found)


@lru_cache(maxsize=1024)
def kept_off(text: str) -> tuple[Relaxed, ...]:
    """Of a rule's text each reading with one of its negations turned round: solutions say what keeps it from holding.

    Raises `Unreadable`.
    """
    counts = Counter(variables_of(body_of(text).source))
    found: list[Relaxed] = []
    for reading in readings(text):
        for group, negation in reading.way.negated:
            rest = reading.way.text.replace(negation, "", 1)
            for way in ways_of(group, counts):
                columns = tuple(dict.fromkeys((*reading.columns, *names_of(way.patterns))))
                query = select(columns, f"{rest}\n{way.text}")
                found.append(Relaxed(way.patterns, columns, limited(query, columns)))
    return tuple(found)


def _without(before: str, columns: tuple[str, ...], way: Way, left: tuple[Pattern, ...]) -> Relaxed:
    body = way.text
    for pattern in left:
        body = body.replace(pattern.text, "", 1)
    query = select(columns, f"{before}\n{body}")
    return Relaxed(left, columns, limited(query, columns))


def _subsets(patterns: Sequence[Pattern], most: int) -> Iterator[tuple[Pattern, ...]]:
    for number in range(1, most + 1):
        yield from combinations(dict.fromkeys(patterns), number)
