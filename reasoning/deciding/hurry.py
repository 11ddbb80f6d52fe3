"""How long whoever holds commits off may go on asking: each thread by itself, a failure when that is over."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ...graph.errors import Unavailable


class Hurry:
    """The end, by thread, of what is asked while no commit can come in."""

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

    def left(self, seconds: float) -> float:
        """What is left of so many seconds; raises `Unavailable` where that is nothing."""
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
