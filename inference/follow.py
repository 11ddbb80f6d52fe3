"""The follower of commits: keeps the index as the last commit has it.

What a commit takes from a compartment is out of the index before the commit is acknowledged; what it puts in
is taken up by a thread right after, and gets its vectors from another.
"""

import logging
import threading
from collections.abc import Mapping, Sequence

from ..graph.joints import is_entailed
from ..graph.snapshot import Snapshot
from ..graph.terms import NamedNode
from ..graph.words import Delta
from .cache import VectorCache
from .embedding import Append, Embedding
from .index import Index
from .passages import ROLES, passages_of
from .words import Embedder, Passage, Route

BATCH = 64
"""Records that are read while commits are held off."""

_log = logging.getLogger(__name__)


class Follower:
    """`start` it, after `on_delta` was listened to the owner behind the decisions' own listener."""

    def __init__(
        self,
        snapshot: Snapshot,
        index: Index,
        cache: VectorCache,
        embedder: Embedder,
        route: Route,
        append: Append,
    ):
        self.embedding = Embedding(index, cache, embedder, route, append)
        self._snapshot, self._index, self._cache = snapshot, index, cache
        self._waiting: dict[str, None] = {}  # graphs whose records are read again, in the order they changed
        self._heard: list[tuple[int, frozenset[str]]] = []  # commits since a reading began
        self._graphs: dict[str, frozenset[str]] = {}  # record -> its graphs, of all that is indexed
        self._records: dict[str, str] = {}  # graph -> record
        self._units: dict[str, frozenset[str]] = {}  # record -> its compartments
        self._busy = True
        self._stopping = False
        self._turn = threading.Condition()
        self._thread = threading.Thread(target=self._follow, name="ambit-index", daemon=True)

    def start(self) -> None:
        """Reads all that is there, then follows."""
        self._thread.start()
        self.embedding.start()

    def stop(self) -> None:
        """Ends both threads."""
        with self._turn:
            self._stopping = True
            self._turn.notify_all()
        if self._thread.is_alive():
            self._thread.join(30)
        self.embedding.stop()

    def settled(self, timeout: float) -> bool:
        """Waits until all that is committed is found by words."""
        with self._turn:
            return self._turn.wait_for(lambda: not (self._waiting or self._busy), timeout)

    def on_delta(self, delta: Delta) -> None:
        """Runs inside the commit, so it reads nothing of the owner: takes out, and leaves the rest to the
        thread.
        """
        if delta.policy:
            self.embedding.reroute()
        touched = {
            (placed.quad.graph_name.value, placed.compartment)
            for placed in (*delta.out, *delta.into)
            if placed.role in ROLES
            and isinstance(placed.quad.graph_name, NamedNode)
            and not is_entailed(placed.quad.graph_name.value)
        }
        if not touched:
            return
        with self._turn:
            for graph, compartment in touched:
                if record := self._records.get(graph):
                    self._index.retract(record, compartment)
                self._waiting[graph] = None
            self._heard.append((delta.revision, frozenset(graph for graph, _ in touched)))
            self._turn.notify_all()

    def _follow(self) -> None:
        held = (e for e in self._snapshot.entries() if e.role in ROLES and not is_entailed(e.graph))
        seeds = {entry.record: entry.graph for entry in held}
        with self._turn:
            self._waiting = dict.fromkeys((*seeds.values(), *self._waiting))
        whole = False
        while True:
            with self._turn:
                self._busy = False
                self._turn.notify_all()
            if not (whole or self._waiting):
                whole = True
                self._cache.keep((compartment, doc[1]) for compartment, doc in self._index.docs())
            with self._turn:
                self._turn.wait_for(lambda: self._stopping or self._waiting)
                if self._stopping:
                    return
                self._busy = True
                self._heard.clear()
                graphs = list(self._waiting)[:BATCH]
                for graph in graphs:
                    del self._waiting[graph]
            try:
                self._take_up(graphs)
            except Exception:
                _log.exception("records could not be indexed; they are tried again")
                with self._turn:
                    self._waiting.update(dict.fromkeys(graphs))
                    self._turn.wait_for(lambda: self._stopping, 1.0)

    def _take_up(self, graphs: list[str]) -> None:
        with self._snapshot.frozen() as revision:
            read: dict[str, tuple[frozenset[str], dict[str, list[Passage]]]] = {}
            for graph in graphs:
                entry = self._snapshot.entry(graph)
                for record in {self._records.get(graph, ""), entry.record if entry else ""} - {"", *read}:
                    entries = self._snapshot.record(record)
                    held = frozenset(e.graph for e in entries if e.role in ROLES)
                    read[record] = (held, passages_of(self._snapshot, record))
        for record, (held, units) in read.items():
            self._replace(revision, record, held, units)

    def _replace(
        self, revision: int, record: str, held: frozenset[str], units: Mapping[str, Sequence[Passage]]
    ) -> None:
        with self._turn:
            # a commit since the reading has taken out what it changed; putting it back would show what is
            # gone
            if any(later > revision and held & changed for later, changed in self._heard):
                return
            for compartment in self._units.pop(record, frozenset()) - units.keys():
                self._index.retract(record, compartment)
            for graph in self._graphs.pop(record, frozenset()) - held:
                self._records.pop(graph, None)
            if held:
                self._graphs[record], self._units[record] = held, frozenset(units)
                self._records.update(dict.fromkeys(held, record))
            for compartment, passages in units.items():
                self.embedding.want(compartment, self._index.put(record, compartment, passages))
