"""`/sparql` asked for nothing: what the endpoint is (SPARQL 1.1 Service Description §2).

It says nothing of any data, so it is for everybody, and no governed request.
"""

import hashlib
from importlib.resources import files

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ..graph.rdf.parsing import read_rdf
from ..graph.rdf.writing import write_graph
from .negotiate import GRAPHS, choose

FILE = "service.ttl"


class Description:
    """The service description of one endpoint, by its absolute URL."""

    def __init__(self, endpoint: str):
        data = (files("ambit.server") / FILE).read_bytes()
        triples = read_rdf(data, name=FILE, syntax="turtle", base=endpoint)
        self._bodies = {media: write_graph(triples, syntax) for media, syntax in GRAPHS.items()}

    def answer(self, http: HttpRequest) -> Response:
        """The description in the media type that the client likes best; raises `Refused` (`not-acceptable`)."""
        media = choose(http.headers.get("accept"), list(GRAPHS))
        body = self._bodies[media]
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept"}
        if tag in http.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type=media)
