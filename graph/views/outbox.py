"""What waits to be sent to a keeper, in order: a commit never waits for a view."""

import logging
import queue
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from . import frames

_log = logging.getLogger(__name__)

MOST = 256_000_000
"""Bytes that may wait. A keeper that lags by more is given up; its view is built anew on the next query."""


class Outbox:
    """Frames for one socket. What goes into the socket at once is sent by a thread that all share.

    Where a socket is full, a thread of its own goes on. `gone` is called once when sending fails, by that thread:
    whoever hands a frame over may hold locks.
    """

    def __init__(self, sock: socket.socket, name: str, gone: Callable[[], None]):
        self._sock = sock
        self._gone = gone
        self._pieces: deque[bytes | memoryview] = deque()
        self._waiting = 0  # bytes, those that are being sent among them
        self._is_full = False  # the socket; its thread sends until nothing waits
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._send, name=f"ambit-outbox-{name}", daemon=True)
        self._thread.start()

    def put(self, head: frames.Head, body: bytes = b"", *, at_once: bool = False) -> None:
        """Lets a frame follow those before it; returns at once. `at_once`: whoever hands it over waits for what it brings.

        Else others send it: those who are woken by it may take the processor from whoever hands it over.
        """
        with self._changed:
            if self._closed:
                return
            prefix = frames.pack(head, len(body))
            self._pieces += [prefix, body] if len(body) > frames.PIECE else [prefix + body]
            self._waiting += len(prefix) + len(body)
            if self._waiting > MOST:
                self._give_up()
            if at_once:
                self._pass_on()
        if not at_once:
            _post(self)

    def pass_on(self) -> None:
        """Sends what goes into the socket now; its thread the rest."""
        with self._changed:
            self._pass_on()

    def _pass_on(self) -> None:
        while self._pieces and not self._is_full and not self._closed:
            piece = self._pieces.popleft()
            sent = frames.send_some(self._sock, piece)
            self._waiting -= sent
            if sent < len(piece):
                self._pieces.appendleft(memoryview(piece)[sent:])
                self._is_full = True
        self._changed.notify_all()

    def give_up(self) -> None:
        """Sends nothing more: its thread hears it, and says that the other end is gone."""
        with self._changed:
            self._give_up()

    def _give_up(self) -> None:
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._pieces.append(b"\0")  # for the thread to fail at
        self._is_full = True
        self._changed.notify_all()

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
                self._is_full = bool(self._pieces) and self._is_full
                self._changed.wait_for(lambda: self._closed or self._is_full)
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


_posted: "queue.SimpleQueue[Outbox]" = queue.SimpleQueue()
_starting = threading.Lock()
_postman: threading.Thread | None = None


def _post(outbox: Outbox) -> None:
    global _postman
    _posted.put(outbox)
    if _postman is None:
        with _starting:
            if _postman is None:
                postman = threading.Thread(target=_carry, name="ambit-post", daemon=True)
                postman.start()
                _postman = postman


def _carry() -> None:
    while True:
        outbox = _posted.get()
        try:
            outbox.pass_on()
        except Exception:  # of one keeper, which is given up: the others' frames are sent
            _log.exception("a view's keeper is given up")
            outbox.give_up()
