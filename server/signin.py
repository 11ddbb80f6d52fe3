"""`/session`: POST exchanges a token for a session's cookie, GET says who is signed in, DELETE signs out."""

from datetime import UTC, datetime

import anyio
import orjson
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ..graph.clock import CLOCK
from ..graph.errors import AmbitError, Invalid, Refused, Timeout
from .governed import body_of
from .identity import TOKEN_BYTES, Identity, Verifier
from .session import Sessions, cookie_of, is_same_origin

SECONDS = 10.0
"""Time in which a sign-in's body must have come; nothing waits behind it."""

JSON = "application/json"
PRIVATE = {"Cache-Control": "private, no-store"}


class SignIn:
    """The three methods of one path. No answer holds a token."""

    def __init__(self, sessions: Sessions, verifier: Verifier):
        self._sessions = sessions
        self._verifier = verifier

    async def answer(self, http: HttpRequest) -> Response:
        """One of the three."""
        if http.method == "POST":
            return await self._open(http)
        if http.method == "DELETE":
            return self._close(http)
        return self._tell(http)

    async def _open(self, http: HttpRequest) -> Response:
        _check_origin(http)
        kind = http.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != JSON:
            raise Refused("a token is posted as JSON", code="media-type", hint=f"send `{JSON}`")
        token = _token(await _body(http))
        value, identity = self._sessions.open(token)
        self._sessions.close(http.cookies.get(cookie_of(http)))  # a value known before is never used again
        response = Response(_said(identity), headers=PRIVATE, media_type=JSON)
        left = max(0, int((identity.expires or 0.0) - CLOCK.seconds()))
        _set_cookie(response, http, value, left)
        return response

    def _tell(self, http: HttpRequest) -> Response:
        identity = None
        if is_same_origin(http):
            token = self._sessions.token(http.cookies.get(cookie_of(http)))
            identity = self._standing(token) if token is not None else None
        return Response(_said(identity), headers=PRIVATE, media_type=JSON)

    def _standing(self, token: str) -> Identity | None:
        try:
            return self._verifier.check(token)
        except AmbitError:  # its issuer's keys have changed, or it expired just now
            return None

    def _close(self, http: HttpRequest) -> Response:
        _check_origin(http)
        self._sessions.close(http.cookies.get(cookie_of(http)))
        response = Response(status_code=204, headers=PRIVATE)
        _set_cookie(response, http, "", 0)
        return response


def _check_origin(http: HttpRequest) -> None:
    """Signing in and out is for pages of this server alone, or another's could sign its reader in as somebody else."""
    if "origin" not in http.headers or not is_same_origin(http):
        raise Refused("this is for pages of this server only", code="foreign-origin")


async def _body(http: HttpRequest) -> bytes:
    with anyio.move_on_after(SECONDS):
        return await body_of(http, TOKEN_BYTES, hint="a token has at most that many characters")
    raise Timeout("the body did not come in time", hint="send it at once")


def _token(body: bytes) -> str:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        said = None
    token = said.get("token") if isinstance(said, dict) else None
    if not isinstance(token, str):
        raise Invalid("the body is no JSON object with a `token`", hint='send `{"token": "…"}`')
    return token.strip()


def _said(identity: Identity | None) -> bytes:
    """Who is signed in, as JSON."""
    if identity is None:
        return orjson.dumps({"user": None})
    expires = datetime.fromtimestamp(identity.expires, UTC) if identity.expires is not None else None
    return orjson.dumps(
        {
            "user": identity.chain.user,
            "agents": list(identity.chain.agents),
            "purposes": None if identity.purposes is None else list(identity.purposes),
            "expires": None if expires is None else expires.isoformat(timespec="seconds"),
        }
    )


def _set_cookie(response: Response, http: HttpRequest, value: str, seconds: int) -> None:
    """Sent to no script, to no other site, and over no plain connection where this one is none (RFC 6265bis §4.1)."""
    secure = "; Secure" if http.url.scheme == "https" else ""
    kept = f"Max-Age={seconds}; Path=/; HttpOnly; SameSite=Strict{secure}"
    response.headers["Set-Cookie"] = f"{cookie_of(http)}={value}; {kept}"
