"""Writes against shapes: a Violation refuses what a caller wrote, with a report of what that caller may see."""

from collections.abc import Iterable

from ...graph.errors import Invalid
from ...graph.snapshot import Snapshot
from ...graph.terms import NamedNode, Quad
from ...graph.vocabulary import AMBIT, SH
from ...graph.words import Role
from ..findings.findings import Finding
from ..ontologies.ontologies import SHAPES

REPORTED = 20
"""Results that a report tells."""


def is_seen(quad: Quad, seen: frozenset[str], snapshot: Snapshot) -> bool:
    """Whether a quad's graph stands in one of these compartments."""
    entry = snapshot.entry(quad.graph_name.value) if isinstance(quad.graph_name, NamedNode) else None
    return entry is not None and snapshot.within(entry.compartment, seen)


def refuse_written(findings: Iterable[Finding], seen: frozenset[str], snapshot: Snapshot) -> None:
    """Raises `Invalid` (`shape-violation`) where a finding is a Violation; the report is in the details.

    The data are the caller's own. Of a shape that the caller may not read only the kind of constraint is told.
    """
    broken = [finding for finding in findings if finding.severity == SH.VIOLATION]
    if not broken:
        return
    results = [_told(finding, seen, snapshot) for finding in broken[:REPORTED]]
    more = f", and {len(broken) - 1} more results" if len(broken) > 1 else ""
    raise Invalid(
        f"what would be written breaks a shape: {results[0]['message']}{more}",
        code="shape-violation",
        hint="nothing is written; mend the data and write again",
        details={"results": results},
    )


def _told(finding: Finding, seen: frozenset[str], snapshot: Snapshot) -> dict[str, object]:
    """One result, as JSON."""
    shown = _is_shown(finding, seen, snapshot)
    told = {
        "code": finding.code,
        "message": finding.message if shown else finding.code.removeprefix("shape-").replace("-", " "),
        "focus": str(finding.focus) if finding.focus is not None else None,
        "path": finding.path,
        "value": str(finding.value) if finding.value is not None else None,
        "shape": finding.shape if shown else None,
    }
    return {key: value for key, value in told.items() if value is not None}


def _is_shown(finding: Finding, seen: frozenset[str], snapshot: Snapshot) -> bool:
    """Whether the caller may read the shape: an unnamed one may stand in any of the workspace's files.

    One that stands in none of them comes with Ambit.
    """
    texts = [
        entry
        for iri in snapshot.records_of(AMBIT.ONTOLOGY)
        if iri.startswith(SHAPES)
        for entry in snapshot.record(iri)
    ]
    if finding.shape:
        said = snapshot.match(NamedNode(finding.shape), None, None, frozenset({Role.SYSTEM}))
        graphs = {quad.graph_name.value for quad in said if isinstance(quad.graph_name, NamedNode)}
        texts = [entry for entry in texts if entry.graph in graphs]
    return all(entry.compartment in seen for entry in texts)
