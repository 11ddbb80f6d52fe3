"""A workspace with sources, and an owner that labels what comes by its hints."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ambit.graph.errors import Invalid
from ambit.graph.snapshot import Snapshot
from ambit.graph.store.owner import Owner
from ambit.graph.terms import Literal, NamedNode, Triple
from ambit.graph.vocabulary import AMBIT
from ambit.graph.words import Change, Label, Record, Role

PREFIXES = """
@prefix : <https://e.org/o#> .
@prefix ambit: <https://w3id.org/ambit#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix map: <https://e.org/map/> .
@prefix ql: <http://semweb.mmlab.be/ns/ql#> .
@prefix rml: <http://semweb.mmlab.be/ns/rml#> .
@prefix rr: <http://www.w3.org/ns/r2rml#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
PAGES = '<https://e.org/s/pages> a ambit:Folder ; ambit:location "pages" ; ambit:hasSensitivity ambit:Open .'


def labelled(change: Change, snapshot: Snapshot) -> Change:
    """A check that gives each graph with hints a label; a record that says `refuse me` is refused."""
    records = []
    for record in change.records:
        if any(t.object == Literal("refuse me") for g in record.graphs for t in g.triples):
            raise Invalid("refused", code="record-refused", details={"record": record.iri})
        graphs = []
        for graph in record.graphs:
            hints = graph.hints
            assert hints is not None
            label = Label(
                hints.source,
                hints.sensitivity or AMBIT.INTERNAL,
                hints.jurisdictions or frozenset({AMBIT.EU}),
                hints.anchors or frozenset({AMBIT.EVERYBODY}),
            )
            graphs.append(replace(graph, label=label))
        records.append(replace(record, graphs=tuple(graphs)))
    return replace(change, records=tuple(records))


def write(root: Path, name: str, text: str | bytes) -> Path:
    """A file of the workspace, with its folders."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def describe(root: Path, text: str, name: str = "sources/all.ttl") -> Path:
    """A file of `sources/`, with the usual prefixes."""
    return write(root, name, PREFIXES + text)


@contextmanager
def owner_of(folder: Path) -> Iterator[Owner]:
    """An owner with the label check."""
    owner = Owner(folder, checks=(labelled,))
    try:
        yield owner
    finally:
        owner.close()


def said(owner: Owner, *, of: str | None = None) -> set[tuple[str, str, str]]:
    """The triples of data, `of` one predicate's local name, as (subject, predicate's local name, object)."""
    found = set()
    for quad in owner.match(None, None, None, frozenset({Role.DATA})):
        predicate = quad.predicate.value.replace("#", "/").rpartition("/")[2]
        if of in (None, predicate):
            subject = quad.subject.value if isinstance(quad.subject, NamedNode) else "_"
            found.add((subject, predicate, _value(quad.object)))
    return found


def _value(term: object) -> str:
    return term.value if isinstance(term, NamedNode | Literal) else "_"


def findings(owner: Owner) -> list[tuple[str, str]]:
    """Code and message of each finding."""
    found: dict[str, dict[str, str]] = {}
    for quad in owner.match(None, None, None, frozenset({Role.SYSTEM})):
        found.setdefault(str(quad.subject), {})[quad.predicate.value] = _value(quad.object)
    return sorted(
        (one[AMBIT.CODE], one["http://www.w3.org/ns/shacl#resultMessage"]) for one in found.values()
    )


def triples(record: Record) -> set[Triple]:
    """All that a record says."""
    return {triple for graph in record.graphs for triple in graph.triples}
