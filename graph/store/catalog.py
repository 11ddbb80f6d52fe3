"""The catalog: what each named graph is, whose it is, and in which compartment; in memory and as quads."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import orjson

from ..joints import Joints
from ..terms import Literal, NamedNode, Quad
from ..words import GraphEntry, Hints, Label, Role
from .lines import (
    CHANGED,
    GRAPH,
    JOINT,
    RECORD,
    SINGLE,
    Listed,
    RecordEntry,
    Single,
    graph_from,
    graph_quad,
    hints_from,
    lines_of,
    record_from,
    record_quad,
    single_from,
)


class Catalog:
    """The catalog in memory. Single reads are safe at any time; walks and changes need the owner's lock."""

    def __init__(self) -> None:
        self.graphs: dict[str, GraphEntry] = {}
        self.hints: dict[str, Hints] = {}
        self.records: dict[str, RecordEntry] = {}
        self.labels: dict[str, Label] = {}
        self.changed: dict[str, int] = {}
        self.joints = Joints()
        self.apart: set[str] = set()  # records whose graphs have lines of their own
        self._alike: dict[Hints, Hints] = {}  # equal hints are kept once: many graphs have the same
        self._by_record: dict[str, dict[str, None]] = {}
        self._by_source: dict[str, dict[str, None]] = {}
        self._by_compartment: dict[str, dict[str, None]] = {}
        self._by_role: dict[Role, dict[str, None]] = {role: {} for role in Role}

    def change(self, out: Iterable[Quad], into: Iterable[Quad]) -> None:
        """Brings the catalog to where its quads are. A compartment's revision only grows, and joints stay."""
        for quad in out:
            self._forget(quad)
        for quad in into.quads if isinstance(into, Listed) else into:
            self._learn(quad)
        for single in into.singles if isinstance(into, Listed) else ():
            self._add_single(single)

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

    def lines(self, record: str) -> list[Quad]:
        """A record's lines as they stand: its own and those of its graphs, or the one for both."""
        known = self.records.get(record)
        graphs = [(entry, self.hints.get(entry.graph)) for entry in self.of_record(record)]
        if record not in self.apart:
            return lines_of(known, graphs)
        own = [record_quad(known)] if known is not None else []
        return [*(graph_quad(entry, hints) for entry, hints in graphs), *own]

    def _forget(self, quad: Quad) -> None:
        subject = _name(quad)
        if quad.predicate == GRAPH:
            self._forget_graph(subject)
        elif quad.predicate == RECORD:
            self._forget_record(subject)
        elif quad.predicate == SINGLE:
            for graph in [entry.graph for entry in self.of_record(subject)]:
                self._forget_graph(graph)
            self._forget_record(subject)

    def _forget_graph(self, graph: str) -> None:
        entry = self.graphs.pop(graph, None)
        self.hints.pop(graph, None)
        if entry is not None:
            self._by_role[entry.role].pop(graph, None)
            _drop(self._by_compartment, entry.compartment or "", graph)
            _drop(self._by_record, entry.record, graph)
            if entry.record not in self._by_record:
                self.apart.discard(entry.record)

    def _forget_record(self, record: str) -> None:
        entry = self.records.pop(record, None)
        if entry is not None:
            _drop(self._by_source, entry.source, record)

    def _learn(self, quad: Quad) -> None:
        subject, value = _name(quad), quad.object
        assert isinstance(value, Literal)  # noqa: S101 — we wrote it
        said = orjson.loads(value.value)
        if quad.predicate == SINGLE:
            self._add_single(single_from(subject, said))
        elif quad.predicate == CHANGED:
            self.changed[subject] = max(said, self.changed.get(subject, 0))
        elif quad.predicate == JOINT:
            self.joints.learn(subject, said)
        elif quad.predicate == GRAPH:
            hints = hints_from(said["hints"]) if "hints" in said else None
            self.add_graph(graph_from(subject, said), hints)
            self.apart.add(said["record"])
        elif quad.predicate == RECORD:
            self.add_record(record_from(subject, said))

    def _add_single(self, single: Single) -> None:
        self.add_graph(single.graph, single.hints)
        self.add_record(single.record)

    def fill(
        self,
        graphs: Iterable[GraphEntry],
        hints: Iterable[Hints | None],
        records: Iterable[RecordEntry],
        apart: Iterable[str],
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
        self.apart.update(apart)

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
