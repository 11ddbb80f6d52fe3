"""Domain errors as HTTP problem details (RFC 9457). The one place where a code gets a status.

Each code has a page in `docs/errors/`. What nobody expected is said in one sentence that tells nothing.
"""

from collections.abc import Mapping

import orjson
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..graph.errors import (
    AmbitError,
    Busy,
    Invalid,
    NotFound,
    PurposeRefused,
    Refused,
    Timeout,
    TooLarge,
    Unauthenticated,
    Unavailable,
)

log = structlog.get_logger()
PAGES = "https://w3id.org/ambit/errors/"

STATUS: Mapping[type[AmbitError], int] = {
    TooLarge: 413,
    Unauthenticated: 401,
    PurposeRefused: 403,
    Refused: 400,
    Invalid: 400,
    NotFound: 404,
    Timeout: 504,
    Busy: 429,
    Unavailable: 503,
    AmbitError: 500,
}
# codes whose status is not that of their class
BY_CODE: Mapping[str, int] = {
    "not-acceptable": 406,
    "media-type": 415,
    "method": 405,
    "cancelled": 499,
    "misdirected": 421,
    "foreign-origin": 403,
    "body-late": 408,
    "write-refused": 403,
    "act-refused": 403,
    "explanation-refused": 403,
    "declassify-needed": 403,
    "graph-exists": 409,
    "precondition-failed": 412,
    "shape-violation": 422,
}


def status_of(error: AmbitError) -> int:
    """The HTTP status of a domain error."""
    if error.code in BY_CODE:
        return BY_CODE[error.code]
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def problem(error: AmbitError) -> Response:
    """`error` as `application/problem+json`."""
    status = status_of(error)
    body: dict[str, object] = {
        "type": f"{PAGES}{error.code}",
        "title": error.code.replace("-", " "),
        "status": status,
        "code": error.code,
        "detail": error.message,
    }
    if error.hint:
        body["hint"] = error.hint
    body |= {key: value for key, value in error.details.items() if key not in body}
    headers = {"Cache-Control": "no-store"}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    if status == 429:
        headers["Retry-After"] = str(error.details.get("retry_after", 1))
    return Response(orjson.dumps(body, default=str), status, headers, "application/problem+json")


async def on_ambit_error(request: Request, error: Exception) -> Response:
    """The handler for every error that we raise on purpose."""
    assert isinstance(error, AmbitError)  # noqa: S101  (registered for this class alone)
    return problem(error)


async def on_http_error(request: Request, error: Exception) -> Response:
    """What the router itself refuses: unknown paths and methods."""
    assert isinstance(error, HTTPException)  # noqa: S101
    if error.status_code == 405:
        refused = Refused(f"the method `{request.method}` is not for this path", code="method")
        response = problem(refused)
        response.headers.update(error.headers or {})
        return response
    return problem(NotFound("there is nothing at this path"))


async def on_unexpected(request: Request, error: Exception) -> Response:
    """A defect of ours: logged whole, told in one sentence."""
    log.error("unexpected", path=request.url.path, exc_info=error)
    return problem(AmbitError("something went wrong on our side", code="internal"))
