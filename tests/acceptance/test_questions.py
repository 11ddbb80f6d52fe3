"""Questions to the served demo company: sentences with their sources, type-ahead, what is alike, and where it is computed."""

import json
from typing import Any

import pytest
from served import Served, eventually

pytestmark = [pytest.mark.model, pytest.mark.timeout(240)]

ASK = "query A($q: String!, $n: Int) { ask(question: $q, first: $n) { text citations { iri quote source } run } }"
RUN = "query R($iri: ID!) { run(iri: $iri) { ended handed steps { task site count handed } } }"
REFUND = "how long does a refund take"
SUPPORT = "https://halden.example/source/support-pages/"


def ask(demo: Served, token: str, question: str, first: int = 3) -> dict[str, Any]:
    answer: dict[str, Any] = demo.data(token, ASK, q=question, n=first)["ask"]
    return answer


def test_how_long_a_refund_takes(demo: Served) -> None:
    answer = ask(demo, "support_question", REFUND)
    first = answer["citations"][0]
    assert first == {
        "iri": f"{SUPPORT}refunds",
        "quote": "A refund takes five working days from the day on which we receive the goods.",
        "source": f"{SUPPORT}refunds.md",
    }
    assert answer["text"].startswith(first["quote"])
    page = (demo.workspace / "pages" / "support" / "refunds.md").read_text(encoding="utf-8")
    assert first["quote"] in page


def test_the_text_is_made_of_the_quotes_alone(demo: Served) -> None:
    for question in (
        REFUND,
        "who approves a refund",
        "what must I not write into a ticket",
        "how many days of leave",
    ):
        answer = ask(demo, "support_question", question, 5)
        rest = answer["text"]
        for cited in answer["citations"]:
            assert rest.startswith(cited["quote"]), question
            rest = rest[len(cited["quote"]) :].lstrip(" \n")
        assert rest == ""
        quotes = [cited["quote"] for cited in answer["citations"]]
        assert quotes and len(set(quotes)) == len(quotes)


def test_nothing_visible_reads_as_nothing_there(demo: Served) -> None:
    def said(token: str | None, question: str) -> bytes:
        answer = demo.data(token, ASK, q=question, n=3)["ask"]
        assert answer.pop("run")
        return json.dumps(answer).encode()

    nothing = said("support_question", "who painted the ceiling of the chapel")
    assert nothing == b'{"text": "Nothing found", "citations": []}'
    for question in (REFUND, "zzqx vwpt", "", "what is the country of Umea Laboratories 10"):
        assert said("no_rights", question) == nothing
        assert said(None, question) == nothing
    assert said("support_question", "4000 00") == nothing, "a card number is data of another purpose"


def test_a_fact_is_told_of_who_is_named(demo: Served) -> None:
    customer = demo.data("support_question", "{ customers(first: 1) { nodes { iri name segment country } } }")
    node = customer["customers"]["nodes"][0]
    answer = ask(demo, "support_question", f"which segment is {node['name'].upper()} in", 1)
    (cited,) = answer["citations"]
    assert cited["iri"] == node["iri"]
    assert cited["quote"] == f"{node['name']}: segment {node['segment']}"
    assert cited["source"].startswith("https://halden.example/source/crm/")
    assert ask(demo, "no_rights", f"which segment is {node['name']} in")["citations"] == []


def test_a_value_leads_to_those_who_have_it(demo: Served) -> None:
    answer = ask(demo, "support_question", "which customers are in SE", 20)
    wanted = demo.data("support_question", '{ customers(filter: {country: {eq: "SE"}}) { nodes { iri } } }')[
        "customers"
    ]["nodes"]
    found = {cited["iri"] for cited in answer["citations"] if cited["quote"].endswith(": country SE")}
    assert found and found <= {node["iri"] for node in wanted}


def test_sentences_of_tickets_are_computed_on_where_their_customers_may_be(demo: Served) -> None:
    eventually(lambda: demo.http.get("/readyz").status_code == 200)

    def asked() -> tuple[dict[str, Any], dict[str, Any]] | None:
        answer = ask(demo, "support_refund", "whose card was charged twice", 10)
        run = eventually(
            lambda: (r := demo.data("support_refund", RUN, iri=answer["run"])["run"]) and r["ended"] and r
        )
        return (answer, run) if any(step["handed"] for step in run["steps"]) else None

    answer, run = eventually(asked, 60)
    assert any("charged twice" in cited["quote"] for cited in answer["citations"])
    spaces: dict[str, set[str]] = {}
    labels = "SELECT ?c ?j WHERE { GRAPH ?g { ?c <https://w3id.org/ambit#hasJurisdiction> ?j } }"
    for row in demo.rows("admin", labels):
        spaces.setdefault(row["c"], set()).add(row["j"].rpartition("#")[2])
    allowed = {"eu": {"EU"}, "us": {"US"}, "us-hospital": {"US", "USHealth"}}
    for step in run["steps"]:
        for compartment in step["handed"]:
            assert spaces[compartment] <= allowed[step["site"].rpartition("/")[2]], step
    european = {
        step["site"].rpartition("/")[2]
        for step in run["steps"]
        for c in step["handed"]
        if spaces[c] == {"EU"}
    }
    assert european == {"eu"}
    assert set(run["handed"]) >= {c for step in run["steps"] for c in step["handed"]}


def test_names_are_suggested_to_those_who_may_read_them(demo: Served) -> None:
    suggest = "query S($t: String!) { suggest(text: $t) { iri label types } }"
    node = demo.data("support_question", "{ customers(first: 1) { nodes { iri name } } }")["customers"][
        "nodes"
    ][0]
    begun = " ".join(word[:4].upper() for word in reversed(node["name"].split()))
    found = demo.data("support_question", suggest, t=begun)["suggest"]
    assert {"iri": node["iri"], "label": node["name"]} in [
        {k: one[k] for k in ("iri", "label")} for one in found
    ]
    assert all(
        "https://halden.example/ontology#Customer" in one["types"]
        for one in found
        if one["iri"] == node["iri"]
    )
    for token in ("no_rights", None):
        assert demo.data(token, suggest, t=begun) == {"suggest": []}


def test_similar_tickets_are_found_for_a_whole_list_without_a_model(demo: Served) -> None:
    query = """{ tickets(first: 20) { nodes { iri subject similar(first: 3) {
        iri label score types entity { ... on Ticket { subject } } } } } }"""

    def asked() -> dict[str, Any] | None:
        answer = demo.graphql("support_refund", query)
        assert "errors" not in answer, answer["errors"]
        return answer if any(node["similar"] for node in answer["data"]["tickets"]["nodes"]) else None

    answer = eventually(asked, 90)
    assert answer["extensions"]["ambit"]["deployments"] == []
    for node in answer["data"]["tickets"]["nodes"]:
        for near in node["similar"] or ():
            assert near["iri"] != node["iri"] and near["score"] <= 1.001
    hidden = demo.data("no_rights", "query E($i: ID!) { entity(iri: $i) { similar { iri } } }", i=node["iri"])
    assert hidden == {"entity": None}


def test_a_question_that_is_too_long_is_refused(demo: Served) -> None:
    answer = demo.graphql("support_question", ASK, q="why " * 1_000)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["invalid-argument"]
    assert ask(demo, "support_question", "\u202e\u0007'\"{}<>?s \\u0041 ?x . }" * 20)["text"]


def test_what_was_suggested_and_cited_is_in_the_run(demo: Served) -> None:
    def handed(answer: dict[str, Any]) -> set[str]:
        run = answer["extensions"]["ambit"]["run"]
        query = "query R($iri: ID!) { run(iri: $iri) { ended handed } }"
        return set(
            eventually(
                lambda: (
                    (r := demo.data("support_question", query, iri=run)["run"]) and r["ended"] and r["handed"]
                )
            )
        )

    asked = demo.graphql("support_question", ASK, q=REFUND, n=1)
    begun = demo.graphql("support_question", '{ suggest(text: "how long a refund") { iri label } }')
    assert begun["data"]["suggest"] == [{"iri": f"{SUPPORT}refunds", "label": "How long a refund takes"}]
    pages = "SELECT ?c WHERE { GRAPH ?g { ?c <https://w3id.org/ambit#comesFrom> <https://halden.example/source/support-pages> } }"
    support = {row["c"] for row in demo.rows("admin", pages)}
    assert support and handed(begun) <= support
    assert handed(asked) & support
