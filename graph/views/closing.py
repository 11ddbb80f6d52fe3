"""Children that are of no use any more end a little later: when a commit reaches many views, their ends would
take the processors from the keepers that are to apply it.
"""

import threading
import time
from collections import deque
from collections.abc import Iterable

from .leases import Leased

LATER = 0.05
"""Seconds that an idle child is left."""

_waiting: deque[tuple[float, Leased]] = deque()
_changed = threading.Condition()
_thread: threading.Thread | None = None


def later(children: Iterable[Leased]) -> None:
    """Closes children that run nothing, soon."""
    global _thread
    when = time.monotonic() + LATER
    with _changed:
        _waiting.extend((when, child) for child in children)
        if _thread is None:
            _thread = threading.Thread(target=_close, name="ambit-closing", daemon=True)
            _thread.start()
        _changed.notify()


def _close() -> None:
    while True:
        with _changed:
            _changed.wait_for(lambda: _waiting)
            when, child = _waiting.popleft()
        time.sleep(max(0.0, when - time.monotonic()))
        child.close()
