"""A clash is told with the records that say what clashes, to whoever may read them."""

from collections.abc import Iterator
from importlib.resources import as_file, files
from shutil import copytree, ignore_patterns

import orjson
import pytest

from ambit.graph.terms import Literal, NamedNode, Triple
from ambit.graph.views.cancellation import Cancellation
from ambit.graph.words import Chain, Change, Label, Record, RecordGraph, Role
from ambit.server.identity import Identity
from ambit.server.layers import Layers
from ambit.server.request import Request
from ambit.server.requests import Requests
from ambit.server.schema.eyes import Finding
from ambit.server.settings import read
from ambit.server.telling import findings

BEN = Identity(Chain("https://example.com/id/ben"), (), None)
ONCE = "<urn:p> a <http://www.w3.org/2002/07/owl#FunctionalProperty> ."


@pytest.fixture
def layers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layers]:
    folder = tmp_path_factory.mktemp("telling") / "workspace"
    with as_file(files("ambit.server.starter")) as starter:
        copytree(starter, folder, ignore=ignore_patterns("__*"))
    (folder / "ontology" / "once.ttl").write_text(ONCE)
    layers = Layers(read(folder))
    layers.ingest.start()
    assert layers.ingest.wait(60)
    layers.ingest.stop()
    yield layers
    layers.close()


def label_of_pages(layers: Layers) -> Label:
    """That of the starter's page which everybody reads."""
    (compartment,) = {
        entry.compartment
        for entry in layers.owner.entries()
        if entry.role is Role.DATA and "welcome" in entry.record
    }
    label = layers.owner.label(compartment) if compartment else None
    assert label is not None
    return label


def says(layers: Layers, record: str, value: int, label: Label) -> None:
    triple = Triple(NamedNode("urn:s"), NamedNode("urn:p"), Literal(value))
    graph = RecordGraph(f"{record}#g", frozenset({triple}), label=label)
    layers.owner.commit(Change((Record(record, label.source, (graph,)),)))


def told(layers: Layers) -> tuple[list[Finding], Request]:
    seen: list[Request] = []

    def work(request: Request) -> list[Finding]:
        seen.append(request)
        return [one for one in findings(request) if one.code == "data-inconsistent"]

    requests = Requests(layers, read(layers._definitions._workspace.root))
    return requests.carry_out(BEN, None, work, text="", cancel=Cancellation()), seen[-1]


def test_a_clash_names_the_records_that_say_it(layers: Layers) -> None:
    label = label_of_pages(layers)
    says(layers, "urn:record:1", 1, label)
    says(layers, "urn:record:2", 2, label)
    (found,), request = told(layers)
    assert found.about == "urn:record:1"
    (evidence,) = map(orjson.loads, found.evidence)
    assert evidence["records"] == ["urn:record:1", "urn:record:2"] and len(evidence["triples"]) == 2
    assert request.touched & request.handed, "what was looked up counts"
    hidden = Label(label.source, label.sensitivity, label.jurisdictions, frozenset({"urn:nobody"}))
    says(layers, "urn:record:3", 2, hidden)
    ((again,), _) = told(layers)
    assert orjson.loads(again.evidence[0])["records"] == ["urn:record:1", "urn:record:2"]
    says(layers, "urn:record:2", 1, label)
    assert told(layers)[0] == []
