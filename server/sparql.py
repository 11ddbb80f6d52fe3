"""The SPARQL 1.1 Protocol's query operation (§2.1): GET, POST direct, POST form; updates go on to `updating`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

import anyio
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ..graph.errors import QueryRefused, Refused, TooLarge
from ..graph.sparql.gate import Dataset, Limits
from ..graph.sparql.patterns import shape_of
from ..graph.sparql.places import in_own_text
from .asof import asked_moment, need_present, say_moment
from .description import Description
from .governed import body_of, carry_out
from .moments import as_logged
from .negotiate import BY_ENGINE, choose
from .patterns import Pattern
from .request import Request
from .requests import Requests
from .streaming import answered, is_head
from .updating import MEDIA, OF_UPDATES, AskedUpdate, answer_update, asked_update, wait_of

SOLUTIONS: Mapping[str, str] = {
    "application/sparql-results+json": "json",
    "application/json": "json",
    "application/sparql-results+xml": "xml",
    "application/xml": "xml",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
}
OFFERED = {"SELECT": SOLUTIONS, "ASK": SOLUTIONS, "CONSTRUCT": BY_ENGINE, "DESCRIBE": BY_ENGINE}
FIELDS = 100
"""Parameters of one request at most."""
VARY = "Accept, Accept-Datetime, Authorization, Ambit-Purpose"


@dataclass(frozen=True, slots=True)
class Asked:
    """One query, the protocol's dataset, and the seconds that the client wants to wait at most."""

    text: str
    dataset: Dataset | None = None
    seconds: float | None = None


class SparqlEndpoint:
    """`/sparql`: one query, on the caller's view; asked for nothing, what the endpoint is."""

    def __init__(self, requests: Requests, base: str):
        self._requests = requests
        self._limits = Limits(bytes=requests.settings.limits.query_bytes)
        self._description = Description(f"{base}/sparql")

    async def answer(self, http: HttpRequest) -> Response:
        """Answers one query; every refusal is an `AmbitError`."""
        if http.method != "POST" and not http.url.query:
            return self._description.answer(http)
        asked = await self._asked(http)
        if isinstance(asked, AskedUpdate):
            need_present(http, "an update")
            return await answer_update(http, self._requests, asked)
        moment = asked_moment(http)
        accept, head = http.headers.get("accept"), is_head(http)

        def work(request: Request) -> Response:
            query = request.admit(asked.text)
            offered = OFFERED[query.form]
            media = choose(accept, list(offered))
            pieces = request.stream(query, format=offered[media], dataset=asked.dataset, moment=moment)
            try:
                return answered(request, pieces, media, head=head)
            except QueryRefused as error:
                raise in_own_text(error, asked.text, self._limits) from None

        text = asked.text if moment is None else f"# as of {as_logged(moment)}\n{asked.text}"
        # what was there once has no shape: approvals are of what is there now
        pattern = (
            Pattern(lambda: shape_of(asked.text, asked.dataset, self._limits)) if moment is None else None
        )
        response = await carry_out(
            http, self._requests, work, text=text, seconds=asked.seconds, pattern=pattern
        )
        response.headers["Vary"] = VARY
        say_moment(response, moment)
        return response

    async def _asked(self, http: HttpRequest) -> Asked | AskedUpdate:
        limits = self._requests.settings.limits
        limit, seconds = limits.query_bytes, limits.body_seconds
        if http.method != "POST":
            return await anyio.to_thread.run_sync(_of_form, http.url.query, limit)
        kind = http.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "application/sparql-query":
            text = _text(await body_of(http, limit, seconds=seconds))
            return replace(_of_form(f"query=&{http.url.query}", limit), text=text)
        if kind == MEDIA:
            text = _text(await body_of(http, limit, seconds=seconds), "update")
            return asked_update([("update", text), *_pairs(http.url.query)], limit)
        if kind == "application/x-www-form-urlencoded":
            # a form may escape each byte as three
            body = _text(await body_of(http, 3 * limit, seconds=seconds))
            return await anyio.to_thread.run_sync(_of_post, f"{body}&{http.url.query}", limit)
        raise Refused(
            f"the media type `{kind[:100]}` is not for this path",
            code="media-type",
            hint=f"send application/sparql-query, {MEDIA} or application/x-www-form-urlencoded",
        )


def _of_post(text: str, limit: int) -> Asked | AskedUpdate:
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


def _of_form(text: str, limit: int) -> Asked:
    """What a form's text asks for; raises `QueryRefused` or `TooLarge` before anything is written down."""
    asked = _one_query(_pairs(text))
    if len(asked.text.encode("utf-8", "surrogatepass")) > limit:
        raise TooLarge(
            f"the query is longer than {limit} bytes", hint="the setting limits.query_bytes bounds it"
        )
    return asked


def _one_query(pairs: list[tuple[str, str]]) -> Asked:
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
    dataset = Dataset(default, named) if default or named else None
    return Asked(queries[0], dataset, wait_of(pairs))


def _text(body: bytes, what: str = "query") -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise QueryRefused(f"the {what} is not UTF-8 at byte {error.start}") from None
