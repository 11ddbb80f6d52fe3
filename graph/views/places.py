"""The places of a keeper: how many of its queries may be at work at once; further ones wait.

An answer of which nobody takes a piece is not at work. Its place goes to whoever waits, and it goes on without one:
from then on it is a process behind all others (`courtesy`), of which there are no more than requests. So readers
that take an answer in sips keep nobody else out.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import Busy
from .cancellation import Cancellation, cancelled

MOMENT = 0.1
"""Seconds that somebody waits for a free place before a resting answer's is taken."""


class Place:
    """One query's place."""

    def __init__(self, places: "Places"):
        self._places = places
        self.is_kept = True  # nobody else has taken it

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Lets whoever waits have the place while the block runs; it does not come back."""
        self._places.rest(self)
        try:
            yield
        finally:
            self._places.wake(self)


class Places:
    """So many places; thread-safe, with one lock under which nobody waits for anything else."""

    def __init__(self, number: int):
        self._free = number
        self._resting: dict[Place, None] = {}  # who has rested longest comes first
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, ends: float, cancel: Cancellation) -> Iterator[Place]:
        """A place while the block runs. Raises `Busy` where none came free in time, `AmbitError` (`cancelled`)."""
        place = Place(self)
        self._enter(ends, cancel)
        try:
            yield place
        finally:
            with self._changed:
                if place.is_kept:
                    self._free += 1
                    self._changed.notify()

    def _enter(self, ends: float, cancel: Cancellation) -> None:
        with self._changed:
            while not self._free:
                if cancel.is_cancelled:
                    raise cancelled()
                if time.monotonic() >= ends:
                    raise Busy("too many queries at once", hint="try again later")
                if not self._changed.wait(MOMENT) and self._resting:
                    longest = next(iter(self._resting))
                    del self._resting[longest]
                    longest.is_kept = False
                    return
            self._free -= 1

    def rest(self, place: Place) -> None:
        """Whoever waits may have this place."""
        with self._changed:
            if place.is_kept:
                self._resting[place] = None

    def wake(self, place: Place) -> None:
        """Nobody may have it any more, if nobody has."""
        with self._changed:
            self._resting.pop(place, None)
