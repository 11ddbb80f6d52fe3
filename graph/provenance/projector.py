"""The projector: the ledger's runs as PROV-O, in a graph for each day and user, behind the answers (`pace`).

The ledger is the record; these graphs are made from it and can be made again. They raise no revision. Only a
user's first run commits once: the label of that user's provenance must stand where rules read it.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from ..compartments import compartment_of
from ..errors import AmbitError
from ..ledger.projection import KINDS, quads_of
from ..ledger.runs import PREFIX, provenance_graph, provenance_label
from ..ledger.segments import Entry
from ..store.owner import Listener, Owner
from ..store.projecting import Projection
from ..terms import NamedNode, Quad
from ..vocabulary import AMBIT, node
from ..words import GraphEntry, Role
from .pace import Pace

BATCH = 1_000
"""Ledger entries that are read at once."""

PORTION = 2_000
"""Quads after which a write has enough: more at once would keep answers waiting."""

ENDING = 2.0
"""Seconds for which a server that stops still projects; what is left the next start does."""

_log = logging.getLogger(__name__)


class Projector:
    """A thread that follows the ledger; `flush` waits until it has caught up."""

    def __init__(
        self,
        owner: Owner,
        jurisdictions: Callable[[], frozenset[str]],
        *,
        interval: float = 0.5,
        keep_days: int = 30,
    ):
        """`jurisdictions` are those of the server's own site, where provenance lies."""
        self._owner = owner
        self._jurisdictions = jurisdictions
        self._interval = interval
        self._keep_days = keep_days
        self._listeners: list[Listener] = []
        self._users: dict[str, tuple[str, str]] = {}  # run -> day and user, until its end is projected
        self._ended: list[str] = []
        self._turn = threading.Lock()
        self._stopping = threading.Event()
        self._pace = Pace(self._stopping)
        self._thread = threading.Thread(target=self._follow, name="ambit-projector", daemon=True)

    def listen(self, listener: Listener) -> None:
        """Calls `listener` with what views that have named graphs must take up, at the present revision."""
        self._listeners.append(listener)

    def start(self) -> None:
        """Begins to follow."""
        self._thread.start()

    def stop(self) -> None:
        """Projects what is there, as far as it comes in `ENDING` seconds, and stops."""
        ends = time.monotonic() + ENDING
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self._flush(ends)

    def flush(self) -> None:
        """Projects all that the ledger holds now. Raises `Unavailable`."""
        self._flush()

    def waiting(self) -> int:
        """How many entries of the ledger are still to be projected."""
        return max(0, self._owner.ledger.size - self._owner.projected())

    def _flush(self, ends: float = math.inf) -> None:
        with self._turn:
            for _ in self._portions():
                if time.monotonic() >= ends:
                    break

    def _portions(self) -> Iterator[tuple[float, int, int]]:
        """Projects all that the ledger holds now, portion by portion.

        Gives each one's seconds, how many entries came meanwhile, and how many are left.
        """
        end = self._owner.ledger.size
        while (start := self._owner.projected()) < end:
            entries = [e for e, _ in zip(self._owner.ledger.entries(start), range(BATCH), strict=False)]
            texts = self._texts(entries)
            while entries:
                begun, before = time.monotonic(), self._owner.ledger.size
                done = self._project(entries, start, texts)
                start += done
                del entries[:done]
                now = self._owner.ledger.size
                yield time.monotonic() - begun, now - before, now - start

    def expire(self) -> None:
        """Drops the graphs of days whose time is over; the ledger keeps their entries."""
        first = (datetime.now(UTC) - timedelta(days=self._keep_days)).date().isoformat()
        gone = tuple(
            entry.graph
            for entry in self._owner.entries()
            if entry.graph.startswith(PREFIX) and entry.graph[len(PREFIX) :] < first
        )
        if gone:
            with self._turn:
                self._owner.project(Projection(self._owner.projected(), gone=gone), self._listeners)

    def _follow(self) -> None:
        today = ""
        while not self._stopping.wait(self._interval):
            try:
                with self._turn:
                    for took, came, left in self._portions():
                        if self._stopping.is_set():
                            break
                        self._pace.rest(took, came, left)
                if today != (today := datetime.now(UTC).date().isoformat()):
                    self.expire()
            except AmbitError:
                _log.exception("provenance waits: it stands in the ledger and is projected later")

    def _project(self, entries: list[Entry], start: int, texts: Mapping[str, Mapping[str, str]]) -> int:
        """Projects entries from `start` on, as many as fill a portion; gives how many."""
        graphs: dict[tuple[str, str], list[Quad]] = {}
        count = quads = 0
        for entry in entries:
            if quads >= PORTION:
                break
            count += 1
            place = self._place(entry) if entry.kind in KINDS else None
            if place is None:
                continue
            note = texts.get(str(entry.fields.get("note", "")), {})
            name = NamedNode(provenance_graph(*place))
            made = quads_of(entry, note, name)
            graphs.setdefault(place, []).extend(made)
            quads += len(made)
            self._pace.breathe()
        wanted = []
        labels = {user: provenance_label(user, self._jurisdictions()) for _, user in graphs}
        self._owner.describe(labels.values())
        for (day, user), said in graphs.items():
            graph = provenance_graph(day, user)
            compartment = compartment_of(labels[user])
            entry_line = GraphEntry(graph, Role.SYSTEM, graph, AMBIT.PROVENANCE, compartment)
            wanted.append((entry_line, tuple(said)))
        self._owner.project(Projection(start + count, tuple(wanted)), self._listeners)
        for run in self._ended:
            self._users.pop(run, None)
        self._ended.clear()
        return count

    def _texts(self, entries: list[Entry]) -> dict[str, dict[str, str]]:
        """The notes of these entries, by name."""
        wanted: dict[str, list[str]] = {}
        for entry in entries:
            if "note" in entry.fields:
                wanted.setdefault(entry.at[:10], []).append(str(entry.fields["note"]))
        notes = self._owner.ledger.notes
        return {name: said for day, names in wanted.items() for name, said in notes.named(day, names).items()}

    def _place(self, entry: Entry) -> tuple[str, str] | None:
        """The day and user of an entry's run: all of a run stands in one graph."""
        run = entry.fields.get("run")
        if not isinstance(run, str):
            return None
        if entry.kind == "request":
            user = entry.fields.get("user")
            if isinstance(user, str) and user:
                self._users[run] = (entry.at[:10], user)
        place = self._users.get(run) or self._remembered(run)
        if entry.kind == "answer" or "status" in entry.fields:
            self._ended.append(run)
        return place

    def _remembered(self, run: str) -> tuple[str, str] | None:
        """The place of a run that began before the server last started."""
        for quad in self._owner.match(NamedNode(run), node(AMBIT.USER), None, frozenset({Role.SYSTEM})):
            if isinstance(quad.graph_name, NamedNode) and isinstance(quad.object, NamedNode):
                name = quad.graph_name.value
                if name.startswith(PREFIX):
                    return name[len(PREFIX) :].split(":")[0], quad.object.value
        return None
