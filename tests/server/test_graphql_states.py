"""The queries of an operation see one state of the view, though commits come between them."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from graphqlworld import KEY, Asking
from seeing import EX, RDF_TYPE, RDFS, Seeing, quads, shop
from writeworld import Stage, staged

from ambit.graph.terms import NamedNode, Triple
from ambit.graph.views.worker import Answer
from ambit.server.eyes import Reading
from ambit.server.schema import eyes as words
from ambit.server.schema.cache import SchemaCache
from ambit.server.schema.execute import ATTEMPTS, Graphql

LISTED = "{ customers(first: 50) { totalCount nodes { iri label } } }"


class Changing(Seeing):
    """Eyes on a shop that has another customer before each of the next queries, while `commits` last."""

    def __init__(self) -> None:
        super().__init__(shop())
        self.commits = 0
        self.asked: list[str] = []

    def select(self, query: str) -> Sequence[words.Row]:
        if self.commits:
            self.commits -= 1
            self.state += 1
            new = f"urn:customer:new-{self.state}"
            self.store.extend(quads([(new, RDF_TYPE, EX + "Customer"), (new, RDFS + "label", '"New')]))
        return super().select(query)

    def ask(self, question: str, first: int) -> words.Answer:
        self.asked.append(question)
        return super().ask(question, first)

    def deployments(self) -> Sequence[str]:
        return ["urn:deployment:1"] if self.asked else []


@pytest.fixture
def eyes() -> Changing:
    return Changing()


@pytest.fixture
def shopping(eyes: Changing) -> Asking:
    """With the schema at hand, and its queries forgotten."""
    asking = Asking(eyes)
    asking.data(LISTED)
    eyes.queries.clear()
    return asking


def test_a_count_and_its_page_are_of_one_state(shopping: Asking, eyes: Changing) -> None:
    eyes.commits = 2  # the page sees one of them, the count both
    found = shopping.data(LISTED)["customers"]
    assert found["totalCount"] == len(found["nodes"]) == 6
    assert len(eyes.queries) == 4
    assert {entity for entity, _ in eyes.given} == {node["iri"] for node in found["nodes"]}


def test_nothing_is_asked_again_unless_a_commit_comes_between(shopping: Asking, eyes: Changing) -> None:
    eyes.commits = 1
    assert shopping.data(LISTED)["customers"]["totalCount"] == 5
    assert len(eyes.queries) == 2


def test_commits_that_do_not_cease_end_no_answer(shopping: Asking, eyes: Changing) -> None:
    eyes.commits = 99
    assert "errors" not in shopping.response(LISTED)
    assert len(eyes.queries) == 2 * ATTEMPTS


def test_what_is_to_be_classified_goes_to_the_model_once(shopping: Asking, eyes: Changing) -> None:
    eyes.commits = 2
    found = shopping.data('{ customers(first: 50) { totalCount all: classify(labels: ["x"]) { iri } } }')
    assert len(found["customers"]["all"]) == found["customers"]["totalCount"] == 6
    ((texts, _),) = eyes.classified
    assert len(texts) == 6


def test_what_a_model_has_answered_is_not_asked_again(shopping: Asking, eyes: Changing) -> None:
    eyes.commits = 2
    shopping.data('{ ask(question: "x") { text } customers { totalCount nodes { iri } } }')
    assert eyes.asked == ["x"] and len(eyes.queries) == 2


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged() as stage:
        yield stage


def test_a_commit_between_two_queries_of_a_view_makes_the_answer_anew(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = "urn:source:0"

    def tell(count: int, other: int) -> None:
        widgets = [NamedNode(f"urn:widget:{n}") for n in range(count)]
        hidden = [NamedNode(f"urn:hidden:{n}") for n in range(other)]
        said = {
            name: [Triple(one, NamedNode(RDF_TYPE), NamedNode(EX + "Widget")) for one in some]
            for name, some in ((graph, widgets), ("urn:source:1", hidden))
        }
        stage.tell(said)

    asked: list[str] = []
    query = stage.views.query

    def late(*given: Any, **how: Any) -> Answer:
        answer = query(*given, **how)
        if "Widget" in given[1].text:
            asked.append(given[1].text)
            if len(asked) == 1:
                tell(*after)
        return answer

    graphql = Graphql(SchemaCache(), KEY)
    for after, queries in (((3, 2), 2), ((4, 2), 4)):
        tell(3, 1)
        eyes = Reading(stage.request([graph], []))
        graphql.execute(eyes, "{ widgets { totalCount } }")
        asked.clear()
        with monkeypatch.context() as patched:
            patched.setattr(stage.views, "query", late)
            found = graphql.execute(eyes, "{ widgets { totalCount nodes { iri } } }")["data"]["widgets"]
        assert found["totalCount"] == len(found["nodes"]) == after[0]
        assert len(asked) == queries, "what is hidden makes nothing anew"
