"""The time that a request asks for: `Accept-Datetime` and `Memento-Datetime` (RFC 7089)."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ..graph.errors import QueryRefused, Refused
from .moments import http_date

_DATE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT")


def asked_moment(http: HttpRequest) -> datetime | None:
    """The time of `Accept-Datetime` (RFC 7089 §2.1.1); None where there is none. Raises `Refused`."""
    text = http.headers.get("accept-datetime")
    if text is None:
        return None
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:
        raise Refused(
            f"`{text[:60]}` is not a time",
            hint="write it like `Sat, 28 Nov 2026 09:30:00 GMT`",
            code="datetime-invalid",
        ) from None


def need_present(http: HttpRequest, what: str) -> None:
    """Refuses a request that asks for a time where `what` has no past: an answer of today would pass for one of then."""
    if asked_moment(http) is not None:
        raise QueryRefused(
            f"{what} is of the present", hint="leave `Accept-Datetime` out: queries in SPARQL have a past"
        )


def say_moment(response: Response, moment: datetime | None) -> None:
    """Says of which time an answer is: the time that was asked for, since that of a commit would tell of hidden ones."""
    if moment is not None:
        response.headers["Memento-Datetime"] = http_date(moment)
