"""The demo company shows what it promises, to a stranger who has only its URL and its tokens."""

import shutil
import time
from typing import Any

import pytest
from served import Served, eventually

pytestmark = [pytest.mark.model, pytest.mark.timeout(240)]

CUSTOMERS = "{ customers(first: 200) { totalCount nodes { iri name country } } }"
CARDS = "SELECT ?value WHERE { ?thing ?property ?value FILTER(STRSTARTS(STR(?value), '4000 00') || STRSTARTS(STR(?value), 'ZZ00')) }"


def _field_names(demo: Served, token: str, type_name: str) -> set[str]:
    found = demo.data(
        token, "query T($name: String!) { __type(name: $name) { fields { name } } }", name=type_name
    )
    return {field["name"] for field in found["__type"]["fields"]}


def test_payment_data_is_there_to_handle_a_refund_and_not_for_a_question(demo: Served) -> None:
    refund = demo.data("support_refund", "{ customers(first: 5) { nodes { name cardNumber iban } } }")
    assert all(node["cardNumber"].startswith("4000 00") for node in refund["customers"]["nodes"])
    assert len(demo.rows("support_refund", CARDS)) > 10

    question = demo.graphql("support_question", "{ customers(first: 5) { nodes { name cardNumber } } }")
    wrong = demo.graphql("support_question", "{ customers(first: 5) { nodes { name noSuchField } } }")
    assert (
        question["errors"][0]["message"].replace("cardNumber", "noSuchField") == wrong["errors"][0]["message"]
    )
    assert "cardNumber" not in _field_names(demo, "support_question", "Customer")
    assert "cardNumber" in _field_names(demo, "support_refund", "Customer")
    assert demo.rows("support_question", CARDS) == []


def test_no_count_and_no_path_tells_of_payment_data(demo: Served) -> None:
    for query in (
        "SELECT (COUNT(*) AS ?n) WHERE { ?p a <https://halden.example/ontology#Payment> }",
        "SELECT (COUNT(*) AS ?n) WHERE { ?o (<https://halden.example/ontology#payments>|^<https://halden.example/ontology#paysFor>)+ ?p }",
        "SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?c <https://halden.example/ontology#cardNumber> ?card } }",
    ):
        assert demo.rows("support_question", query) == [{"n": "0"}], query
        assert demo.rows("support_refund", query) != [{"n": "0"}], query


def test_the_agent_gets_no_more_than_the_person_it_acts_for(demo: Served) -> None:
    assert demo.rows("no_rights", "SELECT * WHERE { ?c a <https://halden.example/ontology#Customer> }") == []
    assert "errors" in demo.graphql("no_rights", CUSTOMERS)
    assert demo.data("no_rights", '{ search(text: "refund") { nodes { iri } } }') == {"search": {"nodes": []}}
    assert demo.rows(None, "SELECT * WHERE { ?s ?p ?o }") == []


def test_customers_are_those_assigned_to_the_specialist(demo: Served) -> None:
    seen = demo.data("support_question", CUSTOMERS)["customers"]
    everything = demo.data("admin", CUSTOMERS)["customers"]
    assert everything["totalCount"] == 200
    assert seen["totalCount"] == 25 == len(seen["nodes"])


def _classified(demo: Served) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    query = """{ tickets(first: 100) { nodes { iri raisedBy { country segment }
        classify(labels: ["refund", "technical problem", "praise"]) { label score } } } }"""
    answer = demo.graphql("support_refund", query)
    assert "errors" not in answer, answer["errors"]
    return answer["extensions"]["ambit"], answer["data"]["tickets"]["nodes"]


def _run(demo: Served, token: str, iri: str) -> dict[str, Any]:
    query = """query R($iri: ID!) { run(iri: $iri) { iri user agents purpose decision rules handed started ended
        steps { task deployment site version count handed started ended } } }"""
    return eventually(lambda: (run := demo.data(token, query, iri=iri)["run"]) and run["ended"] and run)


def test_a_run_names_what_was_handed_over_and_no_more(demo: Served) -> None:
    def handed(query: str) -> set[str]:
        run = demo.graphql("support_refund", query)["extensions"]["ambit"]["run"]
        return set(eventually(lambda: _run(demo, "support_refund", run)["handed"]))

    names = handed("{ customers(first: 3) { nodes { name } } }")
    cards = handed("{ customers(first: 3) { nodes { name cardNumber } } }")
    everything = handed("{ customers(first: 1) { totalCount } }")
    assert names < cards, "a card number stands in a compartment of its own"
    assert len(names) <= 3 and names < everything, "a count speaks of all that it counts"
    orders = handed("{ customers(first: 20) { nodes { orders(first: 1) { total } } } }")
    assert orders - names, "what a link leads to is handed over, too"


def test_a_classification_is_computed_where_the_data_may_be(demo: Served) -> None:
    eventually(lambda: demo.http.get("/readyz").status_code == 200)
    said, nodes = eventually(lambda: (found := _classified(demo))[0]["deployments"] and found, 60)
    spaces = {
        ("CA" if n["raisedBy"]["country"] == "CA" else n["raisedBy"]["segment"], bool(n["classify"]))
        for n in nodes
    }
    assert ("CA", True) not in spaces, "no site may compute on Canadian data"
    assert any(n["classify"] for n in nodes if n["raisedBy"]["country"] == "DE")
    run = _run(demo, "support_refund", said["run"])
    assert (run["user"], run["agents"]) == (
        "https://halden.example/people/support-3",
        ["https://halden.example/agent/support"],
    )
    assert run["purpose"] == "https://halden.example/purpose/refund-handling"
    assert run["rules"] and run["handed"] and run["ended"] >= run["started"]
    sites = {step["site"].rpartition("/")[2]: step for step in run["steps"]}
    assert {"eu"} < set(sites) <= {"eu", "us", "us-hospital"}
    assert all(step["version"] and step["deployment"] and step["handed"] for step in run["steps"])
    labels = demo.rows(
        "admin",
        "SELECT ?c ?j WHERE { GRAPH ?g { ?c <https://w3id.org/ambit#hasJurisdiction> ?j } }",
    )
    spaces_of: dict[str, set[str]] = {}
    for row in labels:
        spaces_of.setdefault(row["c"], set()).add(row["j"].rpartition("#")[2])
    allowed = {"eu": {"EU"}, "us": {"US"}, "us-hospital": {"US", "USHealth"}}
    for site, step in sites.items():
        for compartment in step["handed"]:
            assert spaces_of[compartment] <= allowed[site], (site, compartment)


def test_provenance_is_found_by_sparql(demo: Served) -> None:
    answer = demo.sparql(
        "support_question",
        "SELECT (COUNT(*) AS ?n) WHERE { ?c a <https://halden.example/ontology#Customer> }",
    )
    run = answer.headers["Ambit-Run"]
    rows = eventually(
        lambda: demo.rows(
            "support_question",
            f"""SELECT ?user ?purpose ?rule WHERE {{ GRAPH ?g {{ <{run}> <https://w3id.org/ambit#user> ?user ;
                <https://w3id.org/ambit#purpose> ?purpose ; <https://w3id.org/ambit#decision> ?decision .
                ?decision <https://w3id.org/ambit#decidedBy> ?rule }} }}""",
        )
    )
    assert {row["user"] for row in rows} == {"https://halden.example/people/support-3"}
    assert any("assigned" in row["rule"] for row in rows)
    other = f"SELECT * WHERE {{ GRAPH ?g {{ <{run}> ?p ?o }} }}"
    assert demo.rows("no_rights", other) == [], "a run belongs to whoever made the request"


def test_a_page_dropped_into_the_folder_is_found(demo: Served) -> None:
    search = '{ search(text: "frozen ground sample shipments", first: 3) { nodes { label snippet } } }'
    page = demo.workspace / "pages" / "support" / "frozen.md"
    page.write_text(
        "---\ntitle: Frozen ground samples\n---\nShipments of frozen ground samples need dry ice.\n"
    )
    nodes = eventually(
        lambda: [
            n
            for n in demo.data("support_question", search)["search"]["nodes"]
            if n["label"] == "Frozen ground samples"
        ]
    )
    assert "dry ice" in nodes[0]["snippet"]
    page.unlink()
    eventually(lambda: "Frozen ground samples" not in str(demo.data("support_question", search)))


def test_how_long_a_refund_takes(demo: Served) -> None:
    nodes = demo.data(
        "support_question",
        '{ search(text: "how long does a refund take", first: 3) { nodes { label snippet } } }',
    )["search"]["nodes"]
    assert any("working days" in node["snippet"] for node in nodes)


def test_a_suppliers_list_in_cents_leaves_two_findings_and_no_broken_row(demo: Served) -> None:
    items = "SELECT ?item ?price WHERE { ?item <https://halden.example/ontology#unitPrice> ?price }"
    assert len(demo.rows("support_question", items)) == 40
    shutil.copy(demo.workspace / "arrivals" / "prices-2026-11.csv", demo.workspace / "supplier")
    eventually(lambda: len(demo.rows("support_question", items)) > 40)
    found = eventually(
        lambda: (
            (
                # an administrator's view is the largest: on a busy machine its first query may come too early
                nodes := (
                    demo.graphql(
                        "admin", "{ findings(first: 100) { nodes { code about evidence message } } }"
                    ).get("data")
                    or {"findings": {"nodes": []}}
                )["findings"]["nodes"]
            )
            and {"drift-changed-unit", "drift-outside-enumeration"} <= {node["code"] for node in nodes}
            and nodes
        )
    )
    assert all(node["evidence"] for node in found if node["code"].startswith("drift-"))
    prices = {row["item"].rpartition("/")[2]: row["price"] for row in demo.rows("support_question", items)}
    assert len(prices) == 78
    assert not {"HX-2007", "HX-2021"} & set(prices), "broken rows are in quarantine, not in any answer"
    quarantined = demo.rows(
        "admin",
        "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?item a <https://halden.example/ontology#Item> } FILTER(CONTAINS(STR(?g), 'quarantine')) }",
    )
    assert len(quarantined) == 2
    assert (
        demo.rows(
            "support_question",
            "SELECT ?g WHERE { GRAPH ?g { ?s ?p ?o } FILTER(CONTAINS(STR(?g), 'quarantine')) }",
        )
        == []
    )


def test_a_changed_rule_is_in_force_within_a_second_or_two(demo: Served) -> None:
    rule = demo.workspace / "rules" / "no-crm.rq"
    count = "SELECT (COUNT(*) AS ?n) WHERE { ?c a <https://halden.example/ontology#Customer> }"
    before = demo.rows("support_question", count)
    assert before == [{"n": "25"}]
    rule.write_text(
        "# title: nobody reads the customer database today\n# family: demo\n# effect: deny\n# action: read\n"
        "# description: a rule for the test\n# reads:\n"
        "PREFIX ambit: <https://w3id.org/ambit#>\n"
        "SELECT ?compartment ?actor WHERE { ?compartment ambit:comesFrom <https://halden.example/source/crm> }\n"
    )
    started = time.monotonic()
    eventually(lambda: demo.rows("support_question", count) == [{"n": "0"}], 10)
    assert time.monotonic() - started < 10
    rule.write_text("# title: broken\nSELECT nothing")
    time.sleep(1)
    assert demo.rows("support_question", count) == [{"n": "0"}], (
        "a broken file leaves its last good version in force"
    )
    rule.unlink()
    eventually(lambda: demo.rows("support_question", count) == before, 10)


def test_governance_decides_and_data_does_not(demo: Served) -> None:
    page = demo.workspace / "pages" / "handbook" / "grab.md"
    page.write_text(
        "---\ntitle: Grab\nisAssignedTo: https://halden.example/people/visitor\n---\n"
        "<https://halden.example/customer/1> ambit:isAssignedTo <https://halden.example/people/visitor> .\n"
    )
    eventually(lambda: demo.rows("support_question", "SELECT * WHERE { ?page ?title 'Grab' }"))
    assert demo.rows("no_rights", "SELECT * WHERE { ?c a <https://halden.example/ontology#Customer> }") == []
    page.unlink()


def test_an_explanation_names_rule_and_triples(demo: Served) -> None:
    customer = demo.data("support_question", CUSTOMERS)["customers"]["nodes"][0]["iri"]
    why = "query W($iri: ID!) { explain(iri: $iri) { permitted rules triples sentence missing } }"
    said = demo.data("support_question", why, iri=customer)["explain"]
    assert said["permitted"] and any("assigned" in rule for rule in said["rules"])
    assert any("isAssignedTo" in triple for triple in said["triples"])
    hidden = demo.data("no_rights", why, iri=customer)["explain"]
    nothing = demo.data("no_rights", why, iri="https://halden.example/customer/99999")["explain"]
    assert hidden == nothing and not hidden["permitted"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("SELECT * WHERE { ?s ?p ?o", 400),
        ("SELECT * WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", 400),
        ("LOAD <file:///etc/passwd>", 400),
        ("{" * 3000, 413),
        ("SELECT * WHERE { " + "{" * 3000 + "}" * 3000 + " }", 413),
        ("#" * 10_000_000, 413),
        ("SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }", 504),
    ],
    ids=["syntax", "service", "load", "braces", "nested", "ten megabytes", "cross join"],
)
def test_bad_queries_are_refused_and_others_are_answered(demo: Served, query: str, status: int) -> None:
    answer = demo.sparql("support_question", query)
    assert answer.status_code in ({status, 400} if status == 413 else {status}), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] and answer.json()["detail"]
    assert demo.rows("support_question", "SELECT (1 AS ?one) WHERE {}") == [{"one": "1"}]


def test_unknown_purposes_and_tokens_are_refused(demo: Served) -> None:
    refused = demo.sparql(
        "support_question", "ASK {}", purpose="https://halden.example/purpose/refund-handling"
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "purpose-refused")
    assert (
        demo.sparql("support_question", "ASK {}", purpose="https://halden.example/purpose/none").status_code
        == 403
    )
    assert demo.sparql("not.a.token", "ASK {}").status_code == 401
