"""One view: a keeper with exactly the triples of one clearance, built from the owner and kept current."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import TypeVar

from ..errors import Timeout, Unavailable
from ..layout import Parcels, in_graph
from ..snapshot import Snapshot
from ..words import MERGED, Clearance, Role
from .leases import Part
from .worker import Keeper

PIECE = 4_000_000
"""Bytes handed to a keeper at once."""

HOLD = 0.02
"""Seconds after which a piece is as large as it gets, for commits wait while it is read."""

_ALL = frozenset(Role)
T = TypeVar("T")

Beside = Callable[[], Part] | None
"""What a clearance has beyond a view's content, asked for when a query runs; None where there is nothing."""


class View:
    """A clearance's keeper, and how far it is built.

    It is built piece by piece while commits go on. That is exact because (1) from the first piece on each
    delta reaches the keeper, (2) pieces and deltas are handed over in the order of commits, each piece being
    read and handed over while commits are held off, and (3) both say what is so, not what changes: a graph
    that has not been read yet gets its whole content when it is, and one that left the clearance meanwhile
    is not read.
    """

    def __init__(self, owner: Snapshot, clearance: Clearance, *, query_memory: int, answer: int):
        self.clearance = clearance
        self.users = 0  # requests that use it now; the registry counts
        self.key = (clearance.compartments, False)  # in the registry
        self.is_weighed = False  # its memory has been looked at since it was built
        self.keeper: Keeper | None = None
        self._owner = owner
        self._query_memory = query_memory
        self._answer = answer
        self._lock = threading.Lock()
        self._merge: Future[Keeper] | None = None
        self._graphs: Future[None] | None = None
        self._is_fed_graphs = False  # deltas carry named graphs
        self._is_closed = False

    def ready(self, *, named: bool, ends: float) -> Keeper:
        """The keeper, once it holds the merge and, if `named`, all permitted graphs by name.

        Building goes on when the time is over, so that the next query finds it further. Raises `Timeout`,
        and what building raised.
        """
        with self._lock:
            if self._merge is None:
                self._merge = _started(self._build)
        keeper = _result(self._merge, ends)
        if named:
            with self._lock:
                if self._graphs is None:
                    self._graphs = _started(lambda: self._fill(keeper))
            _result(self._graphs, ends)
        return keeper

    @property
    def is_sound(self) -> bool:
        """Whether neither building it nor its keeper has failed, as far as is known."""
        failed = any(f is not None and f.done() and f.exception() for f in (self._merge, self._graphs))
        return not failed and (self.keeper is None or self.keeper.is_alive)

    def take(self, parcels: Parcels, revision: int, *, is_commit: bool) -> None:
        """Hands a delta on; called while commits are held off. What is no commit leaves the revision."""
        keeper = self.keeper
        if keeper is None:
            return
        out, into = parcels.cut(self.clearance.compartments, named=self._is_fed_graphs)
        touched = is_commit and bool(parcels.within(self.clearance.compartments))
        if out or into or touched:
            keeper.apply(revision, out, into, is_commit=touched)
        else:
            keeper.note(revision)

    def resident(self) -> int:
        """The bytes of memory that the keeper alone takes."""
        return self.keeper.resident() if self.keeper is not None else 0

    def close(self) -> None:
        """Ends the keeper and what it runs."""
        with self._lock:
            self._is_closed = True
        if self.keeper is not None:
            self.keeper.close()

    def seat(self, clearance: Clearance, *, named: bool, ends: float) -> tuple[Keeper, Beside]:
        """The keeper that answers for `clearance`, and what lies beside its content; raises what `ready` raises."""
        return self.ready(named=named, ends=ends), None

    def _hire(self, **how: int) -> Keeper:
        name = f"view {self.clearance.key[:12]}"
        return Keeper(name, memory=self._query_memory, answer=self._answer, **how)

    def _build(self) -> Keeper:
        keeper = self._hire()
        try:
            with self._owner.frozen():
                covered = self._owner.covered(self.clearance.compartments)
                revision = max(map(self._owner.last_changed, covered), default=0)
                graphs = [e.graph for e in self._owner.graphs_of(self.clearance.compartments, MERGED)]
                keeper.begin(revision)
                with self._lock:
                    if self._is_closed:
                        raise Unavailable("the view has been given up", hint="try again")
                    self.keeper = keeper  # from here on deltas come
            self._load(keeper, graphs, named=False)
            keeper.ready()
        except BaseException:
            keeper.close()
            raise
        return keeper

    def _fill(self, keeper: Keeper) -> None:
        with self._owner.frozen():
            graphs = [e.graph for e in self._owner.graphs_of(self.clearance.compartments, _ALL)]
            self._is_fed_graphs = True
            self.is_weighed = False
        self._load(keeper, graphs, named=True)
        keeper.ready()

    def _load(self, keeper: Keeper, graphs: Iterable[str], *, named: bool) -> None:
        left = iter(graphs)
        while True:
            keeper.wait()
            with self._owner.frozen():
                piece = self._piece(left, named=named)
                if piece:
                    keeper.load(piece)
            if not piece:
                return

    def _piece(self, graphs: Iterator[str], *, named: bool) -> bytes:
        """N-Quads of the next graphs, as they are now and if they still are in the clearance."""
        piece: list[bytes] = []
        left, ends = PIECE, time.monotonic() + HOLD
        for graph in graphs:
            entry = self._owner.entry(graph)
            if entry is None or not self._owner.within(entry.compartment, self.clearance.compartments):
                continue
            text = self._owner.text(graph)
            if named:
                piece.append(in_graph(text, graph))
            elif entry.role in MERGED:
                piece.append(text)
            left -= len(text)
            if left <= 0 or time.monotonic() >= ends:
                break
        return b"".join(piece)


def _started(work: Callable[[], T]) -> "Future[T]":
    """Runs `work` in a thread of its own, so that no request's deadline ends it."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="ambit-view", daemon=True).start()
    return future


def _result(future: "Future[T]", ends: float) -> T:
    try:
        return future.result(max(0.0, ends - time.monotonic()))
    except FutureTimeout:
        if future.done():
            raise
        raise Timeout("the view is still being built", hint="try again") from None
