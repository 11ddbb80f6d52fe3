"""Records that nobody reads, because their label is not complete: what each lacks, told once for all of them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from ..graph.errors import SourceInvalid
from ..graph.snapshot import Snapshot
from ..graph.terms import Literal, NamedNode
from ..graph.vocabulary import AMBIT, node
from ..graph.words import Hints, Role
from .words import Problem

_GOVERNANCE: Final = frozenset({Role.GOVERNANCE})


def is_unlabelled(snapshot: Snapshot, record: str) -> bool:
    """Whether part of a record is in no compartment."""
    return any(e.role is Role.DATA and e.compartment is None for e in snapshot.record(record))


def unlabelled(snapshot: Snapshot, source: str) -> list[Problem]:
    """A problem for each reason that leaves records of a source without a label, with the first of them."""
    by_reason: dict[str, set[str]] = defaultdict(set)
    for record in snapshot.records_of(source):
        for entry in snapshot.record(record):
            hints = snapshot.hints(entry.graph)
            if entry.role is Role.DATA and entry.compartment is None and hints is not None:
                by_reason["; ".join(_lacks(hints, snapshot))].add(record)
    return [_problem(source, reason, records) for reason, records in sorted(by_reason.items())]


def _lacks(hints: Hints, snapshot: Snapshot) -> Iterator[str]:
    """What hints lack that neither the mapping says nor the source declares."""

    def declared(predicate: str) -> bool:
        return any(snapshot.match(NamedNode(hints.source), node(predicate), None, _GOVERNANCE))

    if not hints.sensitivity and not declared(AMBIT.HAS_SENSITIVITY):
        yield "no sensitivity is said or declared"
    strays = sorted(country for country in hints.countries if not _is_covered(country, snapshot))
    if strays:
        yield "no jurisdiction covers " + ", ".join(
            f"the country `{one}`" if one else "a row without country" for one in strays
        )
    elif not (hints.jurisdictions or hints.countries or declared(AMBIT.HAS_JURISDICTION)):
        yield "no jurisdiction is said or declared"
    if not hints.anchors and not declared(AMBIT.HAS_AUDIENCE):
        yield "no anchor is said, no audience declared"


def _is_covered(country: str, snapshot: Snapshot) -> bool:
    return any(snapshot.match(None, node(AMBIT.COVERS_COUNTRY), Literal(country), _GOVERNANCE))


def _problem(source: str, reason: str, records: Iterable[str]) -> Problem:
    found = sorted(records)
    error = SourceInvalid(
        f"nobody reads {len(found)} of the records of `{source}`: {reason or 'labelling rules give them no label'}",
        hint="a label needs a sensitivity, a jurisdiction and an anchor, from the mapping or else from the source",
        code="label-incomplete",
        details={"records": found[:20], "count": len(found)},
    )
    return Problem(found[0], source, error)
