"""How fast provenance is made: answers go first, and what waits is bounded."""

import threading
import time
from typing import Final

RESTS: Final = ((100_000, 0.0), (30_000, 1.0), (0, 4.0))
"""While requests come in: how many times as long as it worked it rests, where at least so many entries are left."""

BREATH: Final = 0.00005
"""Seconds for which the interpreter is left to who waits for it; a thread that only lets go of it has it back first."""

TURN: Final = 0.0005
"""Seconds of work after which it is: shorter than the switch interval, so that an answer never waits for a whole one."""


class Pace:
    """The rests of one thread. `stopping` ends them."""

    def __init__(self, stopping: threading.Event):
        self._stopping = stopping
        self._begun = time.perf_counter()

    def rest(self, took: float, came: int, left: int) -> None:
        """Behind a portion that took so many seconds: `came` entries are new since it began, `left` are still to do."""
        if (seconds := rest_after(took, came, left)) > 0:
            self._stopping.wait(seconds)

    def breathe(self) -> None:
        """Amid a portion: leaves the interpreter to others for a moment where it has had it for a turn."""
        if time.perf_counter() - self._begun >= TURN:
            time.sleep(BREATH)
            self._begun = time.perf_counter()


def rest_after(took: float, came: int, left: int) -> float:
    """Seconds to rest: none where nobody asks, less the more is left."""
    return took * next(rests for least, rests in RESTS if left >= least) if came else 0.0
