"""From rows to records: what is said of a row, cut into record graphs by label.

All that one row says is one record, whatever number of triples maps speak of it; each group of equal label
hints is a record graph of its own.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from ..graph.terms import BlankNode, Literal, NamedNode, Triple
from ..graph.vocabulary import RDF, node
from ..graph.words import Hints, Record, RecordGraph
from .countries import code_of
from .mapping import Join, LogicalSource, TriplesMap, local_name
from .paths import iri_safe
from .sources import Source
from .termmaps import Term
from .words import Row

Joined = Mapping[Join, Mapping[tuple[str, ...], frozenset[Term]]]
"""For each join, the subjects of its parent by the values of the parent's references."""


class Mapper:
    """Maps the rows of one logical source of one source."""

    def __init__(self, source: Source, maps: Sequence[TriplesMap], joined: Joined | None = None):
        self._source, self._maps, self._joined = source, tuple(maps), joined or {}
        self._subjects = {one.iri: one.subject for one in maps}

    @property
    def references(self) -> frozenset[str]:
        """All that is read of a row."""
        return frozenset(reference for one in self._maps for reference in one.references())

    def key(self, row: Row) -> str | None:
        """What tells a row from the others: the values in the first subject that has any; None for NULL."""
        for one in self._maps:
            if one.subject.references:
                cells = [row.cells(reference) for reference in one.subject.references]
                return ";".join(iri_safe(each[0].text) for each in cells) if all(cells) else None
        said = [f"{r}={c.text}" for r in sorted(self.references) for c in row.cells(r)]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:32]

    def subjects(self, row: Row) -> list[Term]:
        """The subjects of a row, map by map."""
        return [term for one in self._maps for term in one.subject.terms(row, self._source.iri)]

    def record(self, iri: str, row: Row, digest: str = "") -> Record:
        """The record of a row; without a `digest` of its file it is known by the hash of what it says.

        Raises `SourceInvalid` with the row's location for a value that cannot be what the mapping says.
        """
        said: dict[Hints, set[Triple]] = {}
        for one in self._maps:
            subjects = one.subject.terms(row, self._source.iri)
            if subjects:
                self._say(one, subjects, row, iri, said)
        said = {hints: triples for hints, triples in said.items() if triples}
        return Record(iri, self._source.iri, self._graphs(iri, said), digest or _digest(said), row.location)

    def _say(
        self, one: TriplesMap, subjects: list[Term], row: Row, iri: str, said: dict[Hints, set[Triple]]
    ) -> None:
        mine = self._hints(one, row, iri)
        for subject in subjects:
            if isinstance(subject, Literal):
                continue
            said.setdefault(mine, set()).update(
                Triple(subject, node(RDF.TYPE), NamedNode(each)) for each in one.classes
            )
            for pairs in one.predicates:
                hints = mine
                if pairs.sensitivity is not None:
                    hints = Hints(
                        mine.source, pairs.sensitivity, mine.jurisdictions, mine.countries, mine.anchors
                    )
                predicates = [t for p in pairs.predicates for t in p.terms(row, self._source.iri)]
                objects = [t for o in pairs.objects for t in o.terms(row, self._source.iri)]
                for join in pairs.joins:
                    objects += self._parents(join, row)
                said.setdefault(hints, set()).update(
                    Triple(subject, p, o) for p in predicates if isinstance(p, NamedNode) for o in objects
                )

    def _parents(self, join: Join, row: Row) -> Iterable[Term]:
        """R2RML §8.1: the parent's subjects in the rows that agree; without conditions, in this row."""
        if not join.conditions:
            return self._subjects[join.parent].terms(row, self._source.iri)
        cells = [row.cells(child) for child, _ in join.conditions]
        if not all(cells):
            return ()
        found = self._joined.get(join, {}).get(tuple(each[0].text for each in cells), frozenset())
        return sorted(found, key=str)

    def _hints(self, one: TriplesMap, row: Row, iri: str) -> Hints:
        """A hint that the mapping declares and the row lacks must not fall back to what the source says.

        A country that is not there is one that no jurisdiction covers, an anchor that is not there is the
        record itself, which leads to nobody: so less is shown, never more.
        """
        declared = one.hints
        said = [[c.text.strip() for c in row.cells(reference)] for reference in declared.countries]
        countries = {country for cells in said for country in cells if country}
        missing = any(not cells or not all(cells) for cells in said)
        spaces = _iris(t for m in declared.jurisdictions for t in m.terms(row, self._source.iri))
        anchors = _iris(t for m in declared.anchors for t in m.terms(row, self._source.iri))
        if missing or (declared.jurisdictions and not spaces and not declared.countries):
            countries.add("")
        if declared.anchors and not anchors:
            anchors = frozenset({iri})
        codes = frozenset(map(code_of, countries))
        return Hints(self._source.iri, declared.sensitivity, spaces, codes, anchors)

    def _graphs(self, iri: str, said: Mapping[Hints, set[Triple]]) -> tuple[RecordGraph, ...]:
        graphs: dict[str, RecordGraph] = {}
        for hints, triples in said.items():
            name = graph_name(iri, hints.sensitivity or self._source.sensitivity)
            count = sum(1 for each in graphs if each == name or each.startswith(name + "."))
            name = f"{name}.{count + 1}" if count else name
            graphs[name] = RecordGraph(name, frozenset(triples), hints)
        return tuple(graphs.values())


def graph_name(record: str, sensitivity: str | None) -> str:
    """The name of a record graph: the record's, and the sensitivity's local name."""
    return f"{record}#{iri_safe(local_name(sensitivity).lower()) if sensitivity else 'data'}"


def by_rows(maps: Iterable[TriplesMap]) -> dict[LogicalSource, list[TriplesMap]]:
    """Triples maps by where their rows come from, in the order of the file."""
    found: dict[LogicalSource, list[TriplesMap]] = {}
    for one in maps:
        found.setdefault(one.rows, []).append(one)
    return found


def _digest(said: Mapping[Hints, set[Triple]]) -> str:
    made = hashlib.sha256()
    for hints in sorted(said, key=_order):
        made.update((_order(hints) + "\n").encode())
        made.update("\n".join(sorted(map(str, said[hints]))).encode())
    return made.hexdigest()[:32]


def _order(hints: Hints) -> str:
    sets = (sorted(hints.jurisdictions), sorted(hints.countries), sorted(hints.anchors))
    return repr((hints.source, hints.sensitivity, *sets))


def _iris(terms: Iterable[Term | BlankNode]) -> frozenset[str]:
    return frozenset(term.value for term in terms if isinstance(term, NamedNode))
