"""Files of ontologies and shapes: read once for each save, never while they are written."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ambit.graph.errors import AmbitError
from ambit.reasoning.ontologies.ontologies import public_label
from ambit.server.texts import KEPT, WorkspaceTexts
from ambit.server.workspace import Workspace

TURTLE = (
    "<http://example.com/A> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <http://example.com/{}> .\n"
)


@pytest.fixture
def texts(tmp_path: Path) -> Iterator[WorkspaceTexts]:
    (tmp_path / "ontology").mkdir()
    (tmp_path / "shapes").mkdir()
    yield WorkspaceTexts(Workspace(tmp_path), public_label({"urn:eu"}))


def looked(texts: WorkspaceTexts) -> dict[str, int]:
    """The names of a look, and how many triples each brings; -1 for what is kept."""
    found = texts.look()
    return {r.iri: -1 if r.location == KEPT else sum(len(g.triples) for g in r.graphs) for r in found}


def test_a_folder_reads_what_it_can(tmp_path: Path, texts: WorkspaceTexts) -> None:
    folder = tmp_path / "ontology"
    (folder / "good.rdf").write_text(TURTLE.format("B"))
    (folder / "good.ttl").write_text(TURTLE.format("B"))
    (folder / "broken.ttl").write_text("oops")
    (folder / "huge.ttl").write_bytes(b" " * 10_000_001)
    (folder / "core.jsonld").write_text('{"@id": "urn:x", "urn:p": "v"}')
    (folder / "remote.jsonld").write_text('{"@context": "http://127.0.0.1:1/c"}')
    (folder / "catalog-v001.xml").write_text("<catalog/>")
    (folder / "README.md").write_text("read me")
    (tmp_path / "shapes" / "good.ttl").write_text(TURTLE.format("B"))
    assert looked(texts) == {
        "urn:ambit:ontology:broken": -1,
        "urn:ambit:ontology:core": 1,
        "urn:ambit:ontology:good": 1,
        "urn:ambit:ontology:huge": -1,
        "urn:ambit:ontology:remote": -1,
        "urn:ambit:shapes:good": 1,
    }
    assert {path.name: problem.code for path, problem in texts.problems.items()} == {
        "broken.ttl": "source-invalid",
        "good.ttl": "source-invalid",
        "huge.ttl": "too-large",
        "remote.jsonld": "source-invalid",
    }


def test_a_file_is_read_once_for_each_save(tmp_path: Path, texts: WorkspaceTexts) -> None:
    file, other = tmp_path / "ontology" / "a.ttl", tmp_path / "ontology" / "b.ttl"
    file.write_text(TURTLE.format("B"))
    other.write_text("oops")
    assert looked(texts) == {"urn:ambit:ontology:a": 1, "urn:ambit:ontology:b": -1}
    assert set(texts.problems) == {other}
    assert looked(texts)["urn:ambit:ontology:a"] == -1 and not texts.problems
    texts.forget(file)
    assert looked(texts)["urn:ambit:ontology:a"] == 1
    file.unlink()
    assert "urn:ambit:ontology:a" not in looked(texts)


def test_a_save_that_keeps_size_and_time_is_seen(tmp_path: Path, texts: WorkspaceTexts) -> None:
    file = tmp_path / "ontology" / "a.ttl"
    file.write_text(TURTLE.format("B"))
    os.utime(file, (1_000_000_000, 1_000_000_000))
    assert looked(texts) == {"urn:ambit:ontology:a": 1}
    file.write_text(TURTLE.format("C"))
    os.utime(file, (1_000_000_000, 1_000_000_000))
    assert looked(texts) == {"urn:ambit:ontology:a": 1}


def test_what_is_being_written_is_not_read(tmp_path: Path, texts: WorkspaceTexts) -> None:
    file, other = tmp_path / "ontology" / "a.ttl", tmp_path / "ontology" / "b.ttl"
    file.write_text(TURTLE.format("B"))
    other.write_text(TURTLE.format("B"))
    looked(texts)
    with file.open("w") as writer:  # truncated
        assert looked(texts) == {"urn:ambit:ontology:a": -1, "urn:ambit:ontology:b": -1}
        assert texts.unsettled == {file} and not texts.problems
        writer.write(TURTLE.format("C"))  # so far it reads well
        writer.flush()
        other.write_text(TURTLE.format("C"))
        assert looked(texts) == {"urn:ambit:ontology:a": -1, "urn:ambit:ontology:b": 1}
        assert texts.unsettled == {file} and not texts.problems
        writer.write(TURTLE.format("D"))
    assert looked(texts) == {"urn:ambit:ontology:a": 2, "urn:ambit:ontology:b": -1}
    assert not texts.unsettled


def test_a_new_file_that_is_being_written_keeps_its_name(tmp_path: Path, texts: WorkspaceTexts) -> None:
    with (tmp_path / "ontology" / "a.owl").open("w"):
        (tmp_path / "ontology" / "a.ttl").write_text(TURTLE.format("B"))
        assert looked(texts) == {"urn:ambit:ontology:a": -1}


def test_the_second_of_a_name_comes_in_when_the_first_goes_or_breaks(
    tmp_path: Path, texts: WorkspaceTexts
) -> None:
    first, second = tmp_path / "ontology" / "a.owl", tmp_path / "ontology" / "a.ttl"
    first.write_text(TURTLE.format("B"))
    second.write_text(TURTLE.format("C") + TURTLE.format("D"))
    assert looked(texts) == {"urn:ambit:ontology:a": 1} and set(texts.problems) == {second}
    first.write_text("oops")
    assert looked(texts) == {"urn:ambit:ontology:a": 2} and set(texts.problems) == {first}
    first.unlink()
    assert looked(texts) == {"urn:ambit:ontology:a": -1} and not texts.problems


def test_what_is_no_regular_file_holds_nobody_up(tmp_path: Path, texts: WorkspaceTexts) -> None:
    os.mkfifo(tmp_path / "ontology" / "pipe.ttl")
    (tmp_path / "ontology" / "folder.ttl").mkdir()
    assert set(looked(texts).values()) == {-1}
    problems: dict[str, AmbitError] = {path.name: problem for path, problem in texts.problems.items()}
    assert {name: problem.code for name, problem in problems.items()} == {
        "pipe.ttl": "source-invalid",
        "folder.ttl": "source-invalid",
    }
