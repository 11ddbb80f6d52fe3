"""Turns at one file: who comes while another writes waits, and is written for together with all who wait."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class Ticket:
    """What one thread wants written; without bodies it wants the turn for itself."""

    __slots__ = ("batch", "bodies", "done", "error", "leads", "number", "woken")

    def __init__(self, bodies: Sequence[tuple[bytes, bytes]] = ()):
        self.bodies = bodies  # kind and fields of each entry
        self.number, self.done = -1, False
        self.error: BaseException | None = None
        self.leads = False  # it has the turn
        self.batch: Sequence[Ticket] = ()  # all that are written for in its turn
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

        Whoever gets some has to `give` them back. Whoever is interrupted leaves, and the turn goes on.
        """
        try:
            return self._take(ticket)
        except BaseException as error:
            self._leave(ticket, error)
            raise

    def is_taken(self) -> bool:
        """Whether somebody has the turn now: who comes then may have to wait."""
        return self._taken

    def _take(self, ticket: Ticket) -> list[Ticket]:
        with self._lock:
            waits = self._taken
            if waits:
                self._waiting.append(ticket)
            else:
                self._taken = ticket.leads = True
        if waits:
            ticket.woken.acquire()
            if ticket.done:
                return []
        batch = [ticket]
        if ticket.bodies:
            with self._lock:
                batch += [other for other in self._waiting if other.bodies]
                following = [other for other in self._waiting if not other.bodies]
                self._waiting, ticket.batch = following, batch
        return batch

    def _leave(self, ticket: Ticket, error: BaseException) -> None:
        """Takes out who waits no more, and hands on the turn if that came meanwhile; what another writes is written."""
        with self._lock:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                return
        if ticket.leads:
            batch = ticket.batch or [ticket]
            for other in batch:
                other.error = error
            self.give(batch)

    def give(self, batch: Sequence[Ticket]) -> None:
        """Ends a turn: all of the batch are done, and the one who waits longest is next."""
        batch[0].leads, batch[0].batch = False, ()
        with self._lock:
            following = self._waiting.pop(0) if self._waiting else None
            self._taken = following is not None
            if following is not None:
                following.leads = True
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
