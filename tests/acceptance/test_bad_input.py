"""Bad input: each gives a typed error or a finding that names the place, keeps what was good, and harms nobody else."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from served import Served, eventually

pytestmark = [pytest.mark.model, pytest.mark.timeout(240)]

COUNTS = "SELECT ?class (COUNT(?thing) AS ?n) WHERE { ?thing a ?class } GROUP BY ?class ORDER BY ?class"
CUSTOMERS = "SELECT * WHERE { ?c a <https://halden.example/ontology#Customer> }"
FINDINGS = "{ findings(first: 200) { nodes { code about message evidence } } }"
TITLE = "SELECT ?title WHERE { <https://halden.example/source/%s> <http://purl.org/dc/terms/title> ?title }"
HEADER = (
    "# title: a rule for the test\n# family: demo\n# effect: {effect}\n# action: read\n"
    "# description: a rule for the test\n# reads:\n"
)
FROM_CRM = "?compartment <https://w3id.org/ambit#comesFrom> <https://halden.example/source/crm>"
BINARY = bytes(range(256)) * 16


def findings(demo: Served, *about: str) -> list[dict[str, Any]]:
    """Findings that the administrator sees; empty as well while a view is being built."""
    answer = demo.graphql("admin", FINDINGS)
    nodes = (answer.get("data") or {"findings": {"nodes": []}})["findings"]["nodes"]
    return [node for node in nodes if any(part in str(node["about"]) for part in about)]


def seen(demo: Served) -> dict[str, list[dict[str, str]]]:
    """What two callers see of the company: the state that bad input must not change."""
    return {who: demo.rows(who, COUNTS) for who in ("support_refund", "support_question", "no_rights")}


@contextmanager
def put(file: Path, content: bytes) -> Iterator[None]:
    """Saves a file, and mends what was done at the end."""
    before = file.read_bytes() if file.exists() else None
    file.write_bytes(content)
    try:
        yield
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_bytes(before)


def check(demo: Served, name: str, content: bytes, about: str, place: str, code: str) -> None:
    """`content` saved as `name` is a finding that names `place`; nothing else changes, and mending takes it back."""
    before = seen(demo)
    with put(demo.workspace / name, content):
        found = eventually(lambda: findings(demo, about), 30)
        assert {node["code"] for node in found} == {code}
        assert all(place in node["message"] + "".join(node["evidence"]) for node in found), found
        assert seen(demo) == before
    eventually(lambda: demo.graphql("admin", FINDINGS).get("data") and not findings(demo, about), 30)
    assert seen(demo) == before


@pytest.mark.parametrize(
    "name",
    [
        "ontology/halden.ttl",
        "shapes/halden.ttl",
        "governance/agents.ttl",
        "governance/purposes.ttl",
        "sources/supplier.ttl",
    ],
)
def test_a_turtle_file_that_breaks_keeps_its_last_good_version(demo: Served, name: str) -> None:
    good = (demo.workspace / name).read_bytes()
    broken = good + b'\n<urn:test:a> <urn:test:b> "never closed .\n'
    line = broken.count(b"\n")
    check(
        demo, name, broken, name.rpartition("/")[2].removesuffix(".ttl"), f"{name}:{line}", "source-invalid"
    )


def test_a_binary_page_is_a_finding_and_its_last_text_stays(demo: Served) -> None:
    title = TITLE % "support-pages/refunds"
    before = demo.rows("support_question", title)
    assert before
    name = "pages/support/refunds.md"
    check(demo, name, BINARY, "support-pages/refunds.md", f"{name}:", "source-invalid")
    assert demo.rows("support_question", title) == before
    check(
        demo, "pages/handbook/new.md", BINARY, "handbook/new.md", "pages/handbook/new.md:", "source-invalid"
    )


def test_a_list_that_lacks_a_column_is_a_finding_that_names_it(demo: Served) -> None:
    text = b"sku,name,status\r\nHX-9000,rotor,available\r\n"
    name = "supplier/prices-2026-12.csv"
    check(demo, name, text, "prices-2026-12", "lacks the column `price`", "source-invalid")


def test_a_list_that_loses_a_column_keeps_its_rows(demo: Served) -> None:
    name = "supplier/prices-2026-10.csv"
    lines = (demo.workspace / name).read_bytes().replace(b"sku,name,price,status", b"sku,name,cost,status")
    check(demo, name, lines, "prices-2026-10", "lacks the column `price`", "source-invalid")


@pytest.mark.parametrize(
    ("effect", "query", "line"),
    [
        ("permit", f"SELECT ?compartment ?actor WHERE {{\n {FROM_CRM}", 8),
        ("permit", f"SELECT ?compartment WHERE {{ {FROM_CRM} }}\n", 7),
        ("permit", f"SELECT ?compartment ?actor WHERE {{ {FROM_CRM} }}\n", 0),
        # it speaks of the actor, and gives to everybody all the same: only the stranger finds out
        (
            "permit",
            f"SELECT ?compartment ?actor WHERE {{ {FROM_CRM} OPTIONAL {{ ?actor <http://xmlns.com/foaf/0.1/name> ?x }} }}\n",
            0,
        ),
        ("whatever", f"SELECT ?compartment ?actor WHERE {{ {FROM_CRM} }}\n", 3),
    ],
    ids=["does not parse", "forgets a projection", "no actor", "stranger", "no such effect"],
)
def test_a_rule_that_is_refused_changes_nothing(demo: Served, effect: str, query: str, line: int) -> None:
    text = HEADER.format(effect=effect) + query
    place = f'"line":{line}' if line else "bad.rq"
    check(demo, "rules/bad.rq", text.encode(), "rules/bad.rq", place, "rule-invalid")
    assert demo.rows("no_rights", CUSTOMERS) == []


@pytest.mark.parametrize("effect", ["deny", "require"])
def test_a_broken_rule_that_takes_away_closes_until_it_is_mended(demo: Served, effect: str) -> None:
    """It never was in force, and what it was meant to close must not stay open because of a slip."""
    customers = "SELECT (COUNT(*) AS ?n) WHERE { ?c a <https://halden.example/ontology#Customer> }"
    header = HEADER.format(effect=effect).replace("# reads:", "# over: ambit:Compartment\n# reads:")
    header = header if effect == "require" else HEADER.format(effect=effect)
    with put(demo.workspace / "rules" / "slip.rq", (header + "SELECT ?compartment ?actor WHERE {").encode()):
        eventually(lambda: demo.rows("support_question", customers) == [{"n": "0"}])
        assert demo.http.get("/readyz").status_code == 200
    eventually(lambda: demo.rows("support_question", customers) == [{"n": "25"}])


def test_a_rule_that_breaks_stays_in_force_as_it_was(demo: Served) -> None:
    customers = "SELECT (COUNT(*) AS ?n) WHERE { ?c a <https://halden.example/ontology#Customer> }"
    good = HEADER.format(effect="deny") + f"SELECT ?compartment ?actor WHERE {{ {FROM_CRM} }}\n"
    with put(demo.workspace / "rules" / "closed.rq", good.encode()):
        eventually(lambda: demo.rows("support_question", customers) == [{"n": "0"}])
        (demo.workspace / "rules" / "closed.rq").write_text(good.replace("?actor WHERE", "WHERE"))
        eventually(lambda: findings(demo, "rules/closed.rq"), 30)
        assert demo.rows("support_question", customers) == [{"n": "0"}]
    eventually(lambda: demo.rows("support_question", customers) == [{"n": "25"}])


def local_key(demo: Served) -> ECKey:
    file = Path(demo.said["data"]) / "keys" / "issuer.json"
    return ECKey.import_key(json.loads(file.read_text()))


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    made = {
        "iss": "ambit-local",
        "aud": "ambit",
        "sub": "https://halden.example/people/engineering-lead",
        "purposes": ["https://w3id.org/ambit#Administration"],
        "iat": now - 100,
        "exp": now + 600,
    }
    return {name: value for name, value in (made | changed).items() if value is not None}


def signed(key: ECKey, **changed: Any) -> str:
    return jwt.encode({"alg": "ES256", "kid": key.kid or ""}, claims(**changed), key, algorithms=["ES256"])


def unsigned(header: dict[str, str]) -> str:
    parts = [
        urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims())
    ]
    return ".".join(parts) + "."


def test_tokens_that_prove_nothing_are_refused_alike(demo: Served) -> None:
    key = local_key(demo)
    assert demo.sparql(signed(key), "ASK {}").status_code == 200, "the claims are good where the key is"
    foreign = ECKey.generate_key("P-256", {"kid": key.kid or ""}, private=True)
    shared = OctKey.import_key(json.dumps(key.as_dict(private=False)))
    good = signed(key)
    forged = {
        "another key": signed(foreign),
        "no signature": unsigned({"alg": "none"}),
        "no signature, its case hidden": unsigned({"alg": "nOnE", "typ": "JWT"}),
        "the public key as a secret": jwt.encode({"alg": "HS256"}, claims(), shared, algorithms=["HS256"]),
        "signature cut": good.rpartition(".")[0] + ".",
        "payload exchanged": ".".join([good.split(".")[0], unsigned({}).split(".")[1], good.split(".")[2]]),
        "another issuer": signed(key, iss="somebody"),
        "another audience": signed(key, aud="elsewhere"),
        "no subject": signed(key, sub=None),
        "no expiry": signed(key, exp=None),
        "not yet": signed(key, nbf=int(time.time()) + 3600),
        "a subject that names nobody": signed(key, sub="engineering lead"),
        "an actor that is no object": signed(key, act="https://halden.example/agent/support"),
        "purposes that are no list": signed(key, purposes=7),
        "too long": signed(key, more="x" * 20_000),
        "no token": "not.a.token",
    }
    bodies = set()
    for what, token in forged.items():
        for path in ("/sparql", "/graphql"):
            answer = demo.http.get(
                path, params={"query": "ASK {}"}, headers={"Authorization": f"Bearer {token}"}
            )
            assert answer.status_code == 401, what
            assert answer.headers["www-authenticate"].startswith("Bearer")
            bodies.add(answer.json()["code"])
    assert bodies == {"token-invalid"}
    expired = demo.sparql(signed(key, exp=int(time.time()) - 60), "ASK {}")
    assert (expired.status_code, expired.json()["code"]) == (401, "token-expired")
    basic = demo.http.get("/sparql", params={"query": "ASK {}"}, headers={"Authorization": "Basic YTpi"})
    assert (basic.status_code, basic.json()["code"]) == (401, "unauthenticated")
    assert demo.rows("support_question", "SELECT (1 AS ?one) {}") == [{"one": "1"}]


def test_an_unknown_purpose_reads_like_one_that_is_not_ones_own(demo: Served) -> None:
    answers = [
        demo.sparql("support_question", "ASK {}", purpose=f"https://halden.example/purpose/{name}")
        for name in ("refund-handling", "payroll", "no-such-purpose")
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (403, "purpose-refused")
    assert answers[0].json()["detail"].replace("refund-handling", "x") == answers[2].json()["detail"].replace(
        "no-such-purpose", "x"
    )


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b'{"query": "{ customers', JSON, 400, "graphql-request"),
        (b"", JSON, 400, "graphql-request"),
        (b'"query"', JSON, 400, "graphql-request"),
        (b'[{"query": "{ __typename }"}]', JSON, 400, "graphql-request"),
        (b'{"query": 7}', JSON, 400, "graphql-request"),
        (b'{"query": "{ __typename }", "variables": [1]}', JSON, 400, "graphql-request"),
        (b'{"query": "\xff"}', JSON, 400, "graphql-request"),
        (b'{"query": "{ __typename }"}', {"Content-Type": "text/plain"}, 415, "media-type"),
        (b"query=%7B__typename%7D", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "media-type"),
        (b'{"query": "{ __typename }"}', {}, 415, "media-type"),
        (b'{"query": "' + b"#" * 10_000_000 + b'"}', JSON, 413, "too-large"),
    ],
    ids=[
        "malformed",
        "empty",
        "string",
        "batch",
        "number",
        "variables",
        "bytes",
        "plain",
        "form",
        "none",
        "long",
    ],
)
def test_what_is_no_graphql_request_is_a_problem(
    demo: Served, body: bytes, kind: dict[str, str], status: int, code: str
) -> None:
    answer = demo.http.post("/graphql", content=body, headers=demo.headers("support_question") | kind)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "query",
    [
        "{ a " * 10_000 + "}" * 10_000,
        "{ customers { nodes " + "{ orders { nodes " * 500 + "{ iri }" + "} }" * 500 + "} }",
        "{ " + " ".join(f"a{n}: customers {{ totalCount }}" for n in range(1000)) + " }",
        "{ customers { totalCount " + "@include(if: true) " * 5000 + "} }",
        "{ customers(first: " + "[" * 5000 + "]" * 5000 + ") { totalCount } }",
        "query Q { ...A } " + " ".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(500)),
        "fragment A on Query { ...B } fragment B on Query { ...A } { ...A }",
    ],
    ids=["deep", "connections", "aliases", "directives", "lists", "fragments", "cycle"],
)
def test_a_graphql_operation_that_asks_for_too_much_is_refused(demo: Served, query: str) -> None:
    started = time.monotonic()
    answer = demo.graphql("support_question", query)
    assert time.monotonic() - started < 5
    assert answer.get("data") is None
    assert {error["extensions"]["code"] for error in answer["errors"]} <= {
        "too-large",
        "graphql-validation",
        "graphql-syntax",
    }
    assert len(json.dumps(answer)) < 20_000, "a refusal is short"
    assert demo.data("support_question", "{ customers { totalCount } }")["customers"]["totalCount"] == 25


def test_introspection_shows_no_more_than_there_is_to_see(demo: Served) -> None:
    whole = "{ __schema { types { name fields { name } } queryType { fields { name } } } }"
    admin, nobody = demo.data("admin", whole), demo.data("no_rights", whole)
    anonymous = demo.data(None, whole)
    names = {t["name"] for t in nobody["__schema"]["types"]}
    assert {"Customer", "Payment", "Ticket"} <= {t["name"] for t in admin["__schema"]["types"]}
    assert not {"Customer", "Payment", "Order", "Ticket", "Hospital", "Contract"} & names
    assert "halden" not in json.dumps(anonymous).lower()
    fields = {f["name"] for t in nobody["__schema"]["types"] for f in t["fields"] or ()}
    assert not {"cardNumber", "iban", "salary", "raisedBy"} & fields
    hidden = demo.graphql("no_rights", '{ __type(name: "Customer") { name } }')
    absent = demo.graphql("no_rights", '{ __type(name: "NoSuchType") { name } }')
    assert hidden["data"] == absent["data"] == {"__type": None}
    assert {**hidden["extensions"]["ambit"], "run": ""} == {**absent["extensions"]["ambit"], "run": ""}


@pytest.mark.parametrize("path", ["/nothing", "/sparql/", "/.ambit/keys/issuer.json", "/../etc/passwd"])
def test_there_is_nothing_at_other_paths(demo: Served, path: str) -> None:
    answer = demo.http.get(path, headers=demo.headers("admin"))
    assert answer.status_code in (404, 307), "no page lists anything"
    if answer.status_code == 404:
        assert answer.json()["code"] == "not-found"


def test_a_query_that_never_ends_leaves_others_their_answers(demo: Served) -> None:
    cross = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    with ThreadPoolExecutor(4) as pool:
        head = {**demo.headers("support_question"), "Prefer": "wait=2"}
        endless = [
            pool.submit(demo.http.post, "/sparql", data={"query": cross}, headers=head) for _ in range(3)
        ]
        for _ in range(10):
            assert demo.rows("support_refund", "SELECT (1 AS ?one) {}") == [{"one": "1"}]
        answers = [future.result() for future in endless]
    assert {answer.status_code for answer in answers} == {504}
    assert {answer.json()["code"] for answer in answers} == {"timeout"}
