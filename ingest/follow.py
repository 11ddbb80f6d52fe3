"""Following a database: whether another connection has committed since it was last asked."""

import time
from typing import Final

from ..graph.errors import AmbitError
from .readers.sqlite import Database
from .sources import Source
from .watch import Signature, signature

POLL: Final = 0.25
"""Seconds between two questions; a database that takes long to read is asked less often."""


class Follower:
    """One database. `PRAGMA data_version` tells of commits, the inode of another file in its place."""

    def __init__(self, source: Source):
        self._source = source
        self._database: Database | None = None
        self._seen: tuple[Signature, int] = (None, 0)
        self.due = 0.0

    def changed(self) -> bool:
        """Whether to read it again; True at first, and when it came or went."""
        self.due = time.monotonic() + POLL
        looks = signature(self._source.location)
        inode = looks[2] if looks else None
        known = self._seen[0][2] if self._seen[0] else None
        if inode != known:
            self.close()
        version = self._version() if looks else 0
        before, self._seen = self._seen, (looks, version)
        return inode != known or version != before[1]

    def took(self, seconds: float) -> None:
        """Notes how long it took to read."""
        self.due = time.monotonic() + max(POLL, 2 * seconds)

    def close(self) -> None:
        """Lets go of the file."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _version(self) -> int:
        try:
            if self._database is None:
                self._database = Database(self._source.location, self._source.place)
                self._database.version()
            return self._database.version()
        except AmbitError:
            self.close()
            return -1  # told when it is read
