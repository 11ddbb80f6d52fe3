"""What waits to be sent to a keeper, in order: a commit never waits for a view."""

import socket
import threading
from collections import deque
from collections.abc import Callable

from . import frames

MOST = 256_000_000
"""Bytes that may wait. A keeper that lags by more is given up; its view is built anew on the next query."""


class Outbox:
    """Frames for one socket, sent by a thread of its own; `gone` is called once when that fails."""

    def __init__(self, sock: socket.socket, name: str, gone: Callable[[], None]):
        self._sock = sock
        self._gone = gone
        self._frames: deque[tuple[frames.Head, bytes]] = deque()
        self._waiting = 0  # bytes
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._send, name=f"ambit-outbox-{name}", daemon=True)
        self._thread.start()

    def put(self, head: frames.Head, body: bytes = b"") -> None:
        """Lets a frame follow those before it; returns at once."""
        with self._changed:
            if self._closed:
                return
            self._frames.append((head, body))
            self._waiting += len(body)
            overdue = self._waiting > MOST
            self._changed.notify_all()
        if overdue:
            self._gone()

    def wait_below(self, most: int) -> None:
        """Waits until fewer than `most` bytes wait, or it is closed: for builders, never in a commit."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting < most)

    def close(self) -> None:
        """Forgets what waits; the thread ends once its current frame is sent or refused."""
        with self._changed:
            self._closed = True
            self._frames.clear()
            self._changed.notify_all()

    def _send(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._frames)
                if self._closed:
                    return
                head, body = self._frames.popleft()
            try:
                frames.send(self._sock, head, body)
            except (frames.Gone, TimeoutError):
                self._gone()
                return
            with self._changed:
                self._waiting -= len(body)
                self._changed.notify_all()
