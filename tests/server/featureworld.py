"""A served workspace of which one caller sees a part, and what bare Oxigraph says of that part alone."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from exactanswers import Said
from exactanswers import said as said_of
from liveworld import live
from pyoxigraph import (
    CanonicalizationAlgorithm,
    Dataset,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QueryTriples,
    RdfFormat,
    Store,
    parse,
    parse_query_results,
)

from ambit.graph.sparql.gate import admit
from ambit.graph.vocabulary import AMBIT

OPEN, CLOSED = "https://data.example/open/", "https://data.example/closed/"
DEFAULT = "urn:ambit:default"
CLEO, ADA = "https://example.com/id/cleo", "https://example.com/id/ada"
NS = "https://data.example/ns#"
PROLOGUE = f"PREFIX : <{NS}> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "

_TURTLE = f"@prefix : <{NS}> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
GRAPHS = {
    OPEN + "one": _TURTLE
    + """:ann a :Person ; :name "Ann"@en , "Anne"@fr ; :age 41 ; :score 2.5 ; :knows :bob , _:x ;
      :born "1984-05-06T07:08:09.5Z"^^xsd:dateTime ; :seen "2024-02-29"^^xsd:date ; :note "a b/c" ; :items ( 1 2 ) .
    _:x :name "Xen" ; :knows :bob ; :odd "x"^^xsd:integer .""",
    OPEN + "two": _TURTLE
    + """:bob a :Person ; :name "Bob" ; :age 27 ; :score 1.0e1 ; :knows :cid ; :flag true .
    :ann :knows :bob . :cid :name "Cid" ; :age 27 ; :knows :bob .""",
    CLOSED + "one": _TURTLE
    + """:ann :knows :dan ; :salary 90000 . :dan a :Person ; :name "Dan" ; :age 99 ; :knows :ann , :cid .
    :bob :knows :dan . :cid :score 7 . _:x :knows :ann .""",
    CLOSED + "two": _TURTLE + ":ann :knows :bob . :bob :age 28 .",
}
"""By name: what each graph says. Cleo may read and write those below `OPEN`, and the default graph, which is empty."""

_PREFIX = """[[writes]]
prefix = "{}"
sensitivity = "https://w3id.org/ambit#Internal"
audience = ["https://example.com/id/{}"]
"""
_ADDED = {
    "ambit.toml": "".join(
        _PREFIX.format(prefix, group)
        for prefix, group in ((OPEN, "readers"), (DEFAULT, "readers"), (CLOSED, "board"))
    ),
    "governance/cleo.ttl": """@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix org: <http://www.w3.org/ns/org#> .
    @prefix my: <https://example.com/id/> .
    my:readers a org:Organization . my:board a org:Organization .
    my:cleo a foaf:Person ; org:memberOf my:readers .""",
    "rules/writers.rq": """# title: Writers
# family: writes
# effect: permit
# action: write create delete
# description: Members of a group write the graphs that are meant for it.
PREFIX ambit: <https://w3id.org/ambit#>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
SELECT ?compartment ?actor WHERE {
  ?actor a foaf:Person ; ambit:memberOfAll ?group .
  ?compartment ambit:comesFrom ambit:Writes ; ambit:hasAudience ?group .
}
""",
}


def quads_of(graphs: Mapping[str, str]) -> list[Quad]:
    """What these graphs say, by name."""
    return [
        Quad(q.subject, q.predicate, q.object, NamedNode(name))
        for name, text in graphs.items()
        for q in parse(text.encode(), format=RdfFormat.TURTLE, rename_blank_nodes=True)
    ]


def canonical(quads: Iterable[Quad]) -> frozenset[str]:
    """Quads whose blank nodes have the names that RDFC-1.0 gives them."""
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return frozenset(map(str, dataset))


def bare_of(text: str) -> Said:
    """What bare Oxigraph says over what is left for Cleo, with the dataset of the query made from it.

    Raises what the engine raises.
    """
    dataset = admit(text).dataset
    store = Store()
    for quad in quads_of({name: said for name, said in GRAPHS.items() if name.startswith(OPEN)}):
        graph = str(quad.graph_name)[1:-1]
        if dataset is None or graph in dataset.default:
            store.add(Quad(quad.subject, quad.predicate, quad.object))
        if dataset is None or graph in dataset.named:
            store.add(quad)
    results = store.query(text if dataset is None else admit(text).text)
    if isinstance(results, QueryTriples):
        return said_of("graph", results.serialize(format=RdfFormat.N_TRIPLES) or b"", "nt")
    return said_of("solutions", results.serialize(format=QueryResultsFormat.JSON) or b"", "json")


def graphs_seen(client: httpx2.Client) -> list[Quad]:
    """All quads of the graphs here that somebody finds by GRAPH."""
    names = " ".join(f"<{name}>" for name in (*GRAPHS, OPEN + "new", DEFAULT))
    answer = client.get(
        "/sparql",
        params={"query": f"SELECT ?s ?p ?o ?g {{ VALUES ?g {{ {names} }} GRAPH ?g {{ ?s ?p ?o }} }}"},
        headers={"Accept": "application/sparql-results+json"},
    )
    return [Quad(*row) for row in parse_query_results(answer.content, format=QueryResultsFormat.JSON)]


@dataclass
class World:
    """Clients of the server: Cleo, who sees a part, and Ada, who sees all."""

    cleo: httpx2.Client
    ada: httpx2.Client
    is_changed: bool = True

    def __post_init__(self) -> None:
        self.cleo.event_hooks["request"].append(self._heed)

    def _heed(self, request: httpx2.Request) -> None:
        is_query = request.headers.get("content-type") == "application/sparql-query"
        self.is_changed |= request.method not in ("GET", "HEAD") and not is_query

    def reset(self) -> None:
        """The graphs as they are at the beginning."""
        if not self.is_changed:
            return
        self.is_changed = False
        assert self.ada.delete("/graphs", params={"graph": OPEN + "new"}).status_code in (204, 404)
        for name, text in GRAPHS.items():
            put = self.ada.put("/graphs", params={"graph": name}, content=text, headers=_AS_TURTLE)
            assert put.status_code in (200, 201, 204), put.text
        self.ada.delete("/graphs?default")


_AS_TURTLE = {"Content-Type": "text/turtle"}


@contextmanager
def served(folder: Path) -> Iterator[World]:
    """The workspace, served over HTTP, with its graphs in it."""
    with live(folder, added=_ADDED) as server:
        tokens = {CLEO: server.token(CLEO), ADA: server.token(ADA, purposes=[AMBIT.ADMINISTRATION])}
        cleo, ada = (
            httpx2.Client(
                base_url=f"http://127.0.0.1:{server.port}",
                headers={"Authorization": f"Bearer {tokens[who]}"},
                trust_env=False,
                timeout=20,
            )
            for who in (CLEO, ADA)
        )
        with cleo, ada:
            world = World(cleo, ada)
            world.reset()
            yield world
