"""Triples that stand as text, and are read only where somebody looks: what comes in bulk is mostly carried.

To make an object of each term takes longer than all else that a commit does. Whoever reads these sees the same
as anywhere else; whoever only writes them on takes the text.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import overload

from ..layout import in_graph
from ..terms import NamedNode, Quad, Triple, from_nquads
from ..words import Delta, Placed, Role


class Written(Set[Triple]):
    """A set of triples as N-Triples: each line once, as the store spells it, blank nodes named for good."""

    __slots__ = ("_triples", "text")

    def __init__(self, text: bytes):
        self.text = text
        self._triples: frozenset[Triple] | None = None

    @classmethod
    def _from_iterable(cls, it: Iterable[Triple]) -> Set[Triple]:  # type: ignore[override]
        return frozenset(it)

    def _read(self) -> frozenset[Triple]:
        if self._triples is None:
            self._triples = frozenset(quad.triple for quad in from_nquads(self.text))
        return self._triples

    def __contains__(self, triple: object) -> bool:
        return triple in self._read()

    def __iter__(self) -> Iterator[Triple]:
        return iter(self._read())

    def __len__(self) -> int:
        return self.text.count(b"\n")

    def __hash__(self) -> int:
        return hash(self._read())


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole graph that a commit puts in where there was none, as text."""

    graph: str
    compartment: str
    role: Role
    text: bytes
    nquads: bytes  # the same, with the graph's name

    @classmethod
    def of(cls, graph: str, compartment: str, role: Role, text: bytes) -> "Sheet":
        """A graph's sheet; the name is put in once, for the log and for the store."""
        return cls(graph, compartment, role, text, in_graph(text, graph))

    def placed(self) -> Iterator[Placed]:
        """The same, quad by quad."""
        name = NamedNode(self.graph)
        for quad in from_nquads(self.text):
            yield Placed(Quad(quad.subject, quad.predicate, quad.object, name), self.compartment, self.role)


class Loaded(Sequence[Placed]):
    """What a commit put in: some quads one by one, then whole graphs as text."""

    def __init__(self, placed: Sequence[Placed], sheets: Sequence[Sheet]):
        self.placed = tuple(placed)
        self.sheets = tuple(sheets)

    def __len__(self) -> int:
        return len(self.placed) + sum(sheet.text.count(b"\n") for sheet in self.sheets)

    def __iter__(self) -> Iterator[Placed]:
        yield from self.placed
        for sheet in self.sheets:
            yield from sheet.placed()

    @overload
    def __getitem__(self, at: int) -> Placed: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Placed]: ...
    def __getitem__(self, at: int | slice) -> Placed | Sequence[Placed]:
        return tuple(self)[at]


def quads_and_sheets(into: Sequence[Placed]) -> tuple[Sequence[Placed], Sequence[Sheet]]:
    """What a delta puts in: quads one by one, and whole graphs as text."""
    return (into.placed, into.sheets) if isinstance(into, Loaded) else (into, ())


def changed_graphs(delta: Delta) -> set[str]:
    """The graphs that a delta changes."""
    single, sheets = quads_and_sheets(delta.into)
    graphs = {placed.quad.graph_name.value for placed in (*delta.out, *single)}  # type: ignore[union-attr]
    return graphs.union(sheet.graph for sheet in sheets)
