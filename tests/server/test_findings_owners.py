"""Whose findings of ingest are: with real labelling rules, and as governance changes while a server runs."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.resources import as_file, files
from shutil import copytree, ignore_patterns
from typing import Any

import pytest

from ambit.graph.terms import Literal, NamedNode
from ambit.graph.vocabulary import AMBIT, SH, node
from ambit.graph.words import Chain, Role
from ambit.reasoning.deciding.questions import Question
from ambit.server.layers import Layers
from ambit.server.settings import read

ID = "https://example.com/id/"
PEOPLE = """
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix my: <https://example.com/id/> .
my:cas a foaf:Person . my:dan a foaf:Person . my:eve a foaf:Person .
"""
LISTS = """
@prefix ambit: <https://w3id.org/ambit#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix my: <https://example.com/id/> .
@prefix ql: <http://semweb.mmlab.be/ns/ql#> .
@prefix rml: <http://semweb.mmlab.be/ns/rml#> .
@prefix rr: <http://www.w3.org/ns/r2rml#> .
my:customers a ambit:Folder ; ambit:location "tables" ; ambit:isOwnedBy my:OWNER ;
    ambit:hasSensitivity ambit:SENSITIVITY ; ambit:hasJurisdiction ambit:EU .
my:customer a rr:TriplesMap ;
    ambit:comesFrom my:customers ;
    rml:logicalSource [ rml:source "*.csv" ; rml:referenceFormulation ql:CSV ] ;
    ambit:sensitivity ambit:Internal ; ambit:countryOf "country" ;
    ambit:anchor "<https://example.com/id/{rep}>" ;
    rr:subjectMap [ rr:template "https://example.com/id/customer/{id}" ; rr:class my:Customer ] ;
    ambit:says [ foaf:name "{name}" ] .
"""
GOOD = "id,name,country,rep\n1,A,Germany,cas\n"


@pytest.fixture(scope="module")
def layers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layers]:
    folder = tmp_path_factory.mktemp("owners") / "workspace"
    with as_file(files("ambit.server.starter")) as starter:
        copytree(starter, folder, ignore=ignore_patterns("__*"))
    (folder / "governance" / "more.ttl").write_text(PEOPLE)
    (folder / "sources" / "lists.ttl").write_text(lists("ben", "Internal"))
    (folder / "tables").mkdir()
    (folder / "tables" / "a.csv").write_text(GOOD)
    layers = Layers(read(folder))
    layers.ingest.start()
    assert layers.ingest.wait(60)
    yield layers
    layers.close()


def lists(owner: str, sensitivity: str) -> str:
    return LISTS.replace("OWNER", owner).replace("SENSITIVITY", sensitivity)


def save(layers: Layers, name: str, text: str) -> None:
    (layers._definitions._workspace.root / name).write_text(text)


def eventually(holds: Callable[[], Any], seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(0.05)
    return found


def told(layers: Layers, code: str) -> list[str]:
    """The messages of findings with a code."""
    system = frozenset({Role.SYSTEM})
    return [
        message.object.value
        for quad in layers.owner.match(None, node(AMBIT.CODE), Literal(code), system)
        for message in layers.owner.match(quad.subject, node(SH.RESULT_MESSAGE), None, system)
        if isinstance(message.object, Literal)
    ]


def readers(layers: Layers, code: str, purpose: str = AMBIT.NO_PURPOSE) -> set[str]:
    """Who reads the findings with a code; nothing where there is none."""
    found = set()
    for quad in layers.owner.match(None, node(AMBIT.CODE), Literal(code), frozenset({Role.SYSTEM})):
        entry = layers.owner.entry(quad.graph_name.value) if isinstance(quad.graph_name, NamedNode) else None
        for name in ("ada", "ben", "cas", "dan", "eve"):
            question = Question(
                Chain(ID + name), purpose, "read", layers.decider.server_site, datetime.now(UTC)
            )
            cleared = layers.decider.decide(question).clearance.compartments
            if entry is not None and entry.compartment in cleared:
                found.add(name)
    return found


def test_records_without_a_label_are_named_to_those_who_could_read_all_of_them(layers: Layers) -> None:
    bad = GOOD + "2,B,4000 0099 SECRET,cas\n3,C,,cas\n"
    save(layers, "tables/a.csv", bad)
    eventually(lambda: len(told(layers, "label-incomplete")) == 2)
    assert not any("SECRET" in message for message in told(layers, "label-incomplete"))
    assert readers(layers, "label-incomplete") == {"cas"}, "the owner of the source takes care of none"
    assert readers(layers, "label-incomplete", AMBIT.ADMINISTRATION) == {"ada", "cas"}
    save(layers, "tables/a.csv", bad.replace("SECRET,cas", "SECRET,dan").replace(",,cas", ",,dan"))
    eventually(lambda: readers(layers, "label-incomplete") == {"dan"})  # though the text is the same
    save(layers, "tables/a.csv", bad + "4,D,Nowhere,dan\n")
    eventually(lambda: any("2 of the records" in message for message in told(layers, "label-incomplete")))
    assert readers(layers, "label-incomplete") == {"ada"}, "none but administrators have to do with all"
    save(layers, "tables/a.csv", GOOD)
    eventually(lambda: not told(layers, "label-incomplete"))


def test_a_finding_for_owners_goes_with_the_ownership(layers: Layers) -> None:
    save(layers, "tables/b.csv", "id\n1,2\n")
    eventually(lambda: told(layers, "source-invalid"))
    (before,) = told(layers, "source-invalid")
    assert readers(layers, "source-invalid") == {"ada", "ben"}
    save(layers, "sources/lists.ttl", lists("eve", "Internal"))
    eventually(lambda: readers(layers, "source-invalid") == {"ada", "eve"})
    save(layers, "sources/lists.ttl", lists("eve", "Payment"))
    eventually(lambda: not readers(layers, "source-invalid"))
    assert readers(layers, "source-invalid", AMBIT.ADMINISTRATION) == {"ada"}
    assert told(layers, "source-invalid") == [before]
    save(layers, "sources/lists.ttl", lists("ben", "Internal"))
    eventually(lambda: readers(layers, "source-invalid") == {"ada", "ben"})
    (layers._definitions._workspace.root / "tables" / "b.csv").unlink()
    eventually(lambda: not told(layers, "source-invalid"))


def test_a_finding_on_a_file_of_the_workspace_goes_with_the_ownership_of_governance(layers: Layers) -> None:
    save(layers, "governance/broken.ttl", ":a :b")
    eventually(lambda: readers(layers, "source-invalid") == {"ada"})
    owned = f"<{AMBIT.GOVERNANCE}> <{AMBIT.IS_OWNED_BY}> my:eve ."
    save(layers, "governance/more.ttl", PEOPLE + owned)
    eventually(lambda: readers(layers, "source-invalid") == {"ada", "eve"})
    save(layers, "governance/more.ttl", PEOPLE)
    eventually(lambda: readers(layers, "source-invalid") == {"ada"})
    (layers._definitions._workspace.root / "governance" / "broken.ttl").unlink()
    eventually(lambda: not told(layers, "source-invalid"))
