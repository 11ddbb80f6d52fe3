"""Damages one order of a store alone, which no API of the engine can: by patching RocksDB's write-ahead log.

A record there is CRC-32C (masked), length, type, log number, and for a batch its sequence, count and operations;
`05 <column family> <key> <value>` puts a key. See RocksDB's `db/log_format.h` and `db/write_batch.cc`.
"""

import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ORDERS = {"spog": 2, "posg": 3, "ospg": 4, "gspo": 5, "gpos": 6, "gosp": 7, "dspo": 8, "dpos": 9, "dosp": 10}
"""The engine's column families in the order of their making; whoever uses this asserts that it hit the one meant."""

_HEAD = struct.Struct("<IHBI")
_PUT = 5


def _table() -> Iterator[int]:
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        yield value


_CRC = tuple(_table())


def crc32c(data: bytes) -> int:
    """Masked as RocksDB stores it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _CRC[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def add(store: Path, statement: str) -> None:
    """Adds a quad in a process that dies, so that it stands in the write-ahead log alone."""
    code = (
        "import os, sys; from pyoxigraph import *; s = Store(sys.argv[1]); s.flush()\n"
        "q, = parse(sys.argv[2], RdfFormat.N_QUADS); s.add(q); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, str(store), statement], check=True)


def drop_last_put(store: Path, order: str) -> None:
    """Takes the last batch's puts into one order out of the write-ahead log."""
    path = max(store.glob("*.log"), key=lambda p: int(p.stem))
    data, at, last = path.read_bytes(), 0, -1
    while at + _HEAD.size <= len(data):
        _, length, kind, _ = _HEAD.unpack_from(data, at)
        if kind != 5:  # a whole record of a log whose file may be used again
            break
        last, at = at, at + _HEAD.size + length
    _, length, kind, number = _HEAD.unpack_from(data, last)
    batch = data[last + _HEAD.size : last + _HEAD.size + length]
    kept = b"".join(op for family, op in _operations(batch[12:]) if family != ORDERS[order])
    count = sum(1 for family, _ in _operations(batch[12:]) if family != ORDERS[order])
    new = batch[:8] + struct.pack("<I", count) + kept
    body = struct.pack("<BI", kind, number) + new
    path.write_bytes(data[:last] + struct.pack("<IH", crc32c(body), len(new)) + body)


def _operations(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        begin = at
        assert data[at] == _PUT, f"an operation that this knows nothing of: {data[at]}"
        family, at = data[at + 1], at + 2
        for _ in range(2):  # key and value
            assert data[at] < 128
            at += data[at] + 1
        yield family, data[begin:at]
