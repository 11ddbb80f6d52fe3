"""What a commit comes to: deltas, holders, revisions, and what is refused."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from storeworld import SOURCE, change, graph_of, label, record, triple

from ambit.graph.compartments import LABELS, compartment_of, governance_label, label_triples
from ambit.graph.errors import Invalid, Unavailable
from ambit.graph.snapshot import Snapshot
from ambit.graph.store.owner import Owner
from ambit.graph.terms import Literal, NamedNode, Triple
from ambit.graph.vocabulary import AMBIT, XSD
from ambit.graph.words import MERGED, Change, Delta, Label, Record, RecordGraph, Role

A, B = compartment_of(label("a")), compartment_of(label("b"))


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    owner = Owner(tmp_path / "data", governance=governance_label(frozenset({AMBIT.EU})))
    yield owner
    owner.close()


def test_a_record_is_replaced_whole_and_only_the_difference_goes_out(owner: Owner) -> None:
    owner.commit(change(record("r", [triple("x"), triple("y")], label("a"))))
    committed = owner.commit(change(record("r", [triple("y"), triple("z")], label("a"))))
    assert [p.quad.triple for p in committed.delta.out] == [triple("x")]
    assert [p.quad.triple for p in committed.delta.into] == [triple("z")]
    assert {p.compartment for p in (*committed.delta.out, *committed.delta.into)} == {A}
    assert set(owner.triples(graph_of("r"))) == {triple("y"), triple("z")}
    gone = owner.commit(change(record("r", [], None)))
    assert len(gone.delta.out) == 2
    assert owner.triples(graph_of("r")) == []
    assert owner.entry(graph_of("r")) is None
    assert owner.digest(f"{SOURCE}/r") is None


def test_a_change_that_changes_nothing_is_no_commit(owner: Owner) -> None:
    same = change(record("r", [triple("x")], label("a")))
    first = owner.commit(same)
    assert owner.commit(same).revision == first.revision
    other_digest = change(record("r", [triple("x")], label("a"), digest="e"))
    assert owner.commit(other_digest).delta.into == ()
    assert owner.digest(f"{SOURCE}/r") == "e"
    assert owner.last_changed(A) == first.revision


def test_another_label_moves_all_of_a_graph(owner: Owner) -> None:
    owner.commit(change(record("r", [triple("x"), triple("y")], label("a"))))
    moved = owner.commit(change(record("r", [triple("x"), triple("y")], label("b"))))
    assert {(p.quad.triple, p.compartment) for p in moved.delta.out} == {(triple("x"), A), (triple("y"), A)}
    into = {(p.quad.triple, p.compartment) for p in moved.delta.into if p.role is Role.DATA}
    assert into == {(triple("x"), B), (triple("y"), B)}
    assert moved.delta.holders == {triple("x"): {B}, triple("y"): {B}}
    assert len(owner.triples(graph_of("r"))) == 2
    assert owner.last_changed(A) == owner.last_changed(B) == moved.revision


def test_holders_are_named_as_they_are_after_the_commit(owner: Owner) -> None:
    shared = triple("x")
    owner.commit(
        change(
            record("a", [shared], label("a")),
            record("b", [shared], label("b")),
            record("s", [], None),
        )
    )
    out = owner.commit(change(record("a", [triple("y")], label("a"))))
    assert out.delta.holders == {shared: {B}}
    both = owner.commit(change(record("b", [], None), record("a", [shared], label("a"))))
    assert both.delta.holders == {shared: {A}}


def test_the_label_of_a_new_compartment_stands_where_rules_read(owner: Owner) -> None:
    committed = owner.commit(change(record("r", [triple("x")], label("a"))))
    assert committed.delta.policy
    assert committed.policy_revision == 1
    assert set(label_triples(label("a"))) <= set(owner.triples(LABELS))
    assert owner.label(A) == label("a")
    again = owner.commit(change(record("q", [triple("x")], label("a"))))
    assert (again.policy_revision, again.delta.policy) == (1, False)
    assert {q.triple for q in owner.governance()} == set(owner.triples(LABELS))
    labels = owner.entry(LABELS)
    assert labels is not None
    assert labels.compartment == compartment_of(governance_label(frozenset({AMBIT.EU})))


@pytest.mark.parametrize(
    "where",
    [
        None,
        replace(label("a"), sensitivity=""),
        replace(label("a"), jurisdictions=frozenset()),
        replace(label("a"), audience=frozenset()),
    ],
)
def test_without_a_complete_label_a_graph_is_in_no_compartment(owner: Owner, where: Label | None) -> None:
    committed = owner.commit(change(record("r", [triple("x")], where)))
    entry = owner.entry(graph_of("r"))
    assert entry is not None
    assert entry.compartment is None
    assert [p.compartment for p in committed.delta.into] == [""]
    assert list(owner.graphs_of(frozenset({""}), frozenset(Role))) == []
    assert committed.policy_revision == 0


def test_a_change_of_governance_raises_the_policy_revision(owner: Owner) -> None:
    graph = RecordGraph("urn:ambit:governance:file:people", frozenset({triple("p")}), role=Role.GOVERNANCE)
    committed = owner.commit(change(Record("urn:ambit:governance:file:people", AMBIT.GOVERNANCE, (graph,))))
    assert (committed.policy_revision, committed.delta.policy) == (1, True)


def refused(name: str, role: Role) -> Change:
    graph = RecordGraph(name, frozenset({triple("x")}), role=role, label=label("a"))
    return change(Record(f"{SOURCE}/evil", SOURCE, (graph,)))


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("urn:ambit:governance:file:people", Role.DATA),
        ("urn:ambit:catalog", Role.SYSTEM),
        (LABELS, Role.GOVERNANCE),
        ("https://example.org/mine", Role.GOVERNANCE),
        ("https://example.org/mine", Role.SYSTEM),
        (graph_of("other"), Role.DATA),
        ("not an iri", Role.DATA),
        ("https://example.org/" + "x" * 2048, Role.DATA),
    ],
)
def test_a_graph_that_is_not_ones_own_is_refused(owner: Owner, name: str, role: Role) -> None:
    owner.commit(change(record("other", [triple("x")], label("b"))))
    before = owner.revision
    with pytest.raises(Invalid) as caught:
        owner.commit(refused(name, role))
    assert caught.value.details["record"] == f"{SOURCE}/evil"
    assert owner.revision == before


def test_a_record_is_changed_only_by_its_source(owner: Owner) -> None:
    owner.commit(change(record("r", [triple("x")], label("a"))))
    with pytest.raises(Invalid, match="belongs to the source"):
        owner.commit(change(Record(f"{SOURCE}/r", "https://example.org/another")))
    with pytest.raises(Invalid, match="not its source's to replace"):
        owner.commit(
            change(Record("https://example.org/n", "https://example.org/another", replaces=f"{SOURCE}/r"))
        )


def test_a_rename_withdraws_what_it_replaces_in_the_same_commit(owner: Owner) -> None:
    owner.commit(change(record("old", [triple("x")], label("a"))))
    new = record("new", [triple("x")], label("a"))
    renamed = Record(new.iri, new.source, new.graphs, replaces=f"{SOURCE}/old")
    committed = owner.commit(change(renamed))
    assert owner.record(f"{SOURCE}/old") == ()
    assert committed.delta.holders == {triple("x"): {A}}
    assert list(owner.records_of(SOURCE)) == [f"{SOURCE}/new"]


def test_checks_amend_in_order_and_a_refusal_leaves_nothing(tmp_path: Path) -> None:
    seen: list[tuple[str, int]] = []

    def add(wanted: Change, snapshot: Snapshot) -> Change:
        seen.append(("add", snapshot.revision))
        return Change((*wanted.records, record("added", [triple("z")], label("b"))))

    def look(wanted: Change, snapshot: Snapshot) -> Change:
        seen.append(("look", len(wanted.records)))
        if len(seen) > 2:
            raise Invalid("no more")
        return wanted

    owner = Owner(tmp_path, checks=[add, look])
    owner.commit(change(record("r", [triple("x")], label("a"))))
    assert seen == [("add", 0), ("look", 2)]
    assert owner.triples(graph_of("added")) == [triple("z")]
    with pytest.raises(Invalid, match="no more"):
        owner.commit(change(record("r", [triple("y")], label("a"))))
    assert owner.revision == 1
    assert owner.triples(graph_of("r")) == [triple("x")]
    owner.close()


def test_a_failing_listener_is_told_of_and_does_not_keep_others_from_hearing(owner: Owner) -> None:
    heard: list[int] = []

    def fail(delta: Delta) -> None:
        raise RuntimeError("cannot")

    owner.listen(fail)
    owner.listen(lambda delta: heard.append(delta.revision))
    with pytest.raises(Unavailable, match="did not take it up"):
        owner.commit(change(record("r", [triple("x")], label("a"))))
    assert heard == [1]
    assert owner.triples(graph_of("r")) == [triple("x")]


class View:
    """The slow reference of a view's merge: follows deltas by the rule that views follow."""

    def __init__(self, compartments: frozenset[str]):
        self.compartments = compartments
        self.merge: set[Triple] = set()

    def take_up(self, delta: Delta) -> None:
        for placed in delta.out:
            held = delta.holders.get(placed.quad.triple, frozenset())
            mine = placed.compartment in self.compartments and placed.role in MERGED
            if mine and not held & self.compartments:
                self.merge.discard(placed.quad.triple)
        for placed in delta.into:
            if placed.compartment in self.compartments and placed.role in MERGED:
                self.merge.add(placed.quad.triple)


RECORDS = st.tuples(
    st.sampled_from("pqrs"),
    st.frozensets(st.sampled_from([triple(n) for n in "uvwxy"]), max_size=4),
    st.sampled_from([label("a"), label("b"), label("c"), None]),
)
CHANGES = st.lists(st.lists(RECORDS, max_size=3, unique_by=lambda r: r[0]), min_size=1, max_size=6)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES, st.sets(st.sampled_from("abc")))
def test_deltas_lead_every_view_to_the_merge_of_its_graphs(
    tmp_path_factory: pytest.TempPathFactory,
    changes: list,
    names: set[str],  # type: ignore[type-arg]
) -> None:
    owner = Owner(tmp_path_factory.mktemp("data"))
    view = View(frozenset(compartment_of(label(n)) for n in names))
    owner.listen(view.take_up)
    for records in changes:
        owner.commit(change(*(record(n, ts, where) for n, ts, where in records)))
        graphs = owner.graphs_of(view.compartments, MERGED)
        assert view.merge == {t for entry in graphs for t in owner.triples(entry.graph)}
    late = View(view.compartments)
    for delta in owner.changes(0):
        late.take_up(delta)
    assert late.merge == view.merge
    owner.close()


@pytest.mark.parametrize("number", [255, 256, 511, 65535, -1])
def test_another_number_holds_no_triple(tmp_path: Path, number: int) -> None:
    """The engine's ranges over numbers on disk reach too far where the last byte is 255."""

    def said(value: int) -> Triple:
        value_of = Literal(str(value), datatype=NamedNode(XSD.INTEGER))
        return Triple(NamedNode("urn:s"), NamedNode("urn:p"), value_of)

    owner = Owner(tmp_path / "data")
    others = [said(number + more) for more in (-1, 1, 2, 200)]
    owner.commit(change(record("one", [said(number)], label("a")), record("two", others, label("b"))))
    assert {q.triple for q in owner.match(None, None, said(number).object, frozenset(Role))} == {said(number)}
    assert (
        len(
            owner.match(
                None, None, Literal(f"{number:+06}", datatype=NamedNode(XSD.INTEGER)), frozenset(Role)
            )
        )
        == 1
    )
    gone = owner.commit(change(record("one", [], None)))
    assert gone.delta.holders == {}
    owner.close()
