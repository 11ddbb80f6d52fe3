"""Which predicates of an entity a plan reads."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """Predicates, apart by whether one value is expected: those come as columns, the others as rows.

    More values than expected multiply rows and harm nothing.
    """

    single: frozenset[str] = frozenset()
    several: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.single or self.several)

    @property
    def columns(self) -> dict[str, str]:
        """The predicates of columns, by variable."""
        return {f"c{place}": predicate for place, predicate in enumerate(sorted(self.single))}


def together(wanted: Iterable[Wanted]) -> Wanted:
    """All that any of `wanted` reads."""
    single: frozenset[str] = frozenset()
    several: frozenset[str] = frozenset()
    for one in wanted:
        single |= one.single
        several |= one.several
    return Wanted(single - several, several)
