"""Suggestions while somebody types: entities with a name in which each word typed begins a word.

No model is called. Work is bounded by looking at the first `LOOKED_AT` names in the order of their letters,
merged over the compartments that one may read; so the answer is that of an index without the others.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..graph.words import Clearance
from .index import Index
from .lexical import terms_of
from .names import NameBlock, Row

LOOKED_AT = 2_000
"""Names that are looked at, of those that begin with the text and of those with its rarest word each."""

TYPED = 16
"""Words of a text that count."""


@dataclass(frozen=True, slots=True)
class Suggested:
    """An entity, the name of it that was begun, and the permitted compartments that hold the name."""

    entity: str
    name: str
    compartments: frozenset[str] = frozenset()


def suggest(index: Index, clearance: Clearance, text: str, first: int = 8) -> tuple[Suggested, ...]:
    """The best entities: named just so, then those whose name begins so, then those with words that do.

    Of equals the shorter name goes first, then the IRI.
    """
    typed = terms_of(text[:1_000])[:TYPED]
    if not typed or first <= 0:
        return ()
    with index.reading(clearance) as reading:
        blocks = reading.names()
        looked_at = [*_whole(blocks, " ".join(typed)), *_by_word(blocks, typed)]
        ranked = sorted((_rank(row, typed), row[2], row[3]) for row in looked_at if _fits(row, typed))
        best: dict[str, str] = {}
        for _, entity, name in ranked:
            best.setdefault(entity, name)
        chosen = list(best.items())[:first]
        return tuple(Suggested(entity, name, reading.named(entity, name)) for entity, name in chosen)


def called(index: Index, clearance: Clearance, names: Iterable[str]) -> dict[str, frozenset[tuple[str, str]]]:
    """The entities of each of these names (folded words, joined by blanks), with the name as it is written."""
    found: dict[str, frozenset[tuple[str, str]]] = {}
    with index.reading(clearance) as reading:
        blocks = reading.names()
        for name in names:
            if said := frozenset[tuple[str, str]]().union(*(block.named(name) for block in blocks)):
                found[name] = said
    return found


def _whole(blocks: Sequence[NameBlock], begun: str) -> Iterator[Row]:
    return _merged(block.whole.beginning(begun) for block in blocks)


def _by_word(blocks: Sequence[NameBlock], typed: Sequence[str]) -> Iterator[Row]:
    rarest = min(typed, key=lambda word: (sum(block.words.count(word) for block in blocks), word))
    return _merged(block.words.beginning(rarest) for block in blocks)


def _merged(parts: Iterable[Iterator[Row]]) -> Iterator[Row]:
    """The first rows of all parts together; what stands in several counts once."""
    last: Row | None = None
    left = LOOKED_AT
    for row in heapq.merge(*parts):
        if row == last:
            continue
        if not left:
            return
        yield row
        last, left = row, left - 1


def _fits(row: Row, typed: Sequence[str]) -> bool:
    words = row[1].split(" ")
    return all(any(word.startswith(begun) for word in words) for begun in typed)


def _rank(row: Row, typed: Sequence[str]) -> tuple[int, int]:
    folded, whole = row[1], " ".join(typed)
    return 0 if folded == whole else 1 if folded.startswith(whole) else 2, len(folded)
