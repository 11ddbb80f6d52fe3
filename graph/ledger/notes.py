"""Texts that belong to ledger entries and must stay out of the ledger: they can be purged, it cannot.

An entry names its note by a salted hash, so that the chain still verifies after the text is gone and
nobody can guess the text from what stays.
"""

import hashlib
import os
import secrets
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from ..disk import drop_torn_line, write_all

RECENT = 5_000
"""Notes that are kept at hand until they have been projected."""


class Notes:
    """One file a day beside the ledger; thread-safe."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._lock = threading.Lock()
        self._recent: OrderedDict[str, dict[str, str]] = OrderedDict()  # so that no file is read for them
        self._ended: set[Path] = set()  # files that are known to end with a whole line
        folder.mkdir(parents=True, exist_ok=True)

    def _path(self, day: str) -> Path:
        return self._folder / f"{day}.jsonl"

    def put(self, day: str, texts: Mapping[str, str]) -> str:
        """Keeps texts under a day (`yyyy-mm-dd`); gives the hash that names them. Raises `OSError`."""
        note = {"salt": secrets.token_hex(16), "texts": dict(texts)}
        name = _name(note)
        line = orjson.dumps(note | {"name": name}, option=orjson.OPT_APPEND_NEWLINE)
        with self._lock:
            self._add(self._path(day), line)
            self._recent[name] = dict(texts)
            while len(self._recent) > RECENT:
                self._recent.popitem(last=False)
        return name

    def _add(self, path: Path, line: bytes) -> None:
        """Puts a line at a file's end, whole or not at all: what a kill or a full disk left is no line's beginning."""
        if path not in self._ended:
            drop_torn_line(path)
            self._ended.add(path)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            write_all(file, line)
        except OSError:
            self._ended.discard(path)
            raise
        finally:
            os.close(file)

    def named(self, day: str, names: Collection[str]) -> dict[str, dict[str, str]]:
        """The named texts of a day, as far as they are still there; read from the file only after a restart."""
        with self._lock:
            found = {name: self._recent[name] for name in names if name in self._recent}
        if len(found) < len(set(names)):
            found |= {name: texts for name, texts in self.of_day(day).items() if name in set(names)}
        return found

    def of_day(self, day: str) -> dict[str, dict[str, str]]:
        """All texts of a day that are still there as they were written, by name."""
        with self._lock:
            found = {}
            for line in self._lines(day):
                if note := _sound(line):
                    found[str(note["name"])] = dict(note["texts"])
            return found

    def purge(self, day: str, names: Collection[str] | None = None) -> None:
        """Removes the named texts of a day, or all of it."""
        with self._lock:
            path = self._path(day)
            for name in list(self._recent) if names is None else names:
                self._recent.pop(name, None)
            if names is None:
                path.unlink(missing_ok=True)
                return
            notes = [(line, _sound(line)) for line in self._lines(day)]
            # what cannot be read may be one of them
            kept = [line for line, note in notes if note and note["name"] not in names]
            new = path.with_suffix(".new")
            new.write_bytes(b"".join(kept))
            new.replace(path)

    def _lines(self, day: str) -> list[bytes]:
        path = self._path(day)
        if not path.exists():
            return []
        # a line without end was cut short by a kill before its entry was written
        return [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


def changed_notes(folder: Path) -> Iterator[tuple[str, int]]:
    """The notes that are not what their names were given for, by file and line; those that were purged are not there."""
    for path in sorted(folder.glob("*.jsonl")):
        with suppress(FileNotFoundError), path.open("rb") as file:  # purged meanwhile
            for number, line in enumerate(file, 1):
                # one without an end was cut short by a kill, or is being written
                is_cut = not line.endswith(b"\n") and not _is_json(line)
                if not is_cut and _sound(line) is None:
                    yield path.name, number


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except ValueError:
        return False
    return True


def _sound(line: bytes) -> dict[str, Any] | None:
    """A note from its line; None where it is not what was written."""
    try:
        note = orjson.loads(line)
        said = {name: value for name, value in note.items() if name != "name"}
        if note["name"] == _name(said) and said.keys() == {"salt", "texts"}:
            return dict(note)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    return None


def _name(note: Mapping[str, Any]) -> str:
    """The hash that names a note: of its salt and its texts."""
    return hashlib.sha256(orjson.dumps(note, option=orjson.OPT_SORT_KEYS)).hexdigest()
