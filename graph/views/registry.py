"""Which views are live: as many as the bounds allow, the least recently used goes first."""

import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from ..compartments import clearance_of
from ..errors import AmbitError, Busy, Unavailable
from ..snapshot import Snapshot
from ..words import Clearance
from . import sorts
from .recent import Recent
from .shared import Shared
from .sizes import Sizes
from .view import View
from .warm import Ahead

GROWN = 10_000
"""Quads in deltas after which the keepers' memory is looked at again."""

AHEAD = 600.0
"""Seconds that building one view ahead may take."""

FILLED = 0.8
"""The share of the memory that views built ahead may take: the rest is for what is asked for."""

_cleared = lru_cache(maxsize=1024)(clearance_of)

Key = tuple[frozenset[str], bool]
"""A clearance, or a common part and that it is shared."""


class Registry:
    """The live views, own and shared, by what they hold.

    `limit`: live views. `memory`: bytes that their keepers may take together; the one in use may take more
    alone. `query_memory`: bytes that one query may take beyond its view. `answer`: bytes of one answer. `rule`
    says which sort of view a clearance gets. `folder`: where the clearances that were asked for lately are
    written down.
    """

    def __init__(
        self,
        owner: Snapshot,
        *,
        limit: int = 16,
        memory: int = 2_000_000_000,
        query_memory: int = 512_000_000,
        answer: int = 64_000_000,
        rule: sorts.Rule = sorts.choose,
        folder: Path | None = None,
    ):
        self._owner = owner
        self._limit = limit
        self._memory = memory
        self._query_memory = query_memory
        self._answer = answer
        self._rule = rule
        self._views: OrderedDict[Key, View] = OrderedDict()  # least recently used first
        self._changed = threading.Condition()
        self._revision = owner.revision
        self._grown = 0
        self._is_closed = False
        self._weight = 0  # bytes that live views took when they were last weighed
        self._sizes = Sizes(owner, sorts.PRIVATE)
        self.recent = Recent()
        self._ahead = (
            None if folder is None else Ahead(folder / "recent.json", self.recent, self._build_ahead)
        )

    def live(self) -> Mapping[str, int]:
        """The bytes that each live view's keeper takes; a shared view by the key of its common part."""
        with self._changed:
            views = list(self._views.items())
        return {
            ("shared:" if is_shared else "") + view.clearance.key: view.resident()
            for (_, is_shared), view in views
        }

    def warm(self) -> None:
        """Builds views ahead, in the background, for the clearances that were asked for before the last end."""
        if self._ahead is not None:
            self._ahead.start(lambda name: self._owner.label(name) is not None)

    def close(self) -> None:
        """Ends all views; queries that still run are killed."""
        if self._ahead is not None:
            self._ahead.close()
        with self._changed:
            self._is_closed = True
            views = list(self._views.values())
            self._views.clear()
        for view in views:
            view.close()

    def _seen(self, clearance: Clearance, *, named: bool) -> Clearance:
        """What a query sees of a clearance: unless it is to find graphs by name, only what can be in the merge.

        So those share a view who differ in what no commit wrote, such as each one's own provenance. A commit may
        write there first while the query waits: whoever asks looks afterwards whether `_is_all` still holds.
        """
        if named or (clearance.compartments, False) in self._views:
            return clearance
        merged = self._owner.committed(clearance.compartments)
        return clearance if merged == clearance.compartments else _cleared(merged)

    def _is_all(self, seen: Clearance, clearance: Clearance) -> bool:
        """Whether what was seen is all of the clearance that can be in the merge."""
        return seen is clearance or self._owner.committed(clearance.compartments) <= seen.compartments

    @contextlib.contextmanager
    def _using(self, clearance: Clearance, ends: float, *, named: bool = True) -> Iterator[View]:
        """The view that answers for a clearance; one of its own if the query is to find graphs by name."""
        self.recent.note(clearance)
        view = self._take(clearance, ends, named=named)
        try:
            yield view
        finally:
            self._let_go(view)

    def _take(self, clearance: Clearance, ends: float, *, named: bool) -> View:
        """The clearance's view, counted as used. Raises `Busy` when all others are in use."""
        with self._changed:
            if (view := self._standing(clearance, named=named)) is not None:
                return self._use(view)
        sort = sorts.Own() if named else self._sort(clearance)  # reads the owner: never under the lock
        evicted = None
        with self._changed:
            while (view := self._standing(clearance, named=named, sort=sort)) is None:
                if len(self._views) >= self._limit and (evicted := self._evict()) is None:
                    if not self._changed.wait(ends - time.monotonic()):
                        raise Busy("all views are in use", hint="try again later")
                    continue
                view = self._begin(clearance, sort)
            self._use(view)
        if evicted is not None:
            evicted.close()
        return view

    def _use(self, view: View) -> View:
        self._views.move_to_end(view.key)
        view.users += 1
        return view

    def _let_go(self, view: View) -> None:
        with self._changed:
            view.users -= 1
            self._changed.notify_all()

    def _standing(self, clearance: Clearance, *, named: bool, sort: sorts.Sort | None = None) -> View | None:
        """The clearance's own view, else a shared one: one that serves it already, or by `sort` is to do so."""
        own = self._views.get((clearance.compartments, False))
        if own is not None or named:
            return own
        if isinstance(sort, sorts.Shared):
            return self._views.get((sort.common, True))
        if sort is None:
            for view in self._views.values():
                if isinstance(view, Shared) and view.serves(clearance):
                    return view
        return None

    def _begin(self, clearance: Clearance, sort: sorts.Sort) -> View:
        if self._is_closed:
            raise Unavailable("the server is ending", hint="try again later")
        how = {"query_memory": self._query_memory, "answer": self._answer}
        view = (
            Shared(self._owner, clearance_of(sort.common), **how)
            if isinstance(sort, sorts.Shared)
            else View(self._owner, clearance, **how)
        )
        self._views[view.key] = view
        return view

    def _sort(self, clearance: Clearance) -> sorts.Sort:
        with self._changed:
            shared = [view for view in self._views.values() if isinstance(view, Shared)]
        return self._rule(
            sorts.Asked(
                clearance.compartments,
                self.recent,
                [view.clearance.compartments for view in shared],
                self._sizes.size,
                self._limit,
                self._weight > self._memory // 2,
            )
        )

    def _evict(self) -> View | None:
        """Takes out the least recently used view that is not in use; the caller closes it."""
        for key, view in self._views.items():
            if not view.users:
                return self._views.pop(key)
        return None

    def _drop(self, view: View) -> None:
        with self._changed:
            if self._views.get(view.key) is view:
                del self._views[view.key]
        view.close()

    def _build_ahead(self, clearance: Clearance) -> bool:
        """Builds a view that nobody has asked for yet; False when there is no room for more."""
        clearance = self._seen(clearance, named=False)
        sort = self._sort(clearance)
        with self._changed:
            view = self._standing(clearance, named=False) or self._standing(clearance, named=False, sort=sort)
            if view is None:
                if self._is_closed or len(self._views) >= self._limit:
                    return False
                view = self._begin(clearance, sort)
                self._views.move_to_end(view.key, last=False)  # what is asked for goes before
            view.users += 1
        try:
            view.seat(clearance, named=False, ends=time.monotonic() + AHEAD)
        except AmbitError:
            self._drop(view)
        finally:
            self._let_go(view)
        return sum(self.live().values()) < self._memory * FILLED

    def _heed_memory(self, view: View) -> None:
        """Lets views go while keepers take more than they may; looked at after a build or growth."""
        if view.is_weighed and self._grown < GROWN:
            return
        view.is_weighed = True
        self._grown = 0
        while True:
            self._weight = sum(self.live().values())
            if self._weight <= self._memory:
                return
            with self._changed:
                evicted = self._evict()
            if evicted is None:
                return
            evicted.close()
