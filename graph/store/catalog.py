"""The catalog: what each named graph is, whose it is, and in which compartment; in memory and as quads."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from ..joints import Joints
from ..terms import Literal, NamedNode, Quad
from ..words import GraphEntry, Hints, Label, Role
from .quadstore import CATALOG

_GRAPH = NamedNode("urn:ambit:catalog:graph")
_RECORD = NamedNode("urn:ambit:catalog:record")
_CHANGED = NamedNode("urn:ambit:catalog:changed")
_JOINT = NamedNode("urn:ambit:catalog:joint")


class RecordEntry(NamedTuple):
    """The catalog's line about a record: what ingest must know to skip what has not changed."""

    record: str
    source: str
    digest: str
    location: str
    quarantined: bool


def graph_quad(entry: GraphEntry, hints: Hints | None) -> Quad:
    """A graph's line."""
    said = {"role": entry.role.value, "record": entry.record, "source": entry.source, "in": entry.compartment}
    if hints is not None:
        said["hints"] = hints_said(hints)  # type: ignore[assignment]
    return _line(entry.graph, _GRAPH, said)


def record_quad(entry: RecordEntry) -> Quad:
    """A record's line."""
    said = {
        "source": entry.source,
        "digest": entry.digest,
        "location": entry.location,
        "quarantined": entry.quarantined,
    }
    return _line(entry.record, _RECORD, said)


def hints_said(hints: Hints) -> dict[str, Any]:
    """Hints as a line has them."""
    return {
        "source": hints.source,
        "sensitivity": hints.sensitivity,
        "jurisdictions": sorted(hints.jurisdictions),
        "countries": sorted(hints.countries),
        "anchors": sorted(hints.anchors),
    }


def hints_from(said: Mapping[str, Any]) -> Hints:
    """Hints from a line."""
    return Hints(
        said["source"],
        said["sensitivity"],
        frozenset(said["jurisdictions"]),
        frozenset(said["countries"]),
        frozenset(said["anchors"]),
    )


def changed_quad(compartment: str, revision: int) -> Quad:
    """A compartment's line: the revision that last changed it."""
    return _line(compartment, _CHANGED, revision)


def joint_quad(joint: str, members: Iterable[str]) -> Quad:
    """A joint's line: the compartments that one must hold to read what stands in it."""
    return _line(joint, _JOINT, sorted(members))


def _line(subject: str, predicate: NamedNode, said: object) -> Quad:
    value = orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()
    return Quad(NamedNode(subject), predicate, Literal(value), CATALOG)


class Catalog:
    """The catalog in memory. Single reads are safe at any time; walks and changes need the owner's lock."""

    def __init__(self) -> None:
        self.graphs: dict[str, GraphEntry] = {}
        self.hints: dict[str, Hints] = {}
        self.records: dict[str, RecordEntry] = {}
        self.labels: dict[str, Label] = {}
        self.changed: dict[str, int] = {}
        self.joints = Joints()
        self._alike: dict[Hints, Hints] = {}  # equal hints are kept once: many graphs have the same
        self._by_record: dict[str, dict[str, None]] = {}
        self._by_source: dict[str, dict[str, None]] = {}
        self._by_compartment: dict[str, dict[str, None]] = {}
        self._by_role: dict[Role, dict[str, None]] = {role: {} for role in Role}

    def change(self, out: Iterable[Quad], into: Iterable[Quad]) -> None:
        """Brings the catalog to where its quads are. A compartment's revision only grows, and joints stay."""
        for quad in out:
            self._forget(quad)
        for quad in into:
            self._learn(quad)

    @property
    def kept_hints(self) -> Iterable[Hints]:
        """The hints of all graphs, equal ones once; some may be nobody's any more."""
        return self._alike

    def of_role(self, role: Role) -> Iterator[GraphEntry]:
        """The graphs of one role."""
        return (self.graphs[g] for g in self._by_role[role])

    def of_compartment(self, compartment: str) -> Iterator[GraphEntry]:
        """The graphs of one compartment."""
        return (self.graphs[g] for g in self._by_compartment.get(compartment, ()))

    def of_record(self, record: str) -> Iterator[GraphEntry]:
        """The graphs of one record."""
        return (self.graphs[g] for g in self._by_record.get(record, ()))

    def of_source(self, source: str) -> Iterator[str]:
        """The records of one source."""
        return iter(self._by_source.get(source, ()))

    def _forget(self, quad: Quad) -> None:
        subject = _name(quad)
        if quad.predicate == _GRAPH:
            entry = self.graphs.pop(subject, None)
            self.hints.pop(subject, None)
            if entry is not None:
                self._by_role[entry.role].pop(subject, None)
                _drop(self._by_compartment, entry.compartment or "", subject)
                _drop(self._by_record, entry.record, subject)
        elif quad.predicate == _RECORD:
            record = self.records.pop(subject, None)
            if record is not None:
                _drop(self._by_source, record.source, subject)

    def _learn(self, quad: Quad) -> None:
        subject, value = _name(quad), quad.object
        assert isinstance(value, Literal)  # noqa: S101 — we wrote it
        if quad.predicate == _CHANGED:
            self.changed[subject] = max(int(value.value), self.changed.get(subject, 0))
        elif quad.predicate == _JOINT:
            self.joints.learn(subject, orjson.loads(value.value))
        elif quad.predicate == _GRAPH:
            said = orjson.loads(value.value)
            entry = GraphEntry(subject, Role(said["role"]), said["record"], said["source"], said["in"])
            self.add_graph(entry, hints_from(said["hints"]) if "hints" in said else None)
        elif quad.predicate == _RECORD:
            said = orjson.loads(value.value)
            self.add_record(
                RecordEntry(subject, said["source"], said["digest"], said["location"], said["quarantined"])
            )

    def fill(
        self, graphs: Iterable[GraphEntry], hints: Iterable[Hints | None], records: Iterable[RecordEntry]
    ) -> None:
        """Takes up a whole catalog, with the hints of each graph; for an empty one, and for many."""
        last: Role | None = None  # an Enum is slow to hash
        by_compartment: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for entry, hint in zip(graphs, hints, strict=True):
            graph = entry.graph
            self.graphs[graph] = entry
            if entry.role is not last:
                last, of_role = entry.role, self._by_role[entry.role]
            of_role[graph] = None
            by_compartment[entry.compartment or ""][graph] = None
            if entry.record in self._by_record:
                self._by_record[entry.record][graph] = None
            else:
                self._by_record[entry.record] = {graph: None}
            if hint is not None:
                self.hints[graph] = hint
        self._by_compartment.update(by_compartment)
        self._alike.update((hint, hint) for hint in {id(h): h for h in self.hints.values()}.values())
        self.records.update((record.record, record) for record in records)
        by_source: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for record in self.records.values():
            by_source[record.source][record.record] = None
        self._by_source.update(by_source)

    def add_graph(self, entry: GraphEntry, hints: Hints | None) -> None:
        """Takes up a graph that is not in it."""
        graph = entry.graph
        self.graphs[graph] = entry
        self._by_role[entry.role][graph] = None
        self._by_compartment.setdefault(entry.compartment or "", {})[graph] = None
        self._by_record.setdefault(entry.record, {})[graph] = None
        if hints is not None:
            self.hints[graph] = self._alike.setdefault(hints, hints)

    def add_record(self, entry: RecordEntry) -> None:
        """Takes up a record's line."""
        self.records[entry.record] = entry
        self._by_source.setdefault(entry.source, {})[entry.record] = None


def _name(quad: Quad) -> str:
    assert isinstance(quad.subject, NamedNode)  # noqa: S101 — we wrote it
    return quad.subject.value


def _drop(index: dict[str, dict[str, None]], key: str, member: str) -> None:
    members = index.get(key)
    if members is not None:
        members.pop(member, None)
        if not members:
            del index[key]
