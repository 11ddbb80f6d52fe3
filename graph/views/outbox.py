"""What waits to be sent to a keeper, in order: a commit never waits for a view."""

import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from . import frames

MOST = 256_000_000
"""Bytes that may wait. A keeper that lags by more is given up; its view is built anew on the next query."""

SMALL = 1 << 16
"""Bytes of a frame that whoever hands it over sends, where nothing waits: to wake a thread for it takes longer."""


class Outbox:
    """Frames for one socket, sent at once where they can be, else by a thread of its own.

    `gone` is called once when sending fails, by the thread: whoever hands a frame over may hold locks.
    """

    def __init__(self, sock: socket.socket, name: str, gone: Callable[[], None]):
        self._sock = sock
        self._gone = gone
        self._pieces: deque[bytes] = deque()
        self._waiting = 0  # bytes, those that are being sent among them
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._send, name=f"ambit-outbox-{name}", daemon=True)
        self._thread.start()

    def put(self, head: frames.Head, body: bytes = b"") -> None:
        """Lets a frame follow those before it; returns at once."""
        prefix = frames.pack(head, len(body))
        with self._changed:
            if self._closed:
                return
            pieces = [prefix, body]
            if not self._waiting and len(body) < SMALL:
                whole = prefix + body
                pieces = [whole[frames.send_some(self._sock, whole) :]]
            for piece in filter(None, pieces):
                self._pieces.append(piece)
                self._waiting += len(piece)
            if self._pieces:
                self._changed.notify_all()
            if self._waiting > MOST:
                with suppress(OSError):
                    self._sock.shutdown(socket.SHUT_RDWR)  # the thread hears it, and says that it is gone

    def wait_below(self, most: int) -> None:
        """Waits until fewer than `most` bytes wait, or it is closed: for builders, never in a commit."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting < most)

    def close(self) -> None:
        """Forgets what waits; the thread ends once its current piece is sent or refused."""
        with self._changed:
            self._closed = True
            self._pieces.clear()
            self._changed.notify_all()

    def _send(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._pieces)
                if self._closed:
                    return
                piece = self._pieces.popleft()
            try:
                frames.send_rest(self._sock, piece)
            except (frames.Gone, TimeoutError):
                self._gone()
                return
            with self._changed:
                self._waiting -= len(piece)
                self._changed.notify_all()
