"""Texts that belong to ledger entries and must stay out of the ledger: they can be purged, it cannot.

An entry names its note by a salted hash, so that the chain still verifies after the text is gone and
nobody can guess the text from what stays.
"""

import hashlib
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any

import orjson

from ..chance import Chance
from ..disk import drop_torn_line, write_all

REOPENED = 1.0
"""Seconds for which a file of notes stays open: it may be taken away, or put back from a copy."""

RECENT = 32_000_000
"""Characters of notes that are kept at hand until they have been projected: else their day is read for them."""


_SALTS = Chance()


class Notes:
    """One file a day beside the ledger; thread-safe."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._lock = threading.Lock()
        # texts, the length of their line and where it begins, so that no file is read for them
        self._recent: OrderedDict[str, tuple[dict[str, str], int, int]] = OrderedDict()
        self._ended: set[Path] = set()  # files that are known to end with a whole line
        self._size = 0  # of the lines of recent notes
        self._open: tuple[int, Path, float] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def _path(self, day: str) -> Path:
        return self._folder / f"{day}.jsonl"

    def put(self, day: str, texts: Mapping[str, str]) -> str:
        """Keeps texts under a day (`yyyy-mm-dd`); gives the hash that names them. Raises `OSError`."""
        return self.put_many(day, [texts])[0]

    def put_many(self, day: str, notes: Sequence[Mapping[str, str]]) -> list[str]:
        """As `put`, several by one write."""
        if not notes:
            return []
        named = [_named(texts) for texts in notes]
        with self._lock:
            at = self._add(self._path(day), b"".join(line for _, line in named))
            for (name, line), texts in zip(named, notes, strict=True):
                self._recent[name] = dict(texts), len(line), at
                self._size += len(line)
                at += len(line)
            while self._size > RECENT and len(self._recent) > 1:
                self._size -= self._recent.popitem(last=False)[1][1]
        return [name for name, _ in named]

    def _add(self, path: Path, lines: bytes) -> int:
        """Puts lines at a file's end, all or none, and says where they begin.

        What a kill or a full disk left is no line's beginning.
        """
        if path not in self._ended:
            drop_torn_line(path)
            self._ended.add(path)
        file = self._file(path)
        end = os.fstat(file).st_size
        try:
            write_all(file, lines)
        except OSError:
            self._ended.discard(path)
            with suppress(OSError):
                os.ftruncate(file, end)
            raise
        return end

    def _file(self, path: Path) -> int:
        """The file of a day, open for a moment: notes come many at a time."""
        if self._open is not None:
            file, opened, until = self._open
            if opened == path and time.monotonic() < until:
                return file
            self.close()
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._open = file, path, time.monotonic() + REOPENED
        return file

    def take_back(self, day: str, names: Sequence[str]) -> None:
        """Blanks notes that were put a moment ago and that no entry came to name. Raises `OSError`.

        In their place, which needs no room on the disk; where they are not there any more the day is written anew.
        """
        with self._lock:
            gone = self._blank(self._path(day), names)
        if len(gone) < len(names):
            self.purge(day, set(names).difference(gone))

    def _blank(self, path: Path, names: Collection[str]) -> list[str]:
        """Blanks those recent notes that are where they were put, and gives them.

        The first byte of each is blank on disk before more of it is: by that a line is known of which a power cut, in
        the midst of this, left some.
        """
        recent = {name: self._recent[name][1:] for name in names if name in self._recent}
        if not recent or not path.exists():
            return []
        with path.open("r+b", buffering=0) as file:
            there = {
                name: (length, at)
                for name, (length, at) in recent.items()
                if (note := _sound(os.pread(file.fileno(), length, at))) and note["name"] == name
            }
            for _, at in there.values():
                file.seek(at)
                write_all(file.fileno(), b" ")
            os.fsync(file.fileno())
            for length, at in there.values():
                _blank_line(file, length, at)
        for name in there:
            self._forget(name)
        return list(there)

    def finish_blanking(self) -> None:
        """Blanks what a power cut left of notes that were being taken back. Raises `OSError`.

        They were recent, and of the last day or of the one before: the end of these files is read, and no more.
        """
        with self._lock:
            for path in sorted(self._folder.glob("*.jsonl"))[-2:]:
                with path.open("r+b", buffering=0) as file:
                    at = max(0, os.fstat(file.fileno()).st_size - 2 * RECENT)
                    file.seek(at)
                    for line in file.readall().splitlines(keepends=True):
                        is_left = _was_taken_back(line) and line.strip() and line.endswith(b"\n")
                        # the first may be the end of a line, with a blank before it
                        if is_left and (at == 0 or os.pread(file.fileno(), 1, at - 1) == b"\n"):
                            _blank_line(file, len(line), at)
                        at += len(line)

    def _forget(self, name: str) -> None:
        self._size -= self._recent.pop(name, ({}, 0, 0))[1]

    def close(self) -> None:
        """Closes what is open; the next note opens it again."""
        if self._open is not None:
            os.close(self._open[0])
            self._open = None

    def named(self, day: str, names: Collection[str]) -> dict[str, dict[str, str]]:
        """The named texts of a day, as far as they are still there; read from the file only after a restart."""
        with self._lock:
            found = {name: self._recent[name][0] for name in names if name in self._recent}
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
            self.close()  # what is written behind this is written to the new file
            for name in list(self._recent) if names is None else names:
                self._forget(name)
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
    """The notes that are not what their names were given for, by file and line.

    Those that were purged are not there, and what was left of one that was being taken back is none.
    """
    for path in sorted(folder.glob("*.jsonl")):
        with suppress(FileNotFoundError), path.open("rb") as file:  # purged meanwhile
            for number, line in enumerate(file, 1):
                # one without an end was cut short by a kill, or is being written
                is_cut = not line.endswith(b"\n") and _json(line) is None
                if line.strip() and not is_cut and not _was_taken_back(line) and _sound(line) is None:
                    yield path.name, number


def _was_taken_back(line: bytes) -> bool:
    """Whether a line lacks the brace that it began with: nobody is shown a text from it, as from one that was purged."""
    return line.startswith(b" ") and not isinstance(_json(line), dict)


def _blank_line(file: FileIO, length: int, at: int) -> None:
    file.seek(at)
    write_all(file.fileno(), b" " * (length - 1) + b"\n")


def _json(line: bytes) -> object:
    """What a line says; None where it is none of JSON."""
    try:
        return orjson.loads(line)
    except ValueError:
        return None


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


def _named(texts: Mapping[str, str]) -> tuple[str, bytes]:
    """The name of a new note, and its line."""
    note = {"salt": _SALTS.hex(), "texts": dict(texts)}
    name = _name(note)
    return name, orjson.dumps(note | {"name": name}, option=orjson.OPT_APPEND_NEWLINE)


def _name(note: Mapping[str, Any]) -> str:
    """The hash that names a note: of its salt and its texts."""
    return hashlib.sha256(orjson.dumps(note, option=orjson.OPT_SORT_KEYS)).hexdigest()
