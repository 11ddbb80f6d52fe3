"""Ontologies saved as Protégé saves them: none lost, none half-read; what they define is in GraphQL at once."""

import threading
import time
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest
from protege import Protege
from served import Served, eventually

from ambit.graph.terms import NamedNode, Triple
from ambit.graph.vocabulary import AMBIT, node
from ambit.graph.words import Delta, Role
from ambit.reasoning.ontologies.ontologies import ONTOLOGIES
from ambit.server.layers import Layers
from ambit.server.settings import read


@pytest.fixture
def layers(tmp_path: Path) -> Iterator[Layers]:
    with as_file(files("ambit.server.starter")) as starter:
        copytree(starter, tmp_path / "w", ignore=ignore_patterns("__*"))
    layers = Layers(read(tmp_path / "w"))
    layers.start()
    yield layers
    layers.close()


class Watched:
    """Every state of an ontology that was ever in force, in order."""

    def __init__(self, layers: Layers, name: str):
        self.states: list[frozenset[Triple]] = []
        self._owner, self._graph = layers.owner, ONTOLOGIES + name
        layers.owner.listen(self._on_delta)

    def _on_delta(self, delta: Delta) -> None:
        graph = NamedNode(self._graph)
        if any(placed.quad.graph_name == graph for placed in (*delta.out, *delta.into)):
            self.states.append(frozenset(self._owner.triples(self._graph)))

    def wait_for(self, state: frozenset[Triple]) -> None:
        """Until the ontology says this."""
        eventually(lambda: self.now == state, 60)

    @property
    def now(self) -> frozenset[Triple]:
        return frozenset(self._owner.triples(self._graph))


def problems(layers: Layers) -> set[str]:
    """The files of the workspace that something is said of."""
    said = layers.owner.match(None, node(AMBIT.ABOUT), None, frozenset({Role.SYSTEM}))
    return {quad.object.value.rpartition("/")[2] for quad in said if isinstance(quad.object, NamedNode)}


def edit(layers: Layers, program: Protege, watched: Watched, saves: int) -> None:
    """Saves, now and then waiting for what was saved to be in force."""
    for number in range(saves):
        good = program.save(number)
        last = number == saves - 1
        if not program.good:
            continue
        wanted = program.good[-1]
        if last or number % 3 == 0:
            watched.wait_for(wanted)
            eventually(lambda good=good: (program.path.name in problems(layers)) is not good, 60)  # type: ignore[misc]
            program.say(
                f"{program.path.name} {number:3} in force: {len(wanted)} triples; {'good' if good else 'told'}"
            )


def simulate(layers: Layers, saves: int, seed: int) -> None:
    """Two programs with an ontology each, in one folder: a save of one never shows the other's half."""
    eventually(lambda: layers.ingest.wait(0), 60)
    began = time.monotonic()
    lines: list[str] = []
    programs, seen, threads, failed = [], [], [], []
    for name in ("first", "second"):
        path = layers._definitions._workspace.ontology / f"{name}.owl"
        watched = Watched(layers, name)
        program = Protege(
            path,
            seed + len(name),
            lambda line: lines.append(f"{time.monotonic() - began:7.2f} {line}"),
            watched.wait_for,
        )

        def run(program: Protege = program, watched: Watched = watched) -> None:
            try:
                edit(layers, program, watched, saves // 2)
            except BaseException as error:  # told below
                failed.append(error)

        programs.append(program)
        seen.append(watched)
        threads.append(threading.Thread(target=run))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("\n" + "\n".join(lines))
    assert not failed, failed
    for program, watched in zip(programs, seen, strict=True):
        half = [state for state in watched.states if state not in program.good]
        assert not half, f"{program.path.name}: {len(half)} states that no save made"
        assert watched.now == program.good[-1]
        order = [program.good.index(state) for state in watched.states]
        print(
            f"{program.path.name}: {len(program.good)} good saves, {len(order)} states in force, in order: {order}"
        )
        assert order == sorted(order)


def test_random_saves_are_neither_lost_nor_half_read(layers: Layers) -> None:
    layers._reasoner._java = None  # whoever waits for Java here learns nothing
    simulate(layers, 16, seed=7)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [1, 2])
def test_two_hundred_random_saves_are_neither_lost_nor_half_read(layers: Layers, seed: int) -> None:
    simulate(layers, 200, seed=seed)


# -- GraphQL

ONTOLOGY = """@prefix : <https://halden.example/machines#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:Centrifuge a owl:Class ; rdfs:subClassOf :Machine ; skos:definition "{}" .
:Machine a owl:Class ; skos:definition "Anything that is plugged in." .
:spins a owl:DatatypeProperty , owl:FunctionalProperty ; skos:definition "Turns a minute." .
"""
DATA = "@prefix : <https://halden.example/machines#> .\n:one a :Centrifuge ; :spins 9000 .\n"
ASKED = '{ __type(name: "%s") { description fields { name description } } }'


def test_a_new_class_and_its_properties_are_in_graphql_with_their_definitions(demo: Served) -> None:
    ontology = demo.workspace / "ontology" / "machines.owl"
    page = demo.workspace / "pages" / "handbook" / "machines.ttl"

    def told(name: str) -> tuple[str | None, dict[str, str | None]] | None:
        found = demo.data("support_question", ASKED % name)["__type"]
        return found and (found["description"], {f["name"]: f["description"] for f in found["fields"]})

    assert told("Centrifuge") is None
    try:
        page.write_text(DATA)
        eventually(lambda: told("Centrifuge"))
        ontology.write_text(ONTOLOGY.format("What turns fast."))
        eventually(lambda: (told("Centrifuge") or ("", {}))[0] == "What turns fast.")
        fields = (told("Centrifuge") or ("", {}))[1]
        assert fields["spins"] == "Turns a minute."
        assert eventually(lambda: told("Machine"))[0] == "Anything that is plugged in.", "by conclusion"
        rows = demo.data("support_question", "{ machines { nodes { iri } } centrifuges { nodes { spins } } }")
        assert rows["machines"]["nodes"] == [{"iri": "https://halden.example/machines#one"}]
        assert rows["centrifuges"]["nodes"] == [{"spins": 9000}]
        ontology.write_text(ONTOLOGY.format("What separates."))
        eventually(lambda: (told("Centrifuge") or ("", {}))[0] == "What separates.")
        ontology.write_text("broken <")
        time.sleep(0.5)
        assert (told("Centrifuge") or ("", {}))[0] == "What separates."
    finally:
        ontology.unlink(missing_ok=True)
        page.unlink(missing_ok=True)
    eventually(lambda: told("Centrifuge") is None and told("Machine") is None)
