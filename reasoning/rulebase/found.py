"""The rows of a rule: those that memory has are keys, of which terms are made where somebody reads a row."""

from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias, overload

from ...graph.terms import NamedNode, Object
from ...graph.views.calls import RuleRows
from ..governance.facts import Key, names, term

Row: TypeAlias = tuple[Object | None, ...]


class Found(Sequence[Row]):
    """Different rows, by the keys of those of `columns` that are not bound; what is bound is the same in all."""

    __slots__ = ("_bound", "_free", "_keys", "columns")

    def __init__(
        self, columns: Sequence[str], bound: Mapping[str, Object], keys: Sequence[tuple[Key | None, ...]]
    ):
        self.columns = columns
        self._bound = bound
        self._free = [column for column in columns if column not in bound]
        self._keys = keys

    def __len__(self) -> int:
        return len(self._keys)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> "Found": ...
    def __getitem__(self, at: int | slice) -> "Row | Found":
        if isinstance(at, slice):
            return Found(self.columns, self._bound, self._keys[at])
        made = {**self._bound, **dict(zip(self._free, map(_term, self._keys[at]), strict=True))}
        return tuple([made[column] for column in self.columns])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def iris(self, column: str) -> frozenset[str]:
        """The IRIs in one column."""
        if column in self._free:
            return frozenset([key for key in self._values(column) if isinstance(key, str)])
        return names(self.terms(column))

    def terms(self, column: str) -> frozenset[Object]:
        """The different terms in one column."""
        if column in self._free:
            return frozenset([term(key) for key in set(self._values(column)) if key is not None])
        return frozenset([self._bound[column]] if self._keys and column in self.columns else ())

    def among(self, column: str, iris: Collection[str]) -> "Found":
        """The rows with some IRIs in one column alone."""
        if column not in self._free:
            return self[:] if self.iris(column) & frozenset(iris) else self[:0]
        wanted = frozenset(iris)
        pairs = zip(self._keys, self._values(column), strict=True)
        return Found(self.columns, self._bound, [row for row, key in pairs if key in wanted])

    def _values(self, column: str) -> list[Key | None]:
        at = self._free.index(column)
        return [row[at] for row in self._keys]


class Rows(Sequence[dict[str, Object]]):
    """Rows as mappings, made where somebody reads them. A column that is open in a row is not in its mapping."""

    __slots__ = ("_columns", "_rows")

    def __init__(self, columns: Sequence[str], rows: RuleRows):
        self._columns = columns
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> dict[str, Object]: ...
    @overload
    def __getitem__(self, at: slice) -> "Rows": ...
    def __getitem__(self, at: int | slice) -> "dict[str, Object] | Rows":
        if isinstance(at, slice):
            return Rows(self._columns, self._rows[at])
        terms = zip(self._columns, self._rows[at], strict=True)
        return {name: value for name, value in terms if value is not None}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def iris(self, column: str) -> frozenset[str]:
        """The IRIs in one column."""
        if isinstance(self._rows, Found):
            return self._rows.iris(column)
        return names(self.terms(column))

    def terms(self, column: str) -> frozenset[Object]:
        """The different terms in one column."""
        if isinstance(self._rows, Found):
            return self._rows.terms(column)
        return frozenset([row[column] for row in self if column in row])

    def among(self, compartments: Collection[str]) -> "Rows":
        """The rows of some compartments alone."""
        if isinstance(self._rows, Found):
            return Rows(self._columns, self._rows.among("compartment", compartments))
        wanted = {NamedNode(iri) for iri in compartments}
        pairs = zip(self._rows, self, strict=True)
        return Rows(self._columns, [row for row, terms in pairs if terms.get("compartment") in wanted])


def _term(value: Key | None) -> Object | None:
    return None if value is None else term(value)
