"""What was decided, kept for as long as it is true: until the policy turns, or a time that was read has come."""

from datetime import datetime
from typing import TypeAlias

Key: TypeAlias = tuple[object, ...]


class Kept:
    """At most `most` answers; past that all are forgotten. Its owner locks what writes."""

    def __init__(self, most: int):
        self._most = most
        self._held: dict[Key, tuple[datetime, datetime | None, object]] = {}

    def get(self, key: Key, now: datetime) -> object | None:
        """What still is true; a clock that went back asks anew where time was read."""
        found = self._held.get(key)
        if found is None or not (found[1] is None or found[0] <= now < found[1]):
            return None
        return found[2]

    def put(self, key: Key, now: datetime, until: datetime | None, value: object) -> None:
        """Keeps what was decided at `now` and is true until then."""
        if len(self._held) >= self._most:
            self._held = {}
        self._held[key] = (now, until, value)

    def forget(self) -> None:
        """A new policy: nothing of before counts."""
        self._held = {}
