"""Queries as of a time: what may be seen today, as it was then.

A graph is there if it stands now in the clearance, and has from then on, with what it held then.
What has gone since, or may no longer be seen, is not: the two must read the same. Conclusions are not in it.
See `docs/decisions/the-past-of-what-is-seen.md`.
"""

import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator
from concurrent.futures import Future, wait
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Busy, Timeout, Unavailable
from ..snapshot import Snapshot
from ..store.past import Moments
from ..words import Clearance, Role
from .cancellation import Cancellation
from .pastplaces import Line, Turn
from .reading import Reading
from .worker import Keeper, KeeperGone, Piece

if TYPE_CHECKING:
    from ..sparql.gate import Admitted, Dataset

LIVE = 4
"""Views of the past that are there at once; each takes a process, outside of what live views may take together."""

EACH = 2
"""Of these, how many queries of one subject may use at once."""

READING = 2
"""Pasts that are read out of the log at once, of one subject one; who asks for more waits in turn."""

AGAIN = 60.0
"""Seconds for which a past is read on when whoever asked waits no more: the next query finds it."""

_ALL = frozenset(Role)

_Key = tuple[frozenset[str], int, int]


class _PastView:
    """A keeper with the past of one clearance, made in a thread of its own: who asks may stop waiting before."""

    def __init__(self, asked: dict[str, object], subject: str) -> None:
        self.subject = subject  # who had it read
        self.users: list[str] = []  # the subjects of the queries that are answered from it
        self.reading = Reading(asked)
        self.keeper: Future[Keeper] = Future()

    def make(self, start: Callable[[], Keeper], ended: Callable[[], None]) -> None:
        """Lets a keeper have what is read; what goes wrong is the future's. `ended` is called before it is told."""
        with contextlib.ExitStack() as undone:
            try:
                keeper = start()
                undone.callback(keeper.close)
                keeper.begin(0)
                for chunk in self.reading.chunks():
                    keeper.load(chunk)
                    keeper.wait()
                keeper.ready()
            except BaseException as error:
                undone.close()
                ended()
                self.keeper.set_exception(error)
            else:
                undone.pop_all()
                ended()
                self.keeper.set_result(keeper)

    def weight(self) -> int:
        """The bytes of memory that it takes alone; 0 while it is being made, which has a limit of its own."""
        is_made = self.keeper.done() and self.keeper.exception() is None
        return self.keeper.result().resident() if is_made else 0

    def close(self) -> None:
        """Ends the reading, and the keeper once there is one."""
        self.reading.stop()
        self.keeper.add_done_callback(_end)


def _end(made: "Future[Keeper]") -> None:
    if made.exception() is None:
        made.result().close()


class PastViews:
    """Answers queries on the past of clearances; thread-safe. `log` is the folder of the commit log.

    `memory`: bytes that the reading of one past may take, and that all that were read may take together.
    """

    def __init__(
        self,
        owner: Snapshot,
        log: Path,
        *,
        memory: int = 2_000_000_000,
        query_memory: int = 512_000_000,
        answer: int = 64_000_000,
    ):
        self._owner = owner
        self._log = log
        self._memory = memory
        self._how = {"memory": query_memory, "answer": answer}
        self._moments = Moments(log)
        self._lock = threading.Lock()  # all below
        self._changed = threading.Condition(self._lock)
        self._line = Line(READING)
        self._is_closed = False
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
        subject: str = "",
    ) -> Generator[Piece, None, None]:
        """Answers an admitted query piece by piece, as of a time (UTC, ISO 8601, milliseconds).

        `deadline` in seconds; making the past goes on for `AGAIN` when it is over, so that the next query finds
        it. Raises what `Keeper.stream` raises, `Unavailable` where the log does not have that past,
        `TooLarge` where it takes too much memory to read, and `Busy` where all pasts are in use, or when it is not
        the `subject`'s turn before the deadline.
        """
        ends = time.monotonic() + deadline
        view = self._take(clearance, moment, subject, ends)
        try:
            view.reading.go_on_until(ends + AGAIN)
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
            with self._changed:
                view.users.remove(subject)
                self._changed.notify_all()

    def close(self) -> None:
        """Ends all views of the past, and what is being read; nothing is left running."""
        with self._lock:
            self._is_closed = True
            views = list(self._views.values())
            self._views.clear()
            self._changed.notify_all()
        for view in views:
            view.close()
        wait([view.keeper for view in views])

    def _take(self, clearance: Clearance, moment: str, subject: str = "", ends: float = 0.0) -> _PastView:
        """The view, begun in the subject's turn if there is none."""
        turn = Turn(subject)
        with self._lock:
            self._line.waiting.append(turn)
        try:
            while not isinstance(found := self._look(clearance, moment, turn), _PastView):
                self._wait(found, turn, ends)
            return found
        finally:
            with self._changed:
                self._line.waiting.remove(turn)
                self._changed.notify_all()

    def _wait(self, key: _Key, turn: Turn, ends: float) -> None:
        with self._changed:
            if not self._changed.wait_for(
                lambda: self._is_closed or self._may_use(key, turn) or self._may_begin(turn),
                max(0.0, ends - time.monotonic()),
            ):
                raise Busy("other pasts are being read or used", hint="try again later")

    def _look(self, clearance: Clearance, moment: str, turn: Turn) -> "_PastView | _Key":
        """The view, begun if there is none; its name, where one must wait. What is seen today is part of that."""
        before = self._owner.revision  # of all up to it the log is read before commits are held off
        then = self._moments.revision(moment, before)
        gone: list[_PastView] = []
        with self._owner.frozen() as now:
            covered = self._owner.covered(clearance.compartments)
            seen = max(map(self._owner.last_changed, covered), default=0)
            until = self._moments.revision(moment, now, after=before) or then
            key = (clearance.compartments, until, seen)
            with self._lock:
                if self._is_closed:
                    raise Unavailable("the past is asked no more", hint="the server is being stopped")
                if not self._may_use(key, turn):
                    ended = self._room()
                    if not self._may_begin(turn):
                        return key
                    asked = {
                        "log": str(self._log),
                        "until": until,
                        "now": now,
                        "compartments": sorted(covered),
                        "graphs": [e.graph for e in self._owner.graphs_of(clearance.compartments, _ALL)],
                        "memory": self._memory,
                    }
                    gone = [self._views.pop(one) for one in ended]
                    self._views[key] = _PastView(asked, turn.subject)
                    self._begin(self._views[key])
                view = self._views[key]
                self._views.move_to_end(key)
                view.users.append(turn.subject)
        for one in gone:
            one.close()
        return view

    def _may_use(self, key: _Key, turn: Turn) -> bool:
        """Whether there is that view, and the subject may use it beside what it uses already."""
        view = self._views.get(key)
        if view is None or (view.keeper.done() and view.keeper.exception() is not None):
            return False
        return turn.subject in view.users or self._used_by(turn.subject) < EACH

    def _may_begin(self, turn: Turn) -> bool:
        return self._line.is_next(turn, lambda subject: self._used_by(subject) < EACH)

    def _used_by(self, subject: str) -> int:
        return sum(subject in view.users for view in self._views.values())

    def _room(self) -> list[_Key]:
        """What to end so that there is room for one more. Raises `Busy` while all that are there are in use."""
        views, weight = len(self._views), {key: view.weight() for key, view in self._views.items()}
        ended: list[_Key] = []
        for key, view in self._views.items():
            if views < LIVE and sum(weight.values()) <= self._memory:
                break
            if not view.users and view.keeper.done():
                ended.append(key)
                views -= 1
                del weight[key]
        if views >= LIVE or sum(weight.values()) > self._memory:
            raise Busy("all pasts are in use", hint="try again later")
        return ended

    def _forget(self, view: _PastView) -> None:
        with self._lock:
            for key in [key for key, one in self._views.items() if one is view]:
                del self._views[key]
        view.close()

    def _begin(self, view: _PastView) -> None:
        def ended() -> None:  # first, so that who asks next after an answer finds the place free
            with self._changed:
                self._line.end(view.subject)
                self._changed.notify_all()

        def work() -> None:
            view.make(lambda: Keeper("the past", **self._how), ended)

        self._line.begin(view.subject)
        threading.Thread(target=work, name="ambit-past", daemon=True).start()


def _made(keeper: "Future[Keeper]", ends: float) -> Keeper:
    try:
        return keeper.result(max(0.0, ends - time.monotonic()))
    except FutureTimeout:
        if keeper.done():
            raise
        raise Timeout("that past is still being read", hint="try again") from None
