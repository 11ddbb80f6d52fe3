"""Names of one compartment's entities, in the order of their letters: what type-ahead reads.

Folded as search folds words: case and accents don't count. A name stands there once for each word of it, too,
so that each word can be begun with.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

from .lexical import terms_of

LONGEST, MOST_WORDS = 200, 32
"""Characters and words of a name at most: what is longer is a text."""

FEW = 32
"""Changes that are put in one by one; more are sorted in together."""

Row: TypeAlias = tuple[str, str, str, str]
"""What it is sorted by, the folded name, the entity, the name."""


class Ordered:
    """Rows in order. Changes wait until it is read."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._into: set[Row] = set()
        self._out: set[Row] = set()

    def __len__(self) -> int:
        return len(self._rows) + len(self._into) - len(self._out)

    def add(self, row: Row) -> None:
        """Takes up a row that is not here."""
        if row in self._out:
            self._out.discard(row)
        else:
            self._into.add(row)

    def remove(self, row: Row) -> None:
        """Lets go of a row that is here."""
        if row in self._into:
            self._into.discard(row)
        else:
            self._out.add(row)

    def count(self, prefix: str) -> int:
        """How many rows begin so."""
        rows = self._settled()
        return bisect_left(rows, prefix + "\U0010ffff", key=_first) - bisect_left(rows, prefix, key=_first)

    def beginning(self, prefix: str) -> Iterator[Row]:
        """The rows that begin so, in order."""
        rows = self._settled()
        for place in range(bisect_left(rows, prefix, key=_first), len(rows)):
            if not rows[place][0].startswith(prefix):
                return
            yield rows[place]

    def _settled(self) -> list[Row]:
        if len(self._into) + len(self._out) > FEW:
            kept = [row for row in self._rows if row not in self._out]
            self._rows = sorted([*kept, *self._into])  # nearly in order already, which sorting makes use of
        else:
            for row in self._out:
                del self._rows[bisect_left(self._rows, row)]
            for row in self._into:
                insort(self._rows, row)
        self._into.clear()
        self._out.clear()
        return self._rows


class NameBlock:
    """The names of one compartment. A name that several records say stays until the last lets go of it."""

    def __init__(self) -> None:
        self.whole = Ordered()
        self.words = Ordered()
        self._said: Counter[tuple[str, str]] = Counter()
        self._named: dict[str, set[tuple[str, str]]] = {}

    def __contains__(self, said: tuple[str, str]) -> bool:
        return said in self._said

    def add(self, entity: str, name: str) -> None:
        """A record says so."""
        self._said[entity, name] += 1
        if self._said[entity, name] > 1 or not (words := words_of(name)):
            return
        folded = " ".join(words)
        self._named.setdefault(folded, set()).add((entity, name))
        self.whole.add((folded, folded, entity, name))
        for word in set(words):
            self.words.add((word, folded, entity, name))

    def remove(self, entity: str, name: str) -> None:
        """A record that said so does no more."""
        self._said[entity, name] -= 1
        if self._said[entity, name]:
            return
        del self._said[entity, name]
        if not (words := words_of(name)):
            return
        folded = " ".join(words)
        self._named[folded].discard((entity, name))
        if not self._named[folded]:
            del self._named[folded]
        self.whole.remove((folded, folded, entity, name))
        for word in set(words):
            self.words.remove((word, folded, entity, name))

    def named(self, folded: str) -> frozenset[tuple[str, str]]:
        """The entities of exactly this folded name, each with the name as it is written."""
        return frozenset(self._named.get(folded, ()))


def words_of(name: str) -> list[str]:
    """The folded words of a name; none of a text that is too long for one."""
    words = terms_of(name) if len(name) <= LONGEST else []
    return words if len(words) <= MOST_WORDS else []


def _first(row: Row) -> str:
    return row[0]
