"""An ontology of 2,000 classes, saved beside the demo company: `python -m benchmarks.ontology`."""

import tempfile
import threading
import time
from pathlib import Path

from ambit.graph.words import Delta
from ambit.reasoning.ontologies.consistency import Reasoner
from ambit.reasoning.ontologies.ontologies import ONTOLOGIES
from ambit.server.demo.company import write
from ambit.server.layers import Layers
from ambit.server.settings import read

from .figures import Figure, table

CLASSES = 2_000
SAVES = 5
HEAD = """@prefix : <https://large.example/ontology#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<https://large.example/ontology> a owl:Ontology .
"""


def main() -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "halden")
        layers = Layers(read(Path(folder) / "halden"))
        try:
            layers.start()
            layers.ingest.wait()
            print(table("Ontologies", _figures(layers)))
        finally:
            layers.close()


def ontology(version: int) -> str:
    """Classes below one another, 200 properties, 670 restrictions, 500 disjointnesses: 14,000 triples."""
    said = [HEAD]
    for n in range(CLASSES // 10):
        said.append(
            f":p{n} a owl:ObjectProperty ; skos:prefLabel 'property {n}'@en ; skos:definition 'Of {n}.'@en .\n"
        )
    for n in range(CLASSES):
        said.append(f":C{n} a owl:Class ; skos:prefLabel 'class {n}'@en ; skos:definition 'Number {n}.'@en")
        if n:
            said.append(f" ; rdfs:subClassOf :C{(n - 1) // 4}")
        if n % 3 == 0:
            filler = f"owl:onProperty :p{n % 200} ; owl:someValuesFrom :C{n * 7 % CLASSES}"
            said.append(f" ; rdfs:subClassOf [ a owl:Restriction ; {filler} ]")
        if n % 4 == 1:
            said.append(f" ; owl:disjointWith :C{n + 1}")
        said.append(
            f" ; rdfs:subClassOf :C{version} .\n" if n == 77 else " .\n"
        )  # so that conclusions differ
    return "".join(said)


def _figures(layers: Layers) -> list[Figure]:
    """Seconds from the end of a save to the commit that puts it in force."""
    without = Reasoner(java="")
    with_java, judging = layers._reasoner, layers._definitions._judging
    runs: dict[str, list[float]] = {"first": [], "saved": [], "without": []}
    runs["first"].append(_save(layers, 0))
    for version in range(1, SAVES + 1):
        time.sleep(5)  # HermiT is through with the last one
        runs["saved"].append(_save(layers, version))
    judging._reasoner = without
    for version in range(SAVES + 1, 2 * SAVES + 1):
        runs["without"].append(_save(layers, version))
    size = f"an ontology of {CLASSES:,} classes"
    figures = [Figure(f"{size}, new: in force", runs["first"], "s", "3 s")]
    if with_java.is_there:
        figures.append(Figure(f"{size}, saved: in force, with HermiT's word", runs["saved"], "s", "3 s"))
    return [*figures, Figure(f"{size}, saved: in force, without Java", runs["without"], "s", "3 s")]


def _save(layers: Layers, version: int) -> float:
    """Seconds until the ontology stands in a commit, counted from when its file was closed."""
    heard = threading.Event()

    def listen(delta: Delta) -> None:
        if any(f"{ONTOLOGIES}large" in str(placed.quad.graph_name) for placed in delta.into):
            heard.set()

    layers.owner.listen(listen)
    path = layers._definitions._workspace.ontology / "large.ttl"
    text = ontology(version)
    path.write_text(text)
    begun = time.perf_counter()
    assert heard.wait(60)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
