"""Reading the owner's store beside its one writer: what checks, views and the server's own parts see."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from ..errors import TooLarge
from ..terms import Literal, NamedNode, Object, Quad, Subject, Triple
from ..words import MERGED, GraphEntry, Hints, Label, Role
from .catalog import Catalog
from .locks import StateLock
from .quadstore import QuadStore
from .sheets import Sheets

_GOVERNANCE = frozenset({Role.GOVERNANCE})
_TOGETHER = 2_000  # triples that are looked up by one query


class Reads:
    """The `Snapshot` over a store and its catalog; safe for many threads. Answers are copies, not cursors."""

    def __init__(self, quads: QuadStore, catalog: Catalog, lock: StateLock, sheets: Sheets):
        self._quads = quads
        self._sheets = sheets
        self._catalog = catalog
        self._lock = lock
        self._revisions = (0, 0)

    @property
    def revision(self) -> int:
        """The number of the last commit; 0 when there is none."""
        return self._revisions[0]

    @property
    def policy_revision(self) -> int:
        """How many commits changed the governance graph."""
        return self._revisions[1]

    @contextmanager
    def frozen(self) -> Iterator[int]:
        """Holds commits off and yields the revision. Belongs to its thread, which must not commit."""
        with self._lock.shared():
            yield self.revision

    def entries(self) -> list[GraphEntry]:
        """The catalog: one entry for each named graph that holds a triple."""
        with self._lock.shared():
            return list(self._catalog.graphs.values())

    def entry(self, graph: str) -> GraphEntry | None:
        """The catalog's line about one graph."""
        with self._lock.shared():
            return self._catalog.graphs.get(graph)

    def graphs_of(
        self, compartments: frozenset[str], roles: frozenset[Role], *, without: frozenset[str] = frozenset()
    ) -> list[GraphEntry]:
        """The graphs in these compartments, and in the joints inside of them, that have one of these roles.

        What is read by those who hold the compartments `without` is left out.
        """
        with self._lock.shared():
            left_out = self._catalog.joints.covered(without) | {""}
            # a graph without a complete label is filed under the empty name, which nobody may ask for
            return [
                entry
                for compartment in self._catalog.joints.covered(compartments) - left_out
                for entry in self._catalog.of_compartment(compartment)
                if entry.role in roles
            ]

    def graphs_as(self, role: Role, clearance: frozenset[str]) -> list[str]:
        """The names of the graphs of one role that a clearance reads."""
        within = self._catalog.joints.within
        with self._lock.shared():
            return [e.graph for e in self._catalog.of_role(role) if within(e.compartment, clearance)]

    def record(self, iri: str) -> tuple[GraphEntry, ...]:
        """The graphs of one record; empty when it is not there."""
        with self._lock.shared():
            return tuple(self._catalog.of_record(iri))

    def digest(self, record: str) -> str | None:
        """The hash of a record's content in its source, as last committed; None when it is not there."""
        with self._lock.shared():
            entry = self._catalog.records.get(record)
            return entry.digest if entry is not None else None

    def location(self, record: str) -> str | None:
        """The record's file and line or row, for people."""
        with self._lock.shared():
            entry = self._catalog.records.get(record)
            return entry.location if entry is not None else None

    def is_quarantined(self, record: str) -> bool:
        """Whether the record's last version stands in quarantine."""
        with self._lock.shared():
            entry = self._catalog.records.get(record)
            return entry is not None and entry.quarantined

    def records_of(self, source: str) -> list[str]:
        """The IRIs of the records that a source has."""
        with self._lock.shared():
            return list(self._catalog.of_source(source))

    def hints(self, graph: str) -> Hints | None:
        """What the mapping said of a graph before the labelling rules spoke."""
        with self._lock.shared():
            return self._catalog.hints.get(graph)

    def hinted(self) -> list[tuple[Hints, str | None, list[GraphEntry]]]:
        """All graphs that have hints, those together that have the same and are in one compartment."""
        alike: dict[tuple[int, str | None], tuple[Hints, str | None, list[GraphEntry]]] = {}
        with self._lock.shared():
            for graph, hints in self._catalog.hints.items():
                entry = self._catalog.graphs[graph]
                key = (id(hints), entry.compartment)  # the catalog keeps equal hints once
                if key not in alike:
                    alike[key] = (hints, entry.compartment, [])
                alike[key][2].append(entry)
        return list(alike.values())

    def triples(self, graph: str) -> list[Triple]:
        """The triples of one graph; none of one that is not in the catalog."""
        with self._lock.shared():
            return self._quads.triples(graph) if graph in self._catalog.graphs else []

    def text(self, graph: str) -> bytes:
        """The triples of one graph as N-Triples; none of one that is not in the catalog."""
        with self._lock.shared():
            return self._sheets.read(graph) if graph in self._catalog.graphs else b""

    def terms(self, graphs: Iterable[str]) -> Mapping[str, int]:
        """How often graphs say each predicate and, after `rdf:type`, each class."""
        with self._lock.shared():
            return self._quads.terms(graph for graph in graphs if graph in self._catalog.graphs)

    def size(self, graph: str, most: int) -> int:
        """How many triples a graph holds; counting ends at `most`."""
        with self._lock.shared():
            return self._quads.size(graph, most) if graph in self._catalog.graphs else 0

    def match(
        self, s: Subject | None, p: NamedNode | None, o: Object | None, roles: frozenset[Role]
    ) -> list[Quad]:
        """The quads of a pattern in the graphs that have one of these roles."""
        with self._lock.shared():
            return [quad for quad, entry in self._matches(s, p, o) if entry.role in roles]

    def places(self, subject: str, most: int) -> frozenset[str | None]:
        """The compartments, or joints, of the merged graphs that say something of an IRI; None: without a label.

        Raises `TooLarge` where more than `most` triples say it.
        """
        found: set[str | None] = set()
        with self._lock.shared():
            for number, (_, entry) in enumerate(self._matches(NamedNode(subject), None, None)):
                if number >= most:
                    raise TooLarge(f"more than {most} triples speak of `{subject}`")
                if entry.role in MERGED:
                    found.add(entry.compartment)
        return frozenset(found)

    def governance(self) -> list[Quad]:
        """All that rules read, by named graph (role GOVERNANCE)."""
        with self._lock.shared():
            return [
                quad
                for entry in self._catalog.of_role(Role.GOVERNANCE)
                for quad in self._quads.quads(entry.graph)
            ]

    def committed(self, compartments: frozenset[str]) -> frozenset[str]:
        """Those of the compartments that a commit ever changed: in no other one is anything merged."""
        changed = self._catalog.changed  # single reads: a query waits for nobody who writes
        return frozenset(compartment for compartment in compartments if compartment in changed)

    def last_changed(self, compartment: str) -> int:
        """The revision that last changed this compartment; 0 when none did."""
        return self._catalog.changed.get(compartment, 0)

    def changed_since(self, compartments: frozenset[str], revision: int) -> frozenset[str]:
        """Those of these compartments that a later commit changed, by themselves or in a joint of them."""
        changed, joints = self._catalog.changed, self._catalog.joints  # single reads, as in `committed`
        late = [one for one in joints.covered(compartments) if changed.get(one, 0) > revision]
        return frozenset().union(*map(joints.members, late))

    def members(self, compartment: str) -> frozenset[str]:
        """The compartments that one must hold to read what stands in this one: itself, or a joint's members."""
        return self._catalog.joints.members(compartment)

    def covered(self, compartments: frozenset[str]) -> frozenset[str]:
        """These compartments and the joints inside of them: all that a clearance reads."""
        return self._catalog.joints.covered(compartments)  # single reads, as in `within`

    def within(self, compartment: str | None, clearance: frozenset[str]) -> bool:
        """Whether a clearance reads what stands in this compartment, which may be a joint."""
        return self._catalog.joints.within(compartment, clearance)

    def label(self, compartment: str) -> Label | None:
        """The label whose hash the compartment is."""
        return self._catalog.labels.get(compartment)

    def holders(self, s: Subject, p: NamedNode, o: Object, compartments: frozenset[str]) -> frozenset[str]:
        """Those of `compartments` that have a merged graph which holds the triple, or have one together."""
        with self._lock.shared():
            return self._told((entry for _, entry in self._matches(s, p, o)), compartments)

    def holding(
        self, triples: Sequence[Triple], said: Mapping[str, Collection[str]], compartments: frozenset[str]
    ) -> frozenset[str]:
        """Those of `compartments` that have a merged graph which holds one of the triples, or says what is `said`.

        `said` are predicates by subject, whatever their values. Triples with blank nodes are left out: they are
        named by one record, and no answer gives them alone.
        """
        named = [
            t
            for t in triples
            if isinstance(t.subject, NamedNode) and isinstance(t.object, NamedNode | Literal)
        ]
        alike: dict[frozenset[str], list[NamedNode]] = defaultdict(list)
        for subject, predicates in said.items():
            alike[frozenset(predicates)].append(NamedNode(subject))
        found: set[str] = set()
        with self._lock.shared():
            for start in range(0, len(named), _TOGETHER):
                found |= self._quads.graphs_holding(named[start : start + _TOGETHER])
            for predicates, subjects in alike.items():
                terms = [NamedNode(predicate) for predicate in predicates]
                for start in range(0, len(subjects), _TOGETHER):
                    found |= self._quads.graphs_saying(subjects[start : start + _TOGETHER], terms)
            entries = [self._catalog.graphs.get(graph) for graph in found]
            return self._told((entry for entry in entries if entry is not None), compartments)

    def _told(self, entries: Iterable[GraphEntry], compartments: frozenset[str]) -> frozenset[str]:
        """The compartments of merged graphs, as far as they are cleared; a joint's members in its place."""
        joints = self._catalog.joints
        return frozenset(
            member
            for entry in entries
            if entry.role in MERGED
            and entry.compartment is not None
            and joints.within(entry.compartment, compartments)
            for member in joints.members(entry.compartment)
        )

    def _matches(
        self, s: Subject | None, p: NamedNode | None, o: Object | None
    ) -> Iterable[tuple[Quad, GraphEntry]]:
        for quad in self._quads.match(s, p, o):
            if isinstance(quad.graph_name, NamedNode):
                entry = self._catalog.graphs.get(quad.graph_name.value)
                if entry is not None:
                    yield quad, entry
