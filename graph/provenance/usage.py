"""Which compartments hold which predicates and classes: *touched* is known without a look at the data."""

import threading
import time
from collections import Counter
from collections.abc import Mapping

from ..snapshot import Snapshot
from ..sparql.gate import Admitted
from ..terms import NamedNode, Quad
from ..vocabulary import RDF, node
from ..words import Clearance, Delta, Placed, Role

BATCH = 200
"""Graphs counted at once: commits wait for no more than that."""

_ALL = frozenset(Role)
_TYPE = node(RDF.TYPE)


class Usage:
    """Counts of predicates and classes by compartment, kept current by deltas.

    What was there at the start is counted behind it, compartment by compartment; one that has not been
    counted counts as touched by whatever is asked. A delta is taken into a compartment's counts unless it
    concerns a graph that is still to be counted, which then is counted as it stands.
    """

    def __init__(self, snapshot: Snapshot):
        """Register `on_delta` with the owner (and the projector) before the next commit, then `start`."""
        self._snapshot = snapshot
        self._lock = threading.Lock()
        self._counts: dict[str, Counter[str]] = {}
        with snapshot.frozen():
            self._unknown = {e.compartment for e in snapshot.entries() if e.compartment}
        self._begun = ""  # the unknown compartment that is being counted
        self._pending: set[str] = set()  # its graphs that have not been
        self._stopping = threading.Event()
        self._settled = threading.Event()
        self._thread = threading.Thread(target=self._count, name="ambit-usage", daemon=True)

    def start(self) -> None:
        """Counts what was there."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the counting."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(30)

    def settled(self, timeout: float) -> bool:
        """Waits until all has been counted."""
        return self._settled.wait(timeout)

    def on_delta(self, delta: Delta) -> None:
        """Takes in what a commit, or the projector, changed."""
        with self._lock:
            for sign, placed in ((-1, delta.out), (1, delta.into)):
                for item in placed:
                    if item.compartment and not self._is_to_be_counted(item):
                        self._count_one(item.quad, item.compartment, sign)

    def touched(self, clearance: Clearance, query: Admitted) -> frozenset[str]:
        """The cleared compartments that hold a predicate or class which the query names, or do so together.

        All cleared ones where a variable stands for a predicate, or for a graph: that tells which graphs there are.
        """
        if query.variable_predicate or query.variable_graph:
            return clearance.compartments
        with self._lock:
            held = {
                compartment
                for term in query.terms
                for compartment, count in self._counts.get(term, {}).items()
                if count > 0
            } | self._unknown
        members = map(self._snapshot.members, held)  # a joint is not told, what it is of is
        return frozenset().union(*(m for m in members if m <= clearance.compartments))

    def _is_to_be_counted(self, item: Placed) -> bool:
        if item.compartment not in self._unknown:
            return False
        graph = item.quad.graph_name
        is_begun = item.compartment == self._begun
        return not (is_begun and isinstance(graph, NamedNode) and graph.value not in self._pending)

    def _count(self) -> None:
        for compartment in sorted(self._unknown):
            with self._snapshot.frozen(), self._lock:
                members = self._snapshot.members(compartment)
                held = self._snapshot.graphs_of(members, _ALL)
                graphs = [entry.graph for entry in held if entry.compartment == compartment]
                self._begun, self._pending = compartment, set(graphs)
            for start in range(0, len(graphs), BATCH):
                if self._stopping.is_set():
                    return
                begun = time.monotonic()
                self._take_up(compartment, graphs[start : start + BATCH])
                time.sleep(time.monotonic() - begun)  # half a core at most: requests go first
            with self._lock:
                self._unknown.discard(compartment)
        self._settled.set()

    def _take_up(self, compartment: str, graphs: list[str]) -> None:
        """Counts these graphs as they are, if they still are in the compartment."""
        with self._snapshot.frozen():
            entries = [(graph, self._snapshot.entry(graph)) for graph in graphs]
            said = self._snapshot.terms(
                [g for g, e in entries if e is not None and e.compartment == compartment]
            )
            with self._lock:
                self._pending.difference_update(graphs)
                self._add(said, compartment, 1)

    def _count_one(self, quad: Quad, compartment: str, sign: int) -> None:
        """The predicate of a quad, and its class where it names one."""
        predicate = quad.predicate
        self._held(predicate.value)[compartment] += sign
        if predicate == _TYPE and isinstance(named := quad.object, NamedNode):
            self._held(named.value)[compartment] += sign

    def _held(self, term: str) -> Counter[str]:
        if (found := self._counts.get(term)) is None:
            found = self._counts[term] = Counter()
        return found

    def _add(self, said: Mapping[str, int], compartment: str, sign: int) -> None:
        for term, times in said.items():
            self._held(term)[compartment] += sign * times
