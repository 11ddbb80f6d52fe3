"""What a request to `/sparql` is before it is one: refused without a trace where it asks for nothing that is carried out."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import rdflib
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from ambit.graph.errors import AmbitError, QueryRefused
from ambit.graph.sparql.gate import Dataset
from ambit.server import sparql
from ambit.server.problems import problem
from ambit.server.sparql import FIELDS, Asked, SparqlEndpoint
from ambit.server.updating import AskedUpdate

LIMIT = 64
SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DIRECT = {"Content-Type": "application/sparql-query"}
LONG = "ASK {} #" + "x" * (LIMIT - 7)


@pytest.fixture
def carried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of requests that were begun: from there on they are in the ledger."""
    texts: list[str] = []

    async def carry_out(
        http: HttpRequest, requests: Any, work: Any, *, text: str, seconds: float | None, pattern: Any
    ) -> Response:
        texts.append(text)
        return PlainTextResponse("carried out")

    monkeypatch.setattr(sparql, "carry_out", carry_out)
    return texts


@pytest.fixture
def client() -> Iterator[TestClient]:
    limits = SimpleNamespace(query_bytes=LIMIT, body_seconds=1.0)
    requests: Any = SimpleNamespace(settings=SimpleNamespace(limits=limits))
    endpoint = SparqlEndpoint(requests, "http://127.0.0.1:7575")

    async def answer(http: HttpRequest) -> Response:
        try:
            return await endpoint.answer(http)
        except AmbitError as error:
            return problem(error)

    with TestClient(Starlette(routes=[Route("/sparql", answer, methods=["GET", "POST"])])) as made:
        yield made


def sent(client: TestClient, form: str) -> list[Any]:
    """A form as a query string and as a body."""
    return [client.get(f"/sparql?{form}"), client.post("/sparql", content=form, headers=FORM)]


@pytest.mark.parametrize("text", [LONG, "é" * (LIMIT // 2 + 1)])
def test_a_query_too_long_is_refused_before_it_is_written_down(
    client: TestClient, carried: list[str], text: str
) -> None:
    answers = sent(client, urlencode({"query": text}))
    answers.append(client.post("/sparql", content=text.encode(), headers=DIRECT))
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    assert carried == []


def test_the_longest_query_passes_also_where_each_byte_is_escaped(
    client: TestClient, carried: list[str]
) -> None:
    text = LONG[:LIMIT]
    escaped = "query=" + "".join(f"%{byte:02X}" for byte in text.encode())[: 3 * LIMIT - 6]
    assert len(escaped) == 3 * LIMIT, "as long as a body may be"
    for answer in sent(client, f"query={quote(text)}"):
        assert answer.status_code == 200
    assert client.post("/sparql", content=text, headers=DIRECT).status_code == 200
    assert client.post("/sparql", content=escaped, headers=FORM).status_code == 200
    assert carried == [text, text, text, text[:-2]]
    answer = client.post("/sparql", content=escaped + "%20", headers=FORM)
    assert (answer.status_code, len(carried)) == (413, 4)


def test_parameters_are_counted_before_they_are_read(client: TestClient, carried: list[str]) -> None:
    few = "query=A" + "&a" * (FIELDS - 2)
    assert client.get(f"/sparql?{few}").status_code == 200
    answer = client.get(f"/sparql?{few}&a&a")
    assert (answer.status_code, answer.json()["code"]) == (400, "query-refused")
    assert str(FIELDS) in answer.json()["detail"]
    assert carried == ["A"]


@pytest.mark.parametrize(
    "form",
    [
        "default-graph-uri=urn:a",
        "query",
        "query=A&query=A",
        "query=A&update=",
        "query=A&using-graph-uri=urn:a",
        "query=A&using-named-graph-uri=urn:a",
        "QUERY=A",
        "query=A&timeout=0",
        "query=A&timeout=-1",
        "query=A&timeout=1e3",
        "query=A&timeout=",
    ],
)
def test_what_is_not_one_query_leaves_no_trace(client: TestClient, carried: list[str], form: str) -> None:
    if form == "query":  # one query, of nothing: the gate's to refuse
        assert [answer.status_code for answer in sent(client, form)] == [200, 200]
        return
    for answer in sent(client, form):
        assert (answer.status_code, answer.json()["code"]) == (400, "query-refused")
    assert carried == []


def test_a_body_that_is_no_text_leaves_no_trace(client: TestClient, carried: list[str]) -> None:
    for head in (FORM, DIRECT):
        answer = client.post("/sparql", content=b"query=\xff", headers=head)
        assert (answer.status_code, answer.json()["code"]) == (400, "query-refused")
        assert "byte 6" in answer.json()["detail"]
    assert carried == []


def test_a_form_names_a_dataset_in_order_with_repetitions() -> None:
    text = "query=A&default-graph-uri=urn:b&named-graph-uri=urn:c&default-graph-uri=urn:a"
    assert sparql._of_form(text, LIMIT) == Asked("A", Dataset(("urn:b", "urn:a"), ("urn:c",)))
    assert sparql._of_form("query=A+%2B%20B", LIMIT) == Asked("A + B")
    assert sparql._of_form("query=A&timeout=5&timeout=2.5", LIMIT) == Asked("A", seconds=2.5)


def test_an_update_says_how_long_it_may_take_as_a_query_does() -> None:
    assert sparql._of_post("update=A&timeout=5&timeout=2.5", LIMIT) == AskedUpdate("A", None, 2.5)
    assert sparql._of_post("update=A", LIMIT) == AskedUpdate("A", None, None)
    for said in ("0", "x", "1e3"):
        with pytest.raises(QueryRefused, match="is not a time"):
            sparql._of_post(f"update=A&timeout={said}", LIMIT)


def test_a_form_is_read_in_its_body_and_its_address_together(client: TestClient, carried: list[str]) -> None:
    assert client.post("/sparql?default-graph-uri=urn:a", content="query=A", headers=FORM).status_code == 200
    assert client.post("/sparql?query=B", content="query=A", headers=FORM).status_code == 400
    assert client.post("/sparql?query=B", content="A", headers=DIRECT).status_code == 400
    assert client.post("/sparql?update=B", content="A", headers=DIRECT).status_code == 400
    assert carried == ["A"]


def test_asked_for_nothing_the_endpoint_says_what_it_is(client: TestClient, carried: list[str]) -> None:
    for accept, syntax in (("text/turtle", "turtle"), ("application/rdf+xml", "xml"), ("*/*", "turtle")):
        answer = client.get("/sparql", headers={"Accept": accept})
        assert answer.status_code == 200 and answer.headers["vary"] == "Accept"
        said = rdflib.Graph().parse(data=answer.content, format=syntax)
        (service,) = said.subjects(rdflib.RDF.type, SD.Service)
        assert str(service) == "http://127.0.0.1:7575/sparql" == str(said.value(service, SD.endpoint))
        assert SD.SPARQL11Query in set(said.objects(service, SD.supportedLanguage))
        assert str(said.value(service, rdflib.RDFS.seeAlso)) == "http://127.0.0.1:7575/graphs"
        features = set(said.objects(service, SD.feature))
        assert SD.UnionDefaultGraph not in features, "graphs of governance are reached by name alone"
        assert said.value(service, SD.defaultDataset) is None, "what is there, each caller finds by asking"
    again = client.get("/sparql", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/sparql", headers={"Accept": "text/csv"}).status_code == 406
    assert client.head("/sparql").content == b""
    assert carried == []
