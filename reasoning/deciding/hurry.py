"""How long whoever asks may go on: until commits have waited long enough, or nobody wants the answer any more.

Each thread by itself; what is asked after that fails.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from ...graph.errors import Unavailable
from ...graph.views.cancellation import Cancellation, cancelled

_T = TypeVar("_T")

_OFTEN: Final = 1_000
"""Things that are gone through until it is looked again whether there is time left."""


class Hurry:
    """The end, by thread, of what is asked: of all while no commit can come in, and where its asker has gone."""

    def __init__(self) -> None:
        self._own = threading.local()

    @contextmanager
    def of(self, seconds: float) -> Iterator[None]:
        """What the block asks ends within so many seconds; raises `Unavailable` where the block took longer."""
        before = self._end
        self._own.end = (
            min(before, time.monotonic() + seconds) if before is not None else time.monotonic() + seconds
        )
        try:
            yield
            self.left(seconds)
        finally:
            self._own.end = before

    @contextmanager
    def wanted(self, cancel: Cancellation) -> Iterator[None]:
        """What the block asks ends when `cancel` is called; raises `AmbitError` (`cancelled`) where it was."""
        before: Cancellation | None = getattr(self._own, "cancel", None)
        self._own.cancel = cancel
        try:
            yield
            self._check()
        finally:
            self._own.cancel = before

    def _check(self) -> None:
        cancel: Cancellation | None = getattr(self._own, "cancel", None)
        if cancel is not None and cancel.is_cancelled:
            raise cancelled()

    def through(self, items: Iterable[_T], seconds: float) -> Iterator[_T]:
        """The items, as long as `left` gives something; raises what that does."""
        for number, item in enumerate(items):
            if number % _OFTEN == 0:
                self.left(seconds)
            yield item

    def left(self, seconds: float) -> float:
        """What is left of so many seconds; raises `Unavailable` where that is nothing, and as `wanted` does."""
        self._check()
        if self._end is None:
            return seconds
        left = self._end - time.monotonic()
        if left <= 0:
            raise Unavailable("the policy kept changing while it was asked", hint="try again")
        return min(seconds, left)

    @property
    def _end(self) -> float | None:
        end: float | None = getattr(self._own, "end", None)
        return end
