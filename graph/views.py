"""The live views: one for each clearance that is asked for, as many as the bounds allow.

A view holds exactly the triples of one clearance; nothing is filtered while a query runs, because nothing is
there to be filtered. What is evicted, or dies, is built anew by the next query.
"""

import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from .errors import Busy
from .layout import Parcels
from .snapshot import Snapshot
from .terms import Object
from .updates import Changed
from .view import View
from .words import Clearance, Delta
from .worker import Answer, Cancellation, Keeper, KeeperGone, Piece

if TYPE_CHECKING:
    from .gate import Admitted, Dataset

T = TypeVar("T")

ATTEMPTS = 3
"""How often a query is tried while keepers die under it."""

GROWN = 10_000
"""Quads in deltas after which the keepers' memory is looked at again."""


class Views:
    """Answers queries, each on the view of its clearance.

    `limit`: live views. `memory`: bytes that their keepers may take together; the one in use may take more
    alone. `query_memory`: bytes that one query may take beyond its view. `answer`: bytes of one answer. Register `on_delta` with the owner
    (`Owner.listen`, `Projector.listen`) before the first query.
    """

    def __init__(
        self,
        owner: Snapshot,
        *,
        limit: int = 16,
        memory: int = 2_000_000_000,
        query_memory: int = 512_000_000,
        answer: int = 64_000_000,
    ):
        self._owner = owner
        self._limit = limit
        self._memory = memory
        self._query_memory = query_memory
        self._answer = answer
        self._views: OrderedDict[frozenset[str], View] = OrderedDict()  # least recently used first
        self._changed = threading.Condition()
        self._revision = owner.revision
        self._grown = 0

    def query(
        self,
        clearance: Clearance,
        query: "Admitted",
        *,
        format: str = "json",
        dataset: "Dataset | None" = None,
        bindings: Mapping[str, Object] | None = None,
        deadline: float = 8.0,
        cancel: Cancellation | None = None,
    ) -> Answer:
        """Answers an admitted query as if nothing but the clearance existed; `deadline` in seconds.

        `dataset` is the protocol's, which goes before the text's (SPARQL 1.1 Protocol §2.1.4). All that was
        committed before the call is seen. Raises what `Keeper.query` raises.
        """
        ends = time.monotonic() + deadline
        wanted = dataset if dataset is not None else query.dataset

        def ask(keeper: Keeper) -> Answer:
            return keeper.query(
                query.text,
                format=format,
                deadline=ends - time.monotonic(),
                dataset=wanted,
                bindings=bindings,
                cancel=cancel,
            )

        return self._ask(clearance, ask, named=query.uses_graphs or wanted is not None, ends=ends)

    def update(
        self, clearance: Clearance, plan: bytes, *, deadline: float, cancel: Cancellation | None = None
    ) -> Changed:
        """What an update comes to on the view of a clearance, which it leaves as it is; see `Keeper.update`."""
        ends = time.monotonic() + deadline

        def ask(keeper: Keeper) -> Changed:
            return keeper.update(plan, deadline=ends - time.monotonic(), cancel=cancel)

        return self._ask(clearance, ask, named=True, ends=ends)

    def _ask(self, clearance: Clearance, ask: Callable[[Keeper], T], *, named: bool, ends: float) -> T:
        """Asks the view's keeper, and another where it dies."""
        for left in reversed(range(ATTEMPTS)):
            with self._using(clearance, ends) as view:
                try:
                    keeper = view.ready(named=named, ends=ends)
                    self._heed_memory(view)
                    return ask(keeper)
                except KeeperGone:
                    self._drop(view)
                    if not left:
                        raise
                except BaseException:
                    if not view.is_sound:
                        self._drop(view)
                    raise
        raise AssertionError("unreachable")

    def stream(
        self,
        clearance: Clearance,
        query: "Admitted",
        *,
        format: str = "json",
        dataset: "Dataset | None" = None,
        deadline: float = 8.0,
        cancel: Cancellation | None = None,
    ) -> Generator[Piece, None, None]:
        """Like `query`, but piece by piece as the engine makes them; see `Keeper.stream`.

        The view counts as used until the last piece has been taken, or the iterator is closed. A keeper that
        dies before the first piece is built anew; after it, the answer breaks off.
        """
        ends = time.monotonic() + deadline
        wanted = dataset if dataset is not None else query.dataset
        for left in reversed(range(ATTEMPTS)):
            has_begun = False
            with self._using(clearance, ends) as view:
                try:
                    keeper = view.ready(named=query.uses_graphs or wanted is not None, ends=ends)
                    self._heed_memory(view)
                    seconds = ends - time.monotonic()
                    asked = keeper.stream(
                        query.text, format=format, deadline=seconds, dataset=wanted, cancel=cancel
                    )
                    with contextlib.closing(asked):
                        for piece in asked:
                            has_begun = True
                            yield piece
                    return
                except KeeperGone:
                    self._drop(view)
                    if has_begun or not left:
                        raise
                except BaseException:
                    if not view.is_sound:
                        self._drop(view)
                    raise
        raise AssertionError("unreachable")

    def on_delta(self, delta: Delta) -> None:
        """Hands a delta to each view that it touches; in the order of commits, while reads are held off."""
        is_commit = delta.revision > self._revision
        self._revision = max(self._revision, delta.revision)
        self._grown += len(delta.into)
        with self._changed:
            views = list(self._views.values())
        if not views:
            return
        parcels = Parcels(delta, self._owner.members)
        for view in views:
            view.take(parcels, delta.revision, is_commit=is_commit)

    def revision_of(self, clearance: Clearance) -> int:
        """The last commit that changed this view, live or not; 0 when none did."""
        covered = self._owner.covered(clearance.compartments)
        return max(map(self._owner.last_changed, covered), default=0)

    def live(self) -> Mapping[str, int]:
        """The bytes that each live view's keeper takes, by the clearance's key."""
        with self._changed:
            views = list(self._views.values())
        return {view.clearance.key: view.resident() for view in views}

    def close(self) -> None:
        """Ends all views; queries that still run are killed."""
        with self._changed:
            views = list(self._views.values())
            self._views.clear()
        for view in views:
            view.close()

    @contextlib.contextmanager
    def _using(self, clearance: Clearance, ends: float) -> Iterator[View]:
        view, evicted = self._take(clearance, ends)
        try:
            if evicted is not None:
                evicted.close()
            yield view
        finally:
            with self._changed:
                view.users -= 1
                self._changed.notify_all()

    def _take(self, clearance: Clearance, ends: float) -> tuple[View, View | None]:
        """The clearance's view, and the one that went for it. Raises `Busy` when all others are in use."""
        with self._changed:
            evicted = None
            while (view := self._views.get(clearance.compartments)) is None:
                if len(self._views) >= self._limit and (evicted := self._evict()) is None:
                    if not self._changed.wait(ends - time.monotonic()):
                        raise Busy("all views are in use", hint="try again later")
                    continue
                view = View(self._owner, clearance, query_memory=self._query_memory, answer=self._answer)
                self._views[clearance.compartments] = view
            self._views.move_to_end(clearance.compartments)
            view.users += 1
            return view, evicted

    def _evict(self) -> View | None:
        """Takes out the least recently used view that is not in use; the caller closes it."""
        for key, view in self._views.items():
            if not view.users:
                return self._views.pop(key)
        return None

    def _drop(self, view: View) -> None:
        with self._changed:
            if self._views.get(view.clearance.compartments) is view:
                del self._views[view.clearance.compartments]
        view.close()

    def _heed_memory(self, view: View) -> None:
        """Lets views go while keepers take more than they may; looked at after a build or growth."""
        if view.is_weighed and self._grown < GROWN:
            return
        view.is_weighed = True
        self._grown = 0
        while sum(self.live().values()) > self._memory:
            with self._changed:
                evicted = self._evict()
            if evicted is None:
                return
            evicted.close()
