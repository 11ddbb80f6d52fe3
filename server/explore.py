"""`/explore/…`: what the explorer asks beside GraphQL, by POST as JSON. Absent and hidden read the same."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Literal

import orjson
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ..graph.errors import NotFound
from . import exploring
from .governed import carry_out
from .jsonbodies import JSON, fields_of, unfit
from .request import ATTEMPTS, Request
from .requests import Requests

BODY = 2_500_000
"""Bytes of a body: a thousand IRIs as long as they may be."""
DRAWN = 1_000
"""Nodes that one drawing may hold."""
FIRST = 50
LONGEST = 2_048
"""Characters of an IRI, as in a commit, and of a cursor."""

Asked = Mapping[str, Any]
Read = Callable[[Request], dict[str, Any]]


class Explore:
    """The explorer's questions, each answered under one decision on the caller's view."""

    def __init__(self, requests: Requests):
        self._requests = requests

    async def node(self, http: HttpRequest) -> Response:
        """`{iri}`: what is said of a node, with its sources, and where its links lead."""
        asked = await _asked(http, "iri")
        iri = _iri(asked, "iri")

        def read(request: Request) -> dict[str, Any]:
            found = exploring.node(request, iri)
            if found is None:
                raise NotFound(f"there is nothing called `{iri}`")
            return found

        return await self._answer(http, asked, read)

    async def expand(self, http: HttpRequest) -> Response:
        """`{iri, property, direction, first, after}`: one page of the entities that a property leads to."""
        asked = await _asked(http, "iri", "property", "direction", "first", "after")
        iri, property = _iri(asked, "iri"), _iri(asked, "property")
        direction, first, after = _direction(asked), _first(asked), asked.get("after")
        if after is not None and not (isinstance(after, str) and _is_short(after)):
            raise unfit("`after` is no cursor", "send `next` of the page before")
        return await self._answer(
            http, asked, lambda request: exploring.expand(request, iri, property, direction, first, after)
        )

    async def links(self, http: HttpRequest) -> Response:
        """`{iris}`: the links among nodes that are drawn."""
        asked = await _asked(http, "iris")
        iris = asked.get("iris")
        if not isinstance(iris, list) or not all(isinstance(iri, str) and _is_short(iri) for iri in iris):
            raise unfit("`iris` is no list of IRIs", "send the nodes that are drawn")
        if len(iris) > DRAWN:
            raise unfit(f"`iris` has {len(iris)} entries", f"ask for {DRAWN} at most")
        noted = {
            "iris": len(iris),
            "hash": hashlib.sha256("\n".join(iris).encode("utf-8", "surrogatepass")).hexdigest(),
        }
        return await self._answer(http, noted, lambda request: exploring.links(request, iris))

    async def vocabulary(self, http: HttpRequest) -> Response:
        """`{}`: the classes and properties of the view, and prefixes for them."""
        asked = await _asked(http)
        return await self._answer(http, asked, exploring.vocabulary)

    async def _answer(self, http: HttpRequest, noted: Asked, read: Read) -> Response:
        """`noted` stands in the run's provenance: short, and nothing that was not asked for."""

        def work(request: Request) -> Response:
            body = request.answer(orjson.dumps(of_one_state(request, read)))
            request.handed |= request.touched  # it counts, and names what it counts
            return Response(body, headers=request.headers(), media_type=JSON)

        text = f"{http.url.path} {orjson.dumps(noted).decode()}"
        response = await carry_out(http, self._requests, work, text=text)
        response.headers["Vary"] = "Authorization, Ambit-Purpose, Cookie"
        return response


def of_one_state(request: Request, read: Read) -> dict[str, Any]:
    """What is read by several queries, read again where a commit changes the view meanwhile."""
    for _ in range(ATTEMPTS):
        request.states.clear()
        found = read(request)
        if len(request.states) < 2:
            break
    return found


async def _asked(http: HttpRequest, *fields: str) -> Asked:
    """The body's fields; raises `Invalid` for one that the question does not have."""
    return await fields_of(
        http, fields, BODY, asked="the explorer asks", smaller="ask for fewer nodes at a time"
    )


def _is_short(iri: str) -> bool:
    return len(iri) <= LONGEST


def _iri(asked: Asked, name: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str) or not value or not _is_short(value):
        raise unfit(f"`{name}` is missing, or no IRI", f"send an IRI as `{name}`")
    return value


def _direction(asked: Asked) -> Literal["out", "in"]:
    match asked.get("direction"):
        case "out":
            return "out"
        case "in":
            return "in"
    raise unfit("`direction` is neither `out` nor `in`", "`out` follows links, `in` follows them back")


def _first(asked: Asked) -> int:
    first = asked.get("first", FIRST)
    if not isinstance(first, int) or isinstance(first, bool) or not 1 <= first <= exploring.PAGE:
        raise unfit("`first` does not fit", f"ask for 1 to {exploring.PAGE}")
    return first
