"""`/graphs`: the SPARQL 1.1 Graph Store HTTP Protocol, on what the caller sees and may write.

A graph is named by `?graph=` or `?default` (indirectly, §4.2), or by the path below `/graphs/` (directly, §4.1): its
name then begins with the server's public URL as the settings have it, never with what a client calls the host.
What is read is what the graph asserts; conclusions lie beside it, and their graphs are not there for this path.
"""

import hashlib
import uuid
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote_to_bytes

import structlog
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ..graph.errors import Invalid, NotFound, Refused, TooLarge
from ..graph.iris import is_absolute
from ..graph.rdf.parsing import read_rdf
from ..graph.rdf.writing import write_graph
from ..graph.terms import NamedNode, Triple, from_nquads
from ..graph.words import DEFAULT, Role
from .asof import need_present
from .governed import body_of, carry_out
from .negotiate import GRAPHS, choose
from .request import Request
from .requests import Requests
from .slots import Slots
from .writes import ANY, Condition, Written, delete_graph, may_write, post_graph, put_graph, state_of_body

log = structlog.get_logger()
METHODS: Final = ("GET", "HEAD", "PUT", "POST", "DELETE")
TURTLE: Final = "text/turtle"
UNWRITTEN: Final = "nothing was written: mend the body"
READ: Final[Mapping[str, str]] = {
    TURTLE: "turtle",
    "application/n-triples": "ntriples",
    "application/rdf+xml": "rdfxml",
    "application/ld+json": "jsonld",
}
"""The media types of bodies; those that name graphs themselves are not among them."""
LONGEST: Final = 2_048
"""Characters of a graph's name."""
VARY: Final = "Accept, Authorization, Ambit-Purpose"
BODIES: Final = 8
"""Bodies held at once: each may be as long as the limit says."""

Work = Callable[[Request], Response]


class GraphStore:
    """`/graphs` and what lies below it; `base` is the server's public URL."""

    def __init__(self, requests: Requests, base: str):
        self._requests = requests
        self._base = base
        self._warned = requests.settings.public_url is not None
        self._bodies = Slots(BODIES, each=2, waiting=requests.settings.limits.waiting_each)

    async def indirect(self, http: HttpRequest) -> Response:
        """`?graph=IRI` or `?default`; a POST without either makes a new graph (§5.5)."""
        if not http.url.query and http.method == "POST":
            return await self._made(http)
        return await self._answer(http, _named(_parameters(http.url.query)))

    async def direct(self, http: HttpRequest) -> Response:
        """The graph whose name is this URL, decoded once."""
        if http.url.query:
            raise _unfit("a graph is named by the path or by `graph`, not by both")
        path = http.scope.get("raw_path", http.url.path.encode()).partition(b"?")[0].split(b"/graphs/", 1)[1]
        name = _decoded(path)
        if not name or any(part in (".", "..") for part in name.split("/")):
            raise _unfit(f"`{name[:200]}` names no graph below `/graphs/`")
        graph = _checked(f"{self._base}/graphs/{name}")
        response = await self._answer(http, graph)
        if response.status_code == 201:
            self._warn(graph)
        return response

    async def _answer(self, http: HttpRequest, graph: str | None) -> Response:
        need_present(http, "the graph store")
        if http.method in ("GET", "HEAD"):
            return await self._read(http, graph)
        condition = _condition(http)
        if http.method == "DELETE":

            def delete(request: Request) -> Response:
                delete_graph(request, graph, condition)
                return _done(request, 204)

            return await self._carry(http, delete, graph)
        put = put_graph if http.method == "PUT" else post_graph
        base = graph or f"{self._base}/graphs?default"
        return await self._write(
            http,
            graph,
            lambda request, triples: _written(request, put(request, graph, triples, condition)),
            base,
        )

    async def _made(self, http: HttpRequest) -> Response:
        """A graph of a name that nobody has had."""
        need_present(http, "the graph store")
        graph = f"{self._base}/graphs/{uuid.uuid4().hex}"

        def make(request: Request, triples: list[Triple]) -> Response:
            if not triples:
                raise Invalid("a graph without triples is not kept", hint="send at least one triple")
            response = _written(
                request, post_graph(request, graph, triples, Condition(none_match=frozenset({ANY})))
            )
            response.headers["Location"] = graph
            return response

        response = await self._write(http, graph, make, graph)
        self._warn(graph)
        return response

    def _warn(self, graph: str) -> None:
        """Says once that a graph was named by host and port: on another port it is not at its path any more."""
        if not self._warned:
            self._warned = True
            log.warning("a graph has the server's host and port in its name: set public_url", graph=graph)

    async def _read(self, http: HttpRequest, graph: str | None) -> Response:
        media = choose(http.headers.get("accept"), list(GRAPHS))  # before anything is looked up
        name = graph or DEFAULT
        condition = _condition(http)

        def work(request: Request) -> Response:
            body = _asserted(request, name)
            state = state_of_body(request, graph, body)
            if condition is not None and not Condition(match=condition.match).holds(state):
                raise Refused("the graph is not in the state asked for", code="precondition-failed")
            headers = request.headers() | {
                "ETag": f'"{state}-{GRAPHS[media]}"',
                "Cache-Control": "private, no-cache",  # kept by the client, and asked for anew each time
            }
            if condition is not None and not condition.holds(state):
                return Response(request.answer(b""), 304, headers)
            written = write_graph([quad.triple for quad in from_nquads(body)], GRAPHS[media])
            return Response(request.answer(written), headers=headers, media_type=media)

        return await self._carry(http, work, graph)

    async def _write(
        self,
        http: HttpRequest,
        graph: str | None,
        write: Callable[[Request, list[Triple]], Response],
        base: str,
    ) -> Response:
        """Reads a body and hands its triples to `write`: bodies wait their turn before they are read."""
        syntax = _syntax(http)
        identity = self._requests.sessions.identify(http)
        limits = self._requests.settings.limits
        async with self._bodies.of(identity.chain.user, anonymous=identity.anonymous):
            hint = "the setting limits.body_bytes bounds it: add to the graph in parts, by POST"
            body = await body_of(http, limits.body_bytes, hint, seconds=limits.body_seconds)

            def work(request: Request) -> Response:
                may_write(request, graph)  # it is asked again at the commit; before it, nothing is parsed
                return write(request, _triples(body, syntax, base, limits.write_quads))

            return await self._carry(http, work, graph, f" {hashlib.sha256(body).hexdigest()}")

    async def _carry(self, http: HttpRequest, work: Work, graph: str | None, more: str = "") -> Response:
        text = f"{http.method} {graph or DEFAULT}{more}"
        response = await carry_out(http, self._requests, work, text=text)
        response.headers["Vary"] = VARY
        return response


def _asserted(request: Request, name: str) -> bytes:
    """What a graph asserts, as N-Triples; raises `NotFound` where the caller sees none, or only conclusions."""
    entry = request.layers.owner.entry(name)
    body = request.graph(name) if entry is not None and entry.role is not Role.INFERRED else None
    if not body:
        raise NotFound("there is no such graph")
    request.handed |= request.touched
    return body


def _done(request: Request, status: int) -> Response:
    request.answer(b"")
    return Response(status_code=status, headers=request.headers())


def _written(request: Request, written: Written) -> Response:
    """A write that is done, with the tag of what the graph says now, for the `If-Match` of the next.

    It is no `ETag`: after a PUT that would say that the body was kept byte for byte (RFC 9110 §9.3.4).
    """
    response = _done(request, 201 if written.is_new else 204)
    if written.state is not None:
        response.headers["Ambit-Tag"] = f'"{written.state}-{GRAPHS[TURTLE]}"'
    return response


def _parameters(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=10)
    except ValueError:  # not UTF-8 is one, too
        raise _unfit("the parameters cannot be read") from None


def _named(pairs: list[tuple[str, str]]) -> str | None:
    """The graph that the parameters name; None for the default graph."""
    match pairs:
        case [("default", "")]:
            return None
        case [("graph", name)]:
            return _checked(name)
    raise _unfit("a request names one graph", "send `?graph=` with its IRI, or `?default`")


def _checked(name: str) -> str:
    """A graph's name, if it can be one; raises `Refused`."""
    path = name.partition("://")[2].partition("?")[0].partition("#")[0]
    has_dots = any(part in (".", "..") for part in path.split("/"))
    if not is_absolute(name) or len(name) > LONGEST or name.lower().startswith("file:") or has_dots:
        raise _unfit(f"`{name[:200]}` is no name of a graph", "send an absolute IRI, none of a file")
    try:
        NamedNode(name)
    except ValueError:
        raise _unfit(f"`{name[:200]}` is no IRI") from None
    return name


def _decoded(path: bytes) -> str:
    """A path of a URL, its escapes taken out once."""
    try:
        return unquote_to_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        raise _unfit("the path is not UTF-8") from None


def _syntax(http: HttpRequest) -> str:
    """The syntax of a body by its Content-Type; raises `Refused` (`media-type`)."""
    media, *parameters = (part.strip().lower() for part in http.headers.get("content-type", "").split(";"))
    charsets = {p.partition("=")[2].strip('"') for p in parameters if p.startswith("charset=")}
    coded = http.headers.get("content-encoding", "identity").strip().lower()
    if media in READ and charsets <= {"utf-8", "utf8"} and coded == "identity":
        return READ[media]
    what = f"the content coding `{coded[:100]}`" if coded != "identity" else f"the media type `{media[:100]}`"
    raise Refused(
        f"{what} is not for a graph",
        code="media-type",
        hint=f"send one graph in UTF-8, as one of {', '.join(READ)}",
    )


def _triples(body: bytes, syntax: str, base: str, most: int) -> list[Triple]:
    """The triples of a body; raises what `read_rdf` does, with hints for who sent it."""
    try:
        return read_rdf(body, name="the body", syntax=syntax, base=base, most=most, hint=UNWRITTEN)
    except TooLarge as error:
        error.hint = (
            error.hint or "the setting limits.write_quads bounds it, or bring it in by `ambit ingest --bulk`"
        )
        raise


def _condition(http: HttpRequest) -> Condition | None:
    """`If-Match` and `If-None-Match` as states: a tag is a state and a syntax, and any syntax of a state will do."""
    match = _states(http.headers.getlist("if-match"), weak=False)
    none_match = _states(http.headers.getlist("if-none-match"), weak=True)
    return None if match is None and none_match is None else Condition(match, none_match)


def _states(headers: list[str], *, weak: bool) -> frozenset[str] | None:
    """The states of entity tags; None where there is no header. `weak`: weak tags count (RFC 9110 §13.1)."""
    if not headers:
        return None
    tags = [tag.strip() for header in headers for tag in header[:4096].split(",")]
    strong = [tag.removeprefix("W/") if weak else tag for tag in tags]
    states = {tag.strip('"').rpartition("-")[0] for tag in strong if tag.startswith('"')}
    return frozenset(states - {ANY} | ({ANY} if "*" in tags else set()))  # `"*-ttl"` is no tag of ours


def _unfit(message: str, hint: str = "") -> Invalid:
    return Invalid(message, code="invalid-argument", hint=hint)
