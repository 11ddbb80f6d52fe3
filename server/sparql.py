"""The SPARQL 1.1 Protocol's query operation (§2.1): GET, POST direct, POST form; updates go on to `updating`."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

import anyio
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ..graph.errors import QueryRefused, Refused, TooLarge
from ..graph.gate import Dataset
from .governed import body_of, carry_out
from .negotiate import GRAPHS, choose
from .request import Request
from .requests import Requests
from .updating import MEDIA, OF_UPDATES, AskedUpdate, answer_update, asked_update

SOLUTIONS: Mapping[str, str] = {
    "application/sparql-results+json": "json",
    "application/json": "json",
    "application/sparql-results+xml": "xml",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
}
BOOLEANS = {media: name for media, name in SOLUTIONS.items() if name in ("json", "xml")}
OFFERED = {"SELECT": SOLUTIONS, "ASK": BOOLEANS, "CONSTRUCT": GRAPHS, "DESCRIBE": GRAPHS}
FIELDS = 100
"""Parameters of one request at most."""


class SparqlEndpoint:
    """`/sparql`: one query, on the caller's view."""

    def __init__(self, requests: Requests):
        self._requests = requests

    async def answer(self, http: HttpRequest) -> Response:
        """Answers one query; every refusal is an `AmbitError`."""
        asked = await self._asked(http)
        if isinstance(asked, AskedUpdate):
            return await answer_update(http, self._requests, asked)
        text, dataset = asked
        accept = http.headers.get("accept")

        def work(request: Request) -> Response:
            query = request.admit(text)
            offered = OFFERED[query.form]
            media = choose(accept, list(offered))
            answer = request.query(query, format=offered[media], dataset=dataset, computes=True)
            return Response(request.answer(answer.body), headers=request.headers(), media_type=media)

        response = await carry_out(http, self._requests, work, text=text)
        response.headers["Vary"] = "Accept, Authorization, Ambit-Purpose"
        return response

    async def _asked(self, http: HttpRequest) -> tuple[str, Dataset | None] | AskedUpdate:
        limit = self._requests.settings.limits.query_bytes
        if http.method == "GET":
            return await anyio.to_thread.run_sync(_of_form, http.url.query, limit)
        kind = http.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "application/sparql-query":
            text = _text(await body_of(http, limit))
            _, dataset = _of_form(f"query=&{http.url.query}", limit)
            return text, dataset
        if kind == MEDIA:
            text = _text(await body_of(http, limit), "update")
            return asked_update([("update", text), *_pairs(http.url.query)], limit)
        if kind == "application/x-www-form-urlencoded":
            body = _text(await body_of(http, 3 * limit))  # a form may escape each byte as three
            return await anyio.to_thread.run_sync(_of_post, f"{body}&{http.url.query}", limit)
        raise Refused(
            f"the media type `{kind[:100]}` is not for this path",
            code="media-type",
            hint=f"send application/sparql-query, {MEDIA} or application/x-www-form-urlencoded",
        )


def _of_post(text: str, limit: int) -> tuple[str, Dataset | None] | AskedUpdate:
    """What a posted form asks: a query, or an update."""
    pairs = _pairs(text)
    if any(name in OF_UPDATES for name, _ in pairs):
        return asked_update(pairs, limit)
    return _of_form(text, limit)


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS)
    except ValueError:
        raise QueryRefused(f"more than {FIELDS} parameters in one request") from None


def _of_form(text: str, limit: int) -> tuple[str, Dataset | None]:
    """Query and dataset of a form's text; raises `QueryRefused` or `TooLarge` before anything is written down."""
    query, dataset = _one_query(_pairs(text))
    if len(query.encode("utf-8", "surrogatepass")) > limit:
        raise TooLarge(
            f"the query is longer than {limit} bytes", hint="the setting limits.query_bytes bounds it"
        )
    return query, dataset


def _one_query(pairs: list[tuple[str, str]]) -> tuple[str, Dataset | None]:
    if any(name in OF_UPDATES for name, _ in pairs):
        raise QueryRefused(
            "an update is refused here", hint=f"post it, as {MEDIA} or as the form's only `update`"
        )
    queries = [value for name, value in pairs if name == "query"]
    if len(queries) != 1:
        raise QueryRefused(
            f"{len(queries) or 'no'} queries in one request",
            hint="send exactly one parameter `query`",
        )
    default = tuple(value for name, value in pairs if name == "default-graph-uri")
    named = tuple(value for name, value in pairs if name == "named-graph-uri")
    return queries[0], Dataset(default, named) if default or named else None


def _text(body: bytes, what: str = "query") -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise QueryRefused(f"the {what} is not UTF-8 at byte {error.start}") from None
