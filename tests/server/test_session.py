"""Sessions: who gets one, when its cookie counts, how many there are, when they end; and what guards every route."""

import time
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from graphqlworld import KEY
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.routing import Route
from starlette.testclient import TestClient

from ambit.graph.errors import Unauthenticated
from ambit.server import session, signin
from ambit.server.app import build
from ambit.server.identity import Verifier
from ambit.server.issuer import LocalIssuer
from ambit.server.schema.cache import SchemaCache
from ambit.server.schema.execute import Graphql
from ambit.server.session import EACH, MOST, Sessions
from ambit.server.settings import Settings, read

HERE = "http://127.0.0.1:7575"
OWN = {"Origin": HERE, "Sec-Fetch-Site": "same-origin"}
ADA = "https://example.com/id/ada"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read(tmp_path, data=tmp_path / "data")


@pytest.fixture
def issuer(settings: Settings) -> LocalIssuer:
    return LocalIssuer(settings.data)


@pytest.fixture
def app(settings: Settings) -> Starlette:
    layers: Any = SimpleNamespace(
        decider=SimpleNamespace(listen=lambda listener: None),
        owner=SimpleNamespace(listen=lambda listener: None),
        graphql=Graphql(SchemaCache(), KEY),
        secret=KEY,
        ledger=SimpleNamespace(),
        recall=SimpleNamespace(),
    )
    return build(settings, layers, 7575)


@pytest.fixture
def client(app: Starlette) -> Iterator[TestClient]:
    with TestClient(app, base_url=HERE, raise_server_exceptions=False) as client:
        yield client


def request(value: str | None = None, method: str = "POST", **headers: str) -> HttpRequest:
    """A request with a session's cookie, as a page of this server sends it unless `headers` say otherwise."""
    said = {"host": "127.0.0.1:7575", "sec_fetch_site": "same-origin", **headers}
    if value is not None:
        said["cookie"] = f"ambit_session_7575={value}"
    raw = [(name.replace("_", "-").encode(), text.encode()) for name, text in said.items() if text]
    return HttpRequest({"type": "http", "method": method, "path": "/graphql", "headers": raw})


def test_a_token_is_exchanged_for_a_cookie_that_no_script_reads(
    client: TestClient, issuer: LocalIssuer
) -> None:
    token = issuer.issue(ADA, agents=["urn:agent:a"], purposes=["urn:purpose:p"])
    answer = client.post("/session", json={"token": token}, headers=OWN)
    assert answer.status_code == 200
    said = answer.json()
    assert {name: said[name] for name in ("user", "agents", "purposes")} == {
        "user": ADA,
        "agents": ["urn:agent:a"],
        "purposes": ["urn:purpose:p"],
    }
    assert said["expires"].endswith("+00:00")
    cookie = SimpleCookie(answer.headers["set-cookie"])["ambit_session_7575"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (
        True,
        "Strict",
        "/",
        "",
    )
    assert not cookie["secure"] and 3500 < int(cookie["max-age"]) <= 3600
    assert len(cookie.value) >= 43 and token not in str(answer.headers) + answer.text
    assert client.get("/session", headers=OWN).json() == said
    assert token not in client.get("/session", headers=OWN).text
    for elsewhere in ({}, {"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": "same-site"}):
        assert client.get("/session", headers=elsewhere).json() == {"user": None}, (
            "only a page of this server is told"
        )


def test_over_https_the_cookie_is_secure(app: Starlette, issuer: LocalIssuer) -> None:
    client = TestClient(app, base_url="https://127.0.0.1:7575")
    head = {**OWN, "Origin": "https://127.0.0.1:7575"}
    answer = client.post("/session", json={"token": issuer.issue(ADA)}, headers=head)
    assert "; Secure" in answer.headers["set-cookie"]


def test_a_fresh_visitor_is_nobody(client: TestClient) -> None:
    answer = client.get("/session", headers=OWN)
    assert (answer.status_code, answer.json()) == (200, {"user": None})
    assert answer.headers["cache-control"] == "private, no-store"


def test_signing_out_forgets_the_session_and_the_cookie(client: TestClient, issuer: LocalIssuer) -> None:
    client.post("/session", json={"token": issuer.issue(ADA)}, headers=OWN)
    value = client.cookies["ambit_session_7575"]
    answer = client.delete("/session", headers=OWN)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    kept = {**OWN, "Cookie": f"ambit_session_7575={value}"}
    assert client.get("/session", headers=kept).json() == {"user": None}
    asked = client.post("/explore/vocabulary", json={}, headers=kept)
    assert (asked.status_code, asked.json()["code"]) == (401, "session-over")


def test_signing_in_anew_ends_the_session_before(client: TestClient, issuer: LocalIssuer) -> None:
    client.post("/session", json={"token": issuer.issue(ADA)}, headers=OWN)
    first = client.cookies["ambit_session_7575"]
    client.post("/session", json={"token": issuer.issue(ADA)}, headers=OWN)
    assert client.cookies["ambit_session_7575"] != first
    old = {**OWN, "Cookie": f"ambit_session_7575={first}"}
    assert client.get("/session", headers=old).json() == {"user": None}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"token": "a.b.c"}', 401, "token-invalid"),
        (b'{"token": ""}', 401, "token-invalid"),
        (b'{"token": 1}', 400, "invalid"),
        (b"{}", 400, "invalid"),
        (b'["a"]', 400, "invalid"),
        (b"\xff", 400, "invalid"),
        (b'{"token": "' + b"a" * 16_384 + b'"}', 413, "too-large"),
    ],
)
def test_what_is_no_token_opens_nothing(client: TestClient, body: bytes, status: int, code: str) -> None:
    answer = client.post("/session", content=body, headers={**OWN, "Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "set-cookie" not in answer.headers


def test_a_token_is_posted_as_json(client: TestClient, issuer: LocalIssuer) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        answer = client.post(
            "/session",
            content=b'{"token": "%s"}' % issuer.issue(ADA).encode(),
            headers={**OWN, "Content-Type": kind},
        )
        assert (answer.status_code, answer.json()["code"]) == (415, "media-type")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": HERE, "Sec-Fetch-Site": "cross-site"},
        {"Origin": HERE, "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "null"},
    ],
)
def test_signing_in_and_out_is_for_pages_of_this_server(
    client: TestClient, issuer: LocalIssuer, headers: dict[str, str]
) -> None:
    token = issuer.issue(ADA)
    assert client.post("/session", json={"token": token}, headers=OWN).status_code == 200
    for answer in (
        client.post("/session", json={"token": token}, headers=headers),
        client.delete("/session", headers=headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")
        assert "set-cookie" not in answer.headers
    assert client.get("/session", headers=OWN).json()["user"] == ADA, "the session stands"


def test_a_slow_body_is_not_waited_for(
    client: TestClient, issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object, **__: object) -> bytes:
        await signin.anyio.sleep(60)
        return b""

    monkeypatch.setattr(signin, "SECONDS", 0.01)
    monkeypatch.setattr(signin, "body_of", never)
    answer = client.post("/session", json={"token": issuer.issue(ADA)}, headers=OWN)
    assert (answer.status_code, answer.json()["code"]) == (504, "timeout")


def test_the_cookie_counts_for_a_post_of_a_page_of_this_server_alone(
    settings: Settings, issuer: LocalIssuer
) -> None:
    sessions = Sessions(Verifier(settings))
    value, identity = sessions.open(issuer.issue(ADA, agents=["urn:agent:a"], purposes=["urn:p"]))
    assert sessions.identify(request(value)) == identity
    own = {"sec_fetch_site": "", "origin": HERE}
    assert sessions.identify(request(value, **own)) == identity
    for other in (
        request(value, method="GET"),
        request(value, sec_fetch_site=""),
        request(value, sec_fetch_site="none"),
        request(value, sec_fetch_site="same-site"),
        request(value, sec_fetch_site="cross-site", origin=HERE),
        request(value, sec_fetch_site="", origin="http://evil.example"),
        request(value, sec_fetch_site="", origin="null"),
    ):
        assert sessions.identify(other).anonymous


def test_a_header_goes_before_the_cookie(settings: Settings, issuer: LocalIssuer) -> None:
    sessions = Sessions(Verifier(settings))
    value, _ = sessions.open(issuer.issue(ADA))
    ben = issuer.issue("https://example.com/id/ben")
    assert sessions.identify(request(value, authorization=f"Bearer {ben}")).chain.user.endswith("/ben")
    with pytest.raises(Unauthenticated):
        sessions.identify(request(value, authorization="Bearer nothing"))


def test_a_session_that_is_over_is_nobody_elses(settings: Settings, issuer: LocalIssuer) -> None:
    sessions = Sessions(Verifier(settings))
    for value in ("", "guessed"):
        with pytest.raises(Unauthenticated) as refused:
            sessions.identify(request(value or "x"))
        assert refused.value.code == "session-over"


def test_a_session_ends_with_its_token(settings: Settings, issuer: LocalIssuer) -> None:
    clock = [time.time()]
    sessions = Sessions(Verifier(settings), now=lambda: clock[0])
    value, _ = sessions.open(issuer.issue(ADA, ttl=60))
    clock[0] += 59
    assert sessions.token(value) is not None
    clock[0] += 2
    with pytest.raises(Unauthenticated):
        sessions.identify(request(value))
    assert len(sessions) == 0, "nothing of it is kept"


def test_the_token_is_checked_anew_for_each_request(settings: Settings, issuer: LocalIssuer) -> None:
    checked: list[str] = []

    class Counting(Verifier):
        def check(self, token: str) -> Any:
            checked.append(token)
            return super().check(token)

    sessions = Sessions(Counting(settings))
    value, _ = sessions.open(issuer.issue(ADA))
    for _ in range(3):
        sessions.identify(request(value))
    assert len(checked) == 4


def test_sessions_are_bounded_for_each_user_and_for_all(
    settings: Settings, issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert EACH < MOST
    monkeypatch.setattr(session, "MOST", 10)
    monkeypatch.setattr(session, "EACH", 3)
    sessions = Sessions(Verifier(settings))
    ben, _ = sessions.open(issuer.issue("https://example.com/id/ben"))
    alone, _ = sessions.open(issuer.issue("https://example.com/id/ben"))
    for _ in range(4):
        sessions.open(issuer.issue("https://example.com/id/ben", agents=["urn:agent:a"]))
    assert sessions.token(alone) is not None, "an agent of one's own signs nobody out"
    sessions = Sessions(Verifier(settings))
    ben, _ = sessions.open(issuer.issue("https://example.com/id/ben"))
    mine = [sessions.open(issuer.issue(ADA))[0] for _ in range(20)]
    assert len(sessions) == 4 and sessions.token(ben) is not None, (
        "one user's sessions push out only that user's"
    )
    assert [sessions.token(value) is not None for value in mine[-4:]] == [False, True, True, True]
    others = [sessions.open(issuer.issue(f"https://example.com/id/{n}"))[0] for n in range(8)]
    assert len(sessions) == 10
    assert sessions.token(others[-1]) is not None and sessions.token(ben) is None, (
        "the least recently used goes"
    )


def test_the_value_is_nowhere_kept(settings: Settings, issuer: LocalIssuer) -> None:
    sessions = Sessions(Verifier(settings))
    value, _ = sessions.open(issuer.issue(ADA))
    assert value not in repr(vars(sessions))


def test_every_route_checks_host_and_origin(app: Starlette, client: TestClient) -> None:
    walked = set()
    for route in app.routes:
        assert isinstance(route, Route), f"{route} is checked by nothing here"
        path = route.path.replace("{name}", "index.js")
        for method in sorted(route.methods or ()):
            walked.add((route.path, method))
            foreign = client.request(method, path, headers={"Host": "evil.example:7575"})
            assert foreign.status_code == 421, (method, path)
            for origin in ("http://evil.example", "null", "http://127.0.0.1:80"):
                page = client.request(method, path, headers={"Origin": origin})
                assert page.status_code == 403, (method, path, origin)
    assert {("/", "GET"), ("/session", "DELETE"), ("/graphql", "POST"), ("/explore/node", "POST")} <= walked


def test_every_answer_can_do_nothing_as_a_page(client: TestClient) -> None:
    for path in ("/healthz", "/session", "/nothing", "/assets/nothing.js"):
        answer = client.get(path)
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
