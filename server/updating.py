"""The SPARQL 1.1 Protocol's update operation (§2.2): POST direct and POST form."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ..graph.errors import QueryRefused, TooLarge
from ..graph.sparql.gate import Dataset
from . import writes
from .governed import carry_out
from .request import Request
from .requests import Requests

MEDIA: Final = "application/sparql-update"
OF_UPDATES: Final = frozenset({"update", "using-graph-uri", "using-named-graph-uri"})
"""Parameters that only an update has."""


@dataclass(frozen=True, slots=True)
class AskedUpdate:
    """An update, the dataset that the protocol gives it, and how long it may take."""

    text: str
    dataset: Dataset | None
    seconds: float | None = None  # that the client wants to wait at most


def asked_update(pairs: Iterable[tuple[str, str]], limit: int) -> AskedUpdate:
    """The update of a request's parameters; raises `QueryRefused` unless it is exactly one, and no query."""
    pairs = list(pairs)
    names = [name for name, _ in pairs]
    if "query" in names:
        raise QueryRefused("a query and an update in one request", hint="send one of them")
    if any(name in ("default-graph-uri", "named-graph-uri") for name in names):
        raise QueryRefused(
            "default-graph-uri and named-graph-uri are for queries",
            hint="updates have using-graph-uri and using-named-graph-uri",
        )
    updates = [value for name, value in pairs if name == "update"]
    if len(updates) != 1:
        raise QueryRefused(
            f"{len(updates) or 'no'} updates in one request", hint="send exactly one parameter `update`"
        )
    if len(updates[0].encode("utf-8", "surrogatepass")) > limit:
        raise TooLarge(
            f"the update is longer than {limit} bytes", hint="the setting limits.query_bytes bounds it"
        )
    default = tuple(value for name, value in pairs if name == "using-graph-uri")
    named = tuple(value for name, value in pairs if name == "using-named-graph-uri")
    return AskedUpdate(updates[0], Dataset(default, named) if default or named else None, wait_of(pairs))


def wait_of(pairs: Iterable[tuple[str, str]]) -> float | None:
    """The least `timeout` of a request's parameters, in seconds; raises `QueryRefused` for what is none."""
    return min((_seconds(value) for name, value in pairs if name == "timeout"), default=None)


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", text) or float(text) <= 0:
        raise QueryRefused(
            f"the timeout `{text[:40]}` is not a time", hint="send seconds, like `timeout=2.5`"
        )
    return float(text)


async def answer_update(http: HttpRequest, requests: Requests, asked: AskedUpdate) -> Response:
    """Carries one update out; 204 when it is committed, or changes nothing. Refusals are `AmbitError`s."""

    def work(request: Request) -> Response:
        writes.update(request, asked.text, asked.dataset)
        return Response(status_code=204, headers=request.headers())

    response = await carry_out(http, requests, work, text=asked.text, seconds=asked.seconds)
    response.headers["Vary"] = "Authorization, Ambit-Purpose"
    return response
