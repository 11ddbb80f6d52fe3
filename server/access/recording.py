"""Runs of the API in the ledger: whole before their answer leaves, and together with all that wait at the time."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ...graph.errors import Busy
from ...graph.ledger.ledger import Entries, Ledger

NO_TEXTS: Final[Mapping[str, str]] = MappingProxyType({})
_WAITING: Final = 10_000
"""Runs that may wait to be written; more are refused."""


@dataclass(slots=True, eq=False)
class _Run:
    entries: Entries
    texts: Mapping[str, str]
    written: asyncio.Future[None]
    error: BaseException | None = None


class Recorder:
    """Writes what one event loop has to record, as many runs at once as have come.

    Where the ledger is idle they are written on the loop: a write to a file that nobody waits to see on disk takes
    less than changing threads. Else, and where entries have to be on disk, a thread waits. Used on the loop only.
    """

    def __init__(self, ledger: Ledger):
        self._ledger = ledger
        self._waiting: list[_Run] = []
        self._is_due = False  # a write is under way, or begins when the loop comes round

    async def record(self, entries: Entries, texts: Mapping[str, str] = NO_TEXTS) -> None:
        """Returns when the entries of a run are written, with `texts` as the note of the first.

        Raises `Unavailable` where they cannot be, and `Busy` where too many wait.
        """
        if len(self._waiting) >= _WAITING:
            raise Busy("too many evaluations wait to be recorded", hint="try again later")
        loop = asyncio.get_running_loop()
        run = _Run(entries, texts, loop.create_future())
        self._waiting.append(run)
        if not self._is_due:
            self._is_due = True
            loop.call_soon(self._write, loop)
        await run.written

    def _write(self, loop: asyncio.AbstractEventLoop) -> None:
        runs, self._waiting = self._waiting, []
        if not runs:
            self._is_due = False
        elif self._ledger.is_idle:
            self._is_due = False
            _tell(runs, self._put(runs))
        else:
            loop.run_in_executor(None, self._put_aside, loop, runs)

    def _put_aside(self, loop: asyncio.AbstractEventLoop, runs: Sequence[_Run]) -> None:
        error = self._put(runs)
        with contextlib.suppress(RuntimeError):  # the loop has ended, and with it who waited
            loop.call_soon_threadsafe(self._told, loop, runs, error)

    def _told(
        self, loop: asyncio.AbstractEventLoop, runs: Sequence[_Run], error: BaseException | None
    ) -> None:
        _tell(runs, error)
        self._write(loop)  # those who came meanwhile

    def _put(self, runs: Sequence[_Run]) -> BaseException | None:
        try:
            self._ledger.append_runs([(run.entries, run.texts) for run in runs])
        except ValueError as error:  # what the ledger refuses of one is no fault of those beside it
            if len(runs) == 1:
                return error
            for run in runs:
                run.error = self._put([run])
        except BaseException as error:
            return error
        return None


def _tell(runs: Sequence[_Run], whole: BaseException | None) -> None:
    for run in runs:
        if run.written.done():  # who waited has left
            continue
        if (error := run.error or whole) is None:
            run.written.set_result(None)
        else:
            run.written.set_exception(error)
