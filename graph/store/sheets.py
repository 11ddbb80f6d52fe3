"""What graphs say, kept as text beside the store: a view that is built again need not spell each term anew.

The store gives about 90,000 quads a second, for it looks every term up; the same quads as text are read at the
speed of the disk's cache. So what has once been read for a view is kept in a file without a name: it goes
with the process, nobody else can open it, and it is never what anything is restored or verified from.
"""

import logging
import os
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

WASTE = 64 << 20
"""Bytes of texts that no longer hold which are borne, if they are fewer than those that do."""

_WIDTH = 32  # bits of a place that hold a text's length
_MOST = (1 << _WIDTH) - 1
_log = logging.getLogger(__name__)


class Sheets:
    """The N-Triples of graphs, each as of its last change. Thread-safe.

    Whoever changes a graph calls `forget` before anybody may read the change; `read` gives what was kept, or
    what `spell` gives for it, and must not run beside a change of that graph.
    """

    def __init__(self, folder: Path, spell: Callable[[str], bytes]):
        """`folder` is on the disk that takes the texts; `spell` reads one graph from the store."""
        self._folder = folder
        self._spell = spell
        self._lock = threading.Lock()
        self._places: dict[str, int] = {}  # graph -> where its text begins, shifted by _WIDTH, and its bytes
        self._file = -1
        self._end = self._held = 0

    def read(self, graph: str) -> bytes:
        """What a graph says, as N-Triples."""
        with self._lock:
            place = self._places.get(graph)
            if place is not None:
                return os.pread(self._file, place & _MOST, place >> _WIDTH)
        text = self._spell(graph)
        self.keep({graph: text})
        return text

    def keep(self, said: Mapping[str, bytes]) -> None:
        """Takes up what graphs say now. Where the disk is full nothing is kept, and the store is read."""
        with self._lock:
            new = {graph: text for graph, text in said.items() if graph not in self._places}
            written = b"".join(new.values())
            if not new or len(written) > _MOST:
                return
            try:
                if self._file < 0:
                    self._file = _nameless(self._folder)
                if os.pwrite(self._file, written, self._end) == len(written):
                    for graph, text in new.items():
                        self._places[graph] = self._end << _WIDTH | len(text)
                        self._end += len(text)
                    self._held += len(written)
            except OSError as error:
                _log.warning("texts of graphs are not kept: %s", error)
                self._start_over()

    def forget(self, graphs: Iterable[str]) -> None:
        """Lets go of graphs that change."""
        with self._lock:
            for graph in graphs:
                self._held -= self._places.pop(graph, 0) & _MOST
            if self._end - self._held > max(WASTE, self._held):
                self._start_over()

    def close(self) -> None:
        """Lets go of all."""
        with self._lock:
            self._start_over()

    def _start_over(self) -> None:
        self._places.clear()
        self._end = self._held = 0
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _nameless(folder: Path) -> int:
    """A file that only this process can reach, and that ends with it."""
    file, path = tempfile.mkstemp(prefix="sheets-", dir=folder)
    Path(path).unlink()
    return file
