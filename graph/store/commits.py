"""What a change comes to: its delta by set difference, graph by graph, and the catalog's lines.

Nothing is written here; the owner writes what a `Plan` says.
"""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field

from ..amended import Amended
from ..compartments import LABELS, compartment_of, is_complete, label_triples
from ..errors import Invalid
from ..snapshot import Snapshot
from ..terms import NamedNode, Quad, Triple
from ..vocabulary import AMBIT
from ..words import (
    DEFAULT,
    MERGED,
    Change,
    Delta,
    GraphEntry,
    Hints,
    Label,
    Patch,
    Placed,
    Record,
    RecordGraph,
    Role,
)
from .catalog import Catalog
from .lines import Listed, RecordEntry, Single, changed_quad, graph_quad, lines_of
from .patches import Labels, Patched, work_out
from .quadstore import CATALOG, QuadStore, respelled
from .written import Loaded, Sheet, Written

Check = Callable[[Change, Snapshot], Change]
"""Amends a change or refuses it by raising an `AmbitError`."""

Follow = Callable[[Sequence[Placed], Sequence[Placed], Labels], Iterable[Patch]]
"""Says what follows from what goes out and comes in."""

_OWN = "urn:ambit:"
"""Names that sources cannot take: Ambit's own graphs are told from data by role and by name."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One commit, worked out."""

    change: Change
    delta: Delta
    catalog_out: tuple[Quad, ...]
    catalog_into: Sequence[Quad]
    labels: dict[str, Label]
    policy_revision: int
    quarantined: tuple[str, ...]


@dataclass(slots=True)
class _Target:
    """A graph as it shall be."""

    entry: GraphEntry
    hints: Hints | None
    triples: Set[Triple]


@dataclass(slots=True)
class _Draft:
    """What is collected on the way to a plan."""

    targets: dict[str, _Target] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    out: list[Placed] = field(default_factory=list)
    into: list[Placed] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    catalog_out: list[Quad] = field(default_factory=list)
    catalog_into: list[Quad] = field(default_factory=list)
    singles: list[Single] = field(default_factory=list)  # of the sheets


def plan(
    change: Change,
    catalog: Catalog,
    quads: QuadStore,
    revisions: tuple[int, int],
    governance: Label | None,
    follow: Follow | None = None,
) -> Plan | None:
    """What `change` comes to after `revisions` (revision, policy revision); None when it changes nothing.

    What `follow` says of the records' delta is part of the plan. Raises `Invalid` when a record or a graph belongs to another, or a name is
    not its to take; `details` name the record.
    """
    records = _with_withdrawals(change, catalog)
    draft = _Draft()
    for record in records.values():
        _admit(record, catalog)
        for wanted in record.graphs:
            if wanted.triples:
                _target(record, wanted, records, catalog, draft)
    for label in change.labels:
        _use(label, catalog, draft)
    _respell(draft)
    _add_labels(catalog, quads, governance, draft)
    held = {e.graph for record in records for e in catalog.of_record(record)}
    touched = sorted(held | draft.targets.keys())
    for graph in touched:
        _difference(graph, catalog, quads, draft)
    _lines_of_records(records, catalog, draft)
    _lines_of_labels(catalog, draft)
    patched = _follow(draft, catalog, quads, follow)
    if not (
        draft.out or draft.into or draft.sheets or draft.catalog_out or draft.catalog_into or draft.singles
    ):
        return None
    revision = revisions[0] + 1
    changed: tuple[Placed | Sheet, ...] = (*draft.out, *draft.into, *draft.sheets)
    policy = any(p.role is Role.GOVERNANCE for p in changed)
    for compartment in sorted({p.compartment for p in changed} - {""}):
        if compartment in catalog.changed:
            draft.catalog_out.append(changed_quad(compartment, catalog.changed[compartment]))
        draft.catalog_into.append(changed_quad(compartment, revision))
    holders = _holders(draft, set(touched), patched, catalog, quads)
    return Plan(
        change,
        Delta(revision, tuple(draft.out), _put_in(draft), holders, policy),
        tuple(draft.catalog_out),
        _lines(draft),
        draft.labels,
        revisions[1] + policy,
        tuple(r.iri for r in records.values() if r.quarantined),
    )


def _with_withdrawals(change: Change, catalog: Catalog) -> dict[str, Record]:
    """The records by IRI, and those that were renamed away as withdrawn."""
    records: dict[str, Record] = {}
    for record in change.records:
        if record.iri in records:
            raise _refused(record, "the change names it twice")
        records[record.iri] = record
    for record in change.records:
        old = catalog.records.get(record.replaces or "")
        if old is not None and old.record not in records:
            if old.source != record.source:
                raise _refused(record, f"`{old.record}` is not its source's to replace")
            records[old.record] = Record(old.record, old.source)
    return records


def _admit(record: Record, catalog: Catalog) -> None:
    """A record is changed only by its source, and its name can be one."""
    known = catalog.records.get(record.iri)
    if known is not None and known.source != record.source:
        raise _refused(record, f"it belongs to the source `{known.source}`")
    for iri in {record.iri, *(g.graph for g in record.graphs)}:
        try:
            NamedNode(iri)
        except ValueError as error:
            raise _refused(record, f"`{iri}` is no IRI") from error
        if len(iri) > 2048:
            raise _refused(record, "its IRI is longer than 2,048 characters")


def _target(
    record: Record, wanted: RecordGraph, records: dict[str, Record], catalog: Catalog, draft: _Draft
) -> None:
    graph = wanted.graph
    holder = catalog.graphs.get(graph)
    if graph in draft.targets or (holder is not None and holder.record not in records):
        raise _refused(record, f"the graph `{graph}` belongs to another record")
    if not _may_name(graph, wanted.role):
        raise _refused(record, f"the graph `{graph}` is not one that a source may write")
    label = wanted.label if is_complete(wanted.label) else None
    compartment = _use(label, catalog, draft) if label is not None else None
    entry = GraphEntry(graph, wanted.role, record.iri, record.source, compartment)
    draft.targets[graph] = _Target(entry, wanted.hints, wanted.triples)


def _put_in(draft: _Draft) -> Sequence[Placed]:
    return Loaded(draft.into, draft.sheets) if draft.sheets else tuple(draft.into)


def _lines(draft: _Draft) -> Sequence[Quad]:
    if not draft.singles:
        return tuple(draft.catalog_into)
    return Listed(draft.catalog_into, draft.singles)


def _respell(draft: _Draft) -> None:
    targets = [t for t in draft.targets.values() if not isinstance(t.triples, Written | Amended)]
    for target, triples in zip(
        targets, respelled([frozenset(target.triples) for target in targets]), strict=True
    ):
        target.triples = triples


def _may_name(graph: str, role: Role) -> bool:
    """Data never has a name of ours and what is ours always has one; ontologies come from both sides."""
    if graph in (CATALOG.value, LABELS):
        return False
    is_own = graph.startswith(_OWN) and graph != DEFAULT
    return role is Role.ONTOLOGY or is_own == (role is not Role.DATA)


def _use(label: Label, catalog: Catalog, draft: _Draft) -> str:
    compartment = compartment_of(label)
    if compartment not in catalog.labels:
        draft.labels[compartment] = label
    return compartment


def _add_labels(catalog: Catalog, quads: QuadStore, governance: Label | None, draft: _Draft) -> None:
    """Says in the governance graph what the compartments' labels are that are used for the first time."""
    known = catalog.graphs.get(LABELS)
    compartment = known.compartment if known is not None else None
    if governance is not None and (draft.labels or known is not None):
        compartment = _use(governance, catalog, draft)
    triples = {t for label in draft.labels.values() for t in label_triples(label)}
    entry = GraphEntry(LABELS, Role.GOVERNANCE, LABELS, AMBIT.GOVERNANCE, compartment)
    if known == entry:
        # nothing leaves it, so what it holds need not be read
        draft.into += [_placed(t, NamedNode(LABELS), entry) for t in triples]
    elif triples or known is not None:
        draft.targets[LABELS] = _Target(entry, None, frozenset(triples.union(quads.triples(LABELS))))


def _difference(graph: str, catalog: Catalog, quads: QuadStore, draft: _Draft) -> None:
    """What goes out of one graph and what comes in; all of it when the graph changes its place."""
    entry, target = catalog.graphs.get(graph), draft.targets.get(graph)
    if entry is None and target is not None and isinstance(target.triples, Written):
        new_entry = target.entry
        draft.sheets.append(Sheet.of(graph, new_entry.compartment or "", new_entry.role, target.triples.text))
        return
    name = NamedNode(graph)
    after = target.entry if target is not None else None
    same = entry is not None and after is not None and _place(entry) == _place(after)
    if same and target is not None and isinstance(target.triples, Amended):
        _amend(target.entry, target.triples, quads, draft)
        return
    old = frozenset(quads.triples(graph)) if entry is not None else frozenset()
    new: Set[Triple] = target.triples if target is not None else frozenset()
    if isinstance(new, Amended):  # read whole, for the graph is another now, or stands elsewhere
        (new,) = respelled([frozenset(new)])
    if entry is not None:
        gone = old - new if same else old
        draft.out += [_placed(t, name, entry) for t in gone]
    if after is not None:
        came = new - old if same else new
        draft.into += [_placed(t, name, after) for t in came]


def _amend(entry: GraphEntry, triples: Amended, quads: QuadStore, draft: _Draft) -> None:
    """The same of a graph of which only that is read."""
    name = NamedNode(entry.graph)
    out, into = respelled([triples.out, triples.into])
    draft.out += [p for p in (_placed(t, name, entry) for t in out) if p.quad in quads]
    draft.into += [p for p in (_placed(t, name, entry) for t in into - out) if p.quad not in quads]


def _place(entry: GraphEntry) -> tuple[str, Role]:
    return entry.compartment or "", entry.role


def _placed(triple: Triple, graph: NamedNode, entry: GraphEntry) -> Placed:
    quad = Quad(triple.subject, triple.predicate, triple.object, graph)
    return Placed(quad, entry.compartment or "", entry.role)


def _lines_of_records(records: dict[str, Record], catalog: Catalog, draft: _Draft) -> None:
    """The lines of the change's records and of their graphs, as far as these say something else than before."""
    for record in records.values():
        known = catalog.records.get(record.iri)
        before = {(e, catalog.hints.get(e.graph)) for e in catalog.of_record(record.iri)}
        named = (draft.targets.get(graph) for graph in dict.fromkeys(g.graph for g in record.graphs))
        targets = [target for target in named if target is not None and target.entry.record == record.iri]
        after = [(target.entry, target.hints) for target in targets]
        new = None
        if record.graphs or record.quarantined:
            new = RecordEntry(record.iri, record.source, record.digest, record.location, record.quarantined)
        if (
            new is not None
            and known is None
            and len(targets) == 1
            and isinstance(targets[0].triples, Written)
        ):
            draft.singles.append(Single(new, *after[0]))
        elif (known, before) != (new, set(after)):
            _replace_lines(catalog.lines(record.iri), lines_of(new, after), draft)


def _lines_of_labels(catalog: Catalog, draft: _Draft) -> None:
    target = draft.targets.get(LABELS)
    if target is not None:
        _replace_lines(catalog.lines(LABELS), [graph_quad(target.entry, None)], draft)


def _replace_lines(old: Sequence[Quad], new: Sequence[Quad], draft: _Draft) -> None:
    draft.catalog_out += [line for line in old if line not in new]
    draft.catalog_into += [line for line in new if line not in old]


def _follow(draft: _Draft, catalog: Catalog, quads: QuadStore, follow: Follow | None) -> Patched:
    """Takes what follows from the records' delta into the draft."""

    def label(compartment: str) -> Label | None:
        return draft.labels.get(compartment) or catalog.labels.get(compartment)

    patched = work_out(follow(draft.out, _put_in(draft), label) if follow is not None else (), catalog, quads)
    draft.out += patched.out
    draft.into += patched.into
    draft.catalog_out += patched.catalog_out
    draft.catalog_into += patched.catalog_into
    return patched


def _holders(
    draft: _Draft, touched: set[str], patched: Patched, catalog: Catalog, quads: QuadStore
) -> dict[Triple, frozenset[str]]:
    """Who still holds what went out of a merged graph, as it will be after the commit."""
    held: dict[Triple, set[str]] = {p.quad.triple: set() for p in draft.out if p.role in MERGED}
    if not held:
        return {}
    gone = {p.quad for p in patched.out}
    for placed in patched.into:
        if placed.role in MERGED and placed.quad.triple in held:
            held[placed.quad.triple].add(placed.compartment)
    for triple, compartments in held.items():
        for quad in quads.match(triple.subject, triple.predicate, triple.object):
            if quad in gone:
                continue
            if isinstance(quad.graph_name, NamedNode) and quad.graph_name.value not in touched:
                entry = catalog.graphs.get(quad.graph_name.value)
                if entry is not None and entry.role in MERGED and entry.compartment is not None:
                    compartments.add(entry.compartment)
    for target in draft.targets.values():
        if target.entry.role in MERGED and target.entry.compartment is not None:
            for triple in held.keys() & target.triples:
                held[triple].add(target.entry.compartment)
    return {triple: frozenset(compartments) for triple, compartments in held.items() if compartments}


def _refused(record: Record, reason: str) -> Invalid:
    return Invalid(
        f"the record `{record.iri}` is refused: {reason}",
        code="record-refused",
        details={"record": record.iri, "location": record.location},
    )
