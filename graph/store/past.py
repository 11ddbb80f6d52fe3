"""The store as it was at a revision, in memory, made from the commit log alone."""

import hashlib
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson
from pyoxigraph import Store

from ..compartments import LABELS, labels_from
from ..errors import Unavailable
from ..terms import Quad, from_nquads
from .catalog import Catalog
from .commitlog import frames, log_segments
from .locks import StateLock
from .logged import Kind, Stored, Torn, parts_of, read_header
from .quadstore import CATALOG, QuadStore
from .reads import Reads
from .sheets import Sheets

_OUT = ("out", "catalog-out")
_IN = ("into", "catalog-into")


class MemoryQuads(QuadStore):
    """Quads in named graphs, in memory."""

    def __init__(self, quads: Iterable[Quad]):
        self._store = Store()
        self._store.bulk_extend(quads)

    def close(self) -> None:
        """Lets go of all."""
        self._store.clear()


class Past(Reads):
    """What stood in the store after a revision. It changes no more."""

    def __init__(self, stored: Iterable[Stored], *, catalog_only: bool = False):
        """Replays frames from the log's first on; with `catalog_only` no graph holds a triple.

        A part whose bytes were purged is not in it. Raises `Unavailable` at a gap.
        """
        state: dict[Quad, bool] = {}
        revisions = (0, 0)
        for one in stored:
            said = orjson.loads(one.header)
            revisions = (int(said["revision"]), int(said["policy_revision"]))
            if said["kind"] == Kind.GAP:
                raise gap(revisions[0])
            if said["kind"] == Kind.COMMIT:
                take_in(one, state, catalog_only=catalog_only)
        quads = MemoryQuads(quad for quad, is_there in state.items() if is_there)
        super().__init__(quads, Catalog(), StateLock(), Sheets(Path(tempfile.gettempdir()), quads.text))
        self._catalog.change((), _lines(state))
        self._catalog.labels.update(labels_from(self._quads.quads(LABELS)))
        self._revisions = revisions

    def close(self) -> None:
        """Lets go of what it holds."""
        self._sheets.close()
        self._quads.close()


def frames_until(folder: Path, revision: int | None = None) -> Iterator[Stored]:
    """The frames of a commit log from its first up to a revision, or as far as they are whole.

    Raises `Unavailable` where one is missing between others.
    """
    last = 0
    for _, path in log_segments(folder):
        try:
            for stored in frames(path):
                said = orjson.loads(stored.header)
                number = int(said["revision"])
                if revision is not None and number > revision:
                    return
                if number != last + 1 and said["kind"] != Kind.GAP:  # a gap says so itself
                    raise gap(number)
                last = number
                yield stored
        except Torn:  # the end, or what a gap in the next file speaks of
            continue


def take_in(stored: Stored, state: dict[Quad, bool], *, catalog_only: bool = False) -> None:
    """What a commit makes of each quad that it touches.

    A graph that only got another label loses and gains the same quads: so it loses first.
    """
    parts = [(part, data) for part, data in parts_of(stored.header, stored.body)]
    for names, is_there in ((_OUT, False), (_IN, True)):
        for part, data in parts:
            wanted = part["name"] in names and (not catalog_only or part["name"].startswith("catalog"))
            if wanted and hashlib.sha256(data).hexdigest() == part["hash"]:
                state.update(dict.fromkeys(from_nquads(data), is_there))


def _lines(state: dict[Quad, bool]) -> Iterator[Quad]:
    return (quad for quad, is_there in state.items() if is_there and quad.graph_name == CATALOG)


def gap(revision: int) -> Unavailable:
    """The refusal where the log does not have what is asked for."""
    named = f"what led to revision {revision}" if revision else "that past"
    return Unavailable(
        f"{named} is not in the commit log", hint="`ambit verify` says why", code="log-damaged"
    )


class Moments:
    """When each revision of a log was committed; it is read on as the log grows. Thread-safe."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._lock = threading.Lock()
        self._ats: list[tuple[int, str]] = []
        self._segment, self._offset = 0, 0

    def revision(self, moment: str, until: int, *, after: int = 0) -> int:
        """The last revision after `after` up to `until` whose time is not after the moment; 0 when there is none.

        It reads all of the log that has not been read yet: while commits are held off, ask only for what came
        after a revision that was asked for before.
        """
        with self._lock:
            if not self._ats or self._ats[-1][0] < until:
                self._read_on(until)
            for revision, at in reversed(self._ats):
                if revision <= after:
                    break
                if revision <= until and at <= moment:
                    return revision
            return 0

    def _read_on(self, until: int) -> None:
        for first, path in log_segments(self._folder):
            if first < self._segment:
                continue
            if first > self._segment:
                self._segment, self._offset = first, 0
            with path.open("rb") as file:
                file.seek(self._offset)
                try:
                    while (header := read_header(file)) is not None:
                        said = orjson.loads(header)
                        if int(said["revision"]) > until:  # it is being written
                            return
                        self._ats.append((int(said["revision"]), said["at"]))
                        self._offset = file.tell()
                except Torn:
                    continue
