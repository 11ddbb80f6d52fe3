"""*As if absent*, through GraphQL: on a governed view every operation, introspection and errors included, answers
what it answers over a store that never held what is hidden.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from graphql import get_introspection_query
from graphqlworld import Asking
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from seeing import EX, RDF_TYPE, RDFS, Seeing, quads

from ambit.graph.compartments import clearance_of, compartment_of
from ambit.graph.sparql.gate import admit
from ambit.graph.store.owner import Owner
from ambit.graph.terms import Triple
from ambit.graph.views.views import Views
from ambit.graph.words import Change, Clearance, Label, Record, RecordGraph
from ambit.server.schema import eyes as words

SOURCE = "urn:source"
LABELS = [
    Label(SOURCE, f"urn:sensitivity:{n}", frozenset({"urn:eu"}), frozenset({"urn:all"})) for n in range(3)
]
ENTITIES = [f"urn:e:{n}" for n in range(5)]
CLASSES = [EX + "Customer", EX + "Order", EX + "CustomerConnection", "https://other.example/crm#Customer"]
PROPERTIES = [EX + name for name in ("name", "total", "hasOrder")] + [RDFS + "label"]
SH = "http://www.w3.org/ns/shacl#"

Said = tuple[str, str, object]
typed = st.tuples(st.sampled_from(ENTITIES), st.just(RDF_TYPE), st.sampled_from(CLASSES))
valued = st.tuples(
    st.sampled_from(ENTITIES), st.sampled_from(PROPERTIES), st.sampled_from(['"a', '"b', 1, 2, 3, True])
)
linked = st.tuples(st.sampled_from(ENTITIES), st.sampled_from(PROPERTIES[:3]), st.sampled_from(ENTITIES))
described = st.sampled_from(
    [
        (EX + "Order", RDFS + "comment", '"What was bought.'),
        (EX + "hasOrder", RDFS + "range", EX + "Order"),
        (EX + "name", RDF_TYPE, "http://www.w3.org/2002/07/owl#FunctionalProperty"),
        (EX + "Customer", RDFS + "subClassOf", EX + "Order"),
    ]
)
triples = st.one_of(typed, typed, valued, valued, linked, described)
# for each compartment what is said in it; a triple may stand in several
worlds = st.tuples(*(st.lists(triples, max_size=8) for _ in LABELS))


@dataclass
class Stage:
    """The owner and its views; each example replaces the whole world by one commit."""

    owner: Owner
    views: Views

    def tell(self, world: Sequence[Sequence[Said]]) -> None:
        records = []
        for number, said in enumerate(world):
            held = frozenset(Triple(quad.subject, quad.predicate, quad.object) for quad in quads(said))
            graph = RecordGraph(f"{SOURCE}/{number}#g", held, label=LABELS[number])
            records.append(Record(f"{SOURCE}/{number}", SOURCE, (graph,) if held else ()))
        self.owner.commit(Change(tuple(records)))


class Governed(Seeing):
    """Eyes on a view, through the gate, as the server's are."""

    def __init__(self, stage: Stage, clearance: Clearance):
        super().__init__()
        self.stage = stage
        self.clearance = clearance

    def select(self, query: str) -> Sequence[words.Row]:
        answer = self.stage.views.query(self.clearance, admit(query), format="json", deadline=20)
        rows: list[words.Row] = json.loads(bytes(answer.body))["results"]["bindings"]
        return rows


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    owner = Owner(Path(tmp_path_factory.mktemp("absent")))
    views = Views(owner, limit=4)
    owner.listen(views.on_delta)
    yield Stage(owner, views)
    views.close()
    owner.close()


def operations(introspected: dict[str, Any]) -> Iterator[str]:
    """For each generated pair of root fields: everything there is, in pages, filtered, ordered and one by one."""
    kinds = {kind["name"]: kind for kind in introspected["__schema"]["types"]}
    for field in kinds["Query"]["fields"]:
        if "orderBy" not in [argument["name"] for argument in field["args"]]:
            continue
        name = bare(field["type"])
        kind = kinds[name.removesuffix("Connection")]
        fields = " ".join(selected(item) for item in kind["fields"])
        yield f"{{ {field['name']} {{ totalCount edges {{ cursor node {{ {fields} __typename }} }} pageInfo {{ endCursor }} }} }}"
        for item in kinds[f"{kind['name']}OrderBy"]["inputFields"]:
            order = f"{{{item['name']}: desc}}"
            yield f"{{ {field['name']}(first: 2, orderBy: {order}) {{ nodes {{ iri }} pageInfo {{ hasNextPage }} }} }}"
            some = f"{{{item['name']}: {{exists: true}}}}"
            yield f"{{ {field['name']}(filter: {some}) {{ totalCount }} }}"
        singular = next(
            field["name"] for field in kinds["Query"]["fields"] if field["type"].get("name") == kind["name"]
        )
        yield (
            "{ "
            + " ".join(f'e{n}: {singular}(iri: "{iri}") {{ {fields} }}' for n, iri in enumerate(ENTITIES))
            + " }"
        )


def selected(field: dict[str, Any]) -> str:
    if field["name"] == "classify":
        return 'classify(labels: ["a"]) { iri }'
    kind = field["type"]
    while kind["ofType"]:
        kind = kind["ofType"]
    return field["name"] + (" { iri label __typename }" if kind["kind"] in ("OBJECT", "INTERFACE") else "")


def bare(kind: dict[str, Any]) -> str:
    while kind["ofType"]:
        kind = kind["ofType"]
    return str(kind["name"])


GUESSES = [
    "{ customers { totalCount nodes { name nmae hasOrder { total } } } orders { nodes { total } } }",
    "{ crmCustomers { totalCount } } ",
    "{ "
    + " ".join(f'e{n}: entity(iri: "{iri}") {{ __typename types label }}' for n, iri in enumerate(ENTITIES))
    + " }",
    "query ($f: CustomerFilter, $o: [OrderOrderBy!]) { __typename me { label } }",
    '{ customers(filter: {name: {eq: "a"}, totl: {gt: 1}}) { totalCount } }',
]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(worlds, st.sets(st.integers(0, len(LABELS) - 1)))
def test_the_hidden_might_as_well_not_be_there(
    stage: Stage, world: Sequence[Sequence[Said]], cleared: set[int]
) -> None:
    stage.tell(world)
    clearance = clearance_of(compartment_of(LABELS[number]) for number in cleared)
    governed = Asking(Governed(stage, clearance))
    deleted = Asking(Seeing(said for number in cleared for said in world[number]))
    schema = deleted.response(get_introspection_query())
    assert governed.response(get_introspection_query()) == schema
    for query in (*operations(schema["data"]), *GUESSES):
        assert governed.response(query) == deleted.response(query), query
    for query, _ in governed.eyes.classified:
        assert query in [texts for texts, _ in deleted.eyes.classified]
