"""Bytes that last: whole writes, flushed folders, tails that a kill tore."""

import os
from pathlib import Path


def write_all(file: int, data: bytes) -> None:
    """`write` until all is written; raises `OSError`."""
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def sync_folder(folder: Path) -> None:
    """Makes the creation of a file in it last."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def drop_torn_line(path: Path) -> bytes:
    """Takes a last line without end off a file and gives it; a kill may leave one."""
    if not path.exists():
        return b""
    with path.open("r+b") as file:
        data = file.read()
        torn = data[data.rfind(b"\n") + 1 :]
        if torn:
            file.truncate(len(data) - len(torn))
    return torn
