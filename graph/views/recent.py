"""The clearances asked for lately, and how many of them have which compartments: the rule of sorts counts them."""

import threading
from collections import OrderedDict
from collections.abc import Collection

from ..words import Clearance

MOST = 10_000
"""Clearances that are remembered."""

MOST_NAMES = 1_000_000
"""Names of compartments in all of them together."""


class Recent:
    """Clearances, the last asked for last, and how many of them have a compartment. Safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: OrderedDict[str, Clearance] = OrderedDict()
        self._having: dict[str, set[str]] = {}  # keys by compartment
        self._names = 0

    def note(self, clearance: Clearance) -> None:
        """Remembers that a clearance was asked for."""
        with self._lock:
            if clearance.key in self._asked:
                self._asked.move_to_end(clearance.key)
                return
            self._asked[clearance.key] = clearance
            self._names += len(clearance.compartments)
            for compartment in clearance.compartments:
                self._having.setdefault(compartment, set()).add(clearance.key)
            while len(self._asked) > MOST or (self._names > MOST_NAMES and len(self._asked) > 1):
                self._forget_oldest()

    def recall(self, clearances: list[Clearance]) -> None:
        """Takes in what was asked for before an end, the last first, as older than all that was asked since."""
        since = self.latest(MOST)
        for clearance in [*reversed(clearances), *reversed(since)]:
            self.note(clearance)

    def popularity(self, compartment: str) -> int:
        """How many clearances have a compartment."""
        return len(self._having.get(compartment, ()))

    def sharers(self, common: Collection[str], most: int) -> int:
        """How many clearances have all of these compartments; counting ends at `most`."""
        with self._lock:
            having = sorted((self._having.get(compartment, set()) for compartment in common), key=len)
            if not having:
                return min(most, len(self._asked))
            found = 0
            for key in having[0]:
                found += all(key in others for others in having[1:])
                if found >= most:
                    break
            return found

    def latest(self, most: int) -> list[Clearance]:
        """The last clearances, the last asked for first."""
        with self._lock:
            keys = list(reversed(self._asked))[:most]
            return [self._asked[key] for key in keys]

    def _forget_oldest(self) -> None:
        key, clearance = self._asked.popitem(last=False)
        self._names -= len(clearance.compartments)
        for compartment in clearance.compartments:
            having = self._having[compartment]
            having.discard(key)
            if not having:
                del self._having[compartment]
