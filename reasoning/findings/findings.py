"""Findings: validation results and drifts as records, with evidence, labelled like what they speak of.

A finding speaks of data, so it is labelled like it: the join of the labels it was made from, that is the
highest sensitivity, all jurisdictions, and the audience that all of them have.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from ...graph.compartments import is_complete, short_hash
from ...graph.errors import AmbitError
from ...graph.snapshot import Snapshot
from ...graph.terms import Literal, NamedNode, Object, Subject, Triple
from ...graph.vocabulary import AMBIT, DCTERMS, RDF, SH, XSD, node
from ...graph.words import Hints, Label, Record, RecordGraph, Role

_ORDER: Final = (AMBIT.OPEN, AMBIT.INTERNAL, AMBIT.PERSONAL)
"""What every other sensitivity is above of; of two others neither is, and both together are confidential."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One result. `evidence` is JSON; `about` the records that gave rise to it."""

    code: str
    message: str
    about: tuple[str, ...]
    severity: str = SH.WARNING
    focus: Object | None = None
    path: str | None = None
    value: Object | None = None
    shape: str | None = None
    component: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """The label of a finding; as hints where it is still to be made, so that no rule widens one that is."""

    hints: Hints
    label: Label | None

    def graph(self, iri: str, triples: frozenset[Triple]) -> RecordGraph:
        """A system graph that belongs here."""
        return RecordGraph(iri, triples, None if self.label else self.hints, Role.SYSTEM, self.label)

    def holds(self, iri: str, snapshot: Snapshot) -> bool:
        """Whether a graph in the store belongs here already."""
        entry, hints = snapshot.entry(iri), snapshot.hints(iri)
        if self.label is None or entry is None or entry.compartment is None:
            return entry is not None and self.label is None and hints == self.hints
        return hints is None and snapshot.label(entry.compartment) == self.label


def findings_iri(about: str) -> str:
    """The record, and the graph, that holds what was found about a record."""
    return "urn:ambit:findings:" + short_hash(about.encode())


def findings_record(about: str, findings: Sequence[Finding], place: Place, snapshot: Snapshot) -> Record:
    """What was found about a record, as a record of its own; none found withdraws it."""
    iri = findings_iri(about)
    triples = frozenset(t for f in findings for t in finding_triples(iri, f, snapshot))
    return Record(iri, AMBIT.FINDINGS, (place.graph(iri, triples),) if triples else ())


def finding_node(graph: str, finding: Finding) -> NamedNode:
    """The IRI of a finding: the hash of where it stands and what it says was found, not of the evidence."""
    parts = (graph, finding.code, finding.focus, finding.path, finding.value, finding.shape)
    return NamedNode("urn:ambit:finding:" + short_hash("\n".join(map(str, parts)).encode()))


def finding_triples(graph: str, finding: Finding, snapshot: Snapshot) -> list[Triple]:
    """A finding as a `sh:ValidationResult`; one that stood there before keeps its time."""
    found = finding_node(graph, finding)
    said: list[tuple[str, Object | None]] = [
        (RDF.TYPE, node(AMBIT.FINDING)),
        (RDF.TYPE, node(SH.VALIDATION_RESULT)),
        (AMBIT.CODE, Literal(finding.code)),
        (SH.RESULT_MESSAGE, Literal(finding.message)),
        (SH.RESULT_SEVERITY, NamedNode(finding.severity)),
        (SH.FOCUS_NODE, finding.focus),
        (SH.RESULT_PATH, _named(finding.path)),
        (SH.VALUE, finding.value),
        (SH.SOURCE_SHAPE, _named(finding.shape)),
        (SH.SOURCE_CONSTRAINT_COMPONENT, _named(finding.component)),
        (AMBIT.EVIDENCE, _json(finding.evidence)),
        (DCTERMS.CREATED, _created(found, snapshot)),
        *((AMBIT.ABOUT, _named(record)) for record in finding.about),
    ]
    return [Triple(found, NamedNode(p), o) for p, o in said if o is not None]


def evidence_of(found: Subject, snapshot: Snapshot) -> dict[str, Any]:
    """The evidence of a finding that stands in the store; empty when it does not."""
    for quad in snapshot.match(found, node(AMBIT.EVIDENCE), None, frozenset({Role.SYSTEM})):
        if isinstance(quad.object, Literal):
            evidence: dict[str, Any] = orjson.loads(quad.object.value)
            return evidence
    return {}


def owners_record(about: str, findings: Sequence[Finding], source: str, snapshot: Snapshot) -> Record:
    """What was found about a source that no graph is the cause of, for its owners, and whoever comes after them.

    The source is the record's location: by that `misplaced` finds it again.
    """
    made = findings_record(about, findings, for_owners(source, snapshot), snapshot)
    return replace(made, location=source if made.graphs else "")


def misplaced(snapshot: Snapshot, among: Iterable[str] | None = None) -> Iterator[Record]:
    """The findings for owners (all, or `among` these) that would be labelled otherwise now, as they are to be committed."""
    for iri in tuple(snapshot.records_of(AMBIT.FINDINGS) if among is None else among):
        source = snapshot.location(iri)
        if source and snapshot.record(iri):
            place = for_owners(source, snapshot)
            if not place.holds(iri, snapshot):
                graph = place.graph(iri, frozenset(snapshot.triples(iri)))
                yield Record(iri, AMBIT.FINDINGS, (graph,), snapshot.digest(iri) or "", source)


def problem_record(error: AmbitError, about: str, source: str, snapshot: Snapshot) -> Record:
    """What to commit when a source's file, row or mapping cannot be read; its record stays as it was.

    It goes with the record's next version that can.
    """
    message = f"{error.message}; {error.hint}" if error.hint else error.message
    finding = Finding(error.code, message, (about,), SH.VIOLATION, evidence=error.details)
    return owners_record(about, (finding,), source, snapshot)


def for_owners(source: str, snapshot: Snapshot, of: str = AMBIT.FINDINGS) -> Place:
    """Where a finding belongs that no graph is the cause of: to administrators and the source's owner."""
    declared = Hints(
        of,
        _one(_declared(snapshot, source, AMBIT.HAS_SENSITIVITY)) or AMBIT.CONFIDENTIAL,
        _declared(snapshot, source, AMBIT.HAS_JURISDICTION),
        anchors=owners(source, snapshot),
    )
    return Place(declared, _label(declared))


def owners(source: str, snapshot: Snapshot) -> frozenset[str]:
    """Administrators, and whoever the source is declared to be owned by."""
    return _declared(snapshot, source, AMBIT.IS_OWNED_BY) | {AMBIT.ADMINISTRATORS}


def joined(
    causes: Sequence[tuple[Hints | None, Label | None]],
    source: str,
    snapshot: Snapshot,
    *,
    of: str = AMBIT.FINDINGS,
    audience: frozenset[str] | None = None,
) -> Place:
    """The label of what is said of graphs with these labels; `audience` overrides the common one."""
    labels = [label or _guess(hints, source, snapshot) for hints, label in causes]
    if not labels:
        return for_owners(source, snapshot, of)
    common = frozenset.intersection(*(label.audience for label in labels)) if audience is None else audience
    jurisdictions = [label.jurisdictions for label in labels]
    known = [
        label or (hints and hints.countries) or space
        for (hints, label), space in zip(causes, jurisdictions, strict=True)
    ]
    hints = Hints(
        of,
        highest(label.sensitivity for label in labels),
        frozenset().union(*jurisdictions) if all(known) else frozenset(),
        frozenset().union(*(h.countries for h, label in causes if h and not label)),
        common or owners(source, snapshot),
    )
    return Place(hints, _label(hints))


def highest(sensitivities: Iterable[str]) -> str:
    """The one that is at least as strict as all; where none of them is, `ambit:Confidential`."""
    found = set(sensitivities)
    above = found - set(_ORDER)
    if len(above) > 1:
        return AMBIT.CONFIDENTIAL
    return above.pop() if above else max(found, key=_ORDER.index)


def _guess(hints: Hints | None, source: str, snapshot: Snapshot) -> Label:
    """What is known of a label that is not made yet; what is not known counts as strict."""
    declared = for_owners(source, snapshot).hints
    if hints is None:
        return Label(source, AMBIT.CONFIDENTIAL, declared.jurisdictions, declared.anchors)
    placed = bool(hints.jurisdictions or hints.countries)
    return Label(
        source,
        hints.sensitivity or declared.sensitivity or AMBIT.CONFIDENTIAL,
        hints.jurisdictions if placed else declared.jurisdictions,
        hints.anchors or _declared(snapshot, source, AMBIT.HAS_AUDIENCE),
    )


def _label(hints: Hints) -> Label | None:
    """The label that hints amount to, unless a country is still to be looked up or something is missing."""
    label = Label(hints.source, hints.sensitivity or "", hints.jurisdictions, hints.anchors)
    return label if is_complete(label) and not hints.countries else None


def _declared(snapshot: Snapshot, source: str, predicate: str) -> frozenset[str]:
    """What governance says of a source."""
    quads = snapshot.match(_named(source), NamedNode(predicate), None, frozenset({Role.GOVERNANCE}))
    return frozenset(q.object.value for q in quads if isinstance(q.object, NamedNode))


def _created(found: NamedNode, snapshot: Snapshot) -> Literal:
    for quad in snapshot.match(found, node(DCTERMS.CREATED), None, frozenset({Role.SYSTEM})):
        if isinstance(quad.object, Literal):
            return quad.object
    return Literal(datetime.now(UTC).isoformat(timespec="milliseconds"), datatype=node(XSD.DATE_TIME))


def _json(evidence: Mapping[str, Any]) -> Literal | None:
    return Literal(orjson.dumps(evidence, default=str).decode()) if evidence else None


def _named(iri: str | None) -> NamedNode | None:
    return NamedNode(iri) if iri else None


def _one(found: frozenset[str]) -> str | None:
    return next(iter(found)) if len(found) == 1 else None
