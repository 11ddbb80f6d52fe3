"""From an HTTP request to a governed one: who asks, the purpose, a thread to work in, an end when the client leaves."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import TypeVar

import anyio
from starlette.requests import Request as HttpRequest

from ..graph.errors import AmbitError, Invalid, Refused, TooLarge, Unavailable
from ..graph.views.cancellation import Cancellation
from ..reasoning.deciding.claims import Claims, claims
from .patterns import Pattern
from .request import Request
from .requests import ATTEMPTS, Answered, Requests
from .streaming import Streamed
from .wire import has_whole_body

T = TypeVar("T")
LONGEST = 4_096  # characters of a Prefer header that are read


async def body_of(
    http: HttpRequest,
    limit: int,
    hint: str = "the setting limits.query_bytes bounds it",
    *,
    seconds: float = 60.0,
) -> bytes:
    """The body, read up to `limit` bytes; raises `TooLarge` before reading more, `Refused` where it is late."""
    declared = http.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit, hint)
    if has_whole_body(http.scope):
        return await _read(http, limit, hint)
    try:
        async with asyncio.timeout(seconds):
            return await _read(http, limit, hint)
    except TimeoutError:
        raise Refused(
            f"the body did not come within {seconds:g} seconds",
            code="body-late",
            hint="the setting limits.body_seconds bounds it",
        ) from None


async def _read(http: HttpRequest, limit: int, hint: str) -> bytes:
    chunks: list[bytes] = []
    left, is_whole = limit, False
    while not is_whole:
        message = await http.receive()
        if message["type"] == "http.disconnect":
            raise AmbitError("the client left", code="cancelled")
        chunk = message.get("body", b"")
        left -= len(chunk)
        if left < 0:
            raise _too_large(limit, hint)
        chunks.append(chunk)
        is_whole = not message.get("more_body", False)
    return b"".join(chunks)


async def carry_out(
    http: HttpRequest,
    requests: Requests,
    work: Callable[[Request], T],
    *,
    text: str,
    action: str = "read",
    seconds: float | None = None,
    pattern: Pattern | None = None,
) -> T:
    """Opens a governed request for `http`, runs `work` in a thread, and cancels it when the client leaves.

    `text` is what the client asked, for the provenance of the run; `seconds` is how long it wants to wait for
    a query at most. An answer that is still `Streamed` keeps its place, and its right watched, until it ends. For
    any other the right is looked at once more here, on the event loop, which nobody leaves until it is written;
    where it has changed, the answer is made anew.
    """
    cancel = Cancellation()
    header = http.headers.get("ambit-purpose")
    identity = requests.sessions.identify(http)
    stated = claims_of(http)
    wait = min(filter(None, (seconds, preferred_wait(http))), default=None)

    def whole() -> Answered[T]:
        return requests.answered(
            identity,
            header,
            work,
            text=text,
            action=action,
            cancel=cancel,
            seconds=wait,
            stated=stated,
            pattern=pattern,
        )

    async with AsyncExitStack() as held:
        held.callback(asyncio.create_task(_watch(http, cancel)).cancel)
        place = requests.slots.of(identity.chain.user, anonymous=identity.anonymous, cancel=cancel)
        await held.enter_async_context(place)
        for left in reversed(range(ATTEMPTS)):
            made = await anyio.to_thread.run_sync(whole, limiter=requests.limiter)
            if isinstance(made.result, Streamed):
                made.result.keep(held.pop_all())
                return made.result
            if made.request is None or requests.may_leave(made.request):
                return made.result
            try:
                await anyio.to_thread.run_sync(requests.hold, made.request, limiter=requests.limiter)
                return made.result
            except Unavailable:  # its right has changed since it was made
                if not left:
                    raise
        raise AssertionError("unreachable")


def claims_of(http: HttpRequest) -> Claims:
    """What a request says of itself, by its headers; raises `Invalid`."""
    return claims(_said(http, "ambit-decision"), _said(http, "ambit-reason"))


def preferred_wait(http: HttpRequest) -> float | None:
    """How long the client prefers to wait, by the first `Prefer: wait=SECONDS` (RFC 7240 §4.3)."""
    for header in http.headers.getlist("prefer"):
        for item in header[:LONGEST].split(","):
            name, _, value = item.partition(";")[0].partition("=")
            value = value.strip().strip('"')
            if name.strip().lower() == "wait" and value.isascii() and value.isdigit() and int(value):
                return float(value[:9])
    return None


def _said(http: HttpRequest, name: str) -> str | None:
    """A header in UTF-8, once at most; raises `Invalid`."""
    values = http.headers.getlist(name)
    if len(values) > 1:
        raise Invalid(f"the header `{name}` stands twice")
    try:
        return values[0].encode("latin-1").decode() if values else None
    except UnicodeDecodeError:
        raise Invalid(f"the header `{name}` is no UTF-8") from None


async def _watch(http: HttpRequest, cancel: Cancellation) -> None:
    while True:  # the body has been read, so the next message is that the client left
        message = await http.receive()
        if message["type"] == "http.disconnect":
            cancel.cancel()
            return


def _too_large(limit: int, hint: str) -> TooLarge:
    return TooLarge(f"the body is longer than {limit} bytes", hint=hint)
