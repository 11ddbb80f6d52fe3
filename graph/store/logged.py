"""A commit as bytes: the frame that the commit log holds.

`ACL2`, header length (u32), body length (u64), CRC-32 of all that follows (u32), the previous frame's seal and
this one's (32 bytes each), header, body; little endian. The header is canonical JSON and names each part of
the body (N-Quads) by size and SHA-256, and the commit's hash is that of the header: so a part can be blanked
later and the ledger still verifies. Frames of the first release (`ACL1`) have no seals, and their header no
`form`; they are read, and no more written.
"""

import hashlib
import os
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import IO, Any, NamedTuple

import orjson

from ..ledger.seals import NOTHING, WIDTH
from ..terms import NamedNode, Quad, Triple, from_nquads, to_nquads
from ..words import Delta, Placed, Role
from .lines import quads_and_text
from .written import quads_and_sheets

_PREFIX = struct.Struct("<4sIQI")
_MAGIC = b"ACL2"
_UNSEALED = b"ACL1"


class Torn(ValueError):
    """The bytes are no whole frame: cut short by a kill, or damaged."""


class Kind(StrEnum):
    """What a frame says of its revision."""

    COMMIT = "commit"
    ABORTED = "aborted"  # a write was cut short: the revision changed nothing
    GAP = "gap"  # the store is further than the log, which a power cut or damage took: no delta is known


@dataclass(frozen=True, slots=True)
class Logged:
    """One frame."""

    revision: int
    policy_revision: int
    kind: Kind = Kind.COMMIT
    at: str = ""
    actor: str = ""
    activity: str = ""
    records: tuple[str, ...] = ()
    delta: Delta = field(default_factory=lambda: Delta(0))
    catalog_out: tuple[Quad, ...] = ()
    catalog_into: Sequence[Quad] = ()
    digest: str = ""  # the hash of the frame it was read from
    sealed: bool = True  # whether the frame it was read from is of the present form


@dataclass(frozen=True, slots=True)
class Frame:
    """What a frame holds, and the commit's hash, which the ledger has."""

    digest: str
    header: bytes
    body: bytes


class Stored(NamedTuple):
    """A frame as it was read."""

    header: bytes
    body: bytes
    previous: bytes  # the previous frame's seal
    seal: bytes  # empty: it is of the first release, which had none

    @property
    def size(self) -> int:
        """Bytes that it takes in its file."""
        return _PREFIX.size + (2 * WIDTH if self.seal else 0) + len(self.header) + len(self.body)


def encode(logged: Logged) -> Frame:
    """The frame of a commit."""
    parts: list[dict[str, Any]] = []
    body: list[bytes] = []

    def part(
        name: str, quads: Iterable[Quad], role: str = "", compartment: str = "", text: bytes = b""
    ) -> None:
        data = to_nquads(quads) + text
        if data:
            digest = hashlib.sha256(data).hexdigest()
            parts.append(
                {"name": name, "role": role, "compartment": compartment, "size": len(data), "hash": digest}
            )
            body.append(data)

    for name, placed in (("out", logged.delta.out), ("into", logged.delta.into)):
        places: dict[tuple[str, str], tuple[list[Quad], list[bytes]]] = {}
        single, sheets = quads_and_sheets(placed)
        for one in single:
            places.setdefault((one.role.value, one.compartment), ([], []))[0].append(one.quad)
        for sheet in sheets:
            places.setdefault((sheet.role.value, sheet.compartment), ([], []))[1].append(sheet.nquads)
        for (role, compartment), (quads, texts) in places.items():
            part(name, quads, role, compartment, b"".join(texts))
    part("holders", _holder_quads(logged.delta.holders))
    part("catalog-out", logged.catalog_out)
    lines, text = quads_and_text(logged.catalog_into)
    part("catalog-into", lines, text=text)
    header = orjson.dumps(
        {
            "activity": logged.activity,
            "actor": logged.actor,
            "at": logged.at,
            "form": 2,  # so that it cannot pass for one of the first release, which had no seals
            "kind": logged.kind.value,
            "parts": parts,
            "policy": logged.delta.policy,
            "policy_revision": logged.policy_revision,
            "records": logged.records,
            "revision": logged.revision,
        },
        option=orjson.OPT_SORT_KEYS,
    )
    return Frame(hashlib.sha256(header).hexdigest(), header, b"".join(body))


def written(frame: Frame, previous: bytes, seal: bytes) -> tuple[bytes, bytes]:
    """The frame's bytes: what stands before its body, and its body."""
    sealed = previous + seal + frame.header
    checksum = zlib.crc32(frame.body, zlib.crc32(sealed))
    return _PREFIX.pack(_MAGIC, len(frame.header), len(frame.body), checksum) + sealed, frame.body


def _holder_quads(holders: dict[Triple, frozenset[str]]) -> Iterator[Quad]:
    for triple, compartments in holders.items():
        for compartment in sorted(compartments):
            yield Quad(triple.subject, triple.predicate, triple.object, NamedNode(compartment))


def read_frame(file: IO[bytes]) -> Stored | None:
    """The next frame; None at the end. Raises `Torn`."""
    prefix = file.read(_PREFIX.size)
    if not prefix:
        return None
    if len(prefix) < _PREFIX.size:
        raise Torn("the frame's prefix is cut short")
    magic, header_size, body_size, checksum = _PREFIX.unpack(prefix)
    if magic not in (_MAGIC, _UNSEALED):
        raise Torn("no frame begins here")
    # nobody asks for the room of what is not there
    if header_size + body_size > os.fstat(file.fileno()).st_size:
        raise Torn("the frame is cut short")
    seals = file.read(2 * WIDTH) if magic == _MAGIC else b""
    header = file.read(header_size)
    body = file.read(body_size) if len(header) == header_size else b""
    if len(header) + len(body) < header_size + body_size:
        raise Torn("the frame is cut short")
    if zlib.crc32(body, zlib.crc32(header, zlib.crc32(seals))) != checksum:
        raise Torn("the frame does not match its checksum")
    return Stored(header, body, seals[:WIDTH] or NOTHING, seals[WIDTH:])


def pass_over(file: IO[bytes], start: int) -> bool:
    """Goes to the end of a frame that is not what was written; False where its length cannot be believed.

    It can where another frame begins at that end. Whatever its own first bytes are, it counts as sealed.
    """
    file.seek(start)
    prefix = file.read(_PREFIX.size)
    if len(prefix) < _PREFIX.size:
        return False
    magic, header_size, body_size, _ = _PREFIX.unpack(prefix)
    end = start + _PREFIX.size + (0 if magic == _UNSEALED else 2 * WIDTH) + header_size + body_size
    if end >= os.fstat(file.fileno()).st_size:
        return False
    file.seek(end)
    follows = file.read(len(_MAGIC)) in (_MAGIC, _UNSEALED)
    file.seek(end)
    return follows


def read_header(file: IO[bytes]) -> bytes | None:
    """The next frame's header; its body is passed over, and nothing checked. Raises `Torn`."""
    prefix = file.read(_PREFIX.size)
    if not prefix:
        return None
    if len(prefix) < _PREFIX.size or prefix[:4] not in (_MAGIC, _UNSEALED):
        raise Torn("no frame begins here")
    magic, header_size, body_size, _ = _PREFIX.unpack(prefix)
    file.seek(2 * WIDTH if magic == _MAGIC else 0, os.SEEK_CUR)
    header = file.read(header_size)
    if len(header) < header_size:
        raise Torn("the frame is cut short")
    file.seek(body_size, os.SEEK_CUR)
    return header


def parts_of(header: bytes, body: bytes) -> Iterator[tuple[dict[str, Any], bytes]]:
    """The parts that a header names, with their bytes."""
    offset = 0
    for part in orjson.loads(header)["parts"]:
        yield part, body[offset : offset + part["size"]]
        offset += part["size"]


def decode(stored: Stored) -> Logged:
    """The commit that a frame holds."""
    header, body = stored.header, stored.body
    said = orjson.loads(header)
    placed: dict[str, list[Placed]] = {"out": [], "into": []}
    catalog: dict[str, tuple[Quad, ...]] = {}
    holders: dict[Triple, set[str]] = {}
    for part, data in parts_of(header, body):
        quads = from_nquads(data)
        if part["name"] in placed:
            role, compartment = Role(part["role"]), part["compartment"]
            placed[part["name"]] += [Placed(quad, compartment, role) for quad in quads]
        elif part["name"] == "holders":
            for quad in quads:
                assert isinstance(quad.graph_name, NamedNode)  # noqa: S101 — we wrote it
                holders.setdefault(quad.triple, set()).add(quad.graph_name.value)
        else:
            catalog[part["name"]] = tuple(quads)
    delta = Delta(
        said["revision"],
        tuple(placed["out"]),
        tuple(placed["into"]),
        {triple: frozenset(compartments) for triple, compartments in holders.items()},
        said["policy"],
    )
    return Logged(
        said["revision"],
        said["policy_revision"],
        Kind(said["kind"]),
        said["at"],
        said["actor"],
        said["activity"],
        tuple(said["records"]),
        delta,
        catalog.get("catalog-out", ()),
        catalog.get("catalog-into", ()),
        hashlib.sha256(header).hexdigest(),
        bool(stored.seal),
    )
