"""Group commit: writers that wait for the disk at the same time share one flush."""

import threading
from collections.abc import Callable

from .errors import Unavailable


class Flushes:
    """Flushes for all that wait: the first of them does it, the others go with it or with the next one.

    `flush` puts on disk all that was written before it was called; it raises `OSError`. What a failed flush
    left is not known to anybody (the system may have dropped the pages), so none is tried after it.
    """

    def __init__(self, flush: Callable[[], None]):
        self._flush = flush
        self._turn = threading.Condition()
        self._begun = self._ended = 0
        self._broken: OSError | None = None

    def settle(self) -> None:
        """Returns when all that was written before the call is on disk. Raises `Unavailable`."""
        with self._turn:
            wanted = self._begun + 1  # one that has begun need not cover what was written since
            while self._ended < wanted and self._broken is None:
                if self._begun > self._ended:
                    self._turn.wait()
                    continue
                self._begun += 1
                self._turn.release()
                try:
                    self._flush()
                except OSError as error:
                    broken: OSError | None = error
                else:
                    broken = None
                finally:
                    self._turn.acquire()
                    self._ended = self._begun
                    self._turn.notify_all()
                self._broken = broken
            if self._broken is not None:
                raise _unflushed(self._broken) from self._broken

    @property
    def is_broken(self) -> bool:
        """Whether a flush has failed: nothing can be promised any more."""
        return self._broken is not None


def _unflushed(error: OSError) -> Unavailable:
    return Unavailable(
        f"what was written could not be put on disk: {error}",
        hint="make room or mend the disk, then start again; what was acknowledged before is safe",
        code="flush-failed",
    )
