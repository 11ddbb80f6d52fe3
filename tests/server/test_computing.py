"""What a request's model calls leave behind: in its account, and in the ledger, whether or not they were answered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.resources import as_file, files
from shutil import copytree, ignore_patterns
from time import monotonic, sleep
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ambit.graph.compartments import compartment_of
from ambit.graph.errors import Unavailable
from ambit.graph.ledger.segments import Entry
from ambit.graph.terms import Literal, NamedNode, Triple
from ambit.graph.vocabulary import AMBIT, node
from ambit.graph.words import Chain, Change, Clearance, Label, Record, RecordGraph, Role
from ambit.inference.words import Routed, Vectors
from ambit.reasoning.deciding.questions import Question
from ambit.reasoning.rulebase.rules import SHIPPED, Loaded, load
from ambit.server import computing
from ambit.server.layers import Layers
from ambit.server.schema.eyes import Said
from ambit.server.settings import read

ID = "https://example.com/id/"
DEPLOYMENT, SITE = ID + "minilm-office", ID + "office-models"


@dataclass
class Asking:
    """What the models' part of a request needs of it, over real layers."""

    layers: Layers
    question: Question
    clearance: Clearance
    run: str
    handed: set[str] = field(default_factory=set)
    called: list[str] = field(default_factory=list)
    returned: set[object] = field(default_factory=set)

    def rows(self, text: str) -> list[dict[str, Any]]:
        return []

    def steps(self) -> list[Entry]:
        entries = self.layers.ledger.entries()
        return [e for e in entries if e.kind == "step" and e.fields["run"] == self.run]


@pytest.fixture(scope="module")
def layers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layers]:
    """The starter's workspace, whose one version has a hash of which no model was exported."""
    folder = tmp_path_factory.mktemp("computing")
    with as_file(files("ambit.server.starter")) as starter:
        copytree(starter, folder / "workspace", ignore=ignore_patterns("__*"))
    (folder / "workspace" / "governance" / "model.ttl").write_text(
        f'<{ID}minilm-1> <{AMBIT.CONTENT_HASH}> "{"0" * 64}" .\n'
    )
    layers = Layers(read(folder / "workspace", models=folder / "models"))
    try:
        layers.start()
        assert layers.ingested.wait(60)
        end = monotonic() + 30
        while not layers.sites.failures() and monotonic() < end:
            sleep(0.05)
        assert layers.sites.failures()
        yield layers
    finally:
        layers.close()


@pytest.fixture
def asking(layers: Layers, request: pytest.FixtureRequest) -> Asking:
    question = Question(
        Chain(ID + "ada"), AMBIT.NO_PURPOSE, "read", layers.decider.server_site, datetime.now(UTC)
    )
    clearance = layers.decider.decide(question).clearance
    return Asking(layers, question, clearance, f"urn:ambit:run:{request.node.name}")


def page_text(layers: Layers) -> tuple[str, Said]:
    """A page with its text."""
    for quad in layers.owner.match(None, node(AMBIT.TEXT), None, frozenset({Role.DATA})):
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal):
            value = {"type": "literal", "value": quad.object.value}
            return quad.subject.value, Said(AMBIT.TEXT, value)
    raise AssertionError("the starter has no page")


def test_a_classification_that_failed_is_in_the_ledger(asking: Asking) -> None:
    page, said = page_text(asking.layers)
    with pytest.raises(Unavailable) as raised:
        computing.classify(asking, {page: [said]}, ["refund"])  # type: ignore[arg-type]
    assert raised.value.code == "model-missing"
    (step,) = asking.steps()
    assert (step.fields["deployment"], step.fields["site"]) == (DEPLOYMENT, SITE)
    assert asking.called == [DEPLOYMENT]
    assert asking.handed == set(step.fields["handed"]) and asking.handed <= asking.clearance.compartments
    assert asking.handed


def test_a_question_that_got_no_vector_is_in_the_ledger(asking: Asking) -> None:
    assert computing.search(asking, "welcome", 3, None).nodes  # type: ignore[arg-type]
    (step,) = asking.steps()
    assert (step.fields["task"], step.fields["site"], step.fields["count"]) == (AMBIT.EMBEDDING, SITE, 1)
    assert asking.called == [DEPLOYMENT]


def test_a_place_holds_until_the_policy_changes(asking: Asking) -> None:
    route = computing.of(asking)  # type: ignore[arg-type]
    page, said = page_text(asking.layers)
    held = computing._holders(asking, page, [said])  # type: ignore[arg-type]
    shipped = load([SHIPPED]).rules
    for compartments in (held, frozenset[str]()):
        found = route(compartments, AMBIT.EMBEDDING)
        assert found is not None and found.site == SITE
        assert route(compartments, AMBIT.EMBEDDING) is found
    without = tuple(rule for rule in shipped if rule.effect != "place")
    try:
        asking.layers.decider.use(Loaded(without))
        assert [route(c, AMBIT.EMBEDDING) for c in (held, frozenset[str]())] == [None, None]
    finally:
        asking.layers.decider.use(Loaded(shipped))
    assert route(held, AMBIT.EMBEDDING) is not None


def test_records_that_move_between_two_calls_are_not_sent_by_where_they_were(asking: Asking) -> None:
    owner = asking.layers.owner
    page, _ = page_text(asking.layers)
    (quad, *_) = owner.match(NamedNode(page), node(AMBIT.TEXT), None, frozenset({Role.DATA}))
    assert isinstance(quad.graph_name, NamedNode)
    entry = owner.entry(quad.graph_name.value)
    page_label = owner.label(entry.compartment) if entry and entry.compartment else None
    assert page_label is not None
    here = replace(page_label, source=ID + "moving")
    elsewhere = replace(here, jurisdictions=frozenset({ID + "farland"}))
    owner.describe([here, elsewhere])
    asking.clearance = asking.layers.decider.decide(asking.question).clearance
    assert asking.clearance.compartments & {compartment_of(here), compartment_of(elsewhere)} == {
        compartment_of(here)
    }

    def put(label: Label) -> None:
        records = []
        for n in range(70):
            iri = f"{ID}moving/{n}"
            triple = Triple(NamedNode(iri), NamedNode(ID + "note"), Literal(f"text {n}"))
            records.append(Record(iri, label.source, (RecordGraph(iri, frozenset({triple}), label=label),)))
        owner.commit(Change(tuple(records)))

    sent: list[int] = []

    def embed(routed: Routed, texts: Sequence[str], *, timeout: float = 30.0) -> Vectors:
        sent.append(len(texts))
        put(elsewhere)
        return np.ones((len(texts), 4), np.float32)

    put(here)
    # apart from the thread that embeds passages, which asks the same sites
    sites: Any = SimpleNamespace(facts=asking.layers.sites.facts, embed=embed)
    asking.layers = SimpleNamespace(**(vars(asking.layers) | {"sites": sites}))  # type: ignore[assignment]
    said = {
        f"{ID}moving/{n}": [Said(ID + "note", {"type": "literal", "value": f"text {n}"})] for n in range(70)
    }
    found = computing.classify(asking, said, ["x"])  # type: ignore[arg-type]
    assert (sent, len(found)) == ([64], 63)
    (step,) = asking.steps()
    assert step.fields["handed"] == [compartment_of(here)]
