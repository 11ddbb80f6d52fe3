"""Ontologies against shapes: which of them a shape is about, and what becomes of one that breaks it.

Most shapes are about data and most ontologies are about classes, so most never meet; one that does and breaks
a shape is refused whole. Its last good version stays: quarantine would take from data what follows for it.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from ..graph.errors import SourceInvalid
from ..graph.snapshot import Snapshot
from ..graph.terms import NamedNode, Object, Triple
from ..graph.vocabulary import AMBIT, RDF, SH
from ..graph.words import Record, Role
from .findings import Finding
from .lines import line_of


def is_ontology(record: Record) -> bool:
    """Whether it is one of the workspace's ontologies."""
    return record.source == AMBIT.ONTOLOGY and any(g.role is Role.ONTOLOGY for g in record.graphs)


def is_met(record: Record, snapshot: Snapshot, shapes: Sequence[Triple]) -> bool:
    """Whether a shape is about something in an ontology that a save has changed.

    One that is committed again because of another (its conclusions changed) has been checked when it came.
    """
    if record.digest == snapshot.digest(record.iri):
        return False
    by: dict[str, set[Object]] = {}
    for t in shapes:
        by.setdefault(t.predicate.value, set()).add(t.object)
        if t.predicate.value == RDF.TYPE:  # a shape that is a class targets its own instances
            by.setdefault(SH.TARGET_CLASS, set()).add(t.subject)
    classes, nodes, subjects, objects = (
        by.get(target, set())
        for target in (SH.TARGET_CLASS, SH.TARGET_NODE, SH.TARGET_SUBJECTS_OF, SH.TARGET_OBJECTS_OF)
    )
    return any(
        t.subject in nodes
        or t.predicate in subjects
        or t.predicate in objects
        or (t.predicate.value == RDF.TYPE and t.object in classes)
        for g in record.graphs
        for t in g.triples
    )


def refuse_broken(record: Record, findings: Iterable[Finding]) -> None:
    """Raises `SourceInvalid` (`ontology-refused`) with file and line where a finding is a Violation."""
    broken = [finding for finding in findings if finding.severity == SH.VIOLATION]
    if not broken:
        return
    first = broken[0]
    focus = first.focus.value if isinstance(first.focus, NamedNode) else ""
    line = line_of(Path(record.location), focus) if focus else None
    place = f"{record.location}:{line}" if line else record.location
    more = f", and {len(broken) - 1} more" if len(broken) > 1 else ""
    raise SourceInvalid(
        f"`{place}` breaks a shape: {first.message}" + (f" (`{focus}`{more})" if focus else more),
        code="ontology-refused",
        hint="the last version that broke none stays in force",
        details={
            "file": record.location,
            **({"line": line} if line else {}),
            "shapes": sorted({finding.shape for finding in broken if finding.shape}),
            "focus": [f.focus.value for f in broken[:20] if isinstance(f.focus, NamedNode)],
        },
    )
