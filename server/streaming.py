"""An answer given piece by piece: each under the right as it then is, none after a commit that took it away.

What is held in memory is one piece in this process, and a few in the pipe from the query's child, which waits
while nobody takes them. The end is clean (the last chunk of HTTP's chunked coding) only if the whole answer has been
given and the ledger has taken the closing entry; else the connection is reset.
"""

import asyncio
import contextlib
import hashlib
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass

import anyio
import structlog
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ..graph.errors import AmbitError, Timeout
from ..graph.views.cancellation import Cancellation
from ..graph.views.worker import Piece
from .request import Request
from .rights import Rights
from .wire import Wire, wire_of

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Watch:
    """What a streamed answer is given under: the right of its request, and a client that takes it in time."""

    rights: Rights
    request: Request
    client: Cancellation
    limiter: anyio.CapacityLimiter
    stall: float
    seconds: float  # that all of it may take


class Streamed(Response):
    """A response of which the first piece is there, and more to come."""

    def __init__(
        self,
        first: Piece,
        rest: Generator[Piece, None, None],
        headers: Mapping[str, str],
        media_type: str,
    ):
        super().__init__(None, 200, headers, media_type)
        del self.headers["content-length"]  # nobody knows it yet
        self._first = first
        self._rest = rest
        self._hash = hashlib.sha256()
        self._kept = contextlib.AsyncExitStack()
        self._watch: Watch
        self._close: Callable[[str], None]
        self._ends: float

    def begin(self, watch: Watch, close: Callable[[str], None]) -> None:
        """Takes what it is given under; `close` is called once, with the outcome, and may raise."""
        self._watch, self._close = watch, close
        self._ends = time.monotonic() + watch.seconds

    def keep(self, held: contextlib.AsyncExitStack) -> None:
        """Takes what shall be let go of when it has ended."""
        self._kept = held

    def drop(self) -> None:
        """Ends it before it has begun."""
        self._rest.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wire = wire_of(scope)
        async with self._kept:
            try:
                outcome = "internal"
                with wire.at_once() if wire is not None else contextlib.nullcontext():
                    outcome = await self._give(wire, send)
            finally:
                with anyio.CancelScope(shield=True):
                    is_closed = await anyio.to_thread.run_sync(
                        self._end, outcome, limiter=self._watch.limiter
                    )
                if outcome == "ok" and is_closed:
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
                elif wire is not None:
                    wire.abort()

    async def _give(self, wire: Wire | None, send: Send) -> str:
        """Gives all pieces; the outcome."""
        start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        piece = self._first
        try:
            await self._put(wire, send, start)
            while True:
                body = {"type": "http.response.body", "body": piece.body, "more_body": True}
                await self._put(wire, send, body)
                self._hash.update(piece.body)
                if piece.is_last:
                    return "ok"
                piece = await anyio.to_thread.run_sync(next, self._rest, limiter=self._watch.limiter)
        except AmbitError as error:
            watch = self._watch
            lost = watch.request.cancel.is_cancelled and not watch.client.is_cancelled
            return "right-changed" if lost else error.code

    async def _put(self, wire: Wire | None, send: Send, message: dict[str, object]) -> None:
        """Gives one message as soon as it would leave this process at once, if the right holds at that moment."""
        watch, right = self._watch, self._watch.request.right
        held = False
        while True:
            if wire is not None:
                await self._drained(wire)
            with watch.rights.giving(right, held=held) as may:
                if may:
                    await send(message)  # waits for nobody: what was written before has left
                    return
            held = await anyio.to_thread.run_sync(watch.rights.hold, right, limiter=watch.limiter)
            if not held or right.cancel.is_cancelled or watch.rights.has_lost(right):
                right.cancel.cancel()
                raise AmbitError("the right is gone, or the client", code="cancelled")

    async def _drained(self, wire: Wire) -> None:
        left = self._ends - time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, min(self._watch.stall, left))):
                await wire.drained()
        except TimeoutError:
            if left <= self._watch.stall:
                raise _late() from None
            raise AmbitError("the client took nothing for too long", code="stalled") from None
        if wire.is_gone:
            self._watch.client.cancel()
            raise AmbitError("the client left", code="cancelled")
        if time.monotonic() >= self._ends:
            raise _late()

    def _end(self, outcome: str) -> bool:
        """Ends the query's child and closes the request; whether that is written down."""
        try:
            self._rest.close()
        finally:
            self._watch.request.result = self._hash.hexdigest()
            try:
                self._close(outcome)
            except AmbitError as error:
                log.error("the closing entry of an answer could not be written", reason=error.message)
                return False
        return True


def _late() -> Timeout:
    return Timeout("the answer took longer than it may", hint="the setting limits.stream_seconds bounds it")


def is_head(http: HttpRequest) -> bool:
    """Whether only the headers are asked for (RFC 9110 §9.3.2)."""
    return http.method == "HEAD"


def answered(
    request: Request, pieces: Generator[Piece, None, None], media_type: str, *, head: bool = False
) -> Response:
    """A response of `pieces`: whole where the first is the last. Raises what the first piece raises."""
    first = next(pieces)
    if first.is_last:
        pieces.close()
        return Response(request.answer(first.body), headers=request.headers(), media_type=media_type)
    if head:
        pieces.close()
        response = Response(request.answer(b""), headers=request.headers(), media_type=media_type)
        del response.headers["content-length"]
        return response
    return Streamed(first, pieces, request.headers(), media_type)
