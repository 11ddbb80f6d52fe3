"""How what is committed gets to the disk: when log, ledger and store are flushed, and what happens when they can't be.

In mode *fast* a commit returns when the system has it, and log and ledger are flushed twice a second. In mode
*durable* it returns when they are on disk; commits that wait at the same time share a flush, and the store gets
them behind it: a store that is behind its log is made good at the next start, one that is ahead of it is not. For
the same reason nothing here flushes the store in mode fast: the system writes it out, seconds later than the log.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from ..errors import Unavailable
from ..flushes import Flushes
from ..ledger.ledger import Ledger
from .ahead import AheadQuads
from .commitlog import CommitLog
from .logged import Logged
from .quadstore import goes_in_as_files
from .recovery import apply

FLUSH_EVERY = 0.5
"""Seconds between flushes in mode fast: with the flush itself, less than the second that may be lost."""

WINDOW = 1.0
"""Seconds of commits that a power cut may take in mode fast: where the disk is slower, commits wait for it."""

BEHIND = 20_000
"""Quads of one commit that may lie in memory while its flush is waited for; a larger one flushes before."""

ROOM = 1 << 20
"""Bytes that must be free before a store is opened anew that could not be written."""

_log = logging.getLogger(__name__)


class Lasting:
    """The flushing of one owner's log, ledger and store."""

    def __init__(
        self,
        folder: Path,
        log: CommitLog,
        ledger: Ledger,
        quads: AheadQuads,
        *,
        durable: bool,
        revision: Callable[[], int],
        alone: Callable[[], AbstractContextManager[None]],
    ):
        """`revision` gives the last commit that log and ledger have; `alone` holds readers and writers off."""
        self._folder, self._log, self._ledger, self._quads = folder, log, ledger, quads
        self._durable, self._revision, self._alone = durable, revision, alone
        self._unstored = ""  # why the store lacks what log and ledger have
        self._flushes = log.flushes = ledger.flushes = Flushes(self._flush)
        ledger.flush_first = log.flush
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._flush_often, name="ambit-flush", daemon=True)
        self._thread.start()

    def make_ready(self, logged: Logged) -> None:
        """Before a commit is brought to the store: a large one is not held in memory. Raises `Unavailable`.

        In mode fast, too, what the engine puts in as files is in the log first: they are on disk at once, and
        would stay where a power cut took the commit.
        """
        if _is_large(logged) if self._durable else goes_in_as_files(_size(logged)):
            self._flushes.settle()

    def store(self, logged: Logged) -> None:
        """Brings the store to a commit that log and ledger have, now or behind the flush; it reads as in from here on.

        Where the store lacks an earlier one it gets none: what is in it is all up to its number.
        """
        if self._unstored or self._quads.is_holding or (self._durable and not _is_large(logged)):
            self._quads.hold(logged)
            return
        try:
            apply(logged, self._quads)
        except BaseException as error:
            self._quads.hold(logged)  # what is read stays whole
            self._stop_at(error)
            if not isinstance(error, Exception):
                raise

    def settle(self) -> None:
        """Waits for the disk: in durable mode always, else where the disk is slower than the window allows."""
        lag = self._log.lag()
        if self._durable:
            # a flush may have come between a commit's frame and its entry
            if lag or self._ledger.flushed < self._ledger.size:
                self._flushes.settle()
        elif lag > WINDOW:
            self._flushes.settle()

    def own_up(self) -> None:
        """Tells whoever committed that the store does not have it; raises `Unavailable`."""
        if self._unstored:
            raise Unavailable(
                self._unstored,
                hint="make room or restore write access; the commit is in the log, and the store gets it then",
                code="store-unwritable",
            )

    def trouble(self) -> str:
        """Why nothing more can be taken; empty when it can."""
        if self._flushes.is_broken:
            return "what was written could not be put on disk"
        return self._log.trouble or self._unstored

    def stop(self) -> None:
        """Ends the flushing."""
        self._stopping.set()
        self._thread.join()

    def _flush(self) -> None:
        """The log before the ledger, and the store, in durable mode, behind both. Raises `OSError`."""
        until = self._revision()
        self._ledger.flush()  # and the log first
        if self._durable and not self._unstored:
            try:
                self._quads.write(until)
            except Exception as error:  # the engine has other ones, too
                self._stop_at(error)

    def _flush_often(self) -> None:
        """Keeps what a power cut can take below a second, the ledger's head signed, and a full disk watched."""
        flushed = (-1, -1)
        while not self._stopping.wait(FLUSH_EVERY):
            state = (self._revision(), self._ledger.size)
            try:
                if state != flushed:
                    self._flushes.settle()
                    if self._durable:
                        self._flush_store()
                    flushed = state
                self._ledger.tick()
                if self._unstored and self._has_room():
                    self._go_on()
            except (OSError, Unavailable) as error:
                _log.error("what is written could not be put on disk: %s", error)
            except Exception:  # the next round may go better; without any, nothing more gets to the disk
                _log.exception("a round of flushing did not end well")

    def _flush_store(self) -> None:
        if not self._unstored:
            try:
                self._quads.flush()
            except Exception as error:
                self._stop_at(error)

    def _stop_at(self, error: BaseException) -> None:
        _log.error("the store takes no more: %s", error)
        self._unstored = f"the store cannot be written: {error or type(error).__name__}"

    def _has_room(self) -> bool:
        """Whether a file of some size can be written beside the store."""
        probe = self._folder / "room"
        try:
            probe.write_bytes(bytes(ROOM))
        except OSError:
            return False
        finally:
            probe.unlink(missing_ok=True)
        return True

    def _go_on(self) -> None:
        """Opens the store anew and brings it to where the log is. Raises `OSError`; then it stays as it was."""
        self._flushes.settle()  # the store gets nothing before log and ledger have it on disk
        with self._alone():
            self._quads.reopen()
            self._quads.write(self._revision())
            self._unstored = ""
        _log.warning("the store can be written again, and has all that was committed")


def _is_large(logged: Logged) -> bool:
    return _size(logged) > BEHIND


def _size(logged: Logged) -> int:
    """All quads that the store is told of, the catalog's included: no fewer than go in at once."""
    delta = logged.delta
    return len(delta.out) + len(delta.into) + len(logged.catalog_out) + len(logged.catalog_into)
