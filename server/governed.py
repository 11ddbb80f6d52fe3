"""From an HTTP request to a governed one: who asks, the purpose, a thread to work in, an end when the client leaves."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import anyio
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest

from ..graph.errors import AmbitError, TooLarge
from ..graph.worker import Cancellation
from .request import Request
from .requests import Requests

T = TypeVar("T")


async def body_of(
    http: HttpRequest, limit: int, hint: str = "the setting limits.query_bytes bounds it"
) -> bytes:
    """The body, read up to `limit` bytes; raises `TooLarge` before reading more."""
    declared = http.headers.get("content-length", "")
    chunks: list[bytes] = []
    size = 0
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit, hint)
    try:
        async for chunk in http.stream():
            size += len(chunk)
            if size > limit:
                raise _too_large(limit, hint)
            chunks.append(chunk)
    except ClientDisconnect:
        raise AmbitError("the client left", code="cancelled") from None
    return b"".join(chunks)


async def carry_out(
    http: HttpRequest, requests: Requests, work: Callable[[Request], T], *, text: str, action: str = "read"
) -> T:
    """Opens a governed request for `http`, runs `work` in a thread, and cancels it when the client leaves.

    `text` is what the client asked, for the provenance of the run.
    """
    cancel = Cancellation()
    header = http.headers.get("ambit-purpose")
    identity = requests.sessions.identify(http)

    def whole() -> T:
        return requests.carry_out(identity, header, work, text=text, action=action, cancel=cancel)

    async with requests.slots.of(identity.chain.user, anonymous=identity.anonymous):
        watcher = asyncio.create_task(_watch(http, cancel))
        try:
            return await anyio.to_thread.run_sync(whole, limiter=requests.limiter)
        finally:
            watcher.cancel()


async def _watch(http: HttpRequest, cancel: Cancellation) -> None:
    while True:  # the body has been read, so the next message is that the client left
        message = await http.receive()
        if message["type"] == "http.disconnect":
            cancel.cancel()
            return


def _too_large(limit: int, hint: str) -> TooLarge:
    return TooLarge(f"the body is longer than {limit} bytes", hint=hint)
