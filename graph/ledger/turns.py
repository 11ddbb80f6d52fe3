"""Turns at one file: who comes while another writes waits, and is written for together with all who wait."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class Ticket:
    """What one thread wants written; without bodies it wants the turn for itself."""

    __slots__ = ("bodies", "done", "error", "number", "woken")

    def __init__(self, bodies: Sequence[tuple[bytes, bytes]] = ()):
        self.bodies = bodies  # kind and fields of each entry
        self.number, self.done = -1, False
        self.error: BaseException | None = None
        self.woken = threading.Lock()
        self.woken.acquire()


class Turns:
    """Hands the turn from one thread to the next; each sleeps and is woken once at most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Ticket] = []
        self._taken = False

    def take(self, ticket: Ticket) -> list[Ticket]:
        """Waits for the turn; gives the tickets to write, or none where another thread wrote this one.

        Whoever gets some has to `give` them back.
        """
        with self._lock:
            waits = self._taken
            if waits:
                self._waiting.append(ticket)
            self._taken = True
        if waits:
            ticket.woken.acquire()
            if ticket.done:
                return []
        if not ticket.bodies:
            return [ticket]
        with self._lock:
            batch = [ticket, *(other for other in self._waiting if other.bodies)]
            self._waiting = [other for other in self._waiting if not other.bodies]
        return batch

    def give(self, batch: Sequence[Ticket]) -> None:
        """Ends a turn: all of the batch are done, and the one who waits longest is next."""
        with self._lock:
            following = self._waiting.pop(0) if self._waiting else None
            self._taken = following is not None
        if following is not None:
            following.woken.release()
        for ticket in batch[1:]:
            ticket.done = True
            ticket.woken.release()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A turn in which nothing is written."""
        batch = self.take(Ticket())
        try:
            yield
        finally:
            self.give(batch)
