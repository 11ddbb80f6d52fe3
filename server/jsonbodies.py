"""Questions that are asked by POST as one JSON object: which fields there are, and what does not fit."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from starlette.requests import Request as HttpRequest

from ..graph.errors import Invalid, Refused
from .governed import body_of

JSON = "application/json"


async def fields_of(
    http: HttpRequest, fields: Sequence[str], limit: int, *, asked: str, smaller: str
) -> Mapping[str, Any]:
    """The object in the body, of at most `limit` bytes; raises `Refused`, `TooLarge`, `Invalid`.

    `asked` says what is asked for in JSON, `smaller` what to do where the body is too large.
    """
    kind = http.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON:
        raise Refused(f"{asked} in JSON", code="media-type", hint=f"send `{JSON}`")
    try:
        found = orjson.loads(await body_of(http, limit, hint=smaller))
    except orjson.JSONDecodeError:
        raise Invalid("the body is not JSON", hint="send one JSON object") from None
    if not isinstance(found, dict):
        raise Invalid("the body is no JSON object", hint="send one JSON object")
    if unknown := found.keys() - set(fields):
        raise unfit(f"`{min(unknown)[:100]}` is not asked for here", f"send {', '.join(fields) or '{}'}")
    return found


def unfit(message: str, hint: str) -> Invalid:
    """An error that names a field which does not fit."""
    return Invalid(message, code="invalid-argument", hint=hint)
