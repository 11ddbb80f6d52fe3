"""How server and site speak: frames over one socket, JSON one way, raw float32 rows the other.

frame  = length of head (4 bytes, big endian) · length of body (4 bytes) · head (JSON, UTF-8) · body
first frame: {"token": …} from the server; answered {"ok": true}, or the socket is closed
"""

import json
import socket
import struct
from typing import Any

_LENGTHS = struct.Struct(">II")

LIMIT = 64 << 20
"""Bytes of a frame at most: more is no call of ours."""


def send(to: socket.socket, head: dict[str, Any], body: bytes = b"") -> None:
    """Sends one frame; raises `OSError`."""
    said = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    to.sendall(_LENGTHS.pack(len(said), len(body)) + said + body)


def receive(of: socket.socket, *, limit: int = LIMIT) -> tuple[dict[str, Any], bytes]:
    """The next frame; raises `EOFError` when the other side has gone, `ValueError` when it is no frame."""
    head_length, body_length = _LENGTHS.unpack(_exactly(of, _LENGTHS.size))
    if head_length + body_length > limit:
        raise ValueError("the frame is too large")
    head = json.loads(_exactly(of, head_length))
    if not isinstance(head, dict):
        raise ValueError("the head is no object")
    return head, _exactly(of, body_length)


def _exactly(of: socket.socket, count: int) -> bytes:
    parts: list[bytes] = []
    while count:
        part = of.recv(min(count, 1 << 20))
        if not part:
            raise EOFError("the other side has gone")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
