"""Joins: the subjects of a parent triples map, by the values that a child refers to it with (R2RML §8)."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from ..graph.errors import TooLarge
from .mapper import Joined
from .mapping import Join, LogicalSource
from .sources import Source
from .termmaps import Term
from .words import Row

PARENTS: Final = 1_000_000
"""Rows that one join may remember: keys and subjects are held in memory while a source is read."""


def needs_joins(source: Source) -> bool:
    """Whether what one row says depends on other rows."""
    return any(join.conditions for one in source.maps for join in one.joins)


def build(source: Source, rows: Callable[[LogicalSource, Iterable[str]], Iterator[Row]]) -> Joined:
    """The joins of a source; `rows` reads a logical source. Raises `TooLarge` past `PARENTS`."""
    maps = {one.iri: one for one in source.maps}
    made: dict[Join, dict[tuple[str, ...], frozenset[Term]]] = {}
    for join in {join for one in source.maps for join in one.joins if join.conditions}:
        parent = maps[join.parent]
        references = [reference for _, reference in join.conditions]
        found: dict[tuple[str, ...], frozenset[Term]] = {}
        for count, row in enumerate(rows(parent.rows, {*references, *parent.subject.references})):
            if count >= PARENTS:
                raise TooLarge(
                    f"the join with `{join.parent}` has more than {PARENTS} parents",
                    hint="join in a query, or use a template that needs no join",
                    details={"file": source.file, "subject": join.parent},
                )
            cells = [row.cells(reference) for reference in references]
            if all(cells):
                key = tuple(each[0].text for each in cells)
                found[key] = found.get(key, frozenset()) | frozenset(parent.subject.terms(row, source.iri))
        made[join] = found
    return made
