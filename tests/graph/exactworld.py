"""Generated worlds, what commits do to them, and what is left of them when the hidden is deleted."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from exactdice import Dice
from exactterms import drawn_triples
from pyoxigraph import Quad, Store
from storeworld import SOURCE, label

from ambit.graph.compartments import clearance_of, compartment_of, short_hash
from ambit.graph.sparql.gate import Dataset
from ambit.graph.terms import BlankNode, NamedNode
from ambit.graph.words import Change, Clearance, Record, RecordGraph, Role

LABELS = [label(name) for name in "abcd"]
COMPARTMENTS = [compartment_of(where) for where in LABELS]
RECORDS = range(5)
PARTS = "ab"
ROLES = [Role.DATA] * 8 + [Role.ONTOLOGY, Role.INFERRED, Role.SYSTEM, Role.GOVERNANCE]


def name_of(number: int, part: str, role: Role) -> str:
    """Roles other than data and ontology lie under Ambit's own names."""
    if role in (Role.DATA, Role.ONTOLOGY):
        return f"{SOURCE}/{number}#{part}"
    return f"urn:ambit:t:{number}#{part}"


GRAPHS = [name_of(number, part, Role.DATA) for number in RECORDS for part in PARTS]
OWN_GRAPHS = [name_of(number, part, Role.SYSTEM) for number in RECORDS for part in PARTS]
NOWHERE = "urn:nowhere"

MERGED = {Role.DATA, Role.ONTOLOGY, Role.INFERRED}
"""What DESIGN §3.2 says is in the default graph; said here again, for the package may be wrong."""

HOT = [frozenset({0, 1}), frozenset({0, 1, 2}), frozenset({2, 3}), frozenset({1, 2, 3})]
"""Clearances that are asked for often, so that their views live long; all others come and go."""


def drawn_clearance(dice: Dice) -> Clearance:
    """A set of compartments: none, all, or any; sometimes with one that nothing stands in."""
    any_set = frozenset(dice.some(range(len(LABELS)), 0, len(LABELS)))
    chosen = dice.pick([*HOT, any_set])
    beside = {compartment_of(label("nobody"))} if dice.once_in(12) else set()
    return clearance_of({COMPARTMENTS[number] for number in chosen} | beside)


def drawn_record(dice: Dice, number: int) -> Record:
    """One record: withdrawn, or with one or two graphs under labels of their own, or without a label."""
    graphs = []
    for part in PARTS[: dice.pick([2, 2, 2, 1, 1, 0])]:
        role = dice.pick(ROLES)
        where = dice.pick([*LABELS, *LABELS, None])
        own = f"r{number}{part}"
        said = {t for _ in range(5 + dice.below(10)) for t in drawn_triples(dice, own)}
        graphs.append(RecordGraph(name_of(number, part, role), frozenset(said), None, role, where))
    return _stated(Record(f"{SOURCE}/{number}", SOURCE, tuple(graphs)))


def _stated(record: Record) -> Record:
    """With a digest of what it says, as a reader gives it."""
    said = [(g.graph, g.role, g.label, sorted(map(str, g.triples))) for g in record.graphs]
    return replace(record, digest=short_hash(str(said).encode()))


def drawn_world(dice: Dice) -> Change:
    """All records anew."""
    return Change(tuple(drawn_record(dice, number) for number in RECORDS))


def drawn_change(dice: Dice, world: "World") -> Change:
    """From one to three records changed, each in one of the ways that records change."""
    numbers = dice.some(RECORDS, 1, 3)
    return Change(
        tuple(_changed(dice, number, world.records.get(f"{SOURCE}/{number}")) for number in numbers)
    )


def _changed(dice: Dice, number: int, record: Record | None) -> Record:
    way = dice.below(5)
    if record is None or not record.graphs or way == 0:
        return drawn_record(dice, number)
    if way == 1:  # withdrawn
        return _stated(replace(record, graphs=()))
    changed, *others = dice.some(record.graphs, len(record.graphs), len(record.graphs))
    if way == 2:  # under another label
        changed = replace(changed, label=dice.pick([*LABELS, None]))
    elif way == 3:  # without one triple, or whole
        left = sorted(changed.triples, key=str)
        left.pop(dice.below(len(left)))
        changed = replace(changed, triples=frozenset(left))
    else:  # with more
        changed = replace(changed, triples=changed.triples | {*drawn_triples(dice, f"r{number}m")})
    return _stated(replace(record, graphs=tuple(g for g in (changed, *others) if g.triples)))


@dataclass
class World:
    """A world that only knows what stands in it: records, graphs, labels. Slow, and obviously right."""

    records: dict[str, Record] = field(default_factory=dict)
    _stores: dict[object, Store] = field(default_factory=dict)

    def take(self, change: Change) -> None:
        """Each record is replaced whole."""
        self.records.update({record.iri: record for record in change.records})
        self._stores.clear()

    def blanks(self) -> frozenset[str]:
        """The labels of the blank nodes in the data."""
        return frozenset(
            term.value
            for record in self.records.values()
            for graph in record.graphs
            for t in graph.triples
            for term in (t.subject, t.object)
            if isinstance(term, BlankNode)
        )

    def permitted(self, clearance: Clearance) -> Mapping[str, RecordGraph]:
        """The graphs that are left when all others are deleted."""
        return {
            graph.graph: graph
            for record in self.records.values()
            for graph in record.graphs
            if graph.label is not None and compartment_of(graph.label) in clearance.compartments
        }

    def store(self, clearance: Clearance, dataset: Dataset | None) -> Store:
        """A plain store with the dataset of a query, over what is left."""
        key = (clearance.compartments, dataset)
        if key not in self._stores:
            self._stores[key] = self._filled(self.permitted(clearance), dataset)
        return self._stores[key]

    def _filled(self, left: Mapping[str, RecordGraph], dataset: Dataset | None) -> Store:
        if dataset is None:
            default, named = [g for g in left if left[g].role in MERGED], list(left)
        else:
            default, named = ([g for g in asked if g in left] for asked in (dataset.default, dataset.named))
        store = Store()
        for graph in default:
            store.extend(Quad(t.subject, t.predicate, t.object) for t in left[graph].triples)
        for graph in named:
            name = NamedNode(graph)
            store.extend(Quad(t.subject, t.predicate, t.object, name) for t in left[graph].triples)
        return store
