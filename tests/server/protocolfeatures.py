"""SPARQL 1.1 Protocol, result formats, Service Description and Graph Store Protocol: each as one exchange that holds or not."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass

import httpx2
import rdflib
from featureworld import CLOSED, GRAPHS, OPEN, PROLOGUE, World, canonical
from pyoxigraph import QueryResultsFormat, RdfFormat, Store, parse, parse_query_results

SELECT = PROLOGUE + "SELECT ?s ?n { ?s :age ?n }"
AGES = [("ann", "41"), ("bob", "27"), ("cid", "27")]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ONE, TWO, NEW, HID = OPEN + "one", OPEN + "two", OPEN + "new", CLOSED + "one"


@dataclass(frozen=True)
class Exchange:
    """A feature and the exchange that shows it."""

    section: str
    name: str
    holds: Callable[[World], bool]


def _ages(answer: httpx2.Response) -> list[tuple[str, str]]:
    rows = answer.json()["results"]["bindings"]
    return sorted((row["s"]["value"].rpartition("#")[2], row["n"]["value"]) for row in rows)


def _get(
    world: World, query: str = SELECT, accept: str = "application/sparql-results+json", **more: str
) -> httpx2.Response:
    return world.cleo.get("/sparql", params={"query": query, **more}, headers={"Accept": accept})


def _update(world: World, text: str, **more: str) -> httpx2.Response:
    kind = {"Content-Type": "application/sparql-update"}
    return world.cleo.post("/sparql", content=PROLOGUE + text, headers=kind, params=more)


def _says(world: World, ask: str) -> bool:
    return bool(_get(world, f"{PROLOGUE} ASK {{ {ask} }}").json()["boolean"])


def _results(media: str, format: QueryResultsFormat | None) -> Exchange:
    def holds(world: World) -> bool:
        answer = _get(world, SELECT + " ORDER BY STR(?s)", media)
        if not answer.headers["content-type"].startswith(media):
            return False
        if format is None:
            return [line.rpartition(",")[2] for line in answer.text.split()[1:]] == [n for _, n in AGES]
        rows = parse_query_results(answer.content, format=format)
        return [row[1].value for row in rows] == [n for _, n in AGES]

    return Exchange("Formats", f"solutions as {media}", holds)


def _graphs(media: str, format: RdfFormat) -> Exchange:
    def holds(world: World) -> bool:
        answer = _get(world, PROLOGUE + "CONSTRUCT WHERE { ?s :age ?n }", media)
        said = {q.object.value for q in parse(answer.content, format=format)}
        return answer.headers["content-type"].startswith(media) and said == {"41", "27"}

    return Exchange("Formats", f"graphs as {media}", holds)


def _refused(section: str, name: str, status: int, ask: Callable[[World], httpx2.Response]) -> Exchange:
    return Exchange(section, name, lambda world: ask(world).status_code == status)


def _default_by_update(world: World) -> bool:
    done = _update(
        world,
        f"INSERT {{ GRAPH <{NEW}> {{ ?s :has ?n }} }} WHERE {{ ?s :age ?n }}",
        **{"using-graph-uri": TWO},
    )
    return done.is_success and _says(world, ":bob :has 27") and not _says(world, ":ann :has ?n")


def _condition(world: World) -> bool:
    tag = world.cleo.get("/graphs", params={"graph": ONE}).headers["etag"]
    turtle = {"Content-Type": "text/turtle"}
    late = world.cleo.put(
        "/graphs", params={"graph": ONE}, content="", headers={**turtle, "If-Match": '"no"'}
    )
    good = world.cleo.put(
        "/graphs", params={"graph": ONE}, content="<urn:a> <urn:b> 1 .", headers={**turtle, "If-Match": tag}
    )
    return late.status_code == 412 and good.is_success


def _put(world: World) -> bool:
    made = world.cleo.put(
        "/graphs",
        params={"graph": NEW},
        content="<urn:a> <urn:b> 1 .",
        headers={"Content-Type": "text/turtle"},
    )
    again = world.cleo.put(
        "/graphs",
        params={"graph": NEW},
        content="<urn:a> <urn:b> 2 .",
        headers={"Content-Type": "text/turtle"},
    )
    return (
        made.status_code == 201
        and again.is_success
        and not _says(world, "<urn:a> <urn:b> 1")
        and _says(world, "<urn:a> <urn:b> 2")
    )


def _post(world: World) -> bool:
    done = world.cleo.post(
        "/graphs",
        params={"graph": ONE},
        content="<urn:a> <urn:b> 1 .",
        headers={"Content-Type": "text/turtle"},
    )
    return done.is_success and _says(world, "<urn:a> <urn:b> 1 . :ann :age 41")


def _delete(world: World) -> bool:
    done = world.cleo.delete("/graphs", params={"graph": ONE})
    return (
        done.is_success
        and not _says(world, ":ann :age 41")
        and world.cleo.get("/graphs", params={"graph": ONE}).status_code == 404
    )


def _read(world: World) -> bool:
    got = world.cleo.get("/graphs", params={"graph": ONE}, headers={"Accept": "application/n-triples"})
    store = Store()
    store.extend(
        parse(GRAPHS[ONE].encode(), format=RdfFormat.TURTLE)
    )  # which spells values as the store does
    return canonical(parse(got.content, format=RdfFormat.N_TRIPLES)) == canonical(store)


def _described(world: World) -> bool:
    answer = world.cleo.get("/sparql", headers={"Accept": "text/turtle"})
    kind = rdflib.URIRef("http://www.w3.org/ns/sparql-service-description#Service")
    return kind in set(rdflib.Graph().parse(io.BytesIO(answer.content), format="turtle").objects())


EXCHANGES = [
    Exchange("Protocol", "query by GET", lambda w: _ages(_get(w)) == AGES),
    Exchange(
        "Protocol",
        "query by POST, direct",
        lambda w: (
            _ages(
                w.cleo.post("/sparql", content=SELECT, headers={"Content-Type": "application/sparql-query"})
            )
            == AGES
        ),
    ),
    Exchange(
        "Protocol",
        "query by POST, form",
        lambda w: _ages(w.cleo.post("/sparql", data={"query": SELECT})) == AGES,
    ),
    Exchange(
        "Protocol", "default-graph-uri", lambda w: _ages(_get(w, **{"default-graph-uri": TWO})) == AGES[1:]
    ),
    Exchange(
        "Protocol",
        "default-graph-uri of a hidden graph",
        lambda w: _ages(_get(w, **{"default-graph-uri": HID})) == [],
    ),
    Exchange(
        "Protocol",
        "named-graph-uri",
        lambda w: (
            _ages(_get(w, PROLOGUE + "SELECT ?s ?n { GRAPH ?g { ?s :age ?n } }", **{"named-graph-uri": ONE}))
            == AGES[:1]
        ),
    ),
    Exchange(
        "Protocol",
        "the protocol's dataset goes before FROM",
        lambda w: (
            _ages(_get(w, SELECT.replace("{ ", f"FROM <{ONE}> {{ "), **{"default-graph-uri": TWO}))
            == AGES[1:]
        ),
    ),
    Exchange(
        "Protocol",
        "update by POST, direct",
        lambda w: _update(w, f"CLEAR GRAPH <{ONE}>").is_success and not _says(w, ":ann :age ?n"),
    ),
    Exchange(
        "Protocol",
        "update by POST, form",
        lambda w: (
            w.cleo.post("/sparql", data={"update": f"CLEAR GRAPH <{ONE}>"}).is_success
            and not _says(w, ":ann :age ?n")
        ),
    ),
    Exchange("Protocol", "using-graph-uri", _default_by_update),
    _refused("Protocol", "a query that is none: 400", 400, lambda w: _get(w, "SELECT")),
    _refused("Protocol", "two queries: 400", 400, lambda w: w.cleo.get("/sparql?query=ASK{}&query=ASK{}")),
    _refused("Protocol", "an update by GET: 400", 400, lambda w: w.cleo.get("/sparql?update=CLEAR%20ALL")),
    _refused(
        "Protocol",
        "a media type that is not for it: 415",
        415,
        lambda w: w.cleo.post("/sparql", content="x", headers={"Content-Type": "text/x"}),
    ),
    _refused("Protocol", "no format that is asked for: 406", 406, lambda w: _get(w, accept="image/png")),
    Exchange(
        "Protocol",
        "q-values",
        lambda w: (
            _get(w, accept="text/csv;q=0.1, application/sparql-results+xml;q=0.9")
            .headers["content-type"]
            .startswith("application/sparql-results+xml")
        ),
    ),
    Exchange(
        "Protocol",
        "HEAD",
        lambda w: (
            (a := w.cleo.head("/sparql", params={"query": SELECT})).status_code == 200 and not a.content
        ),
    ),
    Exchange(
        "Protocol", "CORS preflight is not offered", lambda w: w.cleo.options("/sparql").status_code == 405
    ),
    Exchange("Service Description", "the endpoint asked for nothing", _described),
    _results("application/sparql-results+json", QueryResultsFormat.JSON),
    _results("application/sparql-results+xml", QueryResultsFormat.XML),
    _results("text/tab-separated-values", QueryResultsFormat.TSV),
    _results("text/csv", None),
    Exchange(
        "Formats", "booleans as JSON", lambda w: json.loads(_get(w, "ASK { }").content)["boolean"] is True
    ),
    Exchange(
        "Formats",
        "booleans as XML",
        lambda w: "<boolean>true</boolean>" in _get(w, "ASK { }", "application/sparql-results+xml").text,
    ),
    _graphs("text/turtle", RdfFormat.TURTLE),
    _graphs("application/n-triples", RdfFormat.N_TRIPLES),
    _graphs("application/n-quads", RdfFormat.N_QUADS),
    _graphs("application/trig", RdfFormat.TRIG),
    _graphs("application/rdf+xml", RdfFormat.RDF_XML),
    _graphs("application/ld+json", RdfFormat.JSON_LD),
    Exchange("Graph Store Protocol", "GET of a graph", _read),
    _refused(
        "Graph Store Protocol",
        "GET of a hidden graph, as of none: 404",
        404,
        lambda w: w.cleo.get("/graphs", params={"graph": HID}),
    ),
    _refused(
        "Graph Store Protocol",
        "GET of a graph that is not there: 404",
        404,
        lambda w: w.cleo.get("/graphs", params={"graph": NEW}),
    ),
    Exchange(
        "Graph Store Protocol",
        "HEAD",
        lambda w: (a := w.cleo.head("/graphs", params={"graph": ONE})).status_code == 200 and not a.content,
    ),
    Exchange("Graph Store Protocol", "PUT: 201, then replaced whole", _put),
    Exchange("Graph Store Protocol", "POST adds", _post),
    Exchange("Graph Store Protocol", "DELETE", _delete),
    Exchange(
        "Graph Store Protocol",
        "?default",
        lambda w: (
            w.cleo.put(
                "/graphs?default", content="<urn:a> <urn:b> 1 .", headers={"Content-Type": "text/turtle"}
            ).is_success
            and "urn:a" in w.cleo.get("/graphs?default", headers={"Accept": "application/n-triples"}).text
        ),
    ),
    Exchange("Graph Store Protocol", "ETag and If-Match: 412", _condition),
    Exchange(
        "Graph Store Protocol",
        "If-None-Match: 304",
        lambda w: (
            w.cleo.get(
                "/graphs",
                params={"graph": ONE},
                headers={"If-None-Match": w.cleo.get("/graphs", params={"graph": ONE}).headers["etag"]},
            ).status_code
            == 304
        ),
    ),
    _refused(
        "Graph Store Protocol",
        "both ?graph and ?default: 400",
        400,
        lambda w: w.cleo.get("/graphs", params={"graph": ONE, "default": ""}),
    ),
]
