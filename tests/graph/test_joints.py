"""What follows from several compartments together: in each view that holds them all, in no other, and told by members."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from storeworld import change, label, record, triple
from viewsorts import RULES

from ambit.graph.compartments import clearance_of, compartment_of
from ambit.graph.errors import Invalid
from ambit.graph.joints import Joints, entailed_graph, is_joint, joint_of
from ambit.graph.provenance.usage import Usage
from ambit.graph.snapshot import Snapshot
from ambit.graph.sparql.gate import admit
from ambit.graph.store.owner import Owner
from ambit.graph.store.patches import Labels
from ambit.graph.store.verify import verify
from ambit.graph.terms import Literal, NamedNode, Triple
from ambit.graph.views.views import Views
from ambit.graph.vocabulary import AMBIT
from ambit.graph.words import Clearance, Patch, Placed

A, B, C = (compartment_of(label(name)) for name in "abc")
BOTH = joint_of({A, B})
GRAPH = entailed_graph(BOTH)
SAYS = NamedNode("urn:concluded")
COUNT = "SELECT (COUNT(*) AS ?n) { ?s <urn:concluded> ?o }"
NAMED = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}"


def concluded(name: str) -> Triple:
    return Triple(NamedNode(f"urn:{name}"), SAYS, Literal("x"))


class Scripted:
    """Says of the next commit what a test wants to follow from it."""

    def __init__(self) -> None:
        self.next: list[Patch] = []
        self.settled: list[bool] = []

    def follow(
        self, out: Sequence[Placed], into: Sequence[Placed], labels: Labels, snapshot: Snapshot
    ) -> Iterable[Patch]:
        said, self.next = self.next, []
        return said

    def settle(self, *, is_in: bool) -> None:
        self.settled.append(is_in)

    def says(self, *into: str, out: Sequence[str] = (), members: Iterable[str] = (A, B)) -> None:
        compartment = joint_of(members)
        self.next.append(
            Patch(
                entailed_graph(compartment),
                AMBIT.ENTAILMENT,
                frozenset(members),
                frozenset(concluded(name) for name in out),
                frozenset(concluded(name) for name in into),
            )
        )


@pytest.fixture
def scripted() -> Scripted:
    return Scripted()


@pytest.fixture
def owner(tmp_path: Path, scripted: Scripted) -> Iterator[Owner]:
    owner = Owner(tmp_path, concluding=scripted)
    for name in "abc":
        owner.commit(change(record(name, [triple(name)], label(name))))
    yield owner
    owner.close()


@pytest.fixture(params=["own", "shared"])
def views(request: pytest.FixtureRequest, owner: Owner) -> Iterator[Views]:
    views = Views(owner, rule=RULES[request.param])
    owner.listen(views.on_delta)
    yield views
    views.close()


def seen_by(*compartments: str) -> Clearance:
    return clearance_of(compartments)


def count(views: Views, clearance: Clearance, text: str = COUNT) -> int:
    body = views.query(clearance, admit(text), format="csv").body
    return int(body.split()[1])


def again(owner: Owner, value: str) -> None:
    """A commit of compartment a."""
    owner.commit(change(record("a", [triple("a", value)], label("a"))))


EVERY = [(A,), (A, C), (A, B), (A, B, C)]


@pytest.mark.parametrize("is_live", [False, True], ids=["built", "by delta"])
def test_a_joint_is_in_each_view_that_holds_its_members(
    owner: Owner, views: Views, scripted: Scripted, is_live: bool
) -> None:
    if is_live:
        assert [count(views, seen_by(*held)) + count(views, seen_by(*held), NAMED) for held in EVERY] == [
            0
        ] * len(EVERY)
    scripted.says("x", "y")
    again(owner, "2")
    wanted = [2 if {A, B} <= set(held) else 0 for held in EVERY]
    assert [count(views, seen_by(*held)) for held in EVERY] == wanted
    assert [count(views, seen_by(*held), NAMED) for held in EVERY] == wanted
    scripted.says(out=["x"])
    again(owner, "3")
    assert [count(views, seen_by(*held)) for held in EVERY] == [n // 2 for n in wanted]


def test_a_joint_reaches_a_view_whichever_member_the_commit_changed(
    owner: Owner, views: Views, scripted: Scripted
) -> None:
    assert count(views, seen_by(A, B)) == 0
    for number, name in enumerate("ab", start=1):
        scripted.says(f"from-{name}")
        owner.commit(change(record(name, [triple(name, "new")], label(name))))
        assert count(views, seen_by(A, B)) == number


def test_a_conclusion_leaves_a_view_only_with_the_last_graph_that_it_reads(
    owner: Owner, views: Views, scripted: Scripted
) -> None:
    scripted.says("x")
    scripted.says("x", members=(B, C))
    again(owner, "2")
    held = [(A, B), (B, C), (A, B, C), (C,)]
    assert [count(views, seen_by(*one)) for one in held] == [1, 1, 1, 0]
    scripted.says(out=["x"])
    again(owner, "3")
    assert [count(views, seen_by(*one)) for one in held] == [0, 1, 1, 0]
    scripted.says(out=["x"], members=(B, C))
    scripted.says("x", members=(C,))  # now it follows from one alone
    again(owner, "4")
    assert [count(views, seen_by(*one)) for one in held] == [0, 1, 1, 1]


def test_a_revision_is_raised_for_those_who_read_the_joint(
    owner: Owner, views: Views, scripted: Scripted
) -> None:
    count(views, seen_by(B, A)), count(views, seen_by(B))
    scripted.says("x")
    again(owner, "2")
    scripted.says(out=["x"])
    owner.commit(change(record("c", [triple("c", "2")], label("c"))))
    assert views.revision_of(seen_by(A, B)) == owner.revision == 5
    assert views.query(seen_by(A, B), admit(COUNT)).revision == 5
    assert views.revision_of(seen_by(A)) == 4
    assert views.revision_of(seen_by(B)) == 2
    assert owner.changed_since(frozenset((A, B, C)), 4) == {A, B, C}
    assert owner.changed_since(frozenset((A, C)), 4) == {C}
    assert owner.changed_since(frozenset((A, B, C)), 5) == frozenset()


def test_what_is_told_names_the_members(owner: Owner, scripted: Scripted) -> None:
    usage = Usage(owner)
    owner.listen(usage.on_delta)
    usage.start()
    assert usage.settled(10)
    scripted.says("x")
    again(owner, "2")
    x = concluded("x")
    later = Usage(owner)
    later.start()
    assert later.settled(10)
    for told in (usage, later):
        assert told.touched(seen_by(A, B, C), admit(COUNT)) == {A, B}
        assert told.touched(seen_by(A, C), admit(COUNT)) == frozenset()
    for held, members in (((A, B, C), {A, B}), ((A, C), set()), ((A,), set())):
        cleared = frozenset(held)
        assert owner.holders(x.subject, x.predicate, x.object, cleared) == members
        assert owner.holding([x], {}, cleared) == members
        assert owner.holding([], {"urn:x": [SAYS.value]}, cleared) == members
    assert not any(is_joint(str(quad.subject)[1:-1]) for quad in owner.governance())


def test_a_joint_by_name_opens_nothing(owner: Owner, views: Views, scripted: Scripted) -> None:
    scripted.says("x")
    again(owner, "2")
    for held in ((BOTH,), (A, BOTH), (C, BOTH)):
        assert count(views, seen_by(*held)) == count(views, seen_by(*held), NAMED) == 0
        assert not owner.within(BOTH, frozenset(held))


def test_joints_survive_a_restart_and_verify(tmp_path: Path, scripted: Scripted) -> None:
    owner = Owner(tmp_path / "store", concluding=scripted)
    scripted.says("x", "y")
    owner.commit(change(record("a", [triple("a")], label("a")), record("b", [triple("b")], label("b"))))
    scripted.says(out=["y"])
    again(owner, "2")
    deltas = list(owner.changes(0))
    owner.close()
    assert verify(tmp_path / "store").problems == ()
    owner = Owner(tmp_path / "store", concluding=scripted)
    assert owner.covered(frozenset({A, B})) == {A, B, BOTH}
    assert owner.covered(frozenset({A, C})) == {A, C}
    assert owner.triples(GRAPH) == [concluded("x")]
    assert list(owner.changes(0)) == deltas
    scripted.says(out=["x"])
    again(owner, "3")
    assert owner.entry(GRAPH) is None
    assert owner.record(GRAPH) == ()
    owner.close()
    assert verify(tmp_path / "store").problems == ()


def test_a_patch_says_what_is_so_and_its_graph_is_nobody_else_s(owner: Owner, scripted: Scripted) -> None:
    scripted.says("x", out=["nowhere"])
    again(owner, "2")
    scripted.says("x")
    assert owner.commit(change(record("c", [triple("c")], label("c")))).revision == 4  # nothing changed
    scripted.next.append(Patch(GRAPH, AMBIT.FINDINGS, frozenset({A, B}), into=frozenset({concluded("z")})))
    with pytest.raises(Invalid, match="not one to patch"):
        again(owner, "3")
    assert owner.triples(GRAPH) == [concluded("x")]
    assert scripted.settled[-3:] == [True, False, False]


def test_joints_of_one_are_compartments() -> None:
    joints = Joints()
    assert joint_of({A}) == A
    assert joints.members(A) == {A}
    assert joints.members(BOTH) == {BOTH}, "one that nobody knows has no reader"
    assert not joints.within(BOTH, frozenset({A, B, BOTH}))
    assert not joints.within(None, frozenset({A}))
