"""`Host` and `Origin` checked on every route: another site's page in a browser on this machine gets nothing.

DNS rebinding makes a foreign name resolve to the loopback address; the `Host` header still carries the name.
"""

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from ..graph.errors import Refused
from .problems import problem

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class SameHost:
    """Refuses requests that name another host, or come from a page of another origin."""

    def __init__(self, app: ASGIApp, *, host: str, port: int):
        self._app = app
        # bound to every address, the server can't know its names: then only Origin against Host is checked
        self._any = host in ("0.0.0.0", "::", "")  # noqa: S104
        self._names = {f"{name}:{port}" for name in (*LOOPBACK, host, f"[{host}]")}
        if port == 80:
            self._names |= {*LOOPBACK, host}

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
