"""A save that cannot be true: the last good version stays, and the finding says which classes clash."""

import time
from collections.abc import Callable, Iterator
from importlib.resources import as_file, files
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

import orjson
import pytest

from ambit.graph.terms import Literal
from ambit.graph.vocabulary import AMBIT, SH, XSD, node
from ambit.graph.words import Role
from ambit.reasoning.ontologies.consistency import Reasoner
from ambit.reasoning.ontologies.lines import line_of
from ambit.reasoning.ontologies.ontologies import ONTOLOGIES
from ambit.server import judging
from ambit.server.layers import Layers
from ambit.server.settings import read

pytestmark = pytest.mark.skipif(not Reasoner().is_there, reason="HermiT needs Java")

PREFIXES = (
    "@prefix : <http://example.com/> .\n@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
    "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
)
GOOD = PREFIXES + ":A a owl:Class ; owl:disjointWith :B .\n:B a owl:Class .\n"
EMPTY = GOOD + "\n:C rdfs:subClassOf :A, :B .\n"
UNTRUE = EMPTY + ":c a :C .\n"


def workspace(folder: Path) -> Path:
    with as_file(files("ambit.server.starter")) as starter:
        copytree(starter, folder, ignore=ignore_patterns("__*"))
    for old in (folder / "ontology").glob("*.*"):
        old.unlink()
    (folder / "ontology" / "a.ttl").write_text(GOOD)
    return folder


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layers]:
    layers = Layers(read(workspace(tmp_path_factory.mktemp("judging") / "w")))
    yield layers
    layers.close()


@pytest.fixture
def layers(opened: Layers, monkeypatch: pytest.MonkeyPatch) -> Iterator[Layers]:
    monkeypatch.setattr(opened._definitions._judging, "patience", 100)  # the machine may be busy
    monkeypatch.setattr("ambit.server.judging.NAMING", 100)
    yield opened
    opened._definitions._judging.patience = 0
    for file in opened._definitions._workspace.ontology.glob("*.ttl"):
        file.unlink()
    save(opened, "a.ttl", GOOD)
    eventually(lambda: in_force(opened, "a") == 3 and not findings(opened), 100)


def eventually(holds: Callable[[], Any], seconds: float) -> Any:
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(0.05)
    return found


def save(layers: Layers, name: str, text: str | None) -> Path:
    file = layers._definitions._workspace.ontology / name
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    layers._definitions.changed(file)
    return file


def in_force(layers: Layers, name: str) -> int:
    return len(layers.owner.triples(ONTOLOGIES + name))


def findings(layers: Layers) -> dict[str, dict[str, Any]]:
    """What was found, by code: severity, message and evidence."""
    system = frozenset({Role.SYSTEM})
    found = {}
    for quad in layers.owner.match(None, node(AMBIT.CODE), None, system):
        said = {q.predicate.value: q.object for q in layers.owner.match(quad.subject, None, None, system)}
        evidence = said.get(AMBIT.EVIDENCE)
        found[quad.object.value] = {  # type: ignore[union-attr]
            "severity": said[SH.RESULT_SEVERITY].value,  # type: ignore[union-attr]
            "message": said[SH.RESULT_MESSAGE].value,  # type: ignore[union-attr]
            **(orjson.loads(evidence.value) if isinstance(evidence, Literal) else {}),
        }
    return found


def test_a_class_that_can_have_no_instance_is_a_warning_that_goes_when_it_is_mended(layers: Layers) -> None:
    file = save(layers, "a.ttl", EMPTY)
    assert in_force(layers, "a") == 5
    found = eventually(lambda: findings(layers).get("class-unsatisfiable"), 100)
    assert found == {
        "severity": SH.WARNING,
        "message": "`http://example.com/C` can have no instance: it is below `http://example.com/A` and "
        "`http://example.com/B`, which exclude each other",
        "file": str(file),
        "line": 7,
        "classes": ["http://example.com/A", "http://example.com/B"],
    }
    save(layers, "a.ttl", GOOD)
    eventually(lambda: not findings(layers), 100)


def test_what_cannot_be_true_stays_out_of_force(layers: Layers) -> None:
    file = save(layers, "a.ttl", UNTRUE)
    assert in_force(layers, "a") == 3
    found = findings(layers)["ontology-inconsistent"]
    assert found["severity"] == SH.VIOLATION and found["file"] == str(file) and found["line"] == 4
    assert found["classes"] == ["http://example.com/A", "http://example.com/B"]
    assert "`http://example.com/c` is of" in found["message"]
    save(layers, "b.ttl", PREFIXES + ":X a owl:Class .")
    assert (in_force(layers, "a"), in_force(layers, "b")) == (3, 1), "the other file is not to blame"
    assert set(findings(layers)) == {"ontology-inconsistent"}
    save(layers, "a.ttl", GOOD + ":c a :A .")
    assert in_force(layers, "a") == 4
    eventually(lambda: not findings(layers), 100)


def test_a_new_file_that_contradicts_the_others_stays_out_of_force(layers: Layers) -> None:
    file = save(layers, "b.ttl", PREFIXES + ":c a :A , :B .")
    assert (in_force(layers, "a"), in_force(layers, "b")) == (3, 0)
    assert findings(layers)["ontology-inconsistent"]["file"] == str(file)
    save(layers, "b.ttl", None)
    assert not findings(layers)


def test_two_files_that_only_fit_together_come_in_together(layers: Layers) -> None:
    save(layers, "b.ttl", PREFIXES + ":c a :A .")
    save(layers, "a.ttl", GOOD + ":c a :B .")
    assert (in_force(layers, "a"), in_force(layers, "b")) == (3, 1)
    save(layers, "b.ttl", PREFIXES + ":c a :B . :d a :B .")
    assert (in_force(layers, "a"), in_force(layers, "b")) == (4, 2)
    eventually(lambda: not findings(layers), 100)


def test_a_clash_that_names_do_not_show_is_told_by_hermit(layers: Layers) -> None:
    restricted = (
        ":D rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :A ] ,\n"
        "  [ a owl:Restriction ; owl:onProperty :p ; owl:allValuesFrom :B ] .\n:p a owl:ObjectProperty .\n"
    )
    save(layers, "a.ttl", GOOD + restricted + ":d a :D .\n")
    assert in_force(layers, "a") == 3
    found = findings(layers)["ontology-inconsistent"]
    assert found["classes"] == ["http://example.com/D"] and found["line"] == 6
    assert "which can have no instance" in found["message"]


def test_a_verdict_that_comes_too_late_is_a_finding_and_a_save_can_mend_it(layers: Layers) -> None:
    layers._definitions._judging.patience = 0
    save(layers, "a.ttl", UNTRUE)
    assert in_force(layers, "a") == 6, "nobody waits"
    found = eventually(lambda: findings(layers).get("ontology-inconsistent"), 100)
    assert found["message"].startswith("the ontologies in force cannot be true together: ")
    layers._definitions._judging.patience = 100
    save(layers, "b.ttl", PREFIXES + ":X a owl:Class .")
    assert in_force(layers, "b") == 1, "what is in force already cannot be true: nobody else is refused"
    save(layers, "a.ttl", GOOD)
    assert in_force(layers, "a") == 3
    eventually(lambda: not findings(layers), 100)


def test_what_cannot_be_judged_is_a_warning_until_it_can(layers: Layers) -> None:
    layers._definitions._judging.patience = 0
    save(layers, "a.ttl", UNTRUE)
    eventually(lambda: "ontology-inconsistent" in findings(layers), 100)
    save(layers, "b.ttl", PREFIXES + ':p a owl:DatatypeProperty . :x :p "foo"^^<' + XSD.INTEGER + "> .")
    assert in_force(layers, "b") == 2
    found = eventually(lambda: findings(layers).get("ontology-unjudged"), 100)
    assert found["severity"] == SH.WARNING and '"foo"' in found["reason"]
    # what HermiT found before is not known any more; what follows by OWL 2 RL is
    assert set(findings(layers)) == {"ontology-unjudged", "data-inconsistent"}
    save(layers, "b.ttl", None)
    eventually(lambda: set(findings(layers)) == {"ontology-inconsistent", "data-inconsistent"}, 100)


def test_without_java_everything_comes_in(layers: Layers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers._reasoner, "_java", None)
    save(layers, "a.ttl", UNTRUE)
    assert in_force(layers, "a") == 6
    assert set(findings(layers)) == {"data-inconsistent"}, "what follows by OWL 2 RL is known without it"


def test_a_refused_save_is_refused_after_a_start_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "PATIENCE", 100.0)
    folder = workspace(tmp_path / "w")
    for text in (GOOD, UNTRUE):
        (folder / "ontology" / "a.ttl").write_text(text)
        layers = Layers(read(folder))
        try:
            assert in_force(layers, "a") == 3
            assert set(findings(layers)) == ({"ontology-inconsistent"} if text == UNTRUE else set())
        finally:
            layers.close()


def test_the_line_of_a_term_is_where_it_is_spoken_of(tmp_path: Path) -> None:
    file = tmp_path / "o.ttl"
    file.write_text("@prefix : <http://e/> .\n:AB a :X .\n:Y :p :A .\n:A a :Z .\n")
    assert line_of(file, "http://e/A") == 4
    assert line_of(file, "http://e/X") == 2
    assert line_of(file, "http://e/Nothing") is None
    assert line_of(tmp_path / "none", "http://e/A") is None
    file.write_text('<rdf:RDF>\n<owl:Class rdf:about="http://e/AB"/>\n<owl:Class rdf:about="http://e/A"/>\n')
    assert line_of(file, "http://e/A") == 3
