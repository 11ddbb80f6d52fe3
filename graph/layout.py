"""How quads lie in a view's store: the merge as its default graph, each permitted graph beside it by name."""

from collections import defaultdict
from collections.abc import Callable

from pyoxigraph import RdfFormat, serialize

from .terms import NamedNode, Quad, Triple
from .words import MERGED, Delta


def in_graph(text: bytes, graph: str) -> bytes:
    """N-Triples as N-Quads of one named graph; as they are they stand for the merge, for they are N-Quads, too.

    The name goes in front of each line's end, which nothing inside a line can look like: N-Triples escape
    line feeds. Making a quad of each triple first takes four times as long.
    """
    return text.replace(b" .\n", b" " + str(NamedNode(graph)).encode() + b" .\n")


class Parcels:
    """A delta cut for views by compartment; each piece is written as N-Quads once for all views.

    `members` says what one must hold to read a compartment of the delta: of a joint more than one.
    """

    def __init__(self, delta: Delta, members: Callable[[str], frozenset[str]]):
        self._out: dict[str, list[Quad]] = defaultdict(list)
        self._into: dict[str, list[Quad]] = defaultdict(list)
        self._unmerged: dict[str, dict[frozenset[str], list[Triple]]] = defaultdict(lambda: defaultdict(list))
        self._merged: dict[str, list[Triple]] = defaultdict(list)
        self._written: dict[tuple[str, str, frozenset[str]], bytes] = {}
        for placed in delta.out:
            self._out[placed.compartment].append(placed.quad)
            if placed.role in MERGED:
                triple = placed.quad.triple
                holders = delta.holders.get(triple, frozenset())
                self._unmerged[placed.compartment][holders].append(triple)
        for placed in delta.into:
            self._into[placed.compartment].append(placed.quad)
            if placed.role in MERGED:
                self._merged[placed.compartment].append(placed.quad.triple)
        self.compartments = frozenset(self._out) | frozenset(self._into)
        named = self.compartments.union(*delta.holders.values())
        self._members = {compartment: members(compartment) for compartment in named}

    @property
    def members(self) -> frozenset[str]:
        """The compartments of the delta, and those that make up its joints."""
        return frozenset().union(*(self._members[compartment] for compartment in self.compartments))

    def within(self, clearance: frozenset[str]) -> frozenset[str]:
        """The compartments of the delta, joints among them, that a clearance reads."""
        return frozenset(c for c in self.compartments if self._members[c] <= clearance)

    def cut(self, clearance: frozenset[str], *, named: bool) -> tuple[bytes, bytes]:
        """What goes out of and into a view; `named`: whether it holds named graphs.

        A triple leaves the merge only when no merged graph of the clearance holds it after the commit.
        """
        out: list[bytes] = []
        into: list[bytes] = []
        for compartment in sorted(self.within(clearance)):
            for holders, triples in self._unmerged.get(compartment, {}).items():
                if not any(self._members[holder] <= clearance for holder in holders):
                    out.append(self._write("out", compartment, holders, triples))
            into.append(self._write("into", compartment, frozenset(), self._merged[compartment]))
            if named:
                out.append(self._write("out named", compartment, frozenset(), self._out[compartment]))
                into.append(self._write("into named", compartment, frozenset(), self._into[compartment]))
        return b"".join(out), b"".join(into)

    def _write(
        self, way: str, compartment: str, holders: frozenset[str], said: list[Quad] | list[Triple]
    ) -> bytes:
        key = (way, compartment, holders)
        if key not in self._written:
            self._written[key] = serialize(said, format=RdfFormat.N_QUADS) or b""
        return self._written[key]
