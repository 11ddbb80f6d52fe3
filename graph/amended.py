"""A graph as it shall be, told by what goes out of it and comes in: who only writes it on reads none of the rest."""

from collections.abc import Iterable, Iterator, Set

from .snapshot import Snapshot
from .terms import Triple


class Amended(Set[Triple]):
    """The triples of a graph in the store without those in `out` and with those in `into`.

    For large graphs of which one commit changes little. `out` and `into` have nothing in common. It is what it
    says as long as the store is at the revision it was made at, as inside of a commit.
    """

    __slots__ = ("_graph", "_snapshot", "into", "out")

    def __init__(self, snapshot: Snapshot, graph: str, out: frozenset[Triple], into: frozenset[Triple]):
        self._snapshot = snapshot
        self._graph = graph
        self.out = out
        self.into = into

    @classmethod
    def _from_iterable(cls, it: Iterable[Triple]) -> Set[Triple]:  # type: ignore[override]
        return frozenset(it)

    def _read(self) -> frozenset[Triple]:
        return (frozenset(self._snapshot.triples(self._graph)) - self.out) | self.into

    def __contains__(self, triple: object) -> bool:
        return triple in self._read()

    def __iter__(self) -> Iterator[Triple]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __bool__(self) -> bool:
        """Whether anything is left; read no further than to one triple that stays."""
        return bool(self.into) or self._snapshot.size(self._graph, len(self.out) + 1) > len(self.out)

    def __hash__(self) -> int:
        return hash(self._read())
