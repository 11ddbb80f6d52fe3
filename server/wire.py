"""The connection under a response: how much it holds back, and how it is broken off.

uvicorn's protocol with an ASGI extension of ours, `ambit.wire`, that gives a response that is streamed three
things which ASGI has no words for: to wait until all that was written has left this process, to write without
anything being kept back, and to end so that nobody takes what came for the whole answer. The protocol also
bounds the head of a request, which uvicorn does not.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Iterator
from http import HTTPStatus

from starlette.responses import Response
from starlette.types import Scope
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ..graph.errors import Invalid, TooLarge
from .problems import problem

EXTENSION = "ambit.wire"
HEAD_BYTES = 65_536
"""Bytes of a request's headers; more are answered by 431 (RFC 6585 §5)."""
URL_BYTES = 4_000_000
"""Bytes of a request's target, which may hold a query; more are answered by 414 (RFC 9110 §15.5.15)."""
HEAD_SECONDS = 30.0
"""Seconds within which the head of a connection's first request must have come."""
LINGER = 1.0
"""Seconds for which the rest of a refused request is read, and thrown away."""

_AT_ONCE = struct.pack(
    "ii", 1, 0
)  # SO_LINGER: what the kernel still holds is dropped, the other side hears it


class Wire:
    """One connection, as a response sees it. On the event loop only."""

    def __init__(self, transport: asyncio.Transport, flow: FlowControl):
        self._transport = transport
        self._flow = flow

    @property
    def is_gone(self) -> bool:
        """Whether the other side has left, or we have hung up."""
        return self._transport.is_closing()

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """While the block runs, `drained` waits until nothing that was written is in this process any more."""
        self._transport.set_write_buffer_limits(high=0)
        try:
            yield
        finally:
            if not self._transport.is_closing():
                self._transport.set_write_buffer_limits()

    async def drained(self) -> None:
        """Returns when a write would go out at once, or nobody is there any more."""
        while self._flow.write_paused and not self._transport.is_closing():
            await self._flow.drain()

    def abort(self) -> None:
        """Drops what has not left yet, and resets the connection."""
        raw = self._transport.get_extra_info("socket")
        if raw is not None:
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self._transport.abort()


def wire_of(scope: Scope) -> Wire | None:
    """The connection of a request; None where another server than ours runs the application."""
    found = scope.get("extensions", {}).get(EXTENSION, {}).get("wire")
    return found if isinstance(found, Wire) else None


def has_whole_body(scope: Scope) -> bool:
    """Whether all of a request's body has come: then reading it waits for nobody."""
    return bool(scope.get("extensions", {}).get(EXTENSION, {}).get("whole"))


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it, with a `Wire` in each scope and bounds for the head of a request.

    A request whose body has come whole says so in its scope, too.
    """

    _waiting: asyncio.TimerHandle | None = None
    _wire: Wire
    _head = 0
    _url = 0
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wire = Wire(self.transport, self.flow)
        self._waiting = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        self._known()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._refused:
            super().data_received(data)

    def on_message_begin(self) -> None:
        self._head = self._url = 0
        super().on_message_begin()
        self.scope["extensions"] = {EXTENSION: {"wire": self._wire}}

    def on_url(self, url: bytes) -> None:
        self._url += len(url)
        if self._url > URL_BYTES:
            self._refuse(HTTPStatus.REQUEST_URI_TOO_LONG, f"the URL is longer than {URL_BYTES} bytes")
        if not self._refused:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head += len(name) + len(value)
        if self._head > HEAD_BYTES:
            status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            self._refuse(status, f"the headers are longer than {HEAD_BYTES} bytes")
        if not self._refused:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._known()
        if not self._refused:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._refused:
            self.scope["extensions"][EXTENSION]["whole"] = True
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answers what is not HTTP; uvicorn says `msg`, as plain text."""
        if not self._refused:
            self._refused = True
            self._say(problem(Invalid("the request is not HTTP/1.1", hint="send it through an HTTP client")))
            self.transport.close()

    def _known(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        """Answers once, hangs up, and passes over all that still comes: no application sees the request."""
        if self._refused:
            return
        self._refused = True
        said = problem(TooLarge(detail, hint="send a query in the body of a POST"))
        self._say(said, status, bytes(said.body).replace(b'"status":413', b'"status":%d' % status.value))
        # whoever still sends would be reset, and might not read the answer: RFC 9112 §9.6
        self.loop.call_later(LINGER, self.transport.close)

    def _say(self, said: Response, status: HTTPStatus = HTTPStatus.BAD_REQUEST, body: bytes = b"") -> None:
        """Writes a response that no application has made."""
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nconnection: close\r\n".encode()
        lines = b"".join(b"%s: %s\r\n" % pair for pair in said.raw_headers)
        self.transport.write(head + lines + b"\r\n" + (body or bytes(said.body)))
