"""Places for requests: so many at once, and of these only so many for one subject, so that none takes them all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ..graph.errors import Busy

WAITING = 64
"""Requests of one subject that may wait for a place; one more is told to come again."""


class Slots:
    """Used on the event loop only."""

    def __init__(self, total: int):
        self._total = total
        self._subjects: dict[str, tuple[asyncio.Semaphore, list[None]]] = {}

    @asynccontextmanager
    async def of(self, subject: str, *, anonymous: bool) -> AsyncIterator[None]:
        """A place of `subject`'s; raises `Busy` where too many wait. Half of all places are one subject's at most."""
        most = 2 if anonymous else max(2, self._total // 2)
        places, waiting = self._subjects.setdefault(subject, (asyncio.Semaphore(most), []))
        if len(waiting) >= most + WAITING:
            raise Busy("too many requests of yours are waiting", hint="wait for answers before asking more")
        waiting.append(None)
        try:
            async with places:
                yield
        finally:
            waiting.pop()
            if not waiting:
                self._subjects.pop(subject, None)
