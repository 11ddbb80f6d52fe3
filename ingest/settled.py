"""Reading a file that nobody is writing: a save that is half done is never read.

Editors truncate a file and stream into it, with pauses as long as they like, and may set an old time at last.
So that a file has not changed for a while says little. What says much: nobody has it open for writing
(`fcntl(2)`, F_SETLEASE: a read lease is granted only then, and holds a new writer off while we read).
"""

import errno
import fcntl
import os
import signal
import stat
import time
from pathlib import Path
from typing import Final

from ..graph.errors import SourceInvalid, TooLarge
from .watch import CREATED, signature

_WRITTEN: Final = (errno.EAGAIN, errno.EWOULDBLOCK)  # what says that somebody is writing


class Unsettled(Exception):
    """Somebody is writing the file, or it changed while it was read: look again later."""


def read_settled(path: Path, limit: int) -> bytes:
    """All bytes of a file as one save left them.

    Raises `Unsettled`; `FileNotFoundError` when there is none; `TooLarge`; `SourceInvalid` for what is no
    regular file or may not be read.
    """
    try:
        # non-blocking: a pipe with the name of an ontology must not hold us up
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _refused(path, f"cannot be read: {(error.strerror or '').lower()}") from error
    before = os.fstat(handle)
    if not stat.S_ISREG(before.st_mode):
        os.close(handle)
        raise _refused(path, "is no regular file")
    with os.fdopen(handle, "rb") as file:
        if not _lease(handle) and 0 <= time.time() - before.st_ctime < CREATED:
            raise Unsettled  # nobody can tell us of writers here: it has to stand still for longer
        data = file.read(limit + 1)
        if _looks(os.fstat(handle)) != _looks(before) or signature(path) != _looks(before):
            raise Unsettled
        if len(data) == min(before.st_size, limit + 1):
            if len(data) <= limit:
                return data
            raise TooLarge(
                f"`{path}` has more than {limit} bytes",
                hint="split it into several files",
                details={"file": str(path)},
            )
    raise Unsettled


def _lease(handle: int) -> bool:
    """Takes a read lease until the file is closed; False where there are none. Raises `Unsettled`."""
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)  # a writer who waits: ignored unless handled
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        if error.errno in _WRITTEN:
            raise Unsettled from error
        return False  # a file of another user, or on a network
    return True


def _looks(found: os.stat_result) -> tuple[int, int, int, int]:
    return (found.st_size, found.st_mtime_ns, found.st_ino, found.st_ctime_ns)


def _refused(path: Path, reason: str) -> SourceInvalid:
    return SourceInvalid(f"`{path}` {reason}", details={"file": str(path)})
