"""How many triples compartments hold: counted when first asked for, and only as far as it matters."""

from ..snapshot import Snapshot
from ..words import MERGED


class Sizes:
    """Counts by compartment, each good until the compartment changes. Safe for many threads."""

    def __init__(self, owner: Snapshot, most: int):
        self._owner = owner
        self._most = most
        self._known: dict[str, tuple[int, int]] = {}  # when it was last changed, and the count

    def size(self, compartment: str) -> int:
        """The triples that the merged graphs of a compartment hold, or some number above `most`; by graph."""
        changed = self._owner.last_changed(compartment)
        known = self._known.get(compartment)
        if known is not None and known[0] == changed:
            return known[1]
        counted = 0
        with self._owner.frozen():
            for entry in self._owner.graphs_of(frozenset({compartment}), MERGED):
                counted += self._owner.size(entry.graph, self._most + 1 - counted)
                if counted > self._most:
                    break
        self._known[compartment] = (changed, counted)
        return counted
