"""What a request says of itself: the decision it serves opens what is open to it, a reason breaks a glass; both are recorded."""

import hashlib
from collections.abc import Iterator

import httpx2
import pytest
from liveworld import Live, eventually, live

from ambit.graph.terms import Literal, NamedNode
from ambit.graph.vocabulary import AMBIT, node
from ambit.graph.words import Role

GOVERNANCE = """
@prefix ambit: <https://w3id.org/ambit#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix my: <https://example.com/id/> .
ambit:Internal ambit:isOpenToDecision ambit:Advice , my:triage .
my:letter a ambit:DecisionKind ; skos:broader ambit:Advice . my:triage a ambit:DecisionKind .
my:eve a foaf:Person . my:flood a skos:Concept ; skos:broader ambit:Emergency .
[] a ambit:BreakGlass ; ambit:isGrantedTo my:eve ; ambit:grants my:pages ; ambit:expires "2999-01-01T00:00:00Z"^^xsd:dateTime .
"""
COUNT = "SELECT (COUNT(*) AS ?n) { ?s a <https://w3id.org/ambit#Page> }"
EVE, MY = "https://example.com/id/eve", "https://example.com/id/"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("claims") / "w"
    with live(folder, added={"governance/claims.ttl": GOVERNANCE}) as server:
        yield server


def asked(server: Live, token: str | None = None, **headers: str | bytes) -> httpx2.Response:
    """What a request with some headers is answered."""
    said = {name.replace("_", "-"): v if isinstance(v, bytes) else v.encode() for name, v in headers.items()}
    said |= {"Authorization": f"Bearer {token or server.token()}".encode(), "Accept": b"application/json"}
    return httpx2.get(
        f"http://127.0.0.1:{server.port}/sparql",
        params={"query": COUNT},
        headers={name.encode(): value for name, value in said.items()},
        timeout=30,
        trust_env=False,
    )


def pages(server: Live, token: str | None = None, **headers: str) -> int:
    """How many pages there are for such a request."""
    (row,) = asked(server, token, **headers).raise_for_status().json()["results"]["bindings"]
    return int(row["n"]["value"])


@pytest.mark.parametrize(
    ("decision", "opens"),
    [
        (None, False),
        (AMBIT.EXECUTION, False),
        (AMBIT.ADVICE, True),
        (MY + "letter", True),
        (MY + "triage", True),
        (MY + "Letter", False),
        ("urn:unheard", False),
    ],
)
def test_an_answer_may_serve_what_its_data_are_open_to(
    server: Live, decision: str | None, opens: bool
) -> None:
    count = pages(server, **({"Ambit_Decision": decision} if decision else {}))
    assert bool(count) == opens
    assert server.said("request")[-1].get("serves") == decision


def test_a_glass_is_broken_by_a_reason_and_both_are_recorded(server: Live) -> None:
    token, purpose = server.token(EVE), MY + "flood"
    advice = {"Ambit_Decision": AMBIT.ADVICE}
    assert pages(server, token, Ambit_Purpose=purpose, **advice) == 0  # internal: open to any purpose
    assert pages(server, token, Ambit_Purpose=purpose, Ambit_Reason="because", **advice) == 0
    assert pages(server, token, Ambit_Reason="the cellar is under water", **advice) == 0
    said = "der Keller läuft voll"
    assert pages(server, token, Ambit_Purpose=purpose, Ambit_Reason=said, **advice) > 0
    entry = server.said("request")[-1]
    assert entry["reason"] == hashlib.sha256(said.encode()).hexdigest()
    assert "urn:ambit:rule:emergency/glass" in entry["rules"]  # type: ignore[operator]
    server.layers.projector.start()
    run = NamedNode(str(entry["run"]))
    system = frozenset({Role.SYSTEM})
    eventually(lambda: list(server.layers.owner.match(run, node(AMBIT.REASON), Literal(said), system)))
    assert list(server.layers.owner.match(run, node(AMBIT.SERVES_DECISION), node(AMBIT.ADVICE), system))


@pytest.mark.parametrize(
    "headers",
    [
        {"Ambit_Decision": "advice"},
        {"Ambit_Decision": ""},
        {"Ambit_Decision": "urn:a b"},
        {"Ambit_Decision": "urn:" + "a" * 2_000},
        {"Ambit_Reason": "a\tb"},
        {"Ambit_Reason": "a" * 2_001},
        {"Ambit_Reason": b"\xff"},
    ],
)
def test_what_they_cannot_be_is_refused(server: Live, headers: dict[str, str | bytes]) -> None:
    before = server.entries()
    refused = asked(server, **headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid")
    assert server.entries() == before


def test_they_stand_once(server: Live) -> None:
    client = server.ask(COUNT, more="Ambit-Reason: one\r\nAmbit-Reason: two\r\n")
    client.read(20)
    assert client.data.startswith(b"HTTP/1.1 400")
