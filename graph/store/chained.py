"""Frames of the commit log in their order, each held against its seal and the one before it."""

import orjson

from ..ledger.seals import NOTHING, Seals
from .logged import Stored


class Chained:
    """One pass over frames. What comes after a sealed frame is sealed; what says that it is has to be."""

    def __init__(self, seals: Seals, *, from_start: bool = False):
        """`from_start`: the first frame is the log's first, so nothing stands before it."""
        self._seals = seals
        self._previous: bytes | None = NOTHING if from_start else None  # None: any, for it was not read
        self._sealed = False

    def fault(self, stored: Stored) -> str:
        """What is wrong with the next frame; empty when nothing is."""
        if not stored.seal:
            is_one = self._sealed or "form" in orjson.loads(stored.header)
            return "it has no seal" if is_one else ""
        expected, self._previous, self._sealed = self._previous, stored.seal, True
        if not self._seals.fits(stored.seal, stored.previous, stored.header):
            return "it is not sealed with this folder's key"
        if expected is not None and stored.previous != expected:
            return "it was not written behind the one that stands before it"
        return ""

    def lose(self) -> None:
        """Bytes that are no frame stand here: what was before the next one is not known."""
        self._previous = None
