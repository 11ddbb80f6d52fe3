"""Records that nobody reads, because their label is not complete: what each lacks, told once for all of them.

Told is which hint lacks what, and never the value in a row. The records are named to those alone who could
read all of them, were their labels complete.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from ..graph.errors import SourceInvalid
from ..graph.snapshot import Snapshot
from ..graph.terms import Literal, NamedNode
from ..graph.vocabulary import AMBIT, RDF, node
from ..graph.words import Hints, Role
from ..reasoning.findings.findings import Place, joined
from .words import Problem

_GOVERNANCE: Final = frozenset({Role.GOVERNANCE})


def is_unlabelled(snapshot: Snapshot, record: str) -> bool:
    """Whether part of a record is in no compartment."""
    return any(e.role is Role.DATA and e.compartment is None for e in snapshot.record(record))


def unlabelled(snapshot: Snapshot, source: str) -> list[Problem]:
    """A problem for each reason that leaves records of a source without a label, with the first of them."""
    by_reason: dict[str, set[str]] = defaultdict(set)
    for record, hints in _unlabelled(snapshot, source):
        by_reason["; ".join(_lacks(hints, snapshot))].add(record)
    return [_problem(source, reason, records) for reason, records in sorted(by_reason.items())]


def place_of_unlabelled(snapshot: Snapshot, source: str) -> Place:
    """Where what is said of records without a label belongs: it is as strict as any of them, were it labelled.

    What is missing counts as strict: a sensitivity as confidential, a jurisdiction as all that the server
    stands in, an audience as administrators alone.
    """
    causes = {_strict(hints, snapshot) for _, hints in _unlabelled(snapshot, source)}
    audiences = [hints.anchors or _declared(snapshot, source, AMBIT.HAS_AUDIENCE) for hints in causes]
    common = frozenset.intersection(*audiences) if audiences else frozenset()
    audience = common or frozenset({AMBIT.ADMINISTRATORS})
    return joined([(hints, None) for hints in causes], source, snapshot, audience=audience)


def _unlabelled(snapshot: Snapshot, source: str) -> Iterator[tuple[str, Hints]]:
    """The graphs of a source that are in no compartment: record and hints of each."""
    for record in snapshot.records_of(source):
        for entry in snapshot.record(record):
            hints = snapshot.hints(entry.graph)
            if entry.role is Role.DATA and entry.compartment is None and hints is not None:
                yield record, hints


def _strict(hints: Hints, snapshot: Snapshot) -> Hints:
    """The hints with all jurisdictions that the server stands in, where the graph's own are not known."""
    covered = frozenset(country for country in hints.countries if _is_covered(country, snapshot))
    said = hints.jurisdictions or hints.countries
    if covered == hints.countries and (said or _declared(snapshot, hints.source, AMBIT.HAS_JURISDICTION)):
        return hints
    sites = snapshot.match(None, node(RDF.TYPE), node(AMBIT.SERVER_SITE), _GOVERNANCE)
    names = [quad.subject.value for quad in sites if isinstance(quad.subject, NamedNode)]
    here = frozenset().union(*(_declared(snapshot, site, AMBIT.HAS_JURISDICTION) for site in names))
    return replace(hints, countries=covered, jurisdictions=hints.jurisdictions | here)


def _lacks(hints: Hints, snapshot: Snapshot) -> Iterator[str]:
    """What hints lack that neither the mapping says nor the source declares."""
    if not hints.sensitivity and not _declared(snapshot, hints.source, AMBIT.HAS_SENSITIVITY):
        yield "no sensitivity is said or declared"
    if "" in hints.countries:
        yield "`ambit:countryOf` finds no country in the row"
    if any(country and not _is_covered(country, snapshot) for country in hints.countries):
        yield "`ambit:countryOf` finds a country that no jurisdiction covers"
    said = hints.jurisdictions or hints.countries
    if not said and not _declared(snapshot, hints.source, AMBIT.HAS_JURISDICTION):
        yield "no jurisdiction is said or declared"
    if not hints.anchors and not _declared(snapshot, hints.source, AMBIT.HAS_AUDIENCE):
        yield "no anchor is said, no audience declared"


def _declared(snapshot: Snapshot, subject: str, predicate: str) -> frozenset[str]:
    """What governance says of a source, or a site."""
    quads = snapshot.match(NamedNode(subject), node(predicate), None, _GOVERNANCE)
    return frozenset(quad.object.value for quad in quads if isinstance(quad.object, NamedNode))


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
