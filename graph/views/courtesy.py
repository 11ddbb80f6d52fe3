"""Who gives way to whom: a query that takes long runs behind the others from the moment that there are others.

A process that was put behind (nice(2)) cannot come forward again without rights that a server should not have, so
its child answers nobody else. Where nobody asks meanwhile it stays as it is, and with all its memory at hand
answers the next query: a fresh one copies each page that it reads for the first time.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .leases import Leased


class Courtesy:
    """The queries of a server's keepers that are asked for now, and the children among them that take long."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = 0
        self._long: set[Leased] = set()

    @contextmanager
    def asked(self) -> Iterator[None]:
        """A query is asked for while the block runs; those that take long go behind it."""
        with (
            self._lock
        ):  # also while they are put behind: none of them is done meanwhile, and lent to somebody else
            self._asked += 1
            for child in self._long:
                child.lower()
            self._long.clear()
        try:
            yield
        finally:
            with self._lock:
                self._asked -= 1

    def takes_long(self, child: Leased) -> None:
        """A child goes behind the others as soon as there are any; call it inside `asked`."""
        with self._lock:
            is_alone = self._asked == 1
            if is_alone:
                self._long.add(child)
        if not is_alone:
            child.lower()

    def is_done(self, child: Leased) -> None:
        """A child has answered."""
        with self._lock:
            self._long.discard(child)


COURTESY = Courtesy()
"""That of this process: views and rules have the same processors."""
