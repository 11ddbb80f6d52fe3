"""Group commit: writers that wait for the disk at the same time share one flush."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .errors import Unavailable


class Flushes:
    """Flushes for all that wait: the first of them does it, the others go with it or with the next one.

    `flush` puts on disk all that was written before it was called; it raises `OSError`. What a failed flush
    left is not known to anybody: the system may have dropped the pages, and tells of it once. So none is tried
    after it, wherever the first was called for: each flush of what is acknowledged goes through `sync`.
    """

    def __init__(self, flush: Callable[[], None]):
        self._flush = flush
        self._turn = threading.Condition()
        self._begun = self._done = 0  # the last flush that was begun, and the last that put all on disk
        self._is_flushing = False
        self._one = threading.Lock()  # so that no flush succeeds between one that failed and its being known
        self._broken: OSError | None = None

    def settle(self) -> None:
        """Returns when all that was written before the call is on disk. Raises `Unavailable`."""
        with self._turn:
            wanted = self._begun + 1  # one that has begun need not cover what was written since
            while self._done < wanted and self._broken is None:
                if self._is_flushing:
                    self._turn.wait()
                else:
                    self._lead()
            if self._broken is not None:
                raise _unflushed(self._broken) from self._broken

    def sync(self, file: int) -> None:
        """Puts one open file on disk. Raises `OSError`, also where another flush has failed."""
        with self.watched():
            os.fsync(file)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Around whatever flushes: an `OSError` in it ends all promises, and after one it raises `OSError` itself."""
        with self._one:
            if self._broken is not None:
                raise OSError(f"an earlier flush failed: {self._broken}")
            try:
                yield
            except OSError as error:
                self._broken = error
                raise

    def _lead(self) -> None:
        """One flush for all that wait. What ends it without having failed, an interrupt, leaves it to the next."""
        self._begun += 1
        self._is_flushing = True
        self._turn.release()
        broken, is_done = None, False
        try:
            self._flush()
            is_done = True
        except OSError as error:
            broken = error
        finally:
            self._turn.acquire()
            self._is_flushing = False
            self._done = self._begun if is_done else self._done
            self._broken = self._broken or broken
            self._turn.notify_all()

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
