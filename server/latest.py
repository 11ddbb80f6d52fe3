"""What was used last is kept, as far as there is room; the least recently used goes first."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Latest(Generic[K, V]):
    """At most `keep` values, and with `weigh` at most `most` bytes of them by its measure; safe among threads."""

    def __init__(self, keep: int, *, weigh: Callable[[K, V], int] | None = None, most: int = 0):
        self._keep, self._weigh, self._most = keep, weigh, most
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = Lock()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: K) -> V | None:
        """What is kept under a key, which is used by that; None where nothing is."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def put(self, key: K, value: V) -> V:
        """Keeps `value`, unless another thread was faster: then that one's."""
        return self._take_in(key, value, replaces=False)

    def renew(self, key: K, value: V) -> None:
        """Keeps `value` in the place of what was kept."""
        self._take_in(key, value, replaces=True)

    def _take_in(self, key: K, value: V, *, replaces: bool) -> V:
        weight = self._weigh(key, value) if self._weigh is not None else 0
        with self._lock:
            before = self._kept.get(key)
            if before is not None and not replaces:
                return before[0]
            if before is not None:
                del self._kept[key]
                self.bytes -= before[1]
            if weight > self._most:  # there is no room for it alone
                return value
            self._kept[key] = value, weight
            self.bytes += weight
            while len(self._kept) > self._keep or self.bytes > self._most:
                _, (_, gone) = self._kept.popitem(last=False)
                self.bytes -= gone
            return value
