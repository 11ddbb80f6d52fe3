"""Places for requests, given in turn: one subject after the other, and to each only so many at once.

Who asks more than its places waits in a line of its own, so that a flood by one subject puts others back by
one request at most; and a line is only so long. Places are counted, not seconds: what a request costs is
bounded by its deadline.
"""

import asyncio
import math
import threading
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from ..graph.errors import AmbitError, Busy
from ..graph.views.cancellation import Cancellation
from .stopping import stopping

ANONYMOUS = 2
"""Places of all who show no token together."""
LONGEST = 3_600
"""Seconds that somebody is told to wait at most."""
_WEIGHT = 0.2  # of the last request in the mean time that a subject's requests take


@dataclass(slots=True)
class _Line:
    """One subject's requests: how many are carried out, and who waits, first come first."""

    most: int
    running: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)
    seconds: float = 0.0  # the mean time in which a place came free, 0 while none has


class Slots:
    """The places of one server. Used on the event loop only.

    `total`: requests carried out at once; `each`: of these, one subject's; `waiting`: how many of one subject
    may wait.
    """

    def __init__(self, total: int, *, each: int, waiting: int, clock: Callable[[], float] = time.monotonic):
        self._total = self._free = total
        self._each = min(each, total)
        self._waiting = waiting
        self._clock = clock
        self._lines: dict[str, _Line] = {}
        self._turns: deque[str] = deque()  # subjects of whom somebody waits; the first is next
        self._inside: set[Cancellation] = set()  # of all who have a place or wait for one
        self._has_ended = False

    @asynccontextmanager
    async def of(
        self, subject: str, *, anonymous: bool, cancel: Cancellation | None = None
    ) -> AsyncIterator[None]:
        """A place of `subject`'s, in its turn.

        Raises `Busy` where too many of its requests wait; `retry_after` in the details says in how many seconds
        those who wait will have been let in, if its requests go on to take as long as they do. A waiter whose `cancel` is
        called leaves at once: `AmbitError` (`cancelled`). After `end` it is `Unavailable` for all.
        """
        if self._has_ended:
            raise stopping()
        cancel = cancel or Cancellation()
        self._inside.add(cancel)
        most = min(ANONYMOUS, self._each) if anonymous else self._each
        line = self._lines.setdefault(subject, _Line(most))
        try:
            await self._enter(subject, line, cancel)
            began = self._clock()
            try:
                yield
            finally:
                self._leave(line, self._clock() - began)
        except AmbitError as error:
            if self._has_ended and error.code == "cancelled":
                raise stopping() from None
            raise
        finally:
            self._inside.discard(cancel)
            if not line.running and not line.waiting and self._lines.get(subject) is line:
                del self._lines[subject]

    def end(self) -> None:
        """Cancels whoever has a place or waits for one, and lets nobody in any more: the server stops."""
        self._has_ended = True
        for cancel in [*self._inside]:
            cancel.cancel()

    async def _enter(self, subject: str, line: _Line, cancel: Cancellation) -> None:
        if self._free and line.running < line.most and not line.waiting:
            self._take(line)
            return
        if len(line.waiting) >= self._waiting:
            raise self._busy(line)
        place = asyncio.get_running_loop().create_future()
        line.waiting.append(place)
        if subject not in self._turns:
            self._turns.append(subject)

        def leave() -> None:
            place.cancel()

        try:
            with cancel.killing(leave):
                await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._leave(line, None)  # it was given just now: to the next
            elif place in line.waiting:
                line.waiting.remove(place)
            if cancel.is_cancelled:
                raise AmbitError("the client left", code="cancelled") from None
            raise

    def _take(self, line: _Line) -> None:
        self._free -= 1
        line.running += 1

    def _leave(self, line: _Line, seconds: float | None) -> None:
        self._free += 1
        line.running -= 1
        if seconds is not None:
            line.seconds += (seconds - line.seconds) * (_WEIGHT if line.seconds else 1.0)
        self._give()

    def _give(self) -> None:
        """Gives what is free to whoever is next; a subject that got a place goes to the end."""
        for _ in range(len(self._turns)):
            if not self._free:
                return
            subject = self._turns.popleft()
            line = self._lines.get(subject)
            if line is None:
                continue
            while line.waiting and line.waiting[0].done():
                line.waiting.popleft()  # it has left, and its task has not run since
            if line.waiting and line.running < line.most:
                self._take(line)
                line.waiting.popleft().set_result(None)
            if line.waiting:
                self._turns.append(subject)

    def _busy(self, line: _Line) -> Busy:
        """By then all who wait now will have been given a place, if nothing else keeps the server busy."""
        seconds = math.ceil(len(line.waiting) / line.most * line.seconds)
        return Busy(
            "too many requests of yours are waiting",
            hint="wait for answers before asking more",
            details={"retry_after": max(1, min(LONGEST, seconds))},
        )


class Streams:
    """How many answers in pieces one subject is given at once: its other places are for what ends soon.

    Whoever reads slowly decides how long such an answer lasts, so none waits for another. Thread-safe.
    """

    def __init__(self, *, each: int):
        self._each = each
        self._running: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def of(self, subject: str) -> Iterator[None]:
        """One answer of `subject`'s while the block runs. Raises `Busy` where there are too many."""
        with self._lock:
            if self._running[subject] >= self._each:
                raise Busy(
                    "too many long answers of yours are being given",
                    hint=f"read them to their end first: {self._each} at once, half of limits.requests_each",
                )
            self._running[subject] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[subject] -= 1
                if not self._running[subject]:
                    del self._running[subject]
