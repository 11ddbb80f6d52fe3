"""`/access/v1/…`: the Authorization API over HTTP (AuthZEN 1.0 §10), for who shows a token.

What is kept is answered on the event loop: no thread, no view, no child is waited for but the one that writes the
ledger. All else takes a place like any other request.
"""

import hashlib
from collections.abc import Mapping
from time import perf_counter
from typing import Any, Final

import anyio
import structlog
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ...graph.chance import Chance
from ...graph.errors import (
    AmbitError,
    Invalid,
    NotFound,
    PurposeRefused,
    Refused,
    Unauthenticated,
    Unavailable,
)
from ...graph.ledger.ledger import Entries
from ...graph.views.cancellation import Cancellation
from ...reasoning.deciding.claims import NO_CLAIMS
from ..governed import body_of, claims_of
from ..identity import Identity
from ..layers import Layers
from ..problems import problem
from ..requests import ANSWERED, ATTEMPTS, SECONDS, Requests, note_of, told_of
from .answering import Answer, Answerer, Sent
from .evaluating import Evaluator
from .known import Known
from .pages import Pages
from .recording import Recorder

JSON: Final = "application/json"
PREFIX: Final = "/access/v1"
PATHS: Final = frozenset(
    {"/evaluation", "/evaluations", "/search/subject", "/search/resource", "/search/action"}
)
ALL: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""Methods that are answered here, all but one by what they are not for: with the identifier of the request."""
_ID: Final = b"x-request-id"
_CLAIMS: Final = frozenset({b"ambit-decision", b"ambit-reason"})

log = structlog.get_logger()


_OK = ANSWERED.labels("ok")
_HEAD: Final = [
    (b"content-type", JSON.encode()),
    (b"cache-control", b"private, no-store"),
]


class Access:
    """The ASGI application below `PREFIX`."""

    def __init__(self, layers: Layers, requests: Requests):
        self._requests = requests
        limits = requests.settings.limits
        evaluator = Evaluator(Known(layers.decider, layers.owner, layers.recall))
        self._answerer = Answerer(evaluator, Pages(layers.secret), most=limits.evaluations)
        self._chance = Chance()
        self._recorder = Recorder(layers.ledger)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, whatever it is, with the identifier that it came with (§10.1.3)."""
        http = HttpRequest(scope, receive, send)
        try:
            response = await self._answered(http)
        except AmbitError as error:
            response = problem(error)
            if error.code == Unauthenticated.code:
                response.headers["WWW-Authenticate"] = (
                    'Bearer realm="ambit"'  # RFC 6750 §3: no token, no error
                )
            if error.code == "method":
                response.headers["Allow"] = "POST"
        except Exception as error:
            log.error("unexpected", path=http.url.path, exc_info=error)
            response = problem(AmbitError("something went wrong on our side", code="internal"))
        response.raw_headers += [pair for pair in scope["headers"] if pair[0] == _ID][:1]
        await response(scope, receive, send)

    async def _answered(self, http: HttpRequest) -> Response:
        path = http.scope["path"].removeprefix(PREFIX)
        if path not in PATHS:
            raise NotFound("there is nothing at this path")
        if http.method != "POST":
            raise Refused(f"the method `{http.method}` is not for this path", code="method", hint="use POST")
        head: dict[bytes, bytes] = dict(reversed(http.scope["headers"]))  # of two of a name the first counts
        identity = self._identity(http, head)
        if identity.anonymous:
            raise Unauthenticated("no token is shown", hint="send `Authorization: Bearer …`")
        kind = head.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
        if kind != JSON:
            raise Invalid("the body is not declared as JSON", hint=f"send `Content-Type: {JSON}`")
        limits = self._requests.settings.limits
        body = await body_of(http, limits.query_bytes, seconds=limits.body_seconds)
        stated = claims_of(http) if _CLAIMS & head.keys() else NO_CLAIMS
        purpose = head[b"ambit-purpose"].decode("latin-1") if b"ambit-purpose" in head else None
        sent = Sent(identity, purpose, stated, path, body)
        begun = perf_counter()
        try:
            return await self._governed(sent)
        finally:
            SECONDS.observe(perf_counter() - begun)

    def _identity(self, http: HttpRequest, head: Mapping[bytes, bytes]) -> Identity:
        shown = head.get(b"authorization")
        if shown is None:
            return self._requests.sessions.identify(http)
        return self._requests.verifier.identify(shown.decode("latin-1"))

    async def _governed(self, sent: Sent) -> Response:
        """The answer under a policy that stands as it leaves; made anew where that changes meanwhile."""
        identity = sent.identity
        for _ in range(ATTEMPTS):
            run = f"urn:ambit:run:{self._chance.hex()}"
            answer = self._at_once(sent) or await self._made(sent, run)
            await self._recorder.record(_entries(answer, run, sent), _texts(sent))
            if await self._stands(answer) and await self._holds(answer, sent) and not identity.is_expired:
                _OK.inc()
                return _Whole(answer.body, run)
            await self._recorder.record([_closing(run, sent, "right-changed")])
            ANSWERED.labels("right-changed").inc()
            identity.check_expiry()
        raise Unavailable("rights kept changing while the answer was made", hint="try again")

    def _at_once(self, sent: Sent) -> Answer | None:
        return self._answerer.kept(sent) or self._answerer.at_once(sent)

    async def _stands(self, answer: Answer) -> bool:
        if self._answerer.is_of_now(answer) and answer.revision == self._answerer.revision:
            return True
        limiter = self._requests.limiter
        stands = await anyio.to_thread.run_sync(self._answerer.stands, answer, limiter=limiter)
        return stands and self._answerer.is_of_now(answer)

    async def _holds(self, answer: Answer, sent: Sent) -> bool:
        """Whether what was given for a moment alone would be given now; rules are asked for it again."""
        if not (answer.is_momentary and answer.gives):
            return True
        try:
            again = await self._made(sent)
        except AmbitError:  # whatever it is, the next attempt meets it and records it
            return False
        return again.gives == answer.gives

    async def _made(self, sent: Sent, run: str = "") -> Answer:
        """Asks the rules, in a place of the caller's; what is refused, and what fails, is recorded of a run."""
        requests, cancel = self._requests, Cancellation()
        async with requests.slots.of(sent.identity.chain.user, anonymous=False, cancel=cancel):
            try:
                return await anyio.to_thread.run_sync(self._answerer.answer, sent, limiter=requests.limiter)
            except Exception as error:
                if run:
                    code = error.code if isinstance(error, AmbitError) else AmbitError.code
                    ANSWERED.labels(code).inc()
                    await self._recorder.record([_refused(run, sent, code)], _texts(sent))
                raise


class _Whole(Response):
    """An answer that is there, with its run; as a `Response`, but for all that such an answer does not need."""

    def __init__(self, body: bytes, run: str):
        self.status_code, self.body, self.background = 200, body, None
        length = (b"content-length", b"%d" % len(body))
        self.raw_headers = [*_HEAD, length, (b"ambit-run", run.encode())]


def _entries(answer: Answer, run: str, sent: Sent) -> Entries:
    """A run's entries in the order in which they were made: opened, evaluated, closed; of one question all in one."""
    user, body = sent.identity.chain.user, sent.body
    result = hashlib.sha256(answer.body).hexdigest()
    opening = {**answer.opening, "run": run, "request": hashlib.sha256(body).hexdigest()}
    opening |= told_of(sent.stated)
    if answer.is_single:
        return [("request", {**answer.entries[0], **opening, "status": "ok", "result": result})]
    evaluated = [("evaluation", {**fields, "run": run, "user": user}) for fields in answer.entries]
    closing = _closing(run, sent, "ok")[1] | {"result": result, **answer.closing}
    return [("request", opening), *evaluated, ("answer", closing)]


def _closing(run: str, sent: Sent, status: str) -> tuple[str, dict[str, Any]]:
    fields: dict[str, Any] = {"run": run, "user": sent.identity.chain.user, "status": status}
    return "answer", fields | {"touched": [], "handed": [], "deployments": []}


def _refused(run: str, sent: Sent, code: str) -> tuple[str, Mapping[str, Any]]:
    """A run that ended as it began. A purpose that is refused is the caller's text, so its hash stands there."""
    identity, body = sent.identity, sent.body
    fields: dict[str, Any] = {
        "run": run,
        "user": identity.chain.user,
        "agents": list(identity.chain.agents),
        "status": code,
        "request": hashlib.sha256(body).hexdigest(),
    }
    if code == PurposeRefused.code:
        purpose = sent.purpose if sent.purpose is not None else " ".join(identity.purposes or ())
        fields["refused"] = hashlib.sha256(purpose.encode("utf-8", "surrogatepass")).hexdigest()
    return "request", fields


def _texts(sent: Sent) -> Mapping[str, str]:
    """What was asked, and why, in words: for the provenance of the run."""
    return note_of(f"{PREFIX}{sent.path} {sent.body.decode('utf-8', 'replace')}", sent.stated)
