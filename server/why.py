"""`POST /access/explain` and `POST /access/holders`: JSON in; an explanation out as JSON or as RDF."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ..graph.rdf.writing import write_graph
from ..reasoning.explaining.explained import graph_of, json_of
from . import explaining
from .explaining import About
from .governed import carry_out
from .jsonbodies import JSON, fields_of, unfit
from .negotiate import GRAPHS, choose
from .request import Request
from .requests import Requests

BODY = 300_000
"""Bytes of a body: an IRI, and Turtle to add and to remove."""
LONGEST = 2_048
"""Characters of an IRI."""
FIELDS = ("iri", "action", "user", "agents", "purpose", "adds", "removes")


class Why:
    """Each question is a governed request of its own, with the action `explain`."""

    def __init__(self, requests: Requests):
        self._requests = requests

    async def explain(self, http: HttpRequest) -> Response:
        """`{iri, action, user, agents, purpose, adds, removes}`: all but `iri` may be left out."""
        media = choose(http.headers.get("accept"), [JSON, *GRAPHS])
        iri, action, about = await _asked(http)

        def body(request: Request) -> bytes:
            told = explaining.why(request, iri, action, about)
            return (
                orjson.dumps(json_of(told))
                if media == JSON
                else write_graph(graph_of(told, request.run), GRAPHS[media])
            )

        return await self._answer(http, media, body, _noted(iri, action, about))

    async def holders(self, http: HttpRequest) -> Response:
        """The same fields, of which the user does not matter: who may do it."""
        choose(http.headers.get("accept"), [JSON])
        iri, action, about = await _asked(http)

        def body(request: Request) -> bytes:
            who = explaining.who_can(request, iri, action, about)
            return orjson.dumps({"users": who.users, "whole": who.whole})

        return await self._answer(http, JSON, body, _noted(iri, action, about))

    async def _answer(
        self, http: HttpRequest, media: str, body: Callable[[Request], bytes], noted: Mapping[str, Any]
    ) -> Response:
        def work(request: Request) -> Response:
            return Response(request.answer(body(request)), headers=request.headers(), media_type=media)

        text = f"{http.url.path} {orjson.dumps(noted).decode()}"
        response = await carry_out(http, self._requests, work, text=text, action="explain")
        response.headers["Vary"] = "Accept, Authorization, Ambit-Purpose, Cookie"
        return response


def _noted(iri: str, action: str, about: About) -> Mapping[str, Any]:
    """What stands in the run's provenance: what was asked, nothing that was left out."""
    said = {name: getattr(about, name) for name in FIELDS[2:]}
    return {"iri": iri, "action": action} | {name: value for name, value in said.items() if value}


async def _asked(http: HttpRequest) -> tuple[str, str, About]:
    """The body's fields; raises `Invalid` for one that does not fit."""
    asked = await fields_of(
        http, FIELDS, BODY, asked="an explanation is asked for", smaller="suppose less at once"
    )
    agents = asked.get("agents", [])
    if not isinstance(agents, list) or not all(isinstance(agent, str) for agent in agents):
        raise unfit("`agents` is no list of IRIs", "name the agents, the nearest to the user first")
    if len(agents) > explaining.AGENTS:
        raise unfit("`agents` has too many entries", f"name {explaining.AGENTS} at most")
    iri = _text(asked, "iri", "")
    if not iri or len(iri) > LONGEST:
        raise unfit("`iri` is missing, or too long", "name what the explanation is about")
    return (
        iri,
        _text(asked, "action", "read"),
        About(
            _text(asked, "user", "") or None,
            tuple(agents),
            _text(asked, "purpose", "") or None,
            _text(asked, "adds", ""),
            _text(asked, "removes", ""),
        ),
    )


def _text(asked: Mapping[str, Any], name: str, default: str) -> str:
    value = asked.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise unfit(f"`{name}` is no text", f"send `{name}` as a string")
    return value
