"""`ask`, `suggest` and `similar` through GraphQL: what they return, what is read for them, and how much."""

import pytest
from graphqlworld import Asking
from seeing import EX, RDFS, Seeing, shop

from ambit.server.schema import reading


@pytest.fixture
def shopping() -> Asking:
    return Asking(Seeing(shop()))


def test_an_answer_has_its_citations_and_its_run(shopping: Asking) -> None:
    answer = shopping.data('{ ask(question: "why", first: 1) { text citations { iri quote source } run } }')
    assert answer["ask"] == {
        "text": "Sentence 0.",
        "citations": [{"iri": "urn:page:0", "quote": "Sentence 0.", "source": "urn:record:0"}],
        "run": "urn:ambit:run:1",
    }
    assert len(shopping.data('{ ask(question: "why") { citations { iri } } }')["ask"]["citations"]) == 3
    nothing = shopping.data('{ ask(question: "why", first: 0) { text citations { iri } } }')
    assert nothing["ask"] == {"text": "Nothing found", "citations": []}
    assert shopping.codes('{ ask(question: "why", first: -1) { text } }') == ["invalid-argument"]


def test_suggestions_say_what_was_begun(shopping: Asking) -> None:
    found = shopping.data('{ suggest(text: "Cus") { iri label types } }')["suggest"]
    assert found == [{"iri": "urn:customer:000", "label": "Cus…", "types": [EX + "Customer"]}]
    assert shopping.data('{ suggest(text: "Cus", first: 0) { iri } }') == {"suggest": []}


def test_what_is_similar_is_found_and_read_for_a_whole_list_at_once(shopping: Asking) -> None:
    query = """{ customers { nodes { iri
        near: similar(first: 2) { iri label types score __typename entity { iri ... on Customer { name } } } } } }"""
    nodes = shopping.data(query)["customers"]["nodes"]
    assert shopping.eyes.compared == [(tuple(f"urn:customer:{n:03}" for n in range(4)), 2)]
    assert nodes[1]["near"][0] == {
        "iri": "urn:customer:000",
        "label": "Label 000",
        "types": [EX + "Customer"],
        "score": 0.5,
        "__typename": "Similar",
        "entity": {"iri": "urn:customer:000", "name": "Customer 000"},
    }
    assert [len(node["near"]) for node in nodes] == [2, 2, 2, 2]
    assert shopping.cost(query) == 2, "the page, and all that is like any of it"


def test_what_is_similar_to_the_similar(shopping: Asking) -> None:
    query = """{ entity(iri: "urn:customer:000") {
        similar(first: 1) { entity { similar(first: 1) { iri entity { label } } } } } }"""
    (near,) = shopping.data(query)["entity"]["similar"]
    assert near["entity"]["similar"] == [{"iri": "urn:customer:000", "entity": {"label": "Label 000"}}]


def test_without_vectors_there_is_null_and_no_empty_list(shopping: Asking) -> None:
    data = shopping.data('{ order(iri: "urn:order:000-0") { similar { iri } } }')
    assert data["order"] == {"similar": None}


def test_an_entity_that_the_view_lost_meanwhile_is_not_shown() -> None:
    asking = Asking(Seeing(shop(2, 0)))  # the index still names four customers
    nodes = asking.data("{ customers { nodes { similar { iri } } } }")["customers"]["nodes"]
    assert [[near["iri"] for near in node["similar"]] for node in nodes] == [
        ["urn:customer:001"],
        ["urn:customer:000"],
    ]


def test_comparing_is_bounded(shopping: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST", 3)
    assert shopping.codes("{ customers { nodes { similar { iri } } } }") == ["too-large"]
    assert shopping.codes("{ customers(first: 1) { nodes { similar(first: 1001) { iri } } } }") == [
        "invalid-argument"
    ]


@pytest.mark.parametrize("fields", ["label", "label entity { iri }"])
def test_names_of_the_similar_are_noted_as_given(shopping: Asking, fields: str) -> None:
    shopping.data(f'{{ entity(iri: "urn:customer:000") {{ similar(first: 1) {{ {fields} }} }} }}')
    assert ("urn:customer:001", RDFS + "label") in shopping.eyes.given
