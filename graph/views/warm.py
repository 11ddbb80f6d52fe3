"""Views built ahead: the clearances asked for lately are written down now and then, and read at the next start."""

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

import orjson

from ..compartments import clearance_of
from ..words import Clearance
from .recent import Recent

EVERY = 60.0
"""Seconds between two looks at what was asked for; written only if it is something else than before."""

KEPT = 256
"""Clearances that are written down."""

FILE_BYTES = 4_000_000
"""The file is not made larger, and a larger one is not read."""

_log = logging.getLogger(__name__)


class Ahead:
    """A thread that builds what was asked for before the last end, then keeps the list of what is asked for.

    `build` builds one view and says whether there is room for more.
    """

    def __init__(self, file: Path, recent: Recent, build: Callable[[Clearance], bool]):
        self._file = file
        self._recent = recent
        self._build = build
        self._ending = threading.Event()
        self._written: list[Clearance] = []
        self._thread: threading.Thread | None = None

    def start(self, is_known: Callable[[str], bool]) -> None:
        """Begins; clearances with a compartment that is not known (any more) are left out."""
        clearances = [c for c in read(self._file) if all(map(is_known, c.compartments))]
        self._written = clearances
        self._thread = threading.Thread(target=self._run, args=(clearances,), name="ambit-ahead", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Writes the list and ends; a view that is being built goes with its keeper."""
        if self._thread is not None and not self._ending.is_set():
            self._ending.set()
            self._keep()

    def _run(self, clearances: list[Clearance]) -> None:
        self._recent.recall(clearances)
        try:
            for clearance in clearances:
                if self._ending.is_set() or not self._build(clearance):
                    break
        except Exception:  # it is nobody's request: whoever asks for the view meets the same, and is told
            _log.warning("views are not built ahead", exc_info=True)
        while not self._ending.wait(EVERY):
            self._keep()

    def _keep(self) -> None:
        latest = self._recent.latest(KEPT)
        if latest == self._written:
            return
        try:
            write(self._file, latest)
            self._written = latest
        except OSError as error:
            _log.warning("the clearances asked for lately could not be written: %s", error)


def write(file: Path, clearances: list[Clearance]) -> None:
    """Writes clearances down, whole or not at all: names of compartments, nothing else. Raises `OSError`."""
    said, left = [], FILE_BYTES - 100
    for clearance in clearances:
        names = sorted(clearance.compartments)
        left -= len(orjson.dumps(names)) + 1
        if left < 0:
            break
        said.append(names)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    new = file.with_name(file.name + ".new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(orjson.dumps({"clearances": said}))
    new.replace(file)


def read(file: Path) -> list[Clearance]:
    """What `write` wrote, the last asked for first; nothing of a file that is not there or says anything else."""
    try:
        with file.open("rb") as handle:
            said = orjson.loads(handle.read(FILE_BYTES))
    except (OSError, orjson.JSONDecodeError):
        return []
    found = said.get("clearances") if isinstance(said, dict) else None
    if not isinstance(found, list):
        return []
    return [
        clearance_of(names)
        for names in found[:KEPT]
        if isinstance(names, list) and all(isinstance(name, str) and name for name in names)
    ]
