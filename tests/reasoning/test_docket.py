"""The docket is what governance says, whatever came and went; and what others ask costs nobody a look."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from looking import Looked
from worlds import NOW, PREFIXES, World, ex

from ambit.graph.terms import NamedNode, Quad, Triple, from_turtle
from ambit.reasoning.acts.approvals import Item, State, answers, items, state_of
from ambit.reasoning.acts.docket import Docket
from ambit.reasoning.governance.facts import Facts

PROV = "@prefix prov: <http://www.w3.org/ns/prov#> . @prefix dcterms: <http://purl.org/dc/terms/> .\n"
PEOPLE = ("ann", "bob")
PLACES = ("c1", "c2")


def at(hours: float) -> str:
    return f'"{(NOW + timedelta(hours=hours)).isoformat()}"^^xsd:dateTime'


def request(number: int, asker: str, places: frozenset[str], pattern: str, hours: int, lasts: int) -> str:
    said = f':r{number} a ambit:ApprovalRequest ; ambit:isAskedBy :{asker} ; ambit:isFor :care ; ambit:action "read" ;'
    said += f" prov:generatedAtTime {at(hours)} ; ambit:expires {at(hours + lasts)} .\n"
    said += f':r{number} ambit:pattern "{pattern}" .\n' if pattern else ""
    return said + "".join(f":r{number} ambit:asksFor :{place} .\n" for place in places)


def answer(number: int, to: int, kind: str, by: str, places: frozenset[str]) -> str:
    said = f":a{number} a ambit:{kind} ; ambit:answers :r{to} ; prov:wasAttributedTo :{by} ; ambit:expires {at(2)} .\n"
    return said + "".join(f":a{number} ambit:approves :{place} .\n" for place in places)


NUMBERS = st.integers(0, 3)
SOME = st.frozensets(st.sampled_from(PLACES), min_size=1)
WHO = st.sampled_from(PEOPLE)
PARTS = st.one_of(
    st.builds(request, NUMBERS, WHO, SOME, st.sampled_from(["", "one", "two"]), st.integers(-3, 0), st.integers(1, 5)),
    st.builds(answer, NUMBERS, NUMBERS, st.sampled_from(["Approval", "Override", "Refusal", "Withdrawal"]), WHO, SOME),
    st.builds(lambda n, of: f":v{n} a ambit:Revocation ; ambit:revokes :a{of} .\n", NUMBERS, NUMBERS),
)  # fmt: skip


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


def quads(parts: list[str]) -> set[Quad]:
    return {
        Quad(q.subject, q.predicate, q.object, NamedNode(f"urn:ambit:governance:act:test:{n}"))
        for n, part in enumerate(parts)
        for q in from_turtle((PREFIXES + PROV + part).encode())
    }


def agree(docket: Docket, facts: Facts) -> None:
    """Each list, held against all requests and all answers as they stand."""
    known = list(items(facts))
    said = {item.iri: answers(facts, item) for item in known}

    def iris(entries: Iterator[object]) -> list[str]:
        return [entry.item.iri for entry in entries]  # type: ignore[attr-defined]

    def of(person: str, item: Item) -> bool:
        return item.asker == person or person in {one.by for one in said[item.iri]}

    assert iris(docket.all()) == [item.iri for item in known]
    for item in known:
        entry = docket.of(item.iri)
        assert entry is not None and (entry.item, entry.said) == (item, said[item.iri])
        alike = [
            o
            for o in known
            if (o.pattern and o.pattern == item.pattern) or o.compartments & item.compartments
        ]
        assert iris(docket.alike(item)) == [other.iri for other in alike]
    for person in map(ex, PEOPLE):
        assert iris(docket.of_person(person)) == [item.iri for item in known if of(person, item)]
    for hours in (-2.0, 0.0, 1.5, 3.0):
        now = NOW + timedelta(hours=hours)
        waiting = [item for item in known if state_of(item, said[item.iri], now) is State.PENDING]
        last = sorted(waiting, key=lambda item: (item.expires, item.iri), reverse=True)
        assert iris(docket.waiting(now)) == [item.iri for item in last]
        for person in map(ex, PEOPLE):
            assert iris(docket.waiting(now, person)) == [item.iri for item in last if item.asker == person]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(PARTS, max_size=6), min_size=1, max_size=4))
def test_the_docket_is_what_governance_says(world: World, states: list[list[str]]) -> None:
    docket, held = Docket(world.decider), set[Quad]()
    for parts in states:
        following = quads(parts)
        world.commit(sorted(held - following, key=str), sorted(following - held, key=str))
        held = following
        agree(docket, world.decider.facts)
    world.commit(sorted(held, key=str), [])
    assert list(docket.all()) == []


def test_a_docket_reads_a_governance_that_begins_anew(world: World) -> None:
    parts = [request(1, "ann", frozenset({"c1"}), "one", 0, 5)]
    docket = Docket(world.decider)
    assert list(docket.all()) == []
    before, world.decider.facts = world.decider.facts, Facts(quads(parts))
    try:
        agree(docket, world.decider.facts)
        assert docket.of(ex("r1")) is not None and docket.of("no iri") is None
    finally:
        world.decider.facts = before


def test_what_changes_while_nobody_looks_is_read_anew_and_takes_no_room(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("governance.facts", "acts.docket"):
        monkeypatch.setattr(f"ambit.reasoning.{module}.WATCHED", 3)
    docket = Docket(world.decider)
    first = quads([request(number, "ann", frozenset({"c1"}), "one", 0, 5) for number in range(4)])
    world.commit([], sorted(first, key=str))
    agree(docket, world.decider.facts)
    more = quads([answer(number, number, "Refusal", "bob", frozenset()) for number in range(4)])
    others = quads([f":x{number} a :Thing .\n" for number in range(20)])
    for _ in range(2):
        world.commit([], sorted(more | others, key=str))
        assert len(docket._touched) == 3
        agree(docket, world.decider.facts)
        world.commit(sorted(more | others, key=str), [])
    agree(docket, world.decider.facts)
    world.commit(sorted(first, key=str), [])
    assert list(docket.all()) == []


MANY = 10_000


def test_among_ten_thousand_requests_each_look_is_as_short_as_among_few(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(number: int, asker: str) -> list[Triple]:
        text = request(number, asker, frozenset({"c1"}), "one", 0, 5)
        return [quad.triple for quad in from_turtle((PREFIXES + PROV + text).encode())]

    def put(triples: list[Triple]) -> None:
        graph = NamedNode("urn:ambit:governance:act:test:many")
        world.commit([], [Quad(t.subject, t.predicate, t.object, graph) for t in triples])

    def look(docket: Docket, now: datetime) -> int:
        looked.count = 0
        entry = docket.of(ex("r1"))
        assert entry is not None
        for found in (
            docket.all(),
            docket.waiting(now),
            docket.alike(entry.item),
            docket.of_person(ex("ann")),
        ):
            assert next(found).item.iri
        assert [one.item.iri for one in docket.waiting(now, ex("bob"))] == [ex("r1")]
        return looked.count

    put(made(1, "bob") + made(2, "ann"))
    docket = Docket(world.decider)
    looked = Looked(monkeypatch)
    look(docket, NOW)
    assert look(docket, NOW) == 0
    put([triple for number in range(10, MANY) for triple in made(number, "ann")])
    look(docket, NOW)
    put(made(MANY, "ann"))
    assert 0 < look(docket, NOW) < 50, "one has come, and one is read"
    assert look(docket, NOW) == 0
