"""Who may write: one server per folder, and readers beside one writer."""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import Unavailable


class FolderLock:
    """Keeps a second server off a data folder; the system lets go of it when the process dies."""

    def __init__(self, folder: Path, *, reading: bool = False):
        """Raises `Unavailable` when another process holds the folder or it cannot be written.

        `reading`: nothing is made or written, and others may read meanwhile.
        """
        try:
            if reading:
                self._file = os.open(folder / "lock", os.O_RDONLY | os.O_CLOEXEC)
            else:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                folder.chmod(0o700)  # also one that was there: all data lie below
                self._file = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unwritable(folder, error) from error
        try:
            fcntl.flock(self._file, (fcntl.LOCK_SH if reading else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._file, 32, 0).decode(errors="replace").strip()
            os.close(self._file)
            if not isinstance(error, BlockingIOError):  # nobody holds it: this system has no such locks
                raise _unwritable(folder, error) from error
            raise Unavailable(
                f"the data folder `{folder}` is in use by process {holder or 'unknown'}",
                hint="stop that server, or give another folder with --data",
                code="folder-locked",
            ) from error
        if not reading:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Lets the next server in."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _unwritable(folder: Path, error: OSError) -> Unavailable:
    return Unavailable(
        f"the data folder `{folder}` cannot be written: {error.strerror}",
        hint="give a folder of your own with --data",
        code="folder-unwritable",
    )


class StateLock:
    """Many readers or one writer. A waiting writer goes before new readers; both may nest in their thread."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._readers = 0
        self._waiting = 0
        self._writer: int | None = None
        self._mine = threading.local()

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Holds writers off."""
        depth: int = getattr(self._mine, "depth", 0)
        if depth or self._writer == threading.get_ident():
            self._mine.depth = depth + 1
            try:
                yield
            finally:
                self._mine.depth = depth
            return
        with self._free:
            while self._writer is not None or self._waiting:
                self._free.wait()
            self._readers += 1
        self._mine.depth = 1
        try:
            yield
        finally:
            self._mine.depth = 0
            with self._free:
                self._readers -= 1
                self._free.notify_all()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Holds all others off. Raises `RuntimeError` in a thread that reads: it would wait for itself."""
        if getattr(self._mine, "depth", 0):
            raise RuntimeError("a thread that holds the state cannot change it")
        with self._free:
            self._waiting += 1
            try:
                while self._writer is not None or self._readers:
                    self._free.wait()
            except BaseException:
                self._free.notify_all()  # readers may be waiting for this one to have come and gone
                raise
            finally:
                self._waiting -= 1
            self._writer = threading.get_ident()
        try:
            yield
        finally:
            with self._free:
                self._writer = None
                self._free.notify_all()
