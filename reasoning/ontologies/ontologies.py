"""The workspace's ontologies and shapes: read from files into records, and gathered as those in force."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from ...graph.rdf.parsing import name_blanks
from ...graph.snapshot import Snapshot
from ...graph.terms import Triple
from ...graph.vocabulary import AMBIT
from ...graph.words import Change, Hints, Label, Record, RecordGraph, Role
from .syntaxes import read_ontology

ONTOLOGIES: Final = "urn:ambit:ontology:"
SHAPES: Final = "urn:ambit:shapes:"
SUFFIXES: Final = frozenset(
    {
        *(".ttl", ".nt", ".n3", ".owl", ".rdf", ".rdfs", ".xml", ".owx", ".jsonld", ".json"),
        *(
            ".ofn",
            ".omn",
            ".obo",
            ".krss",
            ".tex",
        ),  # what Protégé writes, too, and is refused with what to do
    }
)
"""What an ontology file may be called; what it is, its content says."""


def public_label(jurisdictions: Iterable[str]) -> Label:
    """The label of what everybody may read who reads anything: only such an ontology gives axioms."""
    return Label(AMBIT.ONTOLOGY, AMBIT.OPEN, frozenset(jurisdictions), frozenset({AMBIT.EVERYBODY}))


def ontology_record(path: Path, label: Label, data: bytes) -> Record:
    """The record of one ontology file, in any syntax of `syntaxes`.

    Raises `SourceInvalid` or `TooLarge` with file and line; whoever commits then leaves the last good version
    in force.
    """
    return _record(path, ONTOLOGIES, Role.ONTOLOGY, label, data)


def shapes_record(path: Path, label: Label, data: bytes) -> Record:
    """The record of one shapes file; raises like `ontology_record`."""
    return _record(path, SHAPES, Role.SYSTEM, label, data)


def record_iri(kind: str, stem: str) -> str:
    """The record, and the graph, of the file with this stem; `kind` is `ONTOLOGIES` or `SHAPES`."""
    return kind + quote(stem, safe="")


def _record(path: Path, kind: str, role: Role, label: Label, data: bytes) -> Record:
    """A file as a record of one graph, both named by the file's stem."""
    iri = record_iri(kind, path.stem)
    triples = name_blanks(read_ontology(data, name=str(path), base=iri), iri)
    graph = RecordGraph(iri, triples, None, role, label)
    return Record(iri, AMBIT.ONTOLOGY, (graph,), hashlib.sha256(data).hexdigest(), str(path))


@dataclass(frozen=True, slots=True)
class InForce:
    """The ontologies that everybody may read, and the shapes; the keys change when their content does."""

    ontology_key: str
    shapes_key: str
    ontologies: tuple[Triple, ...]
    shapes: tuple[Triple, ...]


class Texts:
    """The ontologies and shapes in force, before a change or with it; read again only when one changed.

    Called under the store's writer lock, so it needs none of its own.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], InForce] = {}

    def in_force(self, snapshot: Snapshot, change: Change | None = None) -> InForce:
        """What holds in the store, with the records of `change` in the place of their earlier versions."""
        replaced = {r.iri for r in change.records} if change else set()
        texts = [
            t
            for iri in snapshot.records_of(AMBIT.ONTOLOGY)
            if iri not in replaced
            for t in _held(snapshot, iri)
        ]
        texts += [t for r in (change.records if change else ()) for t in _brought(r)]
        texts.sort(key=lambda text: text.graph)
        key = (_key(t for t in texts if not t.shapes), _key(t for t in texts if t.shapes))
        if key not in self._known:
            found = InForce(
                *key,
                tuple(triple for t in texts if not t.shapes for triple in t.read()),
                tuple(triple for t in texts if t.shapes for triple in t.read()),
            )
            self._known = dict([*self._known.items()][-1:]) | {key: found}
        return self._known[key]


@dataclass(frozen=True, slots=True)
class _Text:
    """One graph that is an ontology or shapes, not yet read."""

    graph: str
    shapes: bool
    digest: str
    read: Callable[[], Iterable[Triple]]


def _key(texts: Iterable[_Text]) -> str:
    return hashlib.sha256("\n".join(f"{t.graph} {t.digest}" for t in texts).encode()).hexdigest()


def _held(snapshot: Snapshot, iri: str) -> Iterator[_Text]:
    """The texts that a record in the store is."""
    for entry in snapshot.record(iri):
        label = snapshot.label(entry.compartment) if entry.compartment else None
        digest = snapshot.digest(iri) or ""
        if entry.role is Role.ONTOLOGY and is_public(label):
            yield _Text(entry.graph, False, digest, lambda graph=entry.graph: snapshot.triples(graph))  # type: ignore[misc]
        elif entry.role is Role.SYSTEM and entry.graph.startswith(SHAPES):
            yield _Text(entry.graph, True, digest, lambda graph=entry.graph: snapshot.triples(graph))  # type: ignore[misc]


def _brought(record: Record) -> Iterator[_Text]:
    """The texts that a record of a change is."""
    if record.source != AMBIT.ONTOLOGY:
        return
    for graph in record.graphs:
        if graph.role is Role.ONTOLOGY and is_public(graph.label or _hinted(graph.hints)):
            yield _Text(graph.graph, False, record.digest, lambda found=graph.triples: found)  # type: ignore[misc]
        elif graph.role is Role.SYSTEM and graph.graph.startswith(SHAPES):
            yield _Text(graph.graph, True, record.digest, lambda found=graph.triples: found)  # type: ignore[misc]


def is_public(label: Label | None) -> bool:
    """Whether everybody may read it who reads anything.

    An axiom with a narrower label would be a second premise, and nothing is concluded from it.
    """
    return label is not None and label.sensitivity == AMBIT.OPEN and AMBIT.EVERYBODY in label.audience


def _hinted(hints: Hints | None) -> Label | None:
    """The label that complete hints amount to."""
    if hints is None or hints.sensitivity is None:
        return None
    return Label(hints.source, hints.sensitivity, hints.jurisdictions, hints.anchors)
