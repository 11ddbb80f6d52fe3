"""Copies of a data folder's files that are whole or not there: written beside their place, flushed, renamed."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..disk import sync_folder
from ..errors import Invalid, Unavailable
from .locks import FolderLock

Progress = Callable[[int, int], None]
"""Told how many bytes of how many are done."""

MANIFEST = "backup.json"
"""What says that a folder is a backup: no server runs on it."""

_PIECE = 1 << 20


@contextmanager
def arriving(dest: Path) -> Iterator[Path]:
    """A folder to fill; it gets its name when the block ends well, and is gone when it does not.

    Raises `Invalid` where `dest` is taken, `Unavailable` where it cannot be written or is being filled.
    """
    if dest.exists() and (not dest.is_dir() or any(dest.iterdir())):
        raise Invalid(f"`{dest}` is there already", hint="name a folder that is not", code="target-exists")
    partial = dest.with_name(f"{dest.name}.partial")
    try:
        lock = FolderLock(partial)  # one that nobody holds was left by a kill
    except Unavailable as error:
        raise Unavailable(
            f"`{dest}` is being written by another process"
            if error.code == "folder-locked"
            else f"`{dest}` cannot be written",
            hint="name another folder",
            code="target-unwritable",
        ) from error
    try:
        _empty(partial)
        yield partial
        (partial / "lock").unlink()
        sync_tree(partial)
        if dest.exists():
            dest.rmdir()
        partial.rename(dest)
        sync_folder(dest.parent)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise Unavailable(
            f"`{dest}` cannot be written: {error.strerror or error}",
            hint="make room, or name a folder that you may write",
            code="target-unwritable",
        ) from error
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    finally:
        lock.release()


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()


def sync_tree(folder: Path) -> None:
    """Puts all files of a folder on disk."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            file = os.open(path, os.O_RDONLY)
            try:
                os.fsync(file)
            finally:
                os.close(file)
    for path in [folder, *(p for p in folder.rglob("*") if p.is_dir())]:
        sync_folder(path)


def copy(path: Path, to: Path, *, size: int | None = None, lines: bool = False) -> int:
    """Copies a file's first `size` bytes, or as many as there are; with `lines` no line that has no end.

    Gives how many bytes the copy has. A file that grows is copied as far as it was.
    """
    to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (
        path.open("rb") as source,
        os.fdopen(os.open(to, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "r+b") as out,
    ):
        left = os.fstat(source.fileno()).st_size if size is None else size
        while left and (piece := source.read(min(left, _PIECE))):
            out.write(piece)
            left -= len(piece)
        if lines:
            _end_at_line(out)
        out.seek(0, os.SEEK_END)
        return out.tell()


def _end_at_line(out: IO[bytes]) -> None:
    """Takes what comes after the last line's end off a file."""
    end = out.seek(0, os.SEEK_END)
    while end:
        start = max(end - _PIECE, 0)
        out.seek(start)
        found = out.read(end - start).rfind(b"\n")
        if found >= 0:
            out.truncate(start + found + 1)
            return
        end = start
    out.truncate(0)
