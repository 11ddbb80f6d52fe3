"""The W3C's SPARQL tests (github.com/w3c/rdf-tests) as they lie in a folder: read from their own manifests."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import NamedNode, Quad, RdfFormat, Store, parse

BASE = "http://w3c.example/"
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"

GROUPS = {
    "sparql10": "algebra ask basic bnode-coreference boolean-effective-value bound cast construct dataset distinct"
    " expr-builtin expr-equals expr-ops graph i18n open-world optional optional-filter reduced regex solution-seq"
    " sort triple-match type-promotion syntax-sparql1 syntax-sparql2 syntax-sparql3 syntax-sparql4 syntax-sparql5",
    "sparql11": "aggregates bind bindings cast construct csv-tsv-res exists functions grouping json-res negation"
    " project-expression property-path service subquery syntax-fed syntax-query",
}


@dataclass(frozen=True)
class Entry:
    """One entry of a manifest; paths are files, `name` is the folder and the entry's name."""

    name: str
    kind: str
    query: Path
    data: tuple[Path, ...] = ()
    graphs: tuple[tuple[str, Path], ...] = ()
    result: Path | None = None
    is_lax: bool = False  # how often a row comes is not determined


def entries(folder: Path) -> Iterator[Entry]:
    """The tests of all groups below `folder`, which holds `sparql10` and `sparql11`."""
    for family, groups in GROUPS.items():
        for group in groups.split():
            yield from _of_manifest(folder, folder / family / group / "manifest.ttl")


def iri_of(folder: Path, path: Path) -> str:
    """The IRI that a file of the suite has in it."""
    return BASE + path.relative_to(folder).as_posix()


def path_of(folder: Path, iri: str) -> Path:
    """The file that such an IRI names."""
    return folder / iri.removeprefix(BASE)


def triples_of(folder: Path, path: Path) -> list[Quad]:
    """What a file of data says; blank nodes get labels of their own."""
    form = {".rdf": RdfFormat.RDF_XML, ".nt": RdfFormat.N_TRIPLES}.get(path.suffix, RdfFormat.TURTLE)
    data = parse(path.read_bytes(), format=form, base_iri=iri_of(folder, path), rename_blank_nodes=True)
    return list(data)


class _Manifest:
    def __init__(self, folder: Path, path: Path):
        self._store = Store()
        self._store.extend(triples_of(folder, path))

    def all(self, subject: object, name: str) -> list[NamedNode]:
        return [q.object for q in self._store.quads_for_pattern(subject, NamedNode(name), None)]

    def one(self, subject: object, name: str) -> NamedNode | None:
        return next(iter(self.all(subject, name)), None)

    def entries(self) -> Iterator[NamedNode]:
        for quad in self._store.quads_for_pattern(None, NamedNode(MF + "entries"), None):
            cell = quad.object
            while cell is not None and cell != NamedNode(RDF + "nil"):
                first = self.one(cell, RDF + "first")
                if first is not None:
                    yield first
                cell = self.one(cell, RDF + "rest")


def _of_manifest(folder: Path, path: Path) -> Iterator[Entry]:
    manifest = _Manifest(folder, path)
    for entry in manifest.entries():
        kind = manifest.one(entry, RDF + "type")
        action = manifest.one(entry, MF + "action")
        if kind is None or action is None:
            continue
        query = action if isinstance(action, NamedNode) else manifest.one(action, QT + "query")
        result = manifest.one(entry, MF + "result")
        name = f"{path.parent.parent.name}/{path.parent.name}/{entry.value.rpartition('#')[2]}"
        if query is None:
            continue
        yield Entry(
            name,
            kind.value.removeprefix(MF),
            path_of(folder, query.value),
            tuple(path_of(folder, data.value) for data in manifest.all(action, QT + "data")),
            tuple(_graph(folder, manifest, graph) for graph in manifest.all(action, QT + "graphData")),
            path_of(folder, result.value) if isinstance(result, NamedNode) else None,
            bool(manifest.all(entry, MF + "resultCardinality")),
        )


def _graph(folder: Path, manifest: _Manifest, graph: NamedNode) -> tuple[str, Path]:
    if isinstance(graph, NamedNode):
        return graph.value, path_of(folder, graph.value)
    path = manifest.one(graph, QT + "graph")
    label = manifest.one(graph, RDFS + "label")
    assert path is not None
    return (label.value if label is not None else path.value), path_of(folder, path.value)
