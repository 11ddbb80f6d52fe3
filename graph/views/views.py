"""The live views: as many as the bounds allow, and for each query the one that answers for its clearance.

A view holds exactly the triples of one clearance, and nothing is filtered while a query runs, because nothing is
there to be filtered. What is evicted, or dies, is built anew by the next query.
"""

import contextlib
import time
from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, TypeVar

from ..layout import Parcels
from ..sparql.updates import Changed
from ..terms import Object
from ..words import Clearance, Delta
from .cancellation import Cancellation
from .registry import Registry
from .view import Beside
from .worker import Answer, Keeper, KeeperGone, Piece

if TYPE_CHECKING:
    from ..sparql.gate import Admitted, Dataset

T = TypeVar("T")

ATTEMPTS = 3
"""How often a query is tried while keepers die under it."""


class Views(Registry):
    """Answers queries, each on the view of its clearance.

    Register `on_delta` with the owner (`Owner.listen`, `Projector.listen`) before the first query.
    """

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

        def ask(keeper: Keeper, beside: Beside) -> Answer:
            return keeper.query(
                query.text,
                format=format,
                deadline=ends - time.monotonic(),
                dataset=wanted,
                bindings=bindings,
                cancel=cancel,
                beside=beside,
            )

        return self._ask(clearance, ask, named=query.uses_graphs or wanted is not None, ends=ends)

    def update(
        self, clearance: Clearance, plan: bytes, *, deadline: float, cancel: Cancellation | None = None
    ) -> Changed:
        """What an update comes to on the view of a clearance, which it leaves as it is; see `Keeper.update`."""
        ends = time.monotonic() + deadline

        def ask(keeper: Keeper, beside: Beside) -> Changed:
            assert beside is None  # noqa: S101 - an own view has all in its store
            return keeper.update(plan, deadline=ends - time.monotonic(), cancel=cancel)

        return self._ask(clearance, ask, named=True, ends=ends)

    def _ask(
        self, clearance: Clearance, ask: Callable[[Keeper, Beside], T], *, named: bool, ends: float
    ) -> T:
        """Asks the view of what the clearance sees, again where a commit has made that more meanwhile."""
        while True:
            seen = self._seen(clearance, named=named)
            answer = self._ask_view(seen, ask, named=named, ends=ends)
            if self._is_all(seen, clearance):
                return answer

    def _ask_view(
        self, clearance: Clearance, ask: Callable[[Keeper, Beside], T], *, named: bool, ends: float
    ) -> T:
        """Asks the view's keeper, and another where it dies."""
        for left in reversed(range(ATTEMPTS)):
            with self._using(clearance, ends, named=named) as view:
                try:
                    keeper, beside = view.seat(clearance, named=named, ends=ends)
                    self._heed_memory(view)
                    return ask(keeper, beside)
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
        named = query.uses_graphs or wanted is not None

        def ask(keeper: Keeper, beside: Beside) -> Generator[Piece, None, None]:
            return keeper.stream(
                query.text,
                format=format,
                deadline=ends - time.monotonic(),
                dataset=wanted,
                cancel=cancel,
                beside=beside,
            )

        while True:
            seen = self._seen(clearance, named=named)
            with contextlib.closing(self._stream_view(seen, ask, named=named, ends=ends)) as pieces:
                first = next(pieces)  # its child was leased before
                if self._is_all(seen, clearance):
                    yield first
                    yield from pieces
                    return

    def _stream_view(
        self,
        clearance: Clearance,
        ask: Callable[[Keeper, Beside], Generator[Piece, None, None]],
        *,
        named: bool,
        ends: float,
    ) -> Generator[Piece, None, None]:
        """The pieces that the view's keeper gives, or another where it dies before the first."""
        for left in reversed(range(ATTEMPTS)):
            has_begun = False
            with self._using(clearance, ends, named=named) as view:
                try:
                    keeper, beside = view.seat(clearance, named=named, ends=ends)
                    self._heed_memory(view)
                    with contextlib.closing(ask(keeper, beside)) as asked:
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
        self._grown += len(delta.into)
        with self._changed:
            views = list(self._views.values())
        if views:
            parcels = Parcels(delta, self._owner.members)
            for view in views:
                view.take(parcels, delta.revision, is_commit=is_commit)
        self._revision = max(
            self._revision, delta.revision
        )  # behind that: whoever reads it finds the views as far

    def revision_of(self, clearance: Clearance) -> int:
        """The last commit that changed this view, live or not; 0 when none did. Queries after this see it."""
        last = self._last_changed(clearance)
        # the catalog has a commit before the views have: only who is concerned waits for it
        if last > self._revision:
            with self._owner.frozen():
                last = self._last_changed(clearance)
        return last

    def _last_changed(self, clearance: Clearance) -> int:
        covered = self._owner.covered(clearance.compartments)
        return max(map(self._owner.last_changed, covered), default=0)
