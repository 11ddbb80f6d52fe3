"""Open drifts: findings that grow and shrink with the records that give rise to them."""

from dataclasses import dataclass, field
from typing import Any, Final

from ...graph.snapshot import Snapshot
from ...graph.terms import Literal, NamedNode
from ...graph.vocabulary import AMBIT, node
from ...graph.words import Hints, Label, Record, Role
from .findings import Finding, evidence_of, findings_iri, findings_record, joined, owners

UNKNOWN: Final = "drift-unknown-term"
OUTSIDE: Final = "drift-outside-enumeration"
DATATYPE: Final = "drift-changed-datatype"
UNIT: Final = "drift-changed-unit"

_LISTED = 1000  # records that a finding names; beyond, it counts
_EXAMPLES = 5
_SYSTEM = frozenset({Role.SYSTEM})
Labelled = tuple[Hints | None, Label | None]


@dataclass(frozen=True, slots=True)
class Key:
    """One drift: all that gives rise to it later joins it."""

    source: str
    code: str
    term: str

    @property
    def name(self) -> str:
        """What its findings graph is named by."""
        return f"{self.code} {self.term} {self.source}"


@dataclass(slots=True)
class Drifted:
    """What a change adds to one drift."""

    records: dict[str, str] = field(default_factory=dict)  # record → a focus node in it
    evidence: dict[str, Any] = field(default_factory=dict)
    values: dict[str, None] = field(default_factory=dict)
    labels: set[Labelled] = field(default_factory=set)


def finding_record(key: Key, drifted: Drifted, given: set[str], snapshot: Snapshot) -> Record:
    """The finding of one drift with this change: records named anew replace what the change has replaced."""
    earlier = evidence(key, snapshot)
    stay = sorted(about(key, snapshot) - given)
    members = [*drifted.records, *stay]
    if not members:
        return Record(findings_iri(key.name), AMBIT.FINDINGS)
    more = int(earlier.get("not listed", 0)) + max(0, len(members) - _LISTED)
    values = list(drifted.values) + [v for v in earlier.get("values", ()) if v not in drifted.values and stay]
    examples = list(
        dict.fromkeys([*(earlier.get("examples", ()) if stay else ()), *drifted.records.values()])
    )
    told = {
        **(earlier if stay else {}),
        **drifted.evidence,
        "source": key.source,
        "code": key.code,
        "term": key.term,
        "count": len(members[:_LISTED]) + more,
        "examples": examples[:_EXAMPLES],
    }
    if values:
        told["values"] = values[:20]
    if more:
        told["not listed"] = more
    labels = list(drifted.labels) + ([(None, _open_label(key, snapshot))] if stay else [])
    place = joined(labels, key.source, snapshot, audience=owners(key.source, snapshot))
    finding = Finding(
        key.code,
        _message(key, told),
        tuple(members[:_LISTED]),
        focus=NamedNode(key.source),
        path=key.term,
        evidence=told,
    )
    return findings_record(key.name, (finding,), place, snapshot)


def _message(key: Key, evidence: dict[str, Any]) -> str:
    """The drift in a sentence."""
    count, values = evidence["count"], ", ".join(f"`{v}`" for v in evidence.get("values", ())[:3])
    if key.code == UNKNOWN:
        return f"no ontology knows the {evidence.get('kind', 'term')} `{key.term}`, which {count} records use"
    if key.code == OUTSIDE:
        return f"{count} records have values of `{key.term}` outside its enumeration: {values}"
    if key.code == DATATYPE:
        return f"{count} records have values of `{key.term}` of a kind that it never had: {values}"
    ratio = evidence.get("ratio") or 1
    times = f"{ratio:.0f} times" if ratio > 1 else f"1/{1 / ratio:.0f} of"
    return f"{count} records have values of `{key.term}` about {times} the earlier ones: another unit?"


def _graph(key: Key) -> str:
    return findings_iri(key.name)


def about(key: Key, snapshot: Snapshot) -> frozenset[str]:
    """The records that an open drift names."""
    return frozenset(
        t.object.value
        for t in (snapshot.triples(_graph(key)) if snapshot.entry(_graph(key)) else ())
        if t.predicate.value == AMBIT.ABOUT and isinstance(t.object, NamedNode)
    )


def members_of(source: str, predicate: str, snapshot: Snapshot) -> frozenset[str]:
    return about(Key(source, UNIT, predicate), snapshot) | about(Key(source, DATATYPE, predicate), snapshot)


def evidence(key: Key, snapshot: Snapshot) -> dict[str, Any]:
    """The evidence of an open drift; empty when there is none."""
    if snapshot.entry(_graph(key)):
        for triple in snapshot.triples(_graph(key)):
            if triple.predicate.value == AMBIT.EVIDENCE:
                return evidence_of(triple.subject, snapshot)
    return {}


def _open_label(key: Key, snapshot: Snapshot) -> Label | None:
    entry = snapshot.entry(_graph(key))
    return snapshot.label(entry.compartment) if entry and entry.compartment else None


def unknown_terms(snapshot: Snapshot) -> set[Key]:
    """The open drifts of terms that no ontology knew."""
    quads = snapshot.match(None, node(AMBIT.CODE), Literal(UNKNOWN), _SYSTEM)
    told = [evidence_of(quad.subject, snapshot) for quad in quads]
    return {Key(said["source"], UNKNOWN, said["term"]) for said in told if "term" in said}


def drifts_of(record: str, snapshot: Snapshot) -> set[Key]:
    """The open drifts that name a record."""
    keys = set()
    for quad in snapshot.match(None, node(AMBIT.ABOUT), NamedNode(record), _SYSTEM):
        told = evidence_of(quad.subject, snapshot)
        if str(told.get("code", "")).startswith("drift-"):
            keys.add(Key(told["source"], told["code"], told["term"]))
    return keys
