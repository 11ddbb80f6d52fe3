"""`/graphql`: queries by POST and GET, mutations by POST, after GraphQL over HTTP (draft of 2025).

A POST must be `application/json`, which no page from another origin can send without being asked first.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..graph.errors import Invalid, Refused
from .asof import need_present
from .governed import body_of
from .negotiate import choose
from .schema.execute import Graphql
from .schema.eyes import Eyes

Work = Callable[[Eyes], dict[str, Any]]
Shape = Callable[[], str]
Answering = Callable[[Request, str, Work, Shape], Awaitable[tuple[dict[str, Any], Mapping[str, str]]]]
"""Runs `work` in a thread with the eyes of this request; gives back what it returned, and headers to add.

The text is what the client asked, for the provenance of the run; the last gives the shape of it.
"""

JSON = "application/json"
RESPONSE = "application/graphql-response+json"


def route(graphql: Graphql, answering: Answering, path: str = "/graphql") -> Route:
    """The route. What is no GraphQL request raises an `AmbitError`, which becomes a problem (RFC 9457)."""

    async def endpoint(http: Request) -> Response:
        need_present(http, "GraphQL")
        media = choose(http.headers.get("accept"), [JSON, RESPONSE])
        query, variables, operation = await _asked(http, graphql.limits.characters)

        def work(eyes: Eyes) -> dict[str, Any]:
            return graphql.execute(eyes, query, variables, operation, reads=http.method != "POST")

        def shape() -> str:
            return graphql.shape(query, variables, operation)

        response, headers = await answering(http, query, work, shape)
        # a request that never began to execute is a client's error in the newer media type (§6.4.2)
        status = 400 if media == RESPONSE and "data" not in response else 200
        vary = {"Vary": "Accept, Authorization, Ambit-Purpose"}
        return Response(orjson.dumps(response), status, {**headers, **vary}, media)

    return Route(path, endpoint, methods=["GET", "POST"])


async def _asked(http: Request, limit: int) -> tuple[str, Mapping[str, Any] | None, str | None]:
    if http.method == "POST":
        kind = http.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != JSON:
            raise Refused("a GraphQL query is posted as JSON", code="media-type", hint=f"send `{JSON}`")
        return _operation(_json(await body_of(http, limit), "the body"))
    parameters = http.query_params
    if len(http.url.query) > limit:
        raise _malformed("the query string is too long")
    if len(parameters.multi_items()) != len(parameters):
        raise _malformed("a parameter is there twice")
    asked: dict[str, Any] = dict(parameters)
    if "variables" in asked:
        asked["variables"] = _json(asked["variables"].encode("utf-8", "surrogatepass"), "`variables`")
    return _operation(asked)


def _operation(asked: object) -> tuple[str, Mapping[str, Any] | None, str | None]:
    """Query, variables and operation name of one request, their types checked; batches are refused."""
    if not isinstance(asked, dict):
        raise _malformed("a request is one JSON object")
    query, variables, name = asked.get("query"), asked.get("variables"), asked.get("operationName")
    if not isinstance(query, str):
        raise _malformed("`query` is missing, or no string")
    if variables is not None and not isinstance(variables, dict):
        raise _malformed("`variables` is no object")
    if name is not None and not isinstance(name, str):
        raise _malformed("`operationName` is no string")
    return query, variables, name or None


def _json(data: bytes, what: str) -> object:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        raise _malformed(f"{what} is not JSON") from None


def _malformed(message: str) -> Invalid:
    hint = "send `query`, and if need be `variables` and `operationName`"
    return Invalid(message, code="graphql-request", hint=hint)
