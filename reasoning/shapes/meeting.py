"""What shapes are about: which records meet one at all, and what becomes of an ontology that breaks one.

A record that no shape is about is not handed to the worker, however large it is. Most shapes are about data and
most ontologies are about classes, so most never meet; one that does and breaks a shape is refused whole. Its last
good version stays: quarantine would take from data what follows for it.
"""

from collections.abc import Iterable
from pathlib import Path

from ...graph.errors import SourceInvalid
from ...graph.terms import NamedNode, Object, Triple
from ...graph.vocabulary import AMBIT, RDF, SH
from ...graph.words import Record, Role
from ..findings.findings import Finding
from ..ontologies.lines import line_of


def is_ontology(record: Record) -> bool:
    """Whether it is one of the workspace's ontologies."""
    return record.source == AMBIT.ONTOLOGY and any(g.role is Role.ONTOLOGY for g in record.graphs)


class Targets:
    """What the shapes in force target (SHACL §2.1.3): no less than what the worker finds that they do."""

    def __init__(self, shapes: Iterable[Triple]):
        by: dict[str, set[Object]] = {}
        for t in shapes:
            by.setdefault(t.predicate.value, set()).add(t.object)
            if t.predicate.value == RDF.TYPE:  # a shape that is a class targets its own instances
                by.setdefault(SH.TARGET_CLASS, set()).add(t.subject)
        self._classes, self._nodes, self._subjects, self._objects = (
            by.get(target, set())
            for target in (SH.TARGET_CLASS, SH.TARGET_NODE, SH.TARGET_SUBJECTS_OF, SH.TARGET_OBJECTS_OF)
        )

    def are_met(self, record: Record) -> bool:
        """Whether one may be about something that a record says, or that is concluded from it."""
        return any(
            t.subject in self._nodes
            or t.predicate in self._subjects
            or t.predicate in self._objects
            or (t.predicate.value == RDF.TYPE and t.object in self._classes)
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
