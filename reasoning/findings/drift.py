"""Drift: what arrives is not what ontologies, shapes and the source's own past would lead one to expect.

A drift never keeps a record out. It is one finding for each source, term and code, however many records gave
rise to it: it lists them, grows and shrinks with them, and goes with the last. Because it speaks of values of
the whole source, administrators and the source's owner read it, and nobody else.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from ...graph.compartments import compartment_of, is_complete
from ...graph.snapshot import Snapshot
from ...graph.terms import BlankNode, NamedNode, Object, Subject
from ...graph.vocabulary import AMBIT, RDF
from ...graph.words import Change, Record, Role
from ..ontologies.ontologies import Texts
from .drifts import (
    DATATYPE,
    OUTSIDE,
    UNIT,
    UNKNOWN,
    Drifted,
    Key,
    Labelled,
    about,
    drifts_of,
    evidence,
    finding_record,
    members_of,
    unknown_terms,
)
from .findings import findings_iri
from .histories import Histories
from .known import Known
from .profile import Profile, number_of, still_drifted


@dataclass(frozen=True, slots=True)
class Said:
    """One asserted triple of a record in a change."""

    record: str
    subject: Subject
    predicate: str
    value: Object
    labelled: Labelled


def drift(texts: Texts) -> Callable[[Change, Snapshot], Change]:
    """The check that finds drifts in a change; it adds findings and takes nothing away.

    It comes before the check against shapes: what is put into quarantine there has drifted all the same.
    """
    histories = Histories()
    kept: dict[str, Known] = {}

    def check(change: Change, snapshot: Snapshot) -> Change:
        if all(record.source == AMBIT.WRITES for record in change.records):
            return change  # what callers write themselves has no past to drift from
        in_force = texts.in_force(snapshot, change)
        key_in_force = in_force.ontology_key + in_force.shapes_key
        if key_in_force not in kept:
            kept.clear()
            kept[key_in_force] = Known(in_force)
        found: dict[Key, Drifted] = defaultdict(Drifted)
        sources: dict[str, list[Record]] = defaultdict(list)
        for record in change.records:
            if any(g.role is Role.DATA for g in record.graphs) and not record.quarantined:
                sources[record.source].append(record)
        for source, records in sources.items():
            _terms(source, records, kept[key_in_force], found)
            _values(source, records, snapshot, histories, found)
        learnt = unknown_terms(snapshot) if any(r.source == AMBIT.ONTOLOGY for r in change.records) else set()
        settled = {key for key in learnt if kept[key_in_force].knows(key.term)}
        return _with_findings(change, found, settled, snapshot)

    return check


def _said(record: Record) -> list[Said]:
    return [
        Said(record.iri, t.subject, t.predicate.value, t.object, (g.hints, g.label))
        for g in record.graphs
        if g.role is Role.DATA
        for t in g.triples
    ]


def _note(found: dict[Key, Drifted], key: Key, said: Said) -> Drifted:
    drifted = found[key]
    focus = said.record if isinstance(said.subject, BlankNode) else str(said.subject).strip("<>")
    drifted.records.setdefault(said.record, focus)
    drifted.labels.add(said.labelled)
    return drifted


def _terms(source: str, records: Sequence[Record], known: Known, found: dict[Key, Drifted]) -> None:
    """Predicates and classes that no ontology knows, and values outside their enumeration."""
    for record in records:
        types: dict[Subject, set[str]] = defaultdict(set)
        for graph in record.graphs:
            for t in graph.triples if graph.role in (Role.DATA, Role.INFERRED) else ():
                if t.predicate.value == RDF.TYPE and isinstance(t.object, NamedNode):
                    types[t.subject].add(t.object.value)
        for said in _said(record):
            if not known.knows(said.predicate):
                _note(found, Key(source, UNKNOWN, said.predicate), said).evidence["kind"] = "predicate"
            if said.predicate == RDF.TYPE:
                if isinstance(said.value, NamedNode) and not known.knows(said.value.value):
                    _note(found, Key(source, UNKNOWN, said.value.value), said).evidence["kind"] = "class"
                continue
            outside = known.outside(said.predicate, said.value, types[said.subject])
            if outside is not None:
                drifted = _note(found, Key(source, OUTSIDE, said.predicate), said)
                drifted.values[_short(said.value)] = None
                drifted.evidence["known values"] = sorted(map(_short, outside.values))[:20]
                drifted.evidence["named by"] = outside.named_by


def _values(
    source: str,
    records: Sequence[Record],
    snapshot: Snapshot,
    histories: Histories,
    found: dict[Key, Drifted],
) -> None:
    """Datatypes and units that differ from what the source's predicates had so far."""
    profiles = histories.of(source, snapshot, lambda s, p: members_of(s, p, snapshot))
    by_predicate: dict[str, list[Said]] = defaultdict(list)
    for record in records:
        digest = snapshot.digest(record.iri)
        if not digest or digest != record.digest or snapshot.is_quarantined(record.iri):
            for said in _said(record):
                by_predicate[said.predicate].append(said)
        else:
            _keep(source, record, snapshot, found)
    for predicate, sayings in by_predicate.items():
        drifted = _changed(source, predicate, sayings, profiles[predicate], snapshot, found)
        good = (s for s in sayings if s.record not in drifted)
        histories.add(source, ((predicate, s.value, _compartment(s.labelled)) for s in good))


def _changed(
    source: str,
    predicate: str,
    sayings: Sequence[Said],
    profile: Profile,
    snapshot: Snapshot,
    found: dict[Key, Drifted],
) -> set[str]:
    """The records whose values of one predicate drifted; what came from one file is judged together."""
    past = [(None, snapshot.label(c)) for c in profile.compartments if c]
    drifted: set[str] = set()
    for said in sayings:
        kind = profile.changed_kind(said.value)
        if kind is not None:
            noted = _note(found, Key(source, DATATYPE, predicate), said)
            noted.values[kind] = None
            noted.evidence["earlier"] = dict(profile.kinds.most_common(5))
            noted.labels.update(past)
            drifted.add(said.record)
    key = Key(source, UNIT, predicate)
    before = evidence(key, snapshot)
    members = about(key, snapshot) if before else frozenset()
    for group in _groups(sayings):
        leap = profile.changed_unit([n for s in group if (n := number_of(s.value)) is not None])
        for said in group:
            number = number_of(said.value)
            still = said.record in members and number is not None and still_drifted(number, before)
            if leap is not None or still:
                noted = _note(found, key, said)
                noted.evidence.update(leap or {k: v for k, v in before.items() if k not in noted.evidence})
                noted.labels.update(past)
                drifted.add(said.record)
    return drifted


def _groups(sayings: Iterable[Said]) -> Iterable[list[Said]]:
    """Values by the file, table or folder that their record is in: one unit was meant for all of them."""
    groups: dict[str, list[Said]] = defaultdict(list)
    for said in sayings:
        groups[said.record.rpartition("/")[0]].append(said)
    return groups.values()


def _keep(source: str, record: Record, snapshot: Snapshot, found: dict[Key, Drifted]) -> None:
    """A record committed again unchanged (its label or conclusions are new) stays in its drifts of value."""
    for said in _said(record):
        for code in (DATATYPE, UNIT):
            key = Key(source, code, said.predicate)
            if record.iri in about(key, snapshot):
                _note(found, key, said).evidence.update(evidence(key, snapshot))


def _with_findings(
    change: Change, found: dict[Key, Drifted], settled: set[Key], snapshot: Snapshot
) -> Change:
    """The change with a finding for each drift that it starts, feeds or ends.

    `settled` are over at once: an ontology that comes later, or is read later, has the term.
    """
    given = {r.iri for r in change.records if not r.quarantined}
    given |= {r.replaces for r in change.records if r.replaces}
    keys = set(found)
    for record in given:
        keys |= drifts_of(record, snapshot)
    records = {r.iri: r for r in change.records}
    for key in sorted(keys, key=str):
        finding = finding_record(key, found.get(key, Drifted()), given, snapshot)
        records[finding.iri] = finding
    for key in settled:
        records[findings_iri(key.name)] = Record(findings_iri(key.name), AMBIT.FINDINGS)
    return replace(change, records=tuple(records.values()))


def _compartment(labelled: Labelled) -> str:
    label = labelled[1]
    return compartment_of(label) if label is not None and is_complete(label) else ""


def _short(value: Object) -> str:
    """A value for evidence: at most 80 characters."""
    text = value.value if not isinstance(value, BlankNode) and hasattr(value, "value") else str(value)
    return str(text)[:80]
