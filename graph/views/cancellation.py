"""Ending what somebody waits for, from another thread."""

import contextlib
import threading
from collections.abc import Callable, Iterator

from ..errors import AmbitError


class Cancellation:
    """Says that nobody may have the answer any more: the client left, or the right is lost."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cancelled = False
        self._hooks: set[Callable[[], None]] = set()

    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` has been called."""
        return self._cancelled

    def cancel(self) -> None:
        """Kills what runs under this, now and later; from any thread, any number of times."""
        with self._lock:
            self._cancelled = True
            hooks, self._hooks = self._hooks, set()
        for hook in hooks:
            hook()

    @contextlib.contextmanager
    def killing(self, hook: Callable[[], None]) -> Iterator[None]:
        """Has `hook` called on cancellation while the block runs; at once when it has been cancelled."""
        with self._lock:
            cancelled = self._cancelled
            if not cancelled:
                self._hooks.add(hook)
        if cancelled:
            hook()
        try:
            yield
        finally:
            with self._lock:
                self._hooks.discard(hook)


def cancelled() -> AmbitError:
    """The failure of what was cancelled."""
    return AmbitError("the query was cancelled", code="cancelled")
