"""Vectors on disk, so that after a restart nothing is embedded twice.

One file per model version: a head with magic and dimension, then rows of one length: the SHA-256 of
compartment and passage key, and the vector. A compartment is part of the key: that a text was computed on for
one is no leave to use it in another.
"""

import os
import struct
import threading
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import numpy as np

from .vectors import Vector
from .words import Vectors

_HEAD = struct.Struct(">8sI4x")
_MAGIC = b"ambitvec"


class VectorCache:
    """A folder with one writer. Thread-safe; a torn or foreign file is begun anew."""

    def __init__(self, folder: Path):
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._rows: dict[str, dict[bytes, int]] = {}  # version -> digest -> offset of the vector
        self._dimensions: dict[str, int] = {}
        self._lock = threading.Lock()

    def get(self, version: str, compartment: str, key: str) -> Vector | None:
        """The vector, if this passage of this compartment was embedded before."""
        with self._lock:
            offset = self._open(version).get(_digest(compartment, key))
            if offset is None:
                return None
            with self._path(version).open("rb") as file:
                file.seek(offset)
                vector = np.frombuffer(file.read(4 * self._dimensions[version]), "<f4")
        return vector.astype(np.float32) if abs(float(np.linalg.norm(vector)) - 1) < 1e-3 else None

    def put(self, version: str, places: Iterable[tuple[str, str]], vectors: Vectors) -> None:
        """Keeps the vectors of these passages (compartment and key)."""
        with self._lock:
            rows = self._open(version)
            path = self._path(version)
            fresh = self._dimensions.get(version) != vectors.shape[1]
            with path.open("wb" if fresh else "ab") as file:
                if fresh:
                    rows.clear()
                    file.write(_HEAD.pack(_MAGIC, vectors.shape[1]))
                    self._dimensions[version] = vectors.shape[1]
                for (compartment, key), vector in zip(places, vectors, strict=True):
                    digest = _digest(compartment, key)
                    file.write(digest)
                    rows[digest] = file.tell()
                    file.write(vector.astype("<f4").tobytes())

    def keep(self, places: Iterable[tuple[str, str]]) -> None:
        """Forgets all but these passages (compartment and key): what a source has deleted stays nowhere."""
        wanted = {_digest(compartment, key) for compartment, key in places}
        with self._lock:
            for path in self._folder.glob("*.vectors"):
                self._compact(path.stem, wanted)

    def _compact(self, version: str, wanted: set[bytes]) -> None:
        rows = self._open(version)
        if all(digest in wanted for digest in rows):
            return
        path, size = self._path(version), 4 * self._dimensions[version]
        work = path.with_suffix(".new")
        kept: dict[bytes, int] = {}
        with path.open("rb") as old, work.open("wb") as new:
            new.write(_HEAD.pack(_MAGIC, self._dimensions[version]))
            for digest, offset in rows.items():
                if digest in wanted:
                    old.seek(offset)
                    new.write(digest)
                    kept[digest] = new.tell()
                    new.write(old.read(size))
            new.flush()
            os.fsync(new.fileno())
        work.replace(path)
        self._rows[version] = kept

    def _path(self, version: str) -> Path:
        return self._folder / f"{version}.vectors"

    def _open(self, version: str) -> dict[bytes, int]:
        rows = self._rows.get(version)
        if rows is None:
            rows = self._rows[version] = self._read(version)
        return rows

    def _read(self, version: str) -> dict[bytes, int]:
        path = self._path(version)
        if not path.is_file():
            return {}
        rows: dict[bytes, int] = {}
        with path.open("r+b") as file:
            head = file.read(_HEAD.size)
            if len(head) < _HEAD.size or head[:8] != _MAGIC:
                return {}
            dimension: int = _HEAD.unpack(head)[1]
            row = 32 + 4 * dimension
            count = (path.stat().st_size - _HEAD.size) // row
            for number in range(count):
                at = _HEAD.size + number * row
                file.seek(at)
                rows[file.read(32)] = at + 32
            file.truncate(_HEAD.size + count * row)
        self._dimensions[version] = dimension
        return rows


def _digest(compartment: str, key: str) -> bytes:
    return sha256(f"{compartment}\n{key}".encode()).digest()
