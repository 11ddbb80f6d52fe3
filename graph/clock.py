"""The time that decisions are made at: it goes on when the machine's clock is set back.

A right that has ended must not come back because somebody, or a time server, turns the clock. So the time is the
machine's, but never less than where this process began and what has passed since, and not less than what the ledger
has seen before. A clock that is set ahead is believed, as ends come too early then, and for as long as it stands so.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

_STEADY: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

BEHIND: Final = 60.0
"""Seconds by which the machine's clock may lag before that counts as a failure."""


def _wall() -> float:
    """Seconds since 1970 by the machine's clock."""
    return time.time()


def _elapsed() -> float:
    """Seconds that go on through a suspend, where the system counts them (clock_gettime(2), CLOCK_BOOTTIME)."""
    return time.clock_gettime(_STEADY)


class Clock:
    """A time that does not go back while the process lives. `wall` and `elapsed` give seconds."""

    def __init__(self, wall: Callable[[], float] = _wall, elapsed: Callable[[], float] = _elapsed):
        self._wall = wall
        self._elapsed = elapsed
        self._start = (wall(), elapsed())  # replaced as one, so that no reader sees half of it

    def seconds(self) -> float:
        """Seconds since 1970 in UTC."""
        began, since = self._start
        return max(self._wall(), began + self._elapsed() - since)

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    def behind(self) -> float:
        """Seconds by which the machine's clock lags behind."""
        return max(0.0, self._least() - self._wall())

    def not_before(self, moment: datetime) -> None:
        """Has it go on from a moment that has been, if that is later than now."""
        if moment.timestamp() > self.seconds():
            self._start = (moment.timestamp(), self._elapsed())

    def _least(self) -> float:
        began, since = self._start
        return began + self._elapsed() - since


CLOCK: Final = Clock()
"""This process's."""
