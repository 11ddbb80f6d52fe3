"""The check of records against shapes, and what becomes of those that break one: quarantine."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any, Final

from ... import shapes as own
from ...graph.compartments import short_hash
from ...graph.errors import Unavailable
from ...graph.rdf.parsing import name_blanks, read_rdf
from ...graph.snapshot import Snapshot
from ...graph.terms import BlankNode, Literal, NamedNode, Object, Triple
from ...graph.vocabulary import AMBIT, RDF, SH, node
from ...graph.words import MERGED, Change, Record, RecordGraph, Role
from ..findings.findings import (
    Finding,
    Place,
    finding_node,
    finding_triples,
    findings_iri,
    findings_record,
    joined,
    owners,
)
from ..governance.governance import ACT
from ..ontologies.ontologies import Texts
from .checking import Case, Checker, Verdict
from .meeting import Targets, is_ontology, refuse_broken
from .refusing import is_seen, refuse_written
from .wire import term_in

FILES: Final = ("urn:ambit:governance:file:", "urn:ambit:governance:source:", ACT)
"""Graphs of governance that a person wrote, so that they are checked like data."""

_IN: Final = SH.NAMESPACE + "InConstraintComponent"
_REPORTS: Final = frozenset({AMBIT.FINDING, SH.VALIDATION_RESULT, SH.VALIDATION_REPORT})
_FAILURES: Final = {
    "late": ("shape-late", "a shape took too long"),
    "dead": ("shape-died", "the worker that checks shapes died"),
    "failed": ("shape-failed", "a shape failed"),
}


@cache
def shipped() -> tuple[Triple, ...]:
    """The shapes that come with Ambit: of all files but the style guide, which is about ontologies."""
    found: list[Triple] = []
    for file in sorted(files(own).iterdir(), key=lambda f: f.name):
        if file.name.endswith(".ttl") and file.name != "style.ttl":
            found += name_blanks(read_rdf(file.read_bytes(), name=file.name), f"urn:ambit:shapes:{file.name}")
    return tuple(found)


def shapes(checker: Checker, texts: Texts) -> Callable[[Change, Snapshot], Change]:
    """The check that holds each record of a change against the shapes in force with that change.

    A Violation, and a worker that is late or dead, put the record into quarantine; a Warning or Info lets it
    in and is a finding. Raises `SourceInvalid` when the change brings shapes that cannot be used, or an
    ontology that breaks one: then its last good version stays.
    """
    known: dict[str, Targets] = {}  # of the shapes in force alone

    def check(change: Change, snapshot: Snapshot) -> Change:
        in_force = texts.in_force(snapshot, change)
        checker.load(in_force.shapes_key, (*shipped(), *in_force.shapes))
        if in_force.shapes_key not in known:
            known.clear()
            known[in_force.shapes_key] = Targets((*shipped(), *in_force.shapes))
        targets = known[in_force.shapes_key]
        checked = [r for r in change.records if any(map(_is_checked, r.graphs)) and not r.quarantined]
        # an ontology that is committed again because of another has been checked when it came
        checked = [r for r in checked if not is_ontology(r) or r.digest != snapshot.digest(r.iri)]
        meeting = [r for r in checked if targets.are_met(r)]
        verdicts = checker.check(_cases(meeting, checked, snapshot, change.seen)) if meeting else []
        judged = dict(zip((r.iri for r in meeting), verdicts, strict=True))
        amended = {r.iri: r for r in change.records}
        for record in checked:
            verdict = judged.get(record.iri, Verdict())
            if is_ontology(record):
                refuse_broken(record, _findings(record, verdict, True))
            elif change.seen is not None and (record.source == AMBIT.WRITES or record.iri.startswith(ACT)):
                refuse_written(_findings(record, verdict, True), change.seen, snapshot)
            for changed in _judged(record, verdict, snapshot):
                amended[changed.iri] = changed
        for gone in _gone(change):
            if snapshot.record(findings_iri(gone)):
                amended[findings_iri(gone)] = Record(findings_iri(gone), AMBIT.FINDINGS)
        return replace(change, records=tuple(amended.values()))

    return check


def _gone(change: Change) -> set[str]:
    """The records that a change withdraws or renames: what was found about them goes with them."""
    withdrawn = {r.iri for r in change.records if not r.graphs and r.source != AMBIT.FINDINGS}
    return withdrawn | {r.replaces for r in change.records if r.replaces}


def _is_checked(graph: RecordGraph) -> bool:
    return graph.role in (Role.DATA, Role.ONTOLOGY) or graph.graph.startswith(FILES)


def _cases(
    records: Sequence[Record], changed: Sequence[Record], snapshot: Snapshot, seen: frozenset[str] | None
) -> list[Case]:
    """What each record asserts, with its conclusions and the types of what it refers to, as all that is `changed` says.

    Types count that stand in the compartments `seen` (None: all): else a shape would tell of the others.
    """
    is_a = node(RDF.TYPE)
    beside: dict[Object, set[Triple]] = defaultdict(set)
    for record in changed:
        for t in (t for g in record.graphs for t in g.triples if t.predicate == is_a):
            beside[t.subject].add(t)
    known: dict[NamedNode, frozenset[Triple]] = {}

    def types(entity: NamedNode) -> frozenset[Triple]:
        if entity not in known:
            held = snapshot.match(entity, is_a, None, MERGED | {Role.GOVERNANCE})
            held = [quad for quad in held if seen is None or is_seen(quad, seen, snapshot)]
            known[entity] = frozenset(q.triple for q in held) | beside.get(entity, set())
        return known[entity]

    cases = []
    for record in records:
        own = frozenset(t for g in record.graphs if _is_checked(g) for t in g.triples)
        concluded = frozenset(t for g in record.graphs if g.role is Role.INFERRED for t in g.triples)
        referred = {t.object for t in own if isinstance(t.object, NamedNode) and t.predicate != is_a}
        others = (
            t for e in referred - {t.subject for t in own} if isinstance(e, NamedNode) for t in types(e)
        )
        cases.append(Case(own, concluded.union(others)))
    return cases


def _judged(record: Record, verdict: Verdict, snapshot: Snapshot) -> Iterator[Record]:
    """What a verdict makes of a record: itself or its quarantine, and its findings or their end."""
    graphs = [g for g in record.graphs if _is_checked(g)]
    place = joined([(g.hints, g.label) for g in graphs], record.source, snapshot)
    same = len({g.label or g.hints for g in graphs}) == 1
    found = tuple(_findings(record, verdict, same))
    if any(f.severity == SH.VIOLATION for f in found):
        yield quarantined(record, found, snapshot)
        found = ()
    if found or snapshot.record(findings_iri(record.iri)):
        yield findings_record(record.iri, found, place, snapshot)


def quarantined(record: Record, findings: Iterable[Finding], snapshot: Snapshot) -> Record:
    """The record with nothing left that anybody reads: one graph of its triples and the report on them.

    Triples that would pass for a report are left out, so that a record cannot write its own.
    """
    graph = "urn:ambit:quarantine:" + short_hash(record.iri.encode())
    causes = [g for g in record.graphs if _is_checked(g)]
    place: Place = joined(
        [(g.hints, g.label) for g in causes],
        record.source,
        snapshot,
        of=AMBIT.QUARANTINE,
        audience=owners(record.source, snapshot),
    )
    triples = {t for g in causes for t in g.triples if not _is_report(t)}
    report = NamedNode(graph)
    triples.add(Triple(report, node(RDF.TYPE), node(SH.VALIDATION_REPORT)))
    triples.add(Triple(report, node(SH.CONFORMS), Literal(False)))
    triples.add(Triple(report, node(AMBIT.ABOUT), NamedNode(record.iri)))
    for finding in findings:
        triples.add(Triple(report, node(SH.RESULT), finding_node(graph, finding)))
        triples.update(finding_triples(graph, finding, snapshot))
    return replace(record, graphs=(place.graph(graph, frozenset(triples)),), quarantined=True)


def _is_report(triple: Triple) -> bool:
    said = triple.object.value if isinstance(triple.object, NamedNode) else ""
    about = triple.subject.value if isinstance(triple.subject, NamedNode) else ""
    return (triple.predicate == node(RDF.TYPE) and said in _REPORTS) or about.startswith("urn:ambit:")


def _findings(record: Record, verdict: Verdict, same: bool) -> Iterator[Finding]:
    """The results as findings. Values are told only where the record has one label for all of them."""
    if verdict.failure:
        yield _failure(record, verdict.failure, verdict.shape)
    for result in verdict.results:
        if "failed" in result:
            yield _failure(record, "failed", result["shape"], result["failed"] if same else "")
        elif result["component"] != _IN or result["severity"] == SH.VIOLATION:
            yield _result(
                record, result, same
            )  # a value outside an enumeration is a drift, told once for all


def _failure(record: Record, kind: str, shape: str, said: str = "") -> Finding:
    code, message = _FAILURES[kind]
    message = f"{message}: `{shape}`" if shape else message
    return Finding(
        code, f"{message}, {said}" if said else message, (record.iri,), SH.VIOLATION, shape=shape or None
    )


def _result(record: Record, result: dict[str, Any], same: bool) -> Finding:
    kind = result["component"].removeprefix(SH.NAMESPACE).removesuffix("ConstraintComponent")
    told = result["said"] if same or (result["own"] and kind != "SPARQL") else []
    focus = _term(result["focus"])
    value = _term(result["value"]) if same and result["value"] else None
    path = result["path"][1:] if result["path"] else None
    return Finding(
        "shape-" + re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind).lower(),
        "; ".join(told) or f"`{kind}` does not hold",
        (record.iri,),
        result["severity"],
        None if isinstance(focus, BlankNode) else focus,
        path,
        None if isinstance(value, BlankNode) else value,
        result["shape"] or None,
        result["component"],
        {"location": record.location} if record.location else {},
    )


def _term(sent: Any) -> Object | None:
    try:
        return term_in(sent)
    except ValueError as error:
        raise Unavailable("the worker that checks shapes says what is no term") from error
