"""Random names, from the system's source: many are drawn at once, for each draw lets another thread in and waits for it."""

import os
import threading
from typing import Final

DRAWN: Final = 256
"""Names that are drawn at once."""


class Chance:
    """Names of 128 random bits in hex; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bytes, self._at = b"", 0

    def hex(self) -> str:
        """The next one, which is given to nobody else."""
        with self._lock:
            if self._at >= len(self._bytes):
                self._bytes, self._at = os.urandom(16 * DRAWN), 0
            self._at += 16
            return self._bytes[self._at - 16 : self._at].hex()
