"""The parts of HTTP that hold no logic of the graph: negotiation, hosts, problems."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from ambit.graph import errors
from ambit.server.hosts import SameHost
from ambit.server.negotiate import GRAPHS, choose
from ambit.server.problems import problem, status_of

OFFERED = ["application/sparql-results+json", "application/sparql-results+xml", "text/csv"]


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, 0),
        ("*/*", 0),
        ("text/csv", 2),
        ("text/csv;q=0.5, application/sparql-results+xml;q=0.9", 1),
        ("application/*", 0),
        ("text/*, application/sparql-results+json;q=0.1", 2),
        ("application/sparql-results+json;q=0, */*;q=0.1", 1),
        ("TEXT/CSV", 2),
        ('text/csv;header=","', 2),
        ('text/csv;note="a;q=0,b"', 2),
        ('image/png;x="text/csv, */*", text/csv;q=0.1', 2),
        ('text/csv;x="never ends', 2),
        ("text/csv;q=0.5;q=0.1, application/sparql-results+xml;q=0.2", 1),
        ("text/csv;q=nan, application/sparql-results+xml;q=0.001", 1),
        ("text/csv;q=inf, application/sparql-results+xml;q=0.001", 1),
        ("text/csv;charset=utf-8;q=0.9, text/csv;q=0.1, application/*;q=0.5", 2),
        ('text/csv;charset="UTF-8", */*;q=0.5', 2),
        ("text/csv;charset=iso-8859-1, application/sparql-results+xml;q=0.1", 1),
        ("application/*;q=0.9, application/sparql-results+json;q=0.2", 1),
        ("application/sparql-results+json;charset=utf-8", 0),
        (", ;, ,", 0),
    ],
)
def test_the_best_liked_media_type_is_chosen(accept: str | None, chosen: int) -> None:
    assert choose(accept, OFFERED) == OFFERED[chosen]


@pytest.mark.parametrize(
    "accept",
    [
        "application/ld+json",
        'application/ld+json;profile="http://www.w3.org/ns/json-ld#expanded"',
        'application/ld+json; profile="http://www.w3.org/ns/json-ld#framed http://www.w3.org/ns/json-ld#compacted";q=0.9',
        'text/html, application/ld+json;q=1.0;profile=a, text/turtle;q=0.9;profile=","',
    ],
)
def test_a_profile_of_json_ld_is_a_wish(accept: str) -> None:
    assert choose(accept, list(GRAPHS)) == "application/ld+json"


@pytest.mark.parametrize(
    "accept",
    [
        "image/png",
        "text/csv;q=0",
        "text/csv;q=x",
        "text/csv;q=nan",
        "text/csv;charset=utf-16",
        '"text/csv"',
        "image/png," * 5_000 + "text/csv",
    ],
)
def test_what_cannot_be_made_is_refused(accept: str) -> None:
    with pytest.raises(errors.Refused) as refused:
        choose(accept, OFFERED)
    assert status_of(refused.value) == 406


def _client() -> TestClient:
    app = Starlette(routes=[Route("/", lambda request: PlainTextResponse("here"))])
    return TestClient(SameHost(app, host="127.0.0.1", port=7575), base_url="http://127.0.0.1:7575")


@pytest.mark.parametrize("host", ["127.0.0.1:7575", "localhost:7575", "LOCALHOST:7575", "[::1]:7575"])
def test_the_servers_own_names_pass(host: str) -> None:
    assert _client().get("/", headers={"Host": host}).status_code == 200
    assert _client().get("/", headers={"Host": host, "Origin": f"http://{host}"}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:7575", "127.0.0.1:80", "127.0.0.1.evil.example:7575", ""]
)
def test_another_host_is_misdirected(host: str) -> None:
    answer = _client().get("/", headers={"Host": host})
    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:80", "https://127.0.0.1.evil.example:7575"]
)
def test_a_page_of_another_origin_gets_nothing(origin: str) -> None:
    answer = _client().get("/", headers={"Origin": origin})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")


def test_every_error_class_has_a_status_and_a_code() -> None:
    classes = [errors.AmbitError, *_below(errors.AmbitError)]
    assert len(classes) >= 12
    for kind in classes:
        answer = problem(kind("said", hint="do this", details={"line": 3}))
        assert 400 <= answer.status_code < 600
        assert b'"line":3' in answer.body and b'"hint":"do this"' in answer.body


def _below(kind: type[errors.AmbitError]) -> list[type[errors.AmbitError]]:
    return [found for sub in kind.__subclasses__() for found in (sub, *_below(sub))]
