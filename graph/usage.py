"""Which compartments hold which predicates and classes: *touched* is known without a look at the data."""

import threading
from collections import Counter
from collections.abc import Iterable

from .gate import Admitted
from .snapshot import Snapshot
from .terms import NamedNode, Triple
from .vocabulary import RDF
from .words import Clearance, Delta


class Usage:
    """Counts of predicates and classes by compartment, kept current by deltas."""

    def __init__(self, snapshot: Snapshot):
        self._snapshot = snapshot
        self._lock = threading.Lock()
        self._counts: dict[str, Counter[str]] = {}
        with snapshot.frozen() as revision:
            self._revision = revision
            for entry in snapshot.entries():
                if entry.compartment:
                    self._add(snapshot.triples(entry.graph), entry.compartment, 1)

    def on_delta(self, delta: Delta) -> None:
        """Takes in what a commit, or the projector, changed."""
        with self._lock:
            for sign, placed in ((-1, delta.out), (1, delta.into)):
                for item in placed:
                    if item.compartment:
                        self._add((item.quad.triple,), item.compartment, sign)

    def touched(self, clearance: Clearance, query: Admitted) -> frozenset[str]:
        """The cleared compartments that hold a predicate or class which the query names, or do so together.

        All cleared ones where a variable may stand for a predicate (DESIGN: ledger and provenance).
        """
        if query.variable_predicate:
            return clearance.compartments
        with self._lock:
            held = {
                compartment
                for term in query.terms
                for compartment, count in self._counts.get(term, {}).items()
                if count > 0
            }
        members = map(self._snapshot.members, held)  # a joint is not told, what it is of is
        return frozenset().union(*(m for m in members if m <= clearance.compartments))

    def _add(self, triples: Iterable[Triple], compartment: str, sign: int) -> None:
        for triple in triples:
            predicate = triple.predicate.value
            self._counts.setdefault(predicate, Counter())[compartment] += sign
            if predicate == RDF.TYPE and isinstance(triple.object, NamedNode):
                self._counts.setdefault(triple.object.value, Counter())[compartment] += sign
