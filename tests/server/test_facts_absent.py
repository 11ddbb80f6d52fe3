"""*As if absent*: the facts that a question is answered with, their sources and where they may be computed on, are
those of a graph that never held what is hidden.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seeing import EX, RDF_TYPE, quads

from ambit.graph.compartments import clearance_of, compartment_of
from ambit.graph.sparql.gate import admit
from ambit.graph.store.owner import Owner
from ambit.graph.terms import Literal, Triple
from ambit.graph.views.views import Views
from ambit.graph.vocabulary import FOAF
from ambit.graph.words import Change, Clearance, Label, Record, RecordGraph
from ambit.inference.ask import Candidate
from ambit.inference.index import Index
from ambit.inference.passages import passages_of
from ambit.server import facts as reading
from ambit.server.facts import facts, sentences_of

SOURCE = "urn:source"
LABELS = [
    Label(SOURCE, f"urn:sensitivity:{n}", frozenset({"urn:eu"}), frozenset({"urn:all"})) for n in range(3)
]
ENTITIES = [f"urn:e:{n}" for n in range(4)]
NAMES = ['"Ada Meyer', '"Meyer', '"Berta', '"Ada']
QUESTIONS = (
    "who is the owner of Ada Meyer",
    "which customers are in Germany",
    "what does berta like",
    "MEYER and Ada and germany",
    'x" } UNION { ?s ?p ?o } #',
    "s \\u0041 ?x",
    "the of and",
    "",
)

Said = tuple[str, str, object]
named = st.tuples(st.sampled_from(ENTITIES), st.just(FOAF.NAME), st.sampled_from(NAMES))
typed = st.tuples(st.sampled_from(ENTITIES), st.just(RDF_TYPE), st.just(EX + "Customer"))
valued = st.tuples(
    st.sampled_from(ENTITIES),
    st.sampled_from([EX + "country", EX + "ownedBy"]),
    st.sampled_from(['"Germany', '"germany', '"Norway', 7, Literal("Germany", language="en"), "_:b"]),
)
linked = st.tuples(st.sampled_from(ENTITIES), st.just(EX + "ownedBy"), st.sampled_from(ENTITIES))
worlds = st.tuples(*(st.lists(st.one_of(named, named, typed, valued, linked), max_size=7) for _ in LABELS))


@dataclass
class Stage:
    """An owner with its views and its index; each example replaces the whole world by one commit."""

    owner: Owner
    views: Views
    index: Index = field(default_factory=Index)

    def tell(self, world: Sequence[Sequence[Said]], cleared: set[int] | None = None) -> None:
        records = []
        for number, said in enumerate(world):
            shown = said if cleared is None or number in cleared else ()
            held = frozenset(Triple(quad.subject, quad.predicate, quad.object) for quad in quads(shown))
            graph = RecordGraph(f"{SOURCE}/{number}#g", held, label=LABELS[number])
            records.append(Record(f"{SOURCE}/{number}", SOURCE, (graph,) if held else ()))
        self.owner.commit(Change(tuple(records)))
        self.index = Index()
        for record in records:
            for compartment, passages in passages_of(self.owner, record.iri).items():
                self.index.put(record.iri, compartment, passages)

    @property
    def layers(self) -> "Stage":
        return self


@dataclass
class Asking:
    """What `facts` needs of a request."""

    layers: Stage
    clearance: Clearance

    def rows(self, text: str) -> list[dict[str, Any]]:
        answer = self.layers.views.query(self.clearance, admit(text), format="json", deadline=20)
        rows: list[dict[str, Any]] = orjson.loads(bytes(answer.body))["results"]["bindings"]
        return rows

    def told(self, question: str) -> list[Candidate]:
        return list(sentences_of(self, facts(self, question)))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, Stage]]:
    made = []
    for name in ("mixed", "filtered"):
        owner = Owner(Path(tmp_path_factory.mktemp(name)))
        views = Views(owner, limit=4)
        owner.listen(views.on_delta)
        made.append(Stage(owner, views))
    yield made[0], made[1]
    for stage in made:
        stage.views.close()
        stage.owner.close()


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(worlds, st.sets(st.integers(0, len(LABELS) - 1)), st.sampled_from(QUESTIONS))
def test_facts_are_as_if_the_hidden_were_absent(
    stages: tuple[Stage, Stage], world: Sequence[Sequence[Said]], cleared: set[int], question: str
) -> None:
    mixed, filtered = stages
    mixed.tell(world)
    filtered.tell(world, cleared)
    clearance = clearance_of(compartment_of(LABELS[number]) for number in cleared)
    found = Asking(mixed, clearance).told(question)
    assert found == Asking(filtered, clearance).told(question)
    for one in found:
        assert one.compartments <= clearance.compartments
        assert one.source in {f"{SOURCE}/{number}" for number in cleared}


def test_a_name_leads_to_facts_and_to_what_leads_there(stages: tuple[Stage, Stage]) -> None:
    stage = stages[0]
    stage.tell(
        (
            [
                ("urn:e:0", FOAF.NAME, '"Ada Meyer'),
                ("urn:e:0", EX + "ownedBy", "urn:e:1"),
                ("urn:e:0", RDF_TYPE, EX + "Customer"),
            ],
            [("urn:e:1", FOAF.NAME, '"Berta'), ("urn:e:2", EX + "ownedBy", "urn:e:0")],
            [("urn:e:0", EX + "country", '"Germany'), ("urn:e:0", EX + "note", '"' + "long " * 100)],
        )
    )
    everything = clearance_of(map(compartment_of, LABELS))
    told = {one.quote: one for one in Asking(stage, everything).told("who is the owner of Ada Meyer?")}
    assert told.keys() == {
        "Ada Meyer: owned by Berta",
        "Ada Meyer: country Germany",
        "urn:e:2: owned by Ada Meyer",
    }
    owner = told["Ada Meyer: owned by Berta"]
    assert (owner.entity, owner.source, owner.context) == (
        "urn:e:0",
        f"{SOURCE}/0",
        "customer",
    )
    assert (owner.told, owner.asked) == ("owned by Berta", "Ada Meyer")
    lead = told["urn:e:2: owned by Ada Meyer"]
    assert (lead.told, lead.asked) == ("owned by", "Ada Meyer")
    assert owner.compartments == {compartment_of(LABELS[0]), compartment_of(LABELS[1])}, (
        "the name is handed over, too"
    )
    by_value = [one.quote for one in Asking(stage, everything).told("who is in germany")]
    assert by_value == ["Ada Meyer: country Germany"]


def test_a_triple_that_stands_in_a_hidden_place_too_has_its_visible_source(
    stages: tuple[Stage, Stage],
) -> None:
    stage = stages[0]
    said: list[Said] = [("urn:e:0", FOAF.NAME, '"Ada Meyer'), ("urn:e:0", EX + "country", '"Germany')]
    stage.tell((said, said, said))
    for number, label in enumerate(LABELS):
        (told,) = Asking(stage, clearance_of([compartment_of(label)])).told("where is ada meyer")
        assert (told.source, told.compartments) == (f"{SOURCE}/{number}", {compartment_of(label)})


def test_what_a_question_brings_is_bounded(
    stages: tuple[Stage, Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = stages[0]
    stage.tell(([(f"urn:e:{n:03}", EX + "country", '"Germany') for n in range(80)], [], []))
    asking = Asking(stage, clearance_of(map(compartment_of, LABELS)))
    found = asking.told("Germany " * 500)
    assert [one.entity for one in found] == [f"urn:e:{n:03}" for n in range(reading.LEADING)]


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_question_breaks_the_query(stages: tuple[Stage, Stage], question: str) -> None:
    stage = stages[0]
    stage.tell(([("urn:e:0", FOAF.NAME, '"Ada Meyer'), ("urn:e:0", EX + "country", '"Germany')], [], []))
    for one in Asking(stage, clearance_of(map(compartment_of, LABELS))).told(question):
        assert one.quote == "Ada Meyer: country Germany"


def test_a_hidden_name_leads_nowhere(stages: tuple[Stage, Stage]) -> None:
    stage = stages[0]
    stage.tell(([("urn:e:0", EX + "country", '"Germany')], [("urn:e:0", FOAF.NAME, '"Ada Meyer')], []))
    asking = Asking(stage, clearance_of([compartment_of(LABELS[0])]))
    assert asking.told("where is Ada Meyer") == []
    assert [one.quote for one in asking.told("who is in Germany")] == ["urn:e:0: country Germany"]
