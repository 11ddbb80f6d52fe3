"""The SPARQL 1.1 Protocol (§2.1) against a server of its own: forms, datasets, media types, results."""

import csv
import io
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from rdflib import Dataset, Graph
from rdflib.query import Result

sys.path.insert(0, str(Path(__file__).parents[1] / "acceptance"))
from served import Served, eventually, serve, started_from_starter, token_for

pytestmark = pytest.mark.timeout(120)

TITLES = "SELECT ?page ?title WHERE { ?page <http://purl.org/dc/terms/title> ?title } ORDER BY ?title"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WELCOME = "https://example.com/id/pages/welcome"
ABSENT = "https://example.com/id/pages/absent"


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("sparql")
    workspace = started_from_starter(folder / "workspace")
    served = serve("serve", workspace, log=folder / "log")
    served.tokens["ben"] = token_for(workspace, "https://example.com/id/ben")
    served.tokens["stranger"] = token_for(workspace, "https://example.com/id/nobody")
    eventually(lambda: len(served.rows("ben", TITLES)) == 2)
    yield served
    assert served.stop() == 0


def graphs_of(starter: Served, token: str) -> list[str]:
    rows = starter.rows(token, "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s a ?c } } ORDER BY ?g")
    return [row["g"] for row in rows]


def page_graph(starter: Served) -> str:
    rows = starter.rows(
        "ben", "SELECT ?g WHERE { GRAPH ?g { ?p <http://purl.org/dc/terms/title> 'Welcome' } }"
    )
    return rows[0]["g"]


def test_the_three_forms_of_the_query_operation_answer_alike(starter: Served) -> None:
    head = starter.headers("ben")
    direct = starter.sparql("ben", TITLES)
    got = starter.http.get("/sparql", params={"query": TITLES}, headers=head)
    form = starter.http.post("/sparql", content=urlencode({"query": TITLES}), headers={**head, **FORM})
    assert direct.status_code == got.status_code == form.status_code == 200
    assert direct.json() == got.json() == form.json()
    assert [row["title"]["value"] for row in direct.json()["results"]["bindings"]] == [
        "How we work",
        "Welcome",
    ]
    for answer in (direct, got, form):
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["ambit-run"].startswith("urn:ambit:run:")
        assert set(answer.headers["vary"].split(", ")) == {
            *("Accept", "Accept-Datetime", "Authorization", "Ambit-Purpose")
        }


def asked(starter: Served, query: str, accept: str) -> tuple[str, bytes]:
    answer = starter.http.get(
        "/sparql", params={"query": query}, headers={**starter.headers("ben"), "Accept": accept}
    )
    assert answer.status_code == 200, answer.text
    return answer.headers["content-type"].partition(";")[0], answer.content


@pytest.mark.parametrize("media", ["application/sparql-results+json", "application/json"])
def test_json_results_parse(starter: Served, media: str) -> None:
    said, body = asked(starter, TITLES, media)
    assert said == media
    result = Result.parse(io.BytesIO(body), format="json")
    assert [str(row["title"]) for row in result] == ["How we work", "Welcome"]  # type: ignore[call-overload,index]


def test_xml_results_parse(starter: Served) -> None:
    said, body = asked(starter, TITLES, "application/sparql-results+xml")
    assert said == "application/sparql-results+xml"
    result = Result.parse(io.BytesIO(body), format="xml")
    assert {str(row["page"]) for row in result} == {WELCOME, WELCOME.replace("welcome", "how-we-work")}  # type: ignore[call-overload,index]


@pytest.mark.parametrize(("media", "delimiter"), [("text/csv", ","), ("text/tab-separated-values", "\t")])
def test_tables_parse(starter: Served, media: str, delimiter: str) -> None:
    said, body = asked(starter, TITLES, media)
    assert said == media
    rows = list(csv.reader(io.StringIO(body.decode(), newline=""), delimiter=delimiter))
    assert [name.lstrip("?") for name in rows[0]] == ["page", "title"]
    assert [row[1] for row in rows[1:]] == ["How we work", "Welcome"]


@pytest.mark.parametrize(
    ("media", "body"), [("application/sparql-results+json", b'"boolean":true'), ("text/csv", b"true")]
)
def test_a_yes_is_written_in_each_format(starter: Served, media: str, body: bytes) -> None:
    said, answer = asked(starter, f"ASK {{ <{WELCOME}> ?p ?o }}", media)
    assert said == media and body in answer


def test_head_says_what_get_would(starter: Served) -> None:
    head = starter.headers("ben")
    got = starter.http.get("/sparql", params={"query": TITLES}, headers=head)
    only = starter.http.head("/sparql", params={"query": TITLES}, headers=head)
    assert (only.status_code, only.content) == (200, b"")
    for name in ("content-type", "content-length", "ambit-revision", "vary"):
        assert only.headers[name] == got.headers[name]


def test_less_time_may_be_asked_for_and_never_more(starter: Served) -> None:
    patterns = " . ".join(f"?s{number} ?p{number} ?o{number}" for number in range(12))
    endless = f"SELECT (COUNT(*) AS ?n) {{ {patterns} }}"
    head = starter.headers("ben")
    for params, more in (
        ({"timeout": "0.3"}, {}),
        ({}, {"Prefer": "respond-async, wait=1"}),
        ({"timeout": "0.3"}, {"Prefer": "wait=3600"}),
    ):
        began = time.monotonic()
        answer = starter.http.get("/sparql", params={"query": endless, **params}, headers={**head, **more})
        assert (answer.status_code, answer.json()["code"]) == (504, "timeout")
        assert time.monotonic() - began < 4, "the server's own bound is 8 seconds"


@pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning")  # rdflib warns of itself
@pytest.mark.parametrize(
    ("media", "form"),
    [
        ("text/turtle", "turtle"),
        ("application/n-triples", "nt"),
        ("application/rdf+xml", "xml"),
        ("application/ld+json", "json-ld"),
        ("application/n-quads", "nquads"),
        ("application/trig", "trig"),
        ("text/n3", "n3"),
    ],
)
def test_graphs_parse(starter: Served, media: str, form: str) -> None:
    for query in (
        "CONSTRUCT { ?p <http://purl.org/dc/terms/title> ?t } WHERE { ?p <http://purl.org/dc/terms/title> ?t }",
        f"DESCRIBE <{WELCOME}>",
    ):
        said, body = asked(starter, query, media)
        assert said == media
        found = Dataset() if form in ("nquads", "trig") else Graph()
        assert "Welcome" in {str(o) for o in found.parse(data=body, format=form).objects()}


@pytest.mark.parametrize(
    ("query", "accept"),
    [
        (TITLES, "text/turtle"),
        (TITLES, "image/png"),
        (TITLES, "application/sparql-results+json;q=0"),
        ("ASK {}", "text/turtle"),
        (TITLES, "text/csv;charset=iso-8859-1"),
        (TITLES, "application/ld+json"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "application/sparql-results+json"),
    ],
)
def test_an_unknown_accept_is_406(starter: Served, query: str, accept: str) -> None:
    answer = starter.http.get(
        "/sparql", params={"query": query}, headers={**starter.headers("ben"), "Accept": accept}
    )
    assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")


def test_wrong_media_types_are_415(starter: Served) -> None:
    for kind in ("text/plain", "application/json", "multipart/form-data", None):
        head = starter.headers("ben") | ({"Content-Type": kind} if kind else {})
        answer = starter.http.post("/sparql", content=TITLES.encode(), headers=head)
        assert (answer.status_code, answer.json()["code"]) == (415, "media-type"), kind


@pytest.mark.parametrize(
    "pairs",
    [
        [("query", "ASK {}"), ("query", "ASK {}")],
        [("named-graph-uri", "urn:a")],
        [("query", "ASK {}"), ("update", "CLEAR ALL")],
        [("query", "ASK {}"), ("using-graph-uri", "urn:a")],
        [("query", "INSERT DATA { <urn:a> <urn:b> <urn:c> }")],
        [("query", "DELETE WHERE { ?s ?p ?o }")],
        [("query", "ASK {} ; CLEAR ALL")],
    ],
)
def test_anything_but_one_query_is_refused(starter: Served, pairs: list[tuple[str, str]]) -> None:
    head = starter.headers("ben")
    for answer in (
        starter.http.get("/sparql", params=pairs, headers=head),
        starter.http.post("/sparql", content=urlencode(pairs), headers={**head, **FORM}),
    ):
        assert answer.status_code == 400, pairs
        assert answer.json()["code"] in ("query-refused", "query-syntax")
        assert answer.headers["content-type"] == "application/problem+json"
    assert len(starter.rows("ben", TITLES)) == 2


def test_a_query_that_the_engine_cannot_read_is_refused_with_the_place_in_its_own_text(
    starter: Served,
) -> None:
    answer = starter.sparql("ben", "PREFIX a: <urn:a:>\nSELECT *\n  FROM a:g {\n   ?s     a:p\n}")
    said = answer.json()
    assert (answer.status_code, said["code"], said["line"], said["column"]) == (400, "query-syntax", 5, 1)
    assert said["detail"].startswith("the query could be read as far as 5:1")


def test_two_queries_in_two_places_are_refused(starter: Served) -> None:
    head = starter.headers("ben") | {"Content-Type": "application/sparql-query"}
    answer = starter.http.post("/sparql", params={"query": "ASK {}"}, content=b"ASK {}", headers=head)
    assert (answer.status_code, answer.json()["code"]) == (400, "query-refused")


def test_a_body_that_is_no_text_is_refused(starter: Served) -> None:
    head = starter.headers("ben") | {"Content-Type": "application/sparql-query"}
    answer = starter.http.post("/sparql", content=b"ASK { ?s ?p '\xff' }", headers=head)
    assert (answer.status_code, answer.json()["code"]) == (400, "query-refused")
    assert "byte 13" in answer.json()["detail"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_not_for_this_path(starter: Served, method: str) -> None:
    answer = starter.http.request(method, "/sparql", headers=starter.headers("ben"))
    assert (answer.status_code, answer.json()["code"]) == (405, "method")
    assert "GET" in answer.headers["allow"]


def test_the_protocols_dataset_overrides_the_querys(starter: Served) -> None:
    graph = page_graph(starter)
    head = starter.headers("ben")
    for query in (
        "SELECT ?o WHERE { ?s <http://purl.org/dc/terms/title> ?o }",
        f"SELECT ?o FROM <{ABSENT}> WHERE {{ ?s <http://purl.org/dc/terms/title> ?o }}",
    ):
        answer = starter.http.get(
            "/sparql", params={"query": query, "default-graph-uri": graph}, headers=head
        )
        titles = [row["o"]["value"] for row in answer.json()["results"]["bindings"]]
        assert titles == ["Welcome"], "one graph of the two"
    named = starter.http.get(
        "/sparql",
        params={"query": "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }", "named-graph-uri": graph},
        headers=head,
    )
    assert [row["g"]["value"] for row in named.json()["results"]["bindings"]] == [graph]


def test_a_hidden_graph_reads_like_one_that_is_not_there(starter: Served) -> None:
    graph = page_graph(starter)
    other = graph.replace("welcome", "nothing")
    queries = (
        "SELECT * FROM <G> WHERE { ?s ?p ?o }",
        "SELECT * FROM NAMED <G> WHERE { GRAPH <G> { ?s ?p ?o } }",
        "SELECT * FROM NAMED <G> WHERE { GRAPH ?any { ?s ?p ?o } }",
        "SELECT (COUNT(*) AS ?n) WHERE { GRAPH <G> { ?s ?p ?o } }",
        "ASK FROM <G> { ?s ?p ?o }",
    )
    for query in queries:
        seen = starter.sparql("ben", query.replace("<G>", f"<{graph}>"))
        hidden = starter.sparql("stranger", query.replace("<G>", f"<{graph}>"))
        absent = starter.sparql("stranger", query.replace("<G>", f"<{other}>"))
        assert seen.content != hidden.content
        assert (hidden.status_code, hidden.content) == (absent.status_code, absent.content)
        for name in ("ambit-revision", "content-type", "content-length"):
            assert hidden.headers[name] == absent.headers[name]
    for field in ("default-graph-uri", "named-graph-uri"):
        answers = [
            starter.http.get(
                "/sparql",
                params={"query": "SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }", field: name},
                headers=starter.headers("stranger"),
            )
            for name in (graph, other)
        ]
        assert answers[0].status_code == answers[1].status_code == 200
        assert answers[0].content == answers[1].content


def test_nobody_sees_nothing_and_is_told_nothing(starter: Served) -> None:
    assert starter.rows(None, TITLES) == [] == starter.rows("stranger", TITLES)
    assert graphs_of(starter, "stranger") == [] != graphs_of(starter, "ben")
