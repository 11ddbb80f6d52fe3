"""The governance graph and how a commit keeps it: files, governed relations, what follows from both.

Only what the workspace's owner writes into governance says which source governs which relation. A triple from
anywhere else never counts in a decision, whatever its predicate.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

from ...graph.compartments import short_hash
from ...graph.errors import SourceInvalid
from ...graph.rdf.parsing import name_blanks, read_rdf
from ...graph.snapshot import Snapshot
from ...graph.terms import NamedNode, Triple
from ...graph.vocabulary import AMBIT, OWL, RDF, SKOS, node
from ...graph.words import Change, Hints, Record, RecordGraph, Role
from ..ontologies.entail import stored
from .closure import AXIOMS

Check: TypeAlias = Callable[[Change, Snapshot], Change]

FILE: Final = "urn:ambit:governance:file:"
SHIPPED: Final = "urn:ambit:governance:shipped"
INFERRED: Final = "urn:ambit:governance:inferred"
GOVERNED: Final = "urn:ambit:governed:"
ACT: Final = "urn:ambit:governance:act:"
"""What the record of an act begins with: it is written on a person's request, not by the workspace's owner."""

VOCABULARY: Final = "urn:ambit:ontology"
_TURTLE: Final = Path(__file__).parents[2] / "ontology"

UNGOVERNABLE: Final = frozenset(
    node(iri)
    for iri in (
        AMBIT.GOVERNS,
        OWL.SAME_AS,
        AMBIT.COMES_FROM,
        AMBIT.HAS_SENSITIVITY,
        AMBIT.HAS_JURISDICTION,
        AMBIT.HAS_AUDIENCE,
        AMBIT.MEMBER_OF_ALL,
        AMBIT.REPORTS_TO_ALL,
        AMBIT.IS_IN_FOLDER_ALL,
        SKOS.BROADER_TRANSITIVE,
        AMBIT.AUTONOMY_OF,
        AMBIT.LEVEL,
    )
)
"""What no source can govern, beside axioms: who governs, equality, labels, levels, and what is materialised."""


def governance_record(path: Path, *, kind: str = FILE) -> Record:
    """The record of one file of governance, in Turtle; raises `SourceInvalid` with file and line.

    Whoever commits then leaves the last good version in force. `kind` begins the IRI: another for source
    files.
    """
    iri = kind + path.stem
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceInvalid(f"`{path}` cannot be read", details={"file": str(path)}) from error
    triples = name_blanks(read_rdf(data, name=str(path), syntax="turtle"), iri)
    return _record(iri, frozenset(triples), hashlib.sha256(data).hexdigest(), str(path))


def withdrawn(path: Path, *, kind: str = FILE) -> Record:
    """What to commit when a file of governance has gone."""
    return Record(kind + path.stem, AMBIT.GOVERNANCE)


def shipped() -> tuple[Record, ...]:
    """Ambit's own terms: in the governance graph for rules, and as an ontology for readers."""
    triples = vocabulary()
    digest = hashlib.sha256("\n".join(sorted(map(str, triples))).encode()).hexdigest()
    graph = RecordGraph(VOCABULARY, triples, Hints(AMBIT.ONTOLOGY), Role.SYSTEM)
    return (
        _record(SHIPPED, triples, digest, "ontology/"),
        Record(VOCABULARY, AMBIT.ONTOLOGY, (graph,), digest, "ontology/"),
    )


def vocabulary() -> frozenset[Triple]:
    """What `ontology/*.ttl` says."""
    return frozenset[Triple]().union(*(vocabulary_of(name) for name in shipped_names()))


@cache
def shipped_names() -> tuple[str, ...]:
    """The stems of Ambit's own ontologies."""
    return tuple(sorted(path.stem for path in _TURTLE.glob("*.ttl")))


@cache
def vocabulary_of(name: str) -> frozenset[Triple]:
    """What one of Ambit's own ontologies says."""
    data = (_TURTLE / f"{name}.ttl").read_bytes()
    return name_blanks(read_rdf(data, name=f"{name}.ttl", syntax="turtle"), SHIPPED)


def _record(iri: str, triples: frozenset[Triple], digest: str, location: str) -> Record:
    graph = RecordGraph(iri, triples, Hints(AMBIT.GOVERNANCE), Role.GOVERNANCE)
    return Record(iri, AMBIT.GOVERNANCE, (graph,), digest, location)


# -- governed relations


def govern(change: Change, snapshot: Snapshot) -> Change:
    """Copies what governing sources govern in their records into the governance graph, under their name."""
    before = _declared(snapshot, Change(()))
    after = _declared(snapshot, change)
    records = [_governed(record, after.get(record.source, frozenset())) for record in change.records]
    changed = {record.iri for record in change.records}
    for source in sorted(before.keys() | after.keys()):
        if before.get(source) != after.get(source):
            for iri in set(snapshot.records_of(source)) - changed:
                records.append(_governed(stored(snapshot, iri), after.get(source, frozenset())))
    return replace(change, records=tuple(records))


def _declared(snapshot: Snapshot, change: Change) -> Mapping[str, frozenset[NamedNode]]:
    """By source, what the owner's governance lets it govern once `change` has been made."""
    replaced = {record.iri for record in change.records}
    found: defaultdict[str, set[NamedNode]] = defaultdict(set)
    for quad in snapshot.match(None, node(AMBIT.GOVERNS), None, frozenset({Role.GOVERNANCE})):
        entry = snapshot.entry(quad.graph_name.value) if isinstance(quad.graph_name, NamedNode) else None
        if (
            entry is not None
            and entry.source == AMBIT.GOVERNANCE
            and entry.record not in replaced
            and not entry.record.startswith(ACT)
        ):
            _declare(quad.triple, found)
    for record in change.records:
        if record.source == AMBIT.GOVERNANCE and not record.iri.startswith(ACT):
            for triple in (t for g in record.graphs if g.role is Role.GOVERNANCE for t in g.triples):
                _declare(triple, found)
    return {source: frozenset(predicates) for source, predicates in found.items()}


def _declare(triple: Triple, found: defaultdict[str, set[NamedNode]]) -> None:
    if (
        triple.predicate == node(AMBIT.GOVERNS)
        and isinstance(triple.subject, NamedNode)
        and isinstance(triple.object, NamedNode)
        and triple.object not in UNGOVERNABLE | AXIOMS
    ):
        found[triple.subject.value].add(triple.object)


def _governed(record: Record, predicates: frozenset[NamedNode]) -> Record:
    """The record with the governed part of each of its data graphs beside it, and no older such part."""
    graphs = [g for g in record.graphs if not g.graph.startswith(GOVERNED)]
    if predicates and not record.quarantined:
        for graph in list(graphs):
            triples = frozenset(t for t in graph.triples if t.predicate in predicates and not _is_claim(t))
            if graph.role is Role.DATA and triples:
                name = GOVERNED + short_hash(graph.graph.encode())
                graphs.append(RecordGraph(name, triples, graph.hints, Role.GOVERNANCE, graph.label))
    return replace(record, graphs=tuple(graphs))


def _is_claim(triple: Triple) -> bool:
    """Whether a triple says that something is one of Ambit's own kinds, or anything of Ambit's own terms or of an act."""
    about = triple.subject
    if isinstance(about, NamedNode) and about.value.startswith((AMBIT.NAMESPACE, ACT)):
        return True
    return (
        triple.predicate == node(RDF.TYPE)
        and isinstance(triple.object, NamedNode)
        and triple.object.value.startswith(AMBIT.NAMESPACE)
    )
