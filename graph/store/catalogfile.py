"""The catalog in one file from a good end to the next start: reading it line by line from the store takes longer.

It is a copy of what the store says, sealed with the ledger's key. It counts only while the store's files are
those that it was made beside, and is gone as soon as it has been read: after a kill the store is read.
"""

import hashlib
import hmac
import logging
import os
from pathlib import Path
from typing import Any

import orjson

from ..disk import sync_folder
from ..words import GraphEntry, Role
from .catalog import Catalog
from .lines import RecordEntry, hints_from, hints_said

_MARK = b"ACF2"
_log = logging.getLogger(__name__)


class CatalogFile:
    """`catalog` in a data folder, made before the store beside it is opened; `key` is a secret of its owner."""

    def __init__(self, folder: Path, key: bytes):
        self._path = folder / "catalog"
        self._key = hashlib.sha256(_MARK + key).digest()
        self._files = self._look()

    def take(self, catalog: Catalog, at: list[int]) -> bool:
        """Fills an empty catalog and takes the file away; False where there is none that counts.

        `at` are the store's own numbers, which recovery may have raised.
        """
        try:
            data = self._path.read_bytes()
            self._path.unlink()
            sync_folder(self._path.parent)
        except FileNotFoundError:
            return False
        except OSError as error:
            _log.warning("`%s` cannot be read; the store is read instead: %s", self._path, error)
            return False
        seal, text = data[:32], data[32:]
        if not hmac.compare_digest(seal, self._seal(text)):
            _log.warning("`%s` is not as it was written; the store is read instead", self._path)
            return False
        said = orjson.loads(text)
        if (said["at"], said["files"]) != (at, self._files):
            return False
        _fill(catalog, said)
        return True

    def leave(self, catalog: Catalog, at: list[int]) -> None:
        """Writes the catalog of a store that has been closed; where that fails the next start reads the store."""
        text = orjson.dumps({"at": at, "files": self._look(), **_columns(catalog)})
        new = self._path.with_suffix(".new")
        try:
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(self._seal(text) + text)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
            sync_folder(self._path.parent)
        except OSError as error:
            _log.warning("the next start reads the catalog from the store: %s", error)

    def _look(self) -> dict[str, int]:
        """The store's files: the engine writes each once, under a name that it never takes again."""
        store = self._path.with_name("store")
        return {file.name: file.stat().st_size for file in store.glob("*") if file.suffix in (".sst", ".log")}

    def _seal(self, text: bytes) -> bytes:
        return hmac.digest(self._key, text, "sha256")


def _columns(catalog: Catalog) -> dict[str, Any]:
    """Graphs and records by column, what repeats by number."""
    places: dict[tuple[Role, str, str | None], int] = {}
    hints = {id(h): number for number, h in enumerate(catalog.kept_hints)}
    entries, records = catalog.graphs.values(), catalog.records.values()
    return {
        "graphs": [e.graph for e in entries],
        "of": [e.record for e in entries],
        "place": [places.setdefault((e.role, e.source, e.compartment), len(places)) for e in entries],
        "hint": [hints.get(id(catalog.hints.get(e.graph)), -1) for e in entries],
        "records": [r.record for r in records],
        "source": [r.source for r in records],
        "digest": [r.digest for r in records],
        "location": [r.location for r in records],
        "quarantined": [r.record for r in records if r.quarantined],
        "apart": list(catalog.apart),
        "places": [(role.value, source, compartment) for role, source, compartment in places],
        "hints": [hints_said(h) for h in catalog.kept_hints],
        "changed": catalog.changed,
        "joints": {joint: sorted(members) for joint, members in catalog.joints.known().items()},
    }


def _fill(catalog: Catalog, said: dict[str, Any]) -> None:
    places = [(Role(role), source, compartment) for role, source, compartment in said["places"]]
    hints = [*map(hints_from, said["hints"]), None]  # -1 is the last
    graphs = (
        GraphEntry(graph, places[place][0], record, places[place][1], places[place][2])
        for graph, record, place in zip(said["graphs"], said["of"], said["place"], strict=True)
    )
    quarantined = frozenset(said["quarantined"])
    shared = {source: source for source in said["source"]}
    columns = zip(said["records"], said["source"], said["digest"], said["location"], strict=True)
    records = (
        RecordEntry(record, shared[source], digest, location, record in quarantined)
        for record, source, digest, location in columns
    )
    catalog.fill(graphs, (hints[hint] for hint in said["hint"]), records, said["apart"])
    catalog.changed.update(said["changed"])
    for joint, members in said["joints"].items():
        catalog.joints.learn(joint, members)
