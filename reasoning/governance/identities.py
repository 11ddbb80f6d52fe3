"""Who is named in governance: IRIs compared by code points in NFC, and none that only looks like another.

An IRI that is not in NFC, or holds what cannot be seen, is refused; so is one that is confusable with the name of
somebody else whom governance knows (Unicode Technical Standard 39, section 4: equal skeletons). Names in ASCII are
not compared with each other: what people type differs by case and digits, and is told apart by reading.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import Final

from ...graph.errors import SourceInvalid
from ...graph.snapshot import Snapshot
from ...graph.terms import NamedNode, Quad, Triple
from ...graph.vocabulary import AMBIT, SH
from ...graph.words import Change, Record, RecordGraph, Role
from ..findings.findings import Finding, findings_iri, owners_record
from .governance import Check

HINT: Final = "name people, groups and agents by IRIs that nobody takes for another's"
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})
"""General categories of what does not show, or is not assigned: in no identity."""


def check_identities() -> Check:
    """The check that refuses identities which are not what they seem.

    A file of governance is refused whole, and its last good version stays; from a governed source the triples
    that speak of the identity do not enter, and a finding says so.
    """
    known = _Names()

    def check(change: Change, snapshot: Snapshot) -> Change:
        known.begin(snapshot)
        records: list[Record] = []
        fresh: set[str] = set()
        for record in change.records:
            refused = dict(known.refused(record, fresh, snapshot))
            if refused and record.source == AMBIT.GOVERNANCE:
                raise SourceInvalid(
                    f"`{record.location or record.iri}`: {'; '.join(refused.values())}",
                    hint=HINT,
                    code="identity-refused",
                    details={"file": record.location},
                )
            records += _without(record, refused, snapshot)
        return replace(change, records=tuple(records))

    return check


class _Names:
    """The names in governance by how they look; a name that went may stand here still, and is looked up again."""

    def __init__(self) -> None:
        self._is_read = False
        self._odd: defaultdict[str, set[str]] = defaultdict(set)  # not in ASCII
        self._plain: defaultdict[str, set[str]] | None = None  # in ASCII, once they are asked for

    def begin(self, snapshot: Snapshot) -> None:
        """Reads what governance holds when the first commit comes."""
        if not self._is_read:
            self._is_read = True
            for name in _names(quad.triple for quad in snapshot.governance()):
                self._enter(name)

    def refused(self, record: Record, fresh: set[str], snapshot: Snapshot) -> Iterator[tuple[str, str]]:
        """The names in a record's governance that it may not have, and why; the others go into `fresh`."""
        triples = [t for g in record.graphs if g.role is Role.GOVERNANCE for t in g.triples]
        names = set(_names(triples))
        if not self._odd and all(name.isascii() for name in names):
            fresh |= names
            if self._plain is not None:
                for name in names:
                    self._enter(name)
            return
        if self._plain is None:
            self._plain = defaultdict(set)
            for name in {*_names(quad.triple for quad in snapshot.governance()), *fresh}:
                self._enter(name)
        gone = {entry.graph for entry in snapshot.record(record.iri)}
        for name in sorted(names):
            why = malformed(name) or self._confused(name, fresh, snapshot, gone)
            if why:
                yield name, why
            else:
                fresh.add(name)
                self._enter(name)

    def _enter(self, name: str) -> None:
        if not name.isascii():
            self._odd[skeleton(name)].add(name)
        elif self._plain is not None:
            self._plain[skeleton(name)].add(name)

    def _confused(self, name: str, fresh: set[str], snapshot: Snapshot, gone: set[str]) -> str:
        """Why a name is taken for another's; names in ASCII are compared with the others alone."""
        looks = skeleton(name)
        others = self._odd.get(looks, set())
        if not name.isascii() and self._plain is not None:
            others = others | self._plain.get(looks, set())
        for other in sorted(others - {name}):
            if other in fresh or _stands(other, snapshot, gone):
                return f"`{name}` ({_spelt(name)}) looks like `{other}` ({_spelt(other)}) and is another name"
        return ""


def _stands(name: str, snapshot: Snapshot, gone: set[str]) -> bool:
    """Whether governance names it, in other graphs than those that are written anew."""
    me, roles = NamedNode(name), frozenset({Role.GOVERNANCE})
    found: Iterable[Quad] = snapshot.match(me, None, None, roles)
    ends: Iterable[Quad] = snapshot.match(None, None, me, roles)
    return any(
        quad.graph_name.value not in gone
        for quads in (found, ends)
        for quad in quads
        if isinstance(quad.graph_name, NamedNode)
    )


def _names(triples: Iterable[Triple]) -> Iterator[str]:
    """The IRIs that a rule could take for somebody: subjects and objects."""
    for triple in triples:
        if isinstance(triple.subject, NamedNode):
            yield triple.subject.value
        if isinstance(triple.object, NamedNode):
            yield triple.object.value


def malformed(name: str) -> str:
    """Why an IRI can name nobody; empty where it can."""
    if name.isascii():
        return ""
    if not unicodedata.is_normalized("NFC", name):
        return f"`{name}` is not in Unicode Normalization Form C"
    unseen = [char for char in name if unicodedata.category(char) in _UNSEEN]
    if unseen:
        return f"`{name}` holds U+{ord(unseen[0]):04X}, which does not show"
    return ""


def _spelt(name: str) -> str:
    """The characters of a name that are not in ASCII, so that two names which look alike can be told apart."""
    odd = [f"U+{ord(char):04X}" for char in name if not char.isascii()]
    return " ".join(odd) if odd else "ASCII"


def skeleton(name: str) -> str:
    """What a name looks like: equal for names that are confusable with each other (UTS 39, section 4)."""
    shown = unicodedata.normalize("NFD", name).translate(_prototypes())
    return unicodedata.normalize("NFD", shown)


@cache
def _prototypes() -> dict[int, str]:
    """By character what it is taken for. Each class of confusables has one member that all others point to."""
    from confusable_homoglyphs.confusables import confusables_data  # a megabyte, for names that are not ASCII

    alike = {one: [other["c"] for other in others] for one, others in confusables_data.items()}
    found: dict[int, str] = {}
    for one, others in alike.items():
        for other in others:
            if len(one) == 1 and _stands_for(other, one, alike):
                found[ord(one)] = other
    return found


def _stands_for(prototype: str, char: str, alike: dict[str, list[str]]) -> bool:
    """Whether of two that are confusable the first is the one that all are taken for."""
    pointing = len(alike.get(prototype, ())) - len(alike[char])
    if pointing:
        return pointing > 0
    return (len(prototype) == 1, not prototype.isascii(), prototype) < (False, not char.isascii(), char)


def _without(record: Record, refused: dict[str, str], snapshot: Snapshot) -> list[Record]:
    """A governed record without the refused names, and the finding about them; one of before goes."""
    about = record.iri + "#identities"
    if not refused:
        stands = record.source != AMBIT.GOVERNANCE and snapshot.record(findings_iri(about))
        return [record, owners_record(about, (), record.source, snapshot)] if stands else [record]
    findings = [
        Finding("identity-refused", why, (record.iri,), SH.VIOLATION, focus=NamedNode(name))
        for name, why in refused.items()
    ]
    graphs = tuple(_graph_without(graph, refused) for graph in record.graphs)
    kept = replace(record, graphs=tuple(g for g in graphs if g.triples or g.role is not Role.GOVERNANCE))
    return [kept, owners_record(about, findings, record.source, snapshot)]


def _graph_without(graph: RecordGraph, refused: dict[str, str]) -> RecordGraph:
    if graph.role is not Role.GOVERNANCE:
        return graph
    names = {NamedNode(name) for name in refused}
    return replace(graph, triples=frozenset(t for t in graph.triples if not {t.subject, t.object} & names))
