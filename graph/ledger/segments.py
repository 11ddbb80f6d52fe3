"""The ledger's files: segments of one line per entry, `<leaf hash in hex> <canonical JSON>`."""

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from .merkle import leaf_hash

_NO_VALUE = re.compile(r"[^\x00-\x20<>\"{}|\\^`]{0,2048}")
"""What an IRI (RFC 3987), a hash, a code or a time can be; texts have spaces and do not fit."""

_SUSPICIOUS = re.compile(rb"[\x00-\x20<>|\\^`]")
_SHORT = 2_048
_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS

HASH_WIDTH = 64
"""Characters of a SHA-256 hash in hex: the column before the JSON."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `fields` hold IRIs, hashes, codes, numbers and times: never values."""

    number: int
    at: str  # UTC, ISO 8601, milliseconds
    kind: str
    fields: Mapping[str, Any] = field(default_factory=dict)


def segment_path(folder: Path, first: int) -> Path:
    """The file of the segment that begins with this entry."""
    return folder / "segments" / f"{first:016d}.jsonl"


def segments(folder: Path) -> list[tuple[int, Path]]:
    """The segments in order, each with the number of its first entry."""
    return [(int(path.stem), path) for path in sorted((folder / "segments").glob("*.jsonl"))]


def line_of(leaf: bytes, body: bytes) -> bytes:
    """An entry's line."""
    return b"%b %b\n" % (leaf.hex().encode(), body)


_told = (0, "")


def now() -> str:
    """The time in UTC as ISO 8601 with milliseconds."""
    global _told  # of this millisecond: writing it out takes as long as hashing an entry
    moment, told = time.time_ns() // 1_000_000, _told
    if told[0] != moment:
        whole = datetime.fromtimestamp(moment // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        _told = told = (moment, f"{whole}.{moment % 1000:03d}Z")
    return told[1]


def fields_of(fields: Mapping[str, Any]) -> bytes:
    """An entry's fields as canonical JSON: sorted keys, sorted sets, no white space, UTF-8.

    Raises `ValueError` when a field holds more than an IRI, hash, code, number or time.
    """
    try:
        data = orjson.dumps(fields, option=_CANONICAL, default=_in_order)
    except TypeError as error:
        raise ValueError(f"a ledger entry holds only what JSON can say: {error}") from error
    # text of some length, and every character that no value has but brackets, would show among the bytes
    if len(data) > _SHORT or data.count(b"{") > 1 or data.count(b"}") > 1 or _SUSPICIOUS.search(data):
        refuse_values(fields)
    return data


def _in_order(value: object) -> list[Any]:
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is not of JSON")


def body_of(number: int, at: bytes, kind: bytes, fields: bytes) -> bytes:
    """An entry as canonical JSON, which is what the leaf hash is over."""
    return b'{"at":"%b","fields":%b,"kind":"%b","n":%d}' % (at, fields, kind, number)


def parse_body(body: bytes) -> Entry:
    """An entry from its JSON; raises `ValueError`."""
    said = orjson.loads(body)
    try:
        return Entry(said["n"], said["at"], said["kind"], said["fields"])
    except (KeyError, TypeError) as error:
        raise ValueError("a field of the entry is missing") from error


def split_line(line: bytes) -> tuple[bytes, bytes]:
    """The leaf hash and the JSON of a line without its end; raises `ValueError` for another form."""
    column, body = line[:HASH_WIDTH], line[HASH_WIDTH + 1 :]
    leaf = bytes.fromhex(column.decode("ascii"))
    if len(leaf) != HASH_WIDTH // 2 or line[HASH_WIDTH : HASH_WIDTH + 1] != b" " or column != column.lower():
        raise ValueError("the line does not begin with its hash")
    return leaf, body


def leaf_of(line: bytes) -> bytes:
    """The leaf as it was written, so that the tree stays the signed one even when an entry was changed."""
    try:
        return split_line(line.rstrip(b"\n"))[0]
    except ValueError:
        return leaf_hash(line[HASH_WIDTH + 1 :].rstrip(b"\n"))


def lines(path: Path, offset: int = 0) -> Iterator[bytes]:
    """The lines of a segment with their ends; a last one without end was cut short or is being written."""
    with path.open("rb") as file:
        file.seek(offset)
        yield from file


def refuse_values(value: object) -> None:
    """Raises `ValueError` for a field that could hold what people wrote."""
    if isinstance(value, str):
        if not _NO_VALUE.fullmatch(value):
            raise ValueError("a ledger entry holds IRIs, hashes, codes, numbers and times, never texts")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            refuse_values(key)
            refuse_values(inner)
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            refuse_values(inner)
    elif value is not None and not isinstance(value, int | float):
        raise ValueError("a ledger entry holds only what JSON can say")
