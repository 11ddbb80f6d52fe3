"""The explorer's questions and its sign-in, over HTTP, by callers who see different things of the demo company."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from served import Served, eventually

BASE = "https://halden.example"
CUSTOMER = f"{BASE}/customer/10"
ONTOLOGY = f"{BASE}/ontology#"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"

pytestmark = pytest.mark.model


def ask(demo: Served, token: str | None, path: str, **asked: Any) -> httpx2.Response:
    return demo.http.post(f"/explore/{path}", json=asked, headers=demo.headers(token))


def said(demo: Served, token: str | None, path: str, **asked: Any) -> dict[str, Any]:
    answer = ask(demo, token, path, **asked)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def predicates(node: dict[str, Any]) -> set[str]:
    return {triple["predicate"]["iri"] for triple in node["triples"]}


def test_two_callers_see_two_nodes_of_one_name(demo: Served) -> None:
    refund = said(demo, "support_refund", "node", iri=CUSTOMER)
    question = said(demo, "support_question", "node", iri=CUSTOMER)
    assert {f"{ONTOLOGY}cardNumber", f"{ONTOLOGY}iban"} <= predicates(refund) - predicates(question)
    groups = {(group["property"]["iri"], group["direction"]) for group in refund["groups"]}
    assert (f"{ONTOLOGY}orders", "out") in groups and (f"{ONTOLOGY}orderedBy", "in") in groups
    assert f"{BASE}/source/crm/customer/10#payment" in str(refund)
    assert "payment" not in str(question).lower(), "neither a graph nor a property nor a class tells of it"
    orders = [triple for triple in refund["triples"] if triple["predicate"]["iri"] == f"{ONTOLOGY}orders"]
    assert orders and all(triple["inferred"] and triple["sources"] for triple in orders)


def test_hidden_and_absent_are_the_same_bytes_but_for_the_name(demo: Served) -> None:
    absent = f"{BASE}/customer/XY"
    for token in ("no_rights", None):
        hidden, nothing = (ask(demo, token, "node", iri=iri) for iri in (CUSTOMER, absent))
        assert hidden.status_code == nothing.status_code == 404
        assert hidden.content.replace(CUSTOMER.encode(), absent.encode()) == nothing.content
        assert hidden.headers.keys() == nothing.headers.keys()
        for asked in (
            {"property": RDF_TYPE, "direction": "out"},
            {"property": f"{ONTOLOGY}orders", "direction": "out"},
        ):
            pages = [ask(demo, token, "expand", iri=iri, **asked) for iri in (CUSTOMER, absent)]
            assert pages[0].content == pages[1].content
    assert said(demo, "no_rights", "links", iris=[CUSTOMER, f"{ONTOLOGY}Customer"]) == {"links": []}


def test_the_vocabulary_is_the_callers_own(demo: Served) -> None:
    classes = {
        token: {one["iri"]: one["count"] for one in said(demo, token, "vocabulary")["classes"]}
        for token in ("support_refund", "support_question", "no_rights")
    }
    assert f"{ONTOLOGY}Payment" in classes["support_refund"]
    assert f"{ONTOLOGY}Payment" not in classes["support_question"]
    assert classes["support_question"][f"{ONTOLOGY}Customer"] == 25
    assert f"{ONTOLOGY}Customer" not in classes["no_rights"]
    prefixes = said(demo, "support_refund", "vocabulary")["prefixes"]
    assert prefixes["ambit"] == "https://w3id.org/ambit#" and ONTOLOGY in prefixes.values()


def test_pages_of_a_class_lead_through_all_of_it(demo: Served) -> None:
    asked = {"iri": f"{ONTOLOGY}Customer", "property": RDF_TYPE, "direction": "in", "first": 10}
    listed: list[str] = []
    after = None
    while True:
        page = said(demo, "support_question", "expand", **asked, after=after)
        assert page["total"] == 25
        listed += [node["iri"] for node in page["nodes"]]
        if (after := page["next"]) is None:
            break
    assert len(listed) == 25 and listed == sorted(set(listed))
    answer = ask(demo, "support_refund", "expand", **{**asked, "after": "AAAA"})
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor-invalid")


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("node", {}),
        ("node", {"iri": 1}),
        ("expand", {"iri": "urn:a", "property": "urn:b"}),
        ("expand", {"iri": "urn:a", "property": "urn:b", "direction": "up"}),
        ("expand", {"iri": "urn:a", "property": "urn:b", "direction": "in", "first": 201}),
        ("expand", {"iri": "urn:a", "property": "urn:b", "direction": "in", "first": 0}),
        ("expand", {"iri": "urn:a", "property": "urn:b", "direction": "in", "first": True}),
        ("expand", {"iri": "urn:a", "property": "urn:b", "direction": "in", "after": 1}),
        ("links", {"iris": "urn:a"}),
        ("links", {"iris": [1]}),
        ("links", {"iris": ["urn:a"] * 1001}),
        ("node", {"iri": "urn:" + "a" * 9999}),
        ("links", {"iris": ["urn:" + "a" * 9999]}),
        ("node", {"iri": "urn:a", "junk": "x"}),
        ("vocabulary", {"junk": "[" * 1000}),
    ],
)
def test_a_question_that_does_not_fit_is_refused(demo: Served, path: str, asked: dict[str, Any]) -> None:
    answer = ask(demo, "support_refund", path, **asked)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-argument")


@pytest.mark.parametrize(
    "iri",
    [
        "",
        "no iri",
        "urn:a> } ; DROP ALL #",
        "urn:\0",
        'x" } UNION { ?s ?p ?o } #',
        "_:b",
    ],
)
def test_a_name_that_is_none_names_nothing(demo: Served, iri: str) -> None:
    answer = ask(demo, "support_refund", "node", iri=iri)
    assert answer.status_code == (400 if iri == "" else 404)
    page = ask(demo, "support_refund", "expand", iri=iri or "x", property=iri or "x", direction="in")
    assert page.json() == {"nodes": [], "next": None, "total": 0}
    assert ask(demo, "support_refund", "links", iris=[iri, iri]).json() == {"links": []}


def test_only_json_by_post_is_a_question(demo: Served) -> None:
    head = demo.headers("support_refund")
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        answer = demo.http.post("/explore/vocabulary", content=b"{}", headers={**head, "Content-Type": kind})
        assert (answer.status_code, answer.json()["code"]) == (415, "media-type")
    for body in (b"", b"[]", b"{", b"\xff"):
        answer = demo.http.post(
            "/explore/vocabulary", content=body, headers={**head, "Content-Type": "application/json"}
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert demo.http.get("/explore/vocabulary", headers=head).status_code == 405


@pytest.fixture
def browser(demo: Served) -> Iterator[httpx2.Client]:
    """What a page of the server's own sends, with a jar for its cookie."""
    url = demo.said["url"]
    head = {"Origin": url, "Sec-Fetch-Site": "same-origin"}
    with httpx2.Client(base_url=url, headers=head, timeout=60, trust_env=False) as client:
        yield client


def test_a_session_is_as_good_as_its_token(demo: Served, browser: httpx2.Client) -> None:
    cards = "{ customers(first: 3) { nodes { cardNumber } } }"
    sparql = {"Content-Type": "application/sparql-query", "Accept": "text/csv"}
    count = "SELECT (COUNT(*) AS ?n) WHERE { ?c a <https://halden.example/ontology#Payment> }"
    assert "errors" in browser.post("/graphql", json={"query": cards}).json()
    token = demo.tokens["support_refund"]
    signed = browser.post("/session", json={"token": token})
    assert (signed.status_code, signed.json()["user"]) == (200, f"{BASE}/people/support-3")
    by_cookie = browser.post("/graphql", json={"query": cards})
    by_token = demo.http.post("/graphql", json={"query": cards}, headers=demo.headers("support_refund"))
    assert by_cookie.json()["data"] == by_token.json()["data"]
    ambit = by_cookie.json()["extensions"]["ambit"]
    assert ambit["purpose"] == f"{BASE}/purpose/refund-handling"
    assert by_cookie.headers["ambit-run"] == ambit["run"]
    assert by_cookie.headers["ambit-revision"] == by_token.headers["ambit-revision"]
    rows = browser.post("/sparql", content=count.encode(), headers=sparql)
    assert (
        rows.text
        == demo.http.post(
            "/sparql", content=count.encode(), headers={**sparql, **demo.headers("support_refund")}
        ).text
    )
    assert browser.post("/explore/node", json={"iri": CUSTOMER}).json() == said(
        demo, "support_refund", "node", iri=CUSTOMER
    )
    assert (
        browser.post(
            "/graphql",
            json={"query": "{ me { iri } }"},
            headers={"Ambit-Purpose": "https://w3id.org/ambit#Administration"},
        ).json()["code"]
        == "purpose-refused"
    )
    for answer in (signed, by_cookie, rows, browser.get("/session")):
        assert token not in answer.text + str(answer.headers)
    browser.delete("/session")
    assert "errors" in browser.post("/graphql", json={"query": cards}).json()


def test_a_link_or_another_sites_page_asks_in_nobodys_name(demo: Served, browser: httpx2.Client) -> None:
    browser.post("/session", json={"token": demo.tokens["support_refund"]})
    me = "{ me { iri } }"
    assert (
        browser.post("/graphql", json={"query": me}).json()["data"]["me"]["iri"] == f"{BASE}/people/support-3"
    )
    anonymous = "https://w3id.org/ambit#Anonymous"
    for head in (
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        got = browser.get("/graphql", params={"query": me}, headers=head)
        assert got.json()["data"]["me"]["iri"] == anonymous, "a GET is nobody's"
    cross = browser.post("/graphql", json={"query": me}, headers={"Sec-Fetch-Site": "cross-site"})
    assert cross.json()["data"]["me"]["iri"] == anonymous
    foreign = browser.post("/graphql", json={"query": me}, headers={"Origin": "http://evil.example"})
    assert (foreign.status_code, foreign.json()["code"]) == (403, "foreign-origin")


def test_the_page_needs_no_token_and_says_nothing_of_the_workspace(demo: Served) -> None:
    answer = demo.http.get("/")
    assert answer.status_code in (200, 503)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "halden" not in answer.text.lower() and "set-cookie" not in answer.headers
    assert demo.http.head("/").status_code == answer.status_code


def test_a_run_of_the_explorer_tells_what_was_asked_and_handed_out(demo: Served) -> None:
    run = ask(demo, "support_refund", "node", iri=CUSTOMER).headers["ambit-run"]
    query = "query ($iri: ID!) { run(iri: $iri) { user handed } }"
    told = eventually(lambda: demo.data("support_refund", query, iri=run)["run"])
    assert told["user"] == f"{BASE}/people/support-3"
    told = eventually(lambda: (demo.data("support_refund", query, iri=run)["run"] or {}).get("handed"))
    assert told and all(compartment.startswith("urn:ambit:compartment:") for compartment in told)
