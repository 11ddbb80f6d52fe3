"""What a server that stops says to those who still wait: a problem document, as at any other time."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..graph.errors import Unavailable
from .problems import problem


def stopping() -> Unavailable:
    """The failure of what has no place any more, since the server stops."""
    return Unavailable("the server is stopping", hint="ask again when it has been started anew")


def cut_off(method: str) -> Unavailable:
    """The failure of what was still at work when the server's patience ended. It may come to its end all the same."""
    if method in ("GET", "HEAD"):
        return stopping()
    return Unavailable(
        "the server is stopping; what this would write may be written or not",
        hint="look whether it was, before you send it again to the server that is started anew",
    )


class Stopping:
    """Answers requests that are still at work when the server's patience ends: uvicorn cancels their tasks."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on; cancelled, it is answered by 503 unless its answer has begun."""
        begun = scope["type"] != "http"

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except asyncio.CancelledError:
            if begun:
                raise
            await problem(cut_off(scope["method"]))(scope, receive, send)
