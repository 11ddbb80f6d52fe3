"""Queries as of a time: what may be seen today, as it was then.

A graph is there if it stands now in the clearance, with what it held then, if it was in the clearance then, too.
What has gone since, or may no longer be seen, is not: the two must read the same. Conclusions are not in it.
See `docs/decisions/the-past-of-what-is-seen.md`.
"""

import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Generator, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from ..errors import Busy, Timeout
from ..snapshot import Snapshot
from ..store.past import Moments, gap
from ..words import Clearance, Role
from .worker import Cancellation, Keeper, KeeperGone, Piece

if TYPE_CHECKING:
    from ..sparql.gate import Admitted, Dataset

LIVE = 4
"""Views of the past that are kept; each takes a process, outside of what live views may take together."""

READING = 2
"""Pasts that are read out of the log at once; who asks for one more is refused."""

_PIECE = 1 << 20
_ALL = frozenset(Role)

_Key = tuple[frozenset[str], int, int]


class _PastView:
    """A keeper with the past of one clearance, made in a thread of its own so that no deadline ends that."""

    def __init__(self) -> None:
        self.users = 0
        self.keeper: Future[Keeper] = Future()

    def close(self) -> None:
        self.keeper.add_done_callback(_end)


def _end(made: "Future[Keeper]") -> None:
    if made.exception() is None:
        made.result().close()


class PastViews:
    """Answers queries on the past of clearances; thread-safe. `log` is the folder of the commit log."""

    def __init__(
        self, owner: Snapshot, log: Path, *, query_memory: int = 512_000_000, answer: int = 64_000_000
    ):
        self._owner = owner
        self._log = log
        self._how = {"memory": query_memory, "answer": answer}
        self._moments = Moments(log)
        self._lock = threading.Lock()
        self._reading = 0  # how many are being made
        self._views: OrderedDict[_Key, _PastView] = OrderedDict()  # least recently used first

    def stream(
        self,
        clearance: Clearance,
        query: "Admitted",
        moment: str,
        *,
        format: str = "json",
        dataset: "Dataset | None" = None,
        deadline: float = 8.0,
        cancel: Cancellation | None = None,
    ) -> Generator[Piece, None, None]:
        """Answers an admitted query piece by piece, as of a time (UTC, ISO 8601, milliseconds).

        `deadline` in seconds; making the past goes on when it is over, so that the next query finds it. Raises
        what `Keeper.stream` raises, and `Unavailable` where the log does not have that past.
        """
        ends = time.monotonic() + deadline
        view = self._take(clearance, moment)
        try:
            keeper = _made(view.keeper, ends)
            yield from keeper.stream(
                query.text,
                format=format,
                deadline=ends - time.monotonic(),
                dataset=dataset if dataset is not None else query.dataset,
                cancel=cancel,
            )
        except KeeperGone:
            self._forget(view)
            raise
        finally:
            with self._lock:
                view.users -= 1

    def close(self) -> None:
        """Ends all views of the past."""
        with self._lock:
            views = list(self._views.values())
            self._views.clear()
        for view in views:
            view.close()

    def _take(self, clearance: Clearance, moment: str) -> _PastView:
        """The view, begun if there is none. What is seen today is part of its name."""
        with self._owner.frozen() as now:
            covered = self._owner.covered(clearance.compartments)
            seen = max(map(self._owner.last_changed, covered), default=0)
            until = self._moments.revision(moment, now)
            key = (clearance.compartments, until, seen)
            with self._lock:
                view = self._views.get(key)
                if view is None or (view.keeper.done() and view.keeper.exception() is not None):
                    if self._reading >= READING:
                        raise Busy("other pasts are being read", hint="try again later")
                    graphs = [e.graph for e in self._owner.graphs_of(clearance.compartments, _ALL)]
                    asked = {
                        "log": str(self._log),
                        "until": until,
                        "compartments": sorted(covered),
                        "graphs": graphs,
                    }
                    view = self._views[key] = _PastView()
                    self._begin(view, asked)
                self._views.move_to_end(key)
                view.users += 1
                gone = self._evict()
        for one in gone:
            one.close()
        return view

    def _evict(self) -> list[_PastView]:
        free = [key for key, view in self._views.items() if not view.users]
        return [self._views.pop(key) for key in free[: max(len(self._views) - LIVE, 0)]]

    def _forget(self, view: _PastView) -> None:
        with self._lock:
            for key in [key for key, one in self._views.items() if one is view]:
                del self._views[key]
        view.close()

    def _begin(self, view: _PastView, asked: dict[str, object]) -> None:
        def work() -> None:
            try:
                make()
            finally:
                with self._lock:
                    self._reading -= 1

        def make() -> None:
            keeper = Keeper("the past", **self._how)
            try:
                keeper.build(_recalled(asked), 0)
            except BaseException as error:
                keeper.close()
                view.keeper.set_exception(error)
            else:
                view.keeper.set_result(keeper)

        self._reading += 1
        threading.Thread(target=work, name="ambit-past", daemon=True).start()


def _recalled(asked: dict[str, object]) -> Iterator[bytes]:
    """What the reading process gives, in whole lines. Raises `Unavailable`."""
    arguments = [sys.executable, "-P", "-m", "ambit.graph.views.recall"]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reading:
        assert reading.stdin is not None and reading.stdout is not None  # noqa: S101 - they are pipes
        reading.stdin.write(orjson.dumps(asked, option=orjson.OPT_APPEND_NEWLINE))
        reading.stdin.close()
        rest = b""
        while piece := reading.stdout.read(_PIECE):
            whole, end, rest = (rest + piece).rpartition(b"\n")
            yield whole + end
    if reading.returncode or rest:
        raise gap(0)


def _made(keeper: "Future[Keeper]", ends: float) -> Keeper:
    try:
        return keeper.result(max(0.0, ends - time.monotonic()))
    except FutureTimeout:
        if keeper.done():
            raise
        raise Timeout("that past is still being read", hint="try again") from None
