"""The table of SPARQL's features with governance on: worked out by asking a server, and written for people.

`python tests/server/featuretable.py FILE` writes it; a test holds the file in `benchmarks/` to it.
"""

import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import httpx2

sys.path.insert(0, str(Path(__file__).parents[1] / "graph"))

from exactanswers import Said, multiset, said
from featureworld import (
    DEFAULT,
    GRAPHS,
    OPEN,
    PROLOGUE,
    World,
    bare_of,
    canonical,
    graphs_seen,
    quads_of,
    served,
)
from protocolfeatures import EXCHANGES
from pyoxigraph import DefaultGraph, NamedNode, Quad, Store
from queryfeatures import FEATURES, Feature
from updatefeatures import OPERATIONS, Operation

TABLE = Path(__file__).parents[2] / "benchmarks" / "sparql-features.md"
SAME = "same answer"


@dataclass(frozen=True)
class Line:
    """A feature and what came of it."""

    part: str
    section: str
    name: str
    outcome: str
    is_good: bool = True


def queried(world: World) -> list[Line]:
    """Every feature of SPARQL 1.1 Query, tried once."""
    return [_query(world, feature) for feature in FEATURES]


def changed(world: World) -> list[Line]:
    """Every operation of Update, and every exchange of the protocols."""
    lines = [_operation(world, operation) for operation in OPERATIONS]
    for exchange in EXCHANGES:
        world.reset()
        holds = exchange.holds(world)
        lines.append(Line(_ORDER[2], exchange.section, exchange.name, "yes" if holds else "no", holds))
    return lines


def _query(world: World, feature: Feature) -> Line:
    text = feature.text if feature.text.startswith("BASE") else PROLOGUE + feature.text
    headers = {
        "Content-Type": "application/sparql-query",
        "Accept": "application/sparql-results+json, text/turtle;q=0.9",
    }
    answer = world.cleo.post("/sparql", content=text.encode(), headers=headers)
    if feature.refused:
        good = answer.status_code == 400 and answer.json()["code"] == feature.refused
        return Line("Query", feature.section, feature.name, "refused by design", good)
    try:
        expected: Said | str = bare_of(text)
    except (SyntaxError, RuntimeError) as error:
        expected = str(error)
    if isinstance(expected, str) or answer.status_code != 200:
        good = isinstance(expected, str) and answer.status_code == 400 and bool(feature.deviates)
        return Line("Query", feature.section, feature.name, f"deviates: {feature.deviates}", good)
    form = "ttl" if expected.kind == "graph" else "json"
    got = said(expected.kind, answer.content, form)
    good = multiset(got.rows, frozenset()) == multiset(expected.rows, frozenset())
    return Line(
        "Query",
        feature.section,
        feature.name,
        f"deviates: {feature.deviates}" if feature.deviates else SAME,
        good,
    )


def _operation(world: World, operation: Operation) -> Line:
    world.reset()
    hidden = _dump(world.ada, lambda graph: graph in GRAPHS and not graph.startswith(OPEN))
    answer = world.cleo.post(
        "/sparql", content=PROLOGUE + operation.text, headers={"Content-Type": "application/sparql-update"}
    )
    kept = hidden == _dump(world.ada, lambda graph: graph in GRAPHS and not graph.startswith(OPEN))
    if operation.refused:
        good = kept and answer.status_code == operation.refused
        return Line("Update", operation.section, operation.name, "refused by design", good)
    store = Store()
    store.extend(quads_of({name: text for name, text in GRAPHS.items() if name.startswith(OPEN)}))
    store.update(PROLOGUE + (operation.bare or operation.text))
    expected = canonical(
        Quad(q.subject, q.predicate, q.object, NamedNode(DEFAULT)) if q.graph_name == DefaultGraph() else q
        for q in store
    )
    ours = _dump(world.cleo, lambda graph: graph.startswith(OPEN) or graph == DEFAULT)
    good = answer.is_success and kept and ours == expected
    return Line("Update", operation.section, operation.name, "same graphs afterwards", good)


def _dump(client: httpx2.Client, wanted: Callable[[str], bool]) -> frozenset[str]:
    return canonical(q for q in graphs_seen(client) if wanted(q.graph_name.value))


def printed(lines: Iterable[Line]) -> str:
    """The table as Markdown."""
    said, part, section = [_HEAD], "", ""
    for line in sorted(lines, key=lambda line: _ORDER.index(line.part)):
        if line.part != part:
            part, section = line.part, ""
            said.append(f"\n## {part}\n\n| section | feature | with governance on |\n|---|---|---|")
        shown = line.section if line.section != section else ""
        section = line.section
        said.append(f"| {shown} | {line.name.replace('|', chr(92) + '|')} | {line.outcome} |")
    return "\n".join(said) + "\n"


_ORDER = ["Query", "Update", "Protocol, formats, Graph Store Protocol"]
_HEAD = """# SPARQL 1.1 with governance on

Each line is one small request over HTTP by a caller who may see a part of the data, compared with bare Oxigraph over
exactly that part; the hidden part would change most answers. `make test` asks the queries again and compares with
this file, `make long` all. `python tests/server/featuretable.py` writes it.
*Deviates* means: from the standard; in no line does the view say anything else than bare Oxigraph."""


def main() -> None:
    """Writes the table."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "w") as world:
        lines = queried(world) + changed(world)
    for line in lines:
        if not line.is_good:
            print(f"not so: {line}", file=sys.stderr)
    Path(sys.argv[1] if len(sys.argv) > 1 else TABLE).write_text(printed(lines))


if __name__ == "__main__":
    main()
