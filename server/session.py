"""Sessions: a pasted token exchanged for a cookie that no script can read (RFC 6265).

The token stays in this process, under the hash of the cookie's random value. Each request checks it anew, exactly as
if it had come in the header; no answer ever holds it. The cookie counts for a POST that proves to come from
a page of this very server, and for nothing else: not for a link, and not beside a header `Authorization`.
"""

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request as HttpRequest

from ..graph.errors import Unauthenticated
from ..graph.words import Chain
from .identity import Identity, Verifier

MOST = 1_000
"""Sessions at once; the one that was used least recently goes."""
EACH = 16
"""Sessions at once of one user through the same agents: nobody signs others out, and no agent its user."""


@dataclass(frozen=True, slots=True)
class _Held:
    token: str
    chain: Chain
    expires: float


class Sessions:
    """The sessions of one server: in memory, so they end with it; and with the expiry of their token."""

    def __init__(self, verifier: Verifier, now: Callable[[], float] = time.time):
        self._verifier = verifier
        self._now = now
        self._lock = threading.Lock()
        self._held: OrderedDict[bytes, _Held] = OrderedDict()  # least recently used first

    def __len__(self) -> int:
        return len(self._held)

    def open(self, token: str) -> tuple[str, Identity]:
        """A new session's value and the identity that `token` proves; raises `Unauthenticated`."""
        identity = self._verifier.check(token)
        value = secrets.token_urlsafe(32)
        held = _Held(token, identity.chain, identity.expires or 0.0)
        with self._lock:
            self._drop_expired()
            mine = [key for key, other in self._held.items() if other.chain == identity.chain]
            for key in mine[: max(0, len(mine) + 1 - EACH)]:
                del self._held[key]
            while len(self._held) >= MOST:
                self._held.popitem(last=False)
            self._held[_key(value)] = held
        return value, identity

    def identify(self, http: HttpRequest) -> Identity:
        """Who asks: by the header `Authorization`, else by a cookie that counts, else nobody.

        Raises `Unauthenticated`, also for a session that is over: an answer must not silently be another's.
        """
        authorization = http.headers.get("authorization")
        if authorization is not None:
            return self._verifier.identify(authorization)
        value = http.cookies.get(cookie_of(http))
        if value is None or http.method != "POST" or not is_same_origin(http):
            return self._verifier.identify(None)
        token = self.token(value)
        if token is None:
            raise Unauthenticated("the session is over", code="session-over", hint="sign in again")
        return self._verifier.check(token)

    def token(self, value: str | None) -> str | None:
        """The token of a session that stands; for `Verifier.check`, never for an answer."""
        if value is None:
            return None
        key = _key(value)
        with self._lock:
            self._drop_expired()
            held = self._held.get(key)
            if held is None:
                return None
            self._held.move_to_end(key)
            return held.token

    def close(self, value: str | None) -> None:
        """Forgets a session."""
        if value is not None:
            with self._lock:
                self._held.pop(_key(value), None)

    def _drop_expired(self) -> None:
        now = self._now()
        for key in [key for key, held in self._held.items() if held.expires <= now]:
            del self._held[key]


def is_same_origin(http: HttpRequest) -> bool:
    """Whether a browser says that a page of this origin asks (Fetch Metadata; else the header `Origin`)."""
    said = http.headers.get("sec-fetch-site")
    if said is not None:
        return said == "same-origin"
    origins = http.headers.getlist("origin")
    host = http.headers.get("host", "").lower()
    return bool(host) and [urlsplit(origin.lower()).netloc for origin in origins] == [host]


def cookie_of(http: HttpRequest) -> str:
    """The cookie's name. Cookies know no ports: two servers on one machine would sign each other's users out."""
    port = http.headers.get("host", "").rpartition(":")[2]
    return f"ambit_session_{port}" if port.isdecimal() else "ambit_session"


def _key(value: str) -> bytes:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()
