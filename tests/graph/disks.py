"""A disk that is watched: what has been flushed, how often, and what a power cut would leave."""

import os
import random
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

_fsync = os.fsync


class Disk:
    """Stands in front of `os.fsync`; `slow` seconds a call, so that writers meet."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, *, slow: float = 0.0):
        self._root, self._slow = folder, slow
        self._lock = threading.Lock()
        self.flushed: dict[str, int] = {}  # bytes on disk, by file of log and ledger
        self.calls: list[str] = []
        self.before: Callable[[str], None] = lambda name: None
        monkeypatch.setattr(os, "fsync", self._flush)

    def _flush(self, file: int) -> None:
        path = Path(f"/proc/self/fd/{file}").readlink()
        if not path.is_relative_to(self._root) or path.is_dir():
            _fsync(file)
            return
        name = path.relative_to(self._root).as_posix()
        self.before(name)
        size = os.fstat(file).st_size
        threading.Event().wait(self._slow)
        _fsync(file)
        with self._lock:
            self.calls.append(name)
            self.flushed[name] = size

    def count(self, folder: str) -> int:
        return sum(name.startswith(folder) for name in self.calls)

    def cut(self, to: Path, chance: random.Random, *, keep_store: bool) -> None:
        """What is left when power goes now: what was flushed, some of what was not, a store with all or none."""
        while True:
            try:
                shutil.copytree(
                    self._root, to, ignore=None if keep_store else shutil.ignore_patterns("store")
                )
                break
            except shutil.Error:  # the engine has taken a file away meanwhile
                shutil.rmtree(to)
        for path in [*(to / "commits").glob("*.log"), *(to / "ledger").rglob("*.jsonl")]:
            name = path.relative_to(to).as_posix()
            if name.startswith("ledger/notes"):
                continue
            size = path.stat().st_size
            os.truncate(path, chance.randint(min(self.flushed.get(name, 0), size), size))
