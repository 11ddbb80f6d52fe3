"""What guards every route from browsers: `Host` and `Origin` are checked, and no answer but the explorer is a page.

Another site's page in a browser on this machine gets nothing. DNS rebinding makes a foreign name resolve to
the loopback address; the `Host` header still carries the name.
"""

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..graph.errors import Refused
from .problems import problem

SAFE = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Headers of every answer that says nothing else: opened in a browser, data runs nothing (an XML result could)."""

_RAW = [(name.lower().encode(), value.encode()) for name, value in SAFE.items()]

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class SameHost:
    """Refuses requests that name another host, or come from a page of another origin."""

    def __init__(self, app: ASGIApp, *, host: str, port: int, public: str | None = None):
        self._app = app
        # bound to every address, the server can't know its names: then only Origin against Host is checked
        self._any = host in ("0.0.0.0", "::", "")  # noqa: S104
        self._names = {f"{name}:{port}" for name in (*LOOPBACK, host, f"[{host}]")}
        if port == 80:
            self._names |= {*LOOPBACK, host}
        if public is not None:
            self._names.add(urlsplit(public).netloc.lower())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, or answers 421 or 403."""
        if scope["type"] == "http" and (refused := self._check(scope)) is not None:
            await problem(refused)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> Refused | None:
        headers = [
            (name, value.decode("latin-1"))
            for name, value in scope["headers"]
            if name in (b"host", b"origin")
        ]
        hosts = [value.lower() for name, value in headers if name == b"host"]
        if len(hosts) != 1 or not (self._any or hosts[0] in self._names):
            return Refused("this server does not answer for that host", code="misdirected")
        origins = [value.lower() for name, value in headers if name == b"origin"]
        if any(urlsplit(origin).netloc != hosts[0] for origin in origins):
            return Refused("this server does not answer pages of another origin", code="foreign-origin")
        return None


class SafeHeaders:
    """Adds to each answer those of the headers `SAFE` that it has not."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, and its answer back with the headers."""

        async def safe(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.setdefault("headers", [])
                there = {name for name, _ in headers}
                headers.extend(pair for pair in _RAW if pair[0] not in there)
            await send(message)

        await self._app(scope, receive, safe if scope["type"] == "http" else send)
