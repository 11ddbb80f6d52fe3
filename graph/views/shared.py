"""A shared view: one keeper for many clearances that have a part in common.

Its keeper holds the common part and nothing else. What a clearance has beyond it, its *private part*, is put into
the default graph of a query's child, where it merges with the common part like any two graphs; that child then
serves this private part alone until it ends. So what a query runs on holds exactly the triples of its clearance,
and nobody else's are in reach, in memory or in the time that anything takes.
"""

import threading
from collections import OrderedDict, defaultdict
from functools import partial

from ..layout import Parcels
from ..snapshot import Snapshot
from ..words import MERGED, Clearance
from .leases import Part
from .view import Beside, View
from .worker import Keeper

TOGETHER = 64_000_000
"""Bytes of private parts that are held for the next query; what goes is read again when it is asked for."""

_LINE = 1_000
"""Bytes that a private part takes besides its content."""

SPARES = 3
"""Children forked ahead: each new private part needs one."""

IDLE = 8
"""Children kept for the next query of those who asked last."""


class Shared(View):
    """The view of a common part; its clearance is that part, and it answers for those that contain it."""

    def __init__(self, owner: Snapshot, clearance: Clearance, *, query_memory: int, answer: int):
        super().__init__(owner, clearance, query_memory=query_memory, answer=answer)
        self.key = (clearance.compartments, True)
        self._parts: OrderedDict[frozenset[str], Part] = OrderedDict()  # by private part, last used last
        self._having: defaultdict[str, set[frozenset[str]]] = defaultdict(set)  # parts by compartment
        self._bytes = 0
        self._held = threading.Lock()  # the three above

    def admits(self, clearance: Clearance) -> bool:
        """Whether it can answer for a clearance: the common part lies inside."""
        return self.clearance.compartments <= clearance.compartments

    def serves(self, clearance: Clearance) -> bool:
        """Whether it has answered for a clearance lately."""
        return (
            self.admits(clearance) and (clearance.compartments - self.clearance.compartments) in self._parts
        )

    def seat(self, clearance: Clearance, *, named: bool, ends: float) -> tuple[Keeper, Beside]:
        """The keeper of the common part, and what says the private part as it is at the time of a query."""
        if named or not self.admits(clearance):
            raise ValueError(
                "a shared view answers no query that names graphs, and only where it lies inside"
            )
        keeper = self.ready(named=False, ends=ends)
        return keeper, partial(self._part, clearance.compartments - self.clearance.compartments)

    def take(self, parcels: Parcels, revision: int, *, is_commit: bool) -> None:
        """Hands a delta on; called while commits are held off. What is no commit leaves the revisions.

        Private parts go first: a child forked after the delta then meets the part that is read after it.
        """
        if is_commit:
            with self._held:
                for compartment in parcels.members & self._having.keys():
                    for private in [*self._having[compartment]]:
                        self._forget(private)
        super().take(parcels, revision, is_commit=is_commit)

    def _hire(self, **how: int) -> Keeper:
        return super()._hire(spare=SPARES, idle=IDLE, **how)

    def _part(self, private: frozenset[str]) -> Part:
        """A private part as of the last commit; the same object as long as no commit changes it."""
        with self._held:
            part = self._parts.get(private)
            if part is not None:
                self._parts.move_to_end(private)
                return part
        with self._owner.frozen():  # no delta comes between reading it and putting it where deltas find it
            common = self.clearance.compartments
            # joints of common and private compartments are private, too
            graphs = self._owner.graphs_of(common | private, MERGED, without=common)
            content = b"".join(self._owner.text(entry.graph) for entry in graphs)
            beyond = self._owner.covered(common | private) - self._owner.covered(common)
            revision = max(map(self._owner.last_changed, beyond), default=0)
            with self._held:
                if private in self._parts:
                    return self._parts[private]
                part = self._parts[private] = Part(content, revision)
                self._bytes += len(content) + _LINE
                for compartment in private:
                    self._having[compartment].add(private)
                while self._bytes > TOGETHER and len(self._parts) > 1:
                    self._forget(next(iter(self._parts)))
                return part

    def _forget(self, private: frozenset[str]) -> None:
        self._bytes -= len(self._parts.pop(private).content) + _LINE
        for compartment in private:
            having = self._having[compartment]
            having.discard(private)
            if not having:
                del self._having[compartment]
