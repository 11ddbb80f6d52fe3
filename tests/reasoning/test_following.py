"""What follows from governance, through commits of the real store: only the difference is written, and it is right."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from house import PEOPLE, House, record
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import EX, ex, triples

from ambit.graph.amended import Amended
from ambit.graph.compartments import compartment_of
from ambit.graph.snapshot import Snapshot
from ambit.graph.store.owner import Owner
from ambit.graph.terms import NamedNode, Triple
from ambit.graph.vocabulary import AMBIT, RDF, node
from ambit.graph.words import Change, Delta, Label, Record, RecordGraph, Role
from ambit.reasoning.governance.aftermath import Aftermath
from ambit.reasoning.governance.closure import Closure
from ambit.reasoning.governance.following import MANNER, close_governance, governance_after
from ambit.reasoning.governance.governance import INFERRED

AXIOMS = """
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:Kept rdfs:subClassOf ambit:Record . ambit:Compartment rdfs:subClassOf :Kept .
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


def anew(owner: Owner) -> frozenset[Triple]:
    stated = governance_after(Change(()), owner)
    return Closure(stated).conclude(stated)


def delta_of(house: House, *records: Record) -> Delta:
    return house.owner.commit(Change(records)).delta


def staff(*said: str) -> Record:
    return record("staff", "hr", " ".join(said))


def test_one_membership_is_written_as_what_it_changes(house: House) -> None:
    chain = " ".join(f":g{n} org:memberOf :g{n + 1} ." for n in range(8))
    people = [record(f"p{n}", "hr", f":p{n} org:memberOf :g0 .") for n in range(50)]
    house.commit(record("groups", "hr", chain), *people)
    assert len(house.owner.triples(INFERRED)) > 50 * 9
    delta = delta_of(house, Record(ex("p7-record"), ex("hr")))
    inferred = [p for p in (*delta.out, *delta.into) if p.quad.graph_name == NamedNode(INFERRED)]
    assert len(inferred) == 10, "nine groups, and that the first has a member"
    assert len(delta.out) == 2 + len(inferred) and not delta.into, "the row and its governed copy"
    assert set(house.owner.triples(INFERRED)) == anew(house.owner)


def test_one_membership_reads_nothing_else_of_what_follows(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.commit(staff(":ada org:memberOf :support ."))
    read: list[str] = []
    triples_of = Owner.triples

    def noted(self: Owner, graph: str) -> list[Triple]:
        read.append(graph)
        return triples_of(self, graph)

    monkeypatch.setattr(Owner, "triples", noted)
    monkeypatch.setattr(Owner, "governance", lambda _: pytest.fail("all of governance was read"))
    monkeypatch.setattr(Amended, "_read", lambda _: pytest.fail("all that follows was read"))
    house.commit(record("more", "hr", ":bob org:memberOf :support ."))
    assert INFERRED not in read
    assert house.decider.facts.iris(ex("bob"), AMBIT.MEMBER_OF_ALL) == {ex("support")}


def test_it_stands_for_whoever_may_read_governance(house: House) -> None:
    """It keeps its label from commit to commit."""
    text = PEOPLE + (
        "ambit:GovernanceSource ambit:hasSensitivity ambit:Internal ; ambit:hasJurisdiction ambit:EU ;"
        " ambit:hasAudience ambit:Administrators ."
    ).replace("ambit:GovernanceSource", f"<{AMBIT.GOVERNANCE}>")
    house.govern(text)
    label = Label(AMBIT.GOVERNANCE, AMBIT.INTERNAL, frozenset({AMBIT.EU}), frozenset({AMBIT.ADMINISTRATORS}))
    for said in (":ada org:memberOf :support .", ":ada org:memberOf :sales .", ""):
        house.commit(staff(said))
        entry = house.owner.entry(INFERRED)
        assert entry is not None and entry.compartment == compartment_of(label)


def test_a_label_that_is_described_is_concluded_from(house: House) -> None:
    """A requirement may be over a class that compartments get by what follows."""
    house.govern(PEOPLE + AXIOMS)
    label = Label(ex("wiki"), AMBIT.OPEN, frozenset({AMBIT.EU}), frozenset({ex("nobody-else")}))
    house.owner.describe([label])
    assert compartment_of(label) in house.decider.facts.instances(ex("Kept"))
    assert set(house.owner.triples(INFERRED)) == anew(house.owner)


def test_a_label_that_comes_with_a_record_is_concluded_from(house: House) -> None:
    house.govern(PEOPLE + AXIOMS)
    house.commit(record("page", "wiki", ":page :says 1 .", anchors=frozenset({ex("somebody")})))
    entry = house.owner.entry(ex("page"))
    assert entry is not None and entry.compartment in house.decider.facts.instances(ex("Kept"))
    assert set(house.owner.triples(INFERRED)) == anew(house.owner)


def test_what_was_concluded_in_another_manner_is_made_anew(house: House) -> None:
    wrong = frozenset(triples(":mallory ambit:memberOfAll :support ."))
    graph = RecordGraph(INFERRED, wrong, role=Role.GOVERNANCE)
    house.owner._checks, checks = (), house.owner._checks
    house.commit(Record(INFERRED, AMBIT.GOVERNANCE, (graph,), "another"))
    house.owner._checks = checks
    house.commit(staff(":ada org:memberOf :support ."))
    assert set(house.owner.triples(INFERRED)) == anew(house.owner)
    assert house.owner.digest(INFERRED) == MANNER


def test_governance_in_memory_of_another_revision_is_not_used(house: House) -> None:
    """Where a commit was not taken up by the decider, all is concluded from the store."""
    heard = house.decider.on_delta
    house.owner._listeners.clear()
    house.commit(staff(":ada org:memberOf :support ."))
    house.commit(record("groups", "hr", ":support org:memberOf :all ."))
    assert set(house.owner.triples(INFERRED)) == anew(house.owner)
    assert triples(":ada ambit:memberOfAll :all .")[0] in house.owner.triples(INFERRED)
    house.owner.listen(heard)


def test_a_commit_that_is_refused_leaves_nothing_behind(house: House) -> None:
    def refuse(change: Change, _: Snapshot) -> Change:
        raise ValueError(change)

    house.commit(staff(":ada org:memberOf :support ."))
    house.owner._checks = (*house.owner._checks, refuse)
    with pytest.raises(ValueError):
        house.commit(staff())
    house.owner._checks = house.owner._checks[:-1]
    house.commit(record("groups", "hr", ":support org:memberOf :all ."))
    assert set(house.owner.triples(INFERRED)) == anew(house.owner)
    assert house.decider.facts.iris(ex("ada"), AMBIT.MEMBER_OF_ALL) == {ex("support"), ex("all")}


def test_a_graph_that_changes_its_place_goes_with_all_of_it(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    try:
        first, second, third = triples(":a :b 1 . :a :b 2 . :a :b 3 .")
        labels = [Label(EX, AMBIT.OPEN, frozenset({AMBIT.EU}), frozenset({ex(name)})) for name in "ab"]
        graph = RecordGraph("urn:ambit:x", frozenset({first, second}), None, Role.SYSTEM, labels[0])
        owner.commit(Change((Record("urn:ambit:x", EX, (graph,)),)))
        amended = Amended(owner, "urn:ambit:x", frozenset({first}), frozenset({third}))
        moved = replace(graph, triples=amended, label=labels[1])
        delta = owner.commit(Change((Record("urn:ambit:x", EX, (moved,)),))).delta
        out, into = (
            {p.quad.triple for p in placed if p.role is Role.SYSTEM} for placed in (delta.out, delta.into)
        )
        assert (out, into) == ({first, second}, {second, third})
        assert set(owner.triples("urn:ambit:x")) == into
    finally:
        owner.close()


def test_an_amended_graph_is_what_it_says(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    try:
        first, second, third = triples(":a :b 1 . :a :b 2 . :a :b 3 .")
        graph = RecordGraph("urn:ambit:x", frozenset({first, second}), None, Role.SYSTEM)
        owner.commit(Change((Record("urn:ambit:x", EX, (graph,)),)))
        wanted = [
            (frozenset({first}), frozenset({third}), {second, third}),
            (frozenset({first}), frozenset(), {second}),
            (frozenset({first, second}), frozenset(), set()),
            (frozenset({first, second}), frozenset({third}), {third}),
        ]
        for out, into, left in wanted:
            amended = Amended(owner, "urn:ambit:x", out, into)
            assert (set(amended), len(amended), bool(amended)) == (left, len(left), bool(left))
            assert amended == left and hash(amended) == hash(frozenset(left))
            assert (second in amended) == (second in left)
        owner.commit(Change((Record("urn:ambit:x", EX, (replace(graph, triples=amended),)),)))
        assert owner.triples("urn:ambit:x") == [third]
    finally:
        owner.close()


def test_the_store_is_the_same_after_it_was_opened_again(tmp_path: Path) -> None:
    first = House(tmp_path)
    first.commit(staff(":ada org:memberOf :support . :support org:memberOf :all ."))
    first.close()
    owner = Owner(tmp_path / "data", checks=(close_governance(),))
    try:
        assert set(owner.triples(INFERRED)) == anew(owner)
    finally:
        owner.close()


def test_a_commit_is_concluded_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check runs twice, and what came between changed nothing of what governance states."""
    made: list[type] = []
    for kind in (Aftermath, Closure):
        begin = kind.__init__
        monkeypatch.setattr(
            kind, "__init__", lambda self, *a, k=kind, b=begin: (made.append(k), b(self, *a))[1]
        )
    house.commit(staff(":ada org:memberOf :support ."))
    made.clear()
    house.commit(staff(":ada org:memberOf :support , :second ."))
    assert made == [Aftermath]
    made.clear()
    house.govern(PEOPLE + AXIOMS)
    assert made == [Closure]
    assert set(house.owner.triples(INFERRED)) == anew(house.owner)


def test_what_comes_in_between_is_concluded_from(house: House) -> None:
    """Another check may write governance of its own after the first time."""
    house.commit(staff(":ada org:memberOf :support ."))
    first, *rest = house.owner._checks[1:]

    def between(change: Change, _: Snapshot) -> Change:
        added = RecordGraph(
            "urn:ambit:between", frozenset(triples(":support org:memberOf :all .")), role=Role.GOVERNANCE
        )
        return replace(change, records=(*change.records, Record("urn:ambit:between", EX, (added,))))

    house.owner._checks = (house.owner._checks[0], first, between, *rest)
    house.commit(staff(":ada org:memberOf :support , :second ."))
    assert triples(":ada ambit:memberOfAll :all .")[0] in house.owner.triples(INFERRED)
    assert set(house.owner.triples(INFERRED)) == anew(house.owner)


def test_one_store_does_not_conclude_from_another(tmp_path: Path) -> None:
    """Also where both stand at the same revision, and are asked for the same change."""
    check = close_governance()
    owners = [Owner(tmp_path / name, checks=(check,)) for name in "ab"]
    try:
        for owner, said in zip(
            owners, (":second org:memberOf :all .", ":third org:memberOf :all ."), strict=True
        ):
            owner.commit(Change((_stated("urn:ambit:groups", said),)))
        change = Change((_stated("urn:ambit:staff", ":ada org:memberOf :second ."),))
        for owner in owners:
            owner.commit(change)
            assert set(owner.triples(INFERRED)) == anew(owner)
    finally:
        for owner in owners:
            owner.close()


def test_a_later_commit_does_not_conclude_from_an_earlier(tmp_path: Path) -> None:
    """Where the check runs once in each: the same change comes after one that it did not see."""
    owner = Owner(tmp_path, checks=(close_governance(),))
    try:
        row = Change((_stated("urn:ambit:staff", ":ada org:memberOf :second ."),))
        owner.commit(row)
        owner._checks, checks = (), owner._checks
        owner.commit(Change((Record("urn:ambit:staff", EX),)))
        owner.commit(Change((_stated("urn:ambit:groups", ":second org:memberOf :all ."),)))
        owner._checks = checks
        owner.commit(row)
        assert set(owner.triples(INFERRED)) == anew(owner)
    finally:
        owner.close()


def _stated(name: str, said: str) -> Record:
    graph = RecordGraph(name, frozenset(triples(said)), role=Role.GOVERNANCE)
    return Record(name, EX, (graph,))


# -- what data cannot do

ATTACKS = [
    "<http://example.org/x> <http://www.w3.org/2002/07/owl#sameAs> <http://example.org/y> .",
    ":bob <http://www.w3.org/2002/07/owl#sameAs> :ada .",
    ":ada <http://www.w3.org/2002/07/owl#sameAs> :bob .",
    ":bob :follows :support . :follows <http://www.w3.org/2000/01/rdf-schema#subPropertyOf> org:memberOf .",
    ":bob :follows :support . :follows <http://www.w3.org/2002/07/owl#equivalentProperty> org:memberOf .",
    ":support :follows :bob . :follows <http://www.w3.org/2002/07/owl#inverseOf> org:memberOf .",
    ":page ambit:isSharedWith :bob .",
    ":bob ambit:memberOfAll :support .",
    ":bob a :Helper . :Helper <http://www.w3.org/2000/01/rdf-schema#subClassOf>"
    " [ <http://www.w3.org/2002/07/owl#onProperty> org:memberOf ; <http://www.w3.org/2002/07/owl#hasValue> :support ] .",
]


@pytest.mark.parametrize("source", ["wiki", "crm"])
def test_data_says_nobody_into_a_group(house: House, source: str) -> None:
    house.commit(record("page", "wiki", ":page :says 1 ."), staff(":ada org:memberOf :support ."))
    before = set(house.owner.triples(INFERRED))
    for number, said in enumerate(ATTACKS):
        house.commit(record(f"note{number}", source, said))
        assert set(house.owner.triples(INFERRED)) == before
        assert house.reads("ada", "page") and not house.reads("bob", "page")


def test_a_source_that_governs_one_relation_says_nothing_about_others(house: House) -> None:
    """It says who is a member; what makes a member, it does not say."""
    house.commit(record("page", "wiki", ":page :says 1 ."))
    for said in ATTACKS[1:6]:
        house.commit(staff(said))
        assert not house.reads("bob", "page")
    house.commit(staff(":bob org:memberOf :support ."))
    assert house.reads("bob", "page")


SAID = st.sampled_from(
    [
        ":ada org:memberOf :support .",
        ":bob org:memberOf :second .",
        ":second org:memberOf :support .",
        ":support org:memberOf :second .",
        f":bob <{RDF.TYPE}> :Helper .",
    ]
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sets(SAID, max_size=2)), min_size=1, max_size=6))
def test_any_rows_in_any_order_come_to_what_all_anew_would(
    house: House, rows: list[tuple[str, set[str]]]
) -> None:
    """The same triple stands in several records; rows come, change and go."""
    house.govern(PEOPLE + ":Helper <http://www.w3.org/2000/01/rdf-schema#subClassOf> foaf:Person .")
    for name, said in rows:
        house.commit(record(name, "hr", " ".join(sorted(said))))
        assert set(house.owner.triples(INFERRED)) == anew(house.owner)
    assert node(AMBIT.MEMBER_OF_ALL) not in {t.predicate for t in governance_after(Change(()), house.owner)}
