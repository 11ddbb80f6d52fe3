"""The route: what is a GraphQL request, what is not, and in which media type it is answered."""

from collections.abc import Mapping
from typing import Any

import pytest
from graphqlworld import KEY
from seeing import Seeing, shop
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.testclient import TestClient

from ambit.graph.errors import AmbitError
from ambit.server import graphql, problems
from ambit.server.schema.cache import SchemaCache
from ambit.server.schema.execute import Graphql

JSON = {"Content-Type": "application/json"}
TOTAL = "{ customers { totalCount } }"


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def client(asked: list[str]) -> TestClient:
    eyes = Seeing(shop())

    async def answering(
        http: Request, text: str, work: graphql.Work, shape: graphql.Shape
    ) -> tuple[dict[str, Any], Mapping[str, str]]:
        asked.append(text)
        return work(eyes), {"Ambit-Run": eyes.run}

    handlers: Any = {AmbitError: problems.on_ambit_error, HTTPException: problems.on_http_error}
    route = graphql.route(Graphql(SchemaCache(), KEY), answering)
    return TestClient(Starlette(routes=[route], exception_handlers=handlers))


def test_a_query_by_post_and_by_get(client: TestClient, asked: list[str]) -> None:
    query = "query A($first: Int) { customers(first: $first) { nodes { name } } } query B { me { iri } }"
    body = {"query": query, "variables": {"first": 1}, "operationName": "A", "extensions": {}}
    expected = {"customers": {"nodes": [{"name": "Customer 000"}]}}
    posted = client.post("/graphql", json=body)
    got = client.get("/graphql", params={"query": query, "variables": '{"first": 1}', "operationName": "A"})
    for response in (posted, got):
        assert (response.status_code, response.json()["data"]) == (200, expected)
        assert response.headers["content-type"] == "application/json"
        assert response.headers["ambit-run"] == response.json()["extensions"]["ambit"]["run"]
        assert "Authorization" in response.headers["vary"]
    assert asked == [query, query]


def test_charsets_are_no_other_media_type(client: TestClient) -> None:
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert client.post("/graphql", content=b'{"query": "{ me { iri } }"}', headers=headers).status_code == 200


@pytest.mark.parametrize(
    "media",
    ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data", "application/graphql", ""],
)
def test_what_a_foreign_page_can_post_is_refused(client: TestClient, media: str, asked: list[str]) -> None:
    for body in (b'{"query": "{ me { iri } }"}', b"query=%7Bme%7Biri%7D%7D", b"{ me { iri } }"):
        response = client.post("/graphql", content=body, headers={"Content-Type": media})
        assert (response.status_code, response.json()["code"]) == (415, "media-type")
    assert asked == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'[{"query": "{ me { iri } }"}]',
        b"[" + b",".join([b'{"query": "{ me { iri } }"}'] * 100) + b"]",
        b'"{ me { iri } }"',
        b"{",
        b'{"query": null}',
        b'{"query": 1}',
        b'{"query": ["a"]}',
        b'{"query": "{ me { iri } }", "variables": []}',
        b'{"query": "{ me { iri } }", "variables": "{}"}',
        b'{"query": "{ me { iri } }", "operationName": 1}',
        b'{"query": "\xff"}',
        b'{"query": "\\ud800"}',
        b'{"query": "{ me { iri } }", "variables": {"a": 1e400}}',
        b'{"query": "{ me { iri } }", "variables": {"a": NaN}}',
        b'{"query": "{ me { iri } }", "variables": {"a": ' + b"[" * 5_000 + b"]" * 5_000 + b"}}",
    ],
    ids=range(17),
)
def test_what_is_no_request_is_a_problem(client: TestClient, body: bytes, asked: list[str]) -> None:
    response = client.post("/graphql", content=body, headers=JSON)
    assert (response.status_code, response.json()["code"]) == (400, "graphql-request")
    assert response.headers["content-type"] == "application/problem+json"
    assert asked == []


def test_a_body_that_is_too_long(client: TestClient, asked: list[str]) -> None:
    for body in (b'{"query": "' + b" " * 1_000_000 + b'"}', b" " * 10_000_000):
        assert client.post("/graphql", content=body, headers=JSON).status_code == 413
    chunks = (b" " * 100_000 for _ in range(20))
    assert client.post("/graphql", content=chunks, headers=JSON).status_code == 413
    assert asked == []


@pytest.mark.parametrize(
    "query",
    ["", "query=a&query=b", "variables={}", "query=%7Bme%7Biri%7D%7D&variables=1", "query=a&variables={"],
)
def test_what_is_no_request_by_get(client: TestClient, query: str) -> None:
    assert client.get(f"/graphql?{query}").json()["code"] == "graphql-request"


def test_mutations_by_get_are_no_operation(client: TestClient) -> None:
    response = client.get("/graphql", params={"query": "mutation { drop }"})
    assert response.json()["errors"][0]["extensions"]["code"] == "graphql-validation"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods(client: TestClient, method: str) -> None:
    assert client.request(method, "/graphql").status_code == 405


def test_the_newer_media_type_has_a_status_for_what_never_ran(client: TestClient) -> None:
    newer = {"Accept": "application/graphql-response+json"}
    for query, status in (
        (TOTAL, 200),
        ("{ nothing }", 400),
        ("{", 400),
        ("{ customers(first: -1) { totalCount } }", 200),
    ):
        response = client.post("/graphql", json={"query": query}, headers=newer)
        assert response.status_code == status, query
        assert response.headers["content-type"] == "application/graphql-response+json"
        assert client.post("/graphql", json={"query": query}).status_code == 200
    assert client.post("/graphql", json={"query": TOTAL}, headers={"Accept": "text/html"}).status_code == 406
