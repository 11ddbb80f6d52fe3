"""`/ontology/{name}`: an ontology by its file's stem, as an editor of ontologies opens it by URL.

It is governed like any other reading: what the caller may not read is answered exactly like what is not there.
"""

import hashlib
from collections.abc import Iterable
from urllib.parse import quote

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ..graph.errors import NotFound
from ..graph.rdf.parsing import read_rdf
from ..graph.rdf.writing import write_graph
from ..graph.terms import Triple
from ..reasoning.governance import governance
from ..reasoning.ontologies.ontologies import ONTOLOGIES, record_iri
from .governed import carry_out
from .negotiate import GRAPHS, choose
from .request import Request
from .requests import Requests


class OntologyEndpoint:
    """The workspace's ontologies, and Ambit's own where the workspace has none of that name."""

    def __init__(self, requests: Requests):
        self._requests = requests

    async def answer(self, http: HttpRequest) -> Response:
        """GET and HEAD; every refusal is an `AmbitError`."""
        name = http.path_params["name"]
        media = choose(http.headers.get("accept"), list(GRAPHS))  # before anything is looked up
        asked = http.query_params.get("version")
        known = _tags(http.headers.getlist("if-none-match"))

        def work(request: Request) -> Response:
            triples = _readable(request, name)
            version = _hash("\n".join(sorted(map(str, triples))).encode())
            if not triples or asked not in (None, version):
                raise NotFound("there is nothing at this path")
            body = write_graph(triples, GRAPHS[media])
            tag = f'"{_hash(body)}"'
            headers = request.headers() | {
                "ETag": tag,
                "Cache-Control": "private, no-cache",  # kept by the client, and asked for anew each time
                "Content-Location": f"/ontology/{quote(name, safe='')}?version={version}",
            }
            if tag in known or "*" in known:
                return Response(request.answer(b""), 304, headers)
            return Response(request.answer(body), headers=headers, media_type=media)

        response = await carry_out(http, self._requests, work, text=f"ontology {name}")
        response.headers["Vary"] = "Accept, Authorization, Cookie, Ambit-Purpose"
        return response


def _readable(request: Request, name: str) -> frozenset[Triple]:
    """The triples of an ontology that the caller may read; none where there is no such one."""
    data = request.graph(record_iri(ONTOLOGIES, name))
    if data is None and name in governance.shipped_names():
        data = request.graph(governance.VOCABULARY)
        return governance.vocabulary_of(name) if data else frozenset()
    return frozenset(read_rdf(data or b"", name=name, syntax="ntriples"))


def _tags(headers: Iterable[str]) -> frozenset[str]:
    """The entity tags of `If-None-Match`, compared weakly (RFC 9110 §13.1.2)."""
    return frozenset(tag.strip().removeprefix("W/") for header in headers for tag in header[:4096].split(","))


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]
