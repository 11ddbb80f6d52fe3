"""Frames over a stream socket: a head of JSON, a body of bytes, and file descriptors beside them."""

import json
import os
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

_LENGTHS = struct.Struct("!IQ")  # bytes of the head, bytes of the body
_HEAD_LIMIT = 4_000_000
PIECE = 1 << 18
"""Bytes that are read or written at once, and up to which a body is sent together with its head."""

Head = dict[str, Any]


class Gone(EOFError):
    """The other end closed the socket, or died."""


@contextmanager
def _gone() -> Iterator[None]:
    """What fails in the block but for time means that nobody is at the other end: raises `Gone`."""
    try:
        yield
    except TimeoutError:
        raise
    except OSError as error:
        raise Gone("the other end is gone") from error


def pack(head: Head, length: int) -> bytes:
    """What stands before a body of so many bytes."""
    text = json.dumps(head, separators=(",", ":")).encode()
    return _LENGTHS.pack(len(text), length) + text


def send(sock: socket.socket, head: Head, body: bytes = b"", descriptors: Sequence[int] = ()) -> None:
    """Sends one frame; raises `Gone` when nobody reads, `TimeoutError` by the socket's own timeout."""
    frame = pack(head, len(body))
    with _gone():
        if descriptors:
            sent = socket.send_fds(sock, [frame], list(descriptors))
            frame = frame[sent:]
        if len(body) <= PIECE:
            sock.sendall(frame + body)
        else:
            sock.sendall(frame)
            sock.sendall(body)


def send_some(sock: socket.socket, data: bytes | memoryview) -> int:
    """Sends as many bytes as go at once, none where that fails. The socket has no timeout."""
    try:
        return sock.send(data, socket.MSG_DONTWAIT)
    except OSError:
        return 0


def send_rest(sock: socket.socket, data: bytes | memoryview) -> None:
    """Sends bytes of frames that others began or follow; raises as `send`."""
    with _gone():
        sock.sendall(data)


def receive(
    sock: socket.socket, *, ends: float | None = None, limit: int | None = None, descriptors: int = 0
) -> tuple[Head, bytes, list[int]]:
    """The next frame and up to `descriptors` file descriptors.

    `ends` is a time of `time.monotonic`; past it `TimeoutError` is raised. More than `limit` bytes of body
    raise `Gone`: whoever sends that does not keep to the protocol.
    """
    held: list[int] = []
    try:
        prefix = _exactly(sock, _LENGTHS.size, ends, held, descriptors)
        head_length, body_length = _LENGTHS.unpack(prefix)
        if head_length > _HEAD_LIMIT or (limit is not None and body_length > limit):
            raise Gone("a frame larger than agreed")
        head = json.loads(_exactly(sock, head_length, ends, held, 0))
        return head, _exactly(sock, body_length, ends, held, 0), held
    except BaseException:
        for descriptor in held:
            os.close(descriptor)
        raise


def _exactly(
    sock: socket.socket, length: int, ends: float | None, held: list[int], descriptors: int
) -> bytes:
    data = bytearray()
    while len(data) < length:
        if ends is not None:
            left = ends - time.monotonic()
            if left <= 0:
                raise TimeoutError("no frame in time")
            sock.settimeout(left)
        want = min(length - len(data), PIECE)
        try:
            if descriptors:
                piece, new, _, _ = socket.recv_fds(sock, want, descriptors)
                held.extend(new)
            else:
                piece = sock.recv(want)
        except TimeoutError:
            raise
        except OSError as error:
            raise Gone("the other end is gone") from error
        if not piece:
            raise Gone("the other end is gone")
        data += piece
    return bytes(data)
