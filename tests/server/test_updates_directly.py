"""What an update may do while commits wait for it: little, in time, and only as long as somebody waits for it."""

import threading
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from writecase import MINE, SECRET, WORLD, me, said, values
from writeworld import DEFAULT, Stage

from ambit.graph.errors import AmbitError, NotFound, Timeout, TooLarge
from ambit.graph.sparql.updategate import admit_update
from ambit.graph.sparql.updates import Plan, encode
from ambit.graph.terms import Triple
from ambit.graph.views import directly
from ambit.graph.views.cancellation import Cancellation
from ambit.graph.views.directly import WORK, carry_out_directly, heeding, is_little, weight
from ambit.graph.words import Change
from ambit.server import updates, writes
from ambit.server.leave import Leave
from ambit.server.writes import put_graph, update

COPIES = " ; ".join(
    "COPY <urn:mine:a> TO <urn:mine:b> ; COPY <urn:mine:b> TO <urn:mine:a>" for _ in range(90)
)
MANY = " ".join(f"<urn:s{n}> <urn:p> {n} ." for n in range(2_000))
CHAIN = f"INSERT DATA {{ GRAPH <urn:mine:a> {{ {MANY} }} }} ; {COPIES}"

GRAPHS = ["urn:mine:a", "urn:mine:b", "urn:mine:c", DEFAULT]
names = st.sampled_from([f"GRAPH <{graph}>" for graph in GRAPHS[:3]] + ["DEFAULT"])
data = st.lists(st.integers(0, 9), min_size=1, max_size=4).map(
    lambda ns: f"<urn:s> <urn:p> {', '.join(map(str, ns))}"
)
operations = st.one_of(
    st.builds("{} SILENT {} TO {}".format, st.sampled_from(["COPY", "MOVE", "ADD"]), names, names),
    st.builds("CLEAR SILENT {}".format, st.one_of(names, st.sampled_from(["NAMED", "ALL"]))),
    st.builds(
        "{} DATA {{ GRAPH <{}> {{ {} }} }}".format,
        st.sampled_from(["INSERT", "INSERT", "DELETE"]),
        st.sampled_from(GRAPHS),
        data,
    ),
)
worlds = st.dictionaries(
    st.sampled_from(GRAPHS),
    st.sets(st.integers(0, 9), min_size=1).map(lambda ns: said("s", *sorted(ns))),
    max_size=4,
)


@example(
    {"urn:mine:a": said("s", 1), "urn:mine:b": said("s", *range(9))},
    ["DELETE DATA { GRAPH <urn:mine:a> { <urn:s> <urn:p> 1 } }", "COPY SILENT <urn:mine:a> TO <urn:mine:b>"]
    + ["ADD <urn:mine:b> TO <urn:mine:c>"] * 3,
)
@settings(max_examples=100)
@given(worlds, st.lists(operations, min_size=1, max_size=12))
def test_what_an_update_takes_up_is_never_more_than_was_counted(
    world: dict[str, list[Triple]], texts: list[str]
) -> None:
    asked = admit_update(" ; ".join(texts))
    plan = encode(Plan(asked, frozenset(world), frozenset(), "salt", 1_000_000))
    taken = []
    carry_out_directly(plan, world, answer=1_000_000, heed=lambda: taken.append(1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(directly, "WORK", len(taken) - len(world) - 1)  # once for each graph, as it is read
        assert not is_little(asked, lambda graph: len(world.get(graph, [])), world)


def test_a_chain_of_copies_ends_at_its_deadline_and_holds_up_no_commit(told: Stage) -> None:
    assert not is_little(admit_update(CHAIN), lambda graph: 0)
    request = me(told)
    request._seconds = 1.5
    waited: list[float] = []
    over = threading.Event()

    def others() -> None:
        while not over.is_set():
            begins = time.monotonic()
            told.owner.revise(lambda snapshot: Change(()))
            waited.append(time.monotonic() - begins)
            over.wait(0.02)

    thread = threading.Thread(target=others)
    thread.start()
    try:
        with pytest.raises(Timeout):
            update(request, CHAIN)
    finally:
        over.set()
        thread.join()
    assert max(waited) < 1
    assert not told.owner.triples("urn:mine:a")


def test_long_quads_are_more_work() -> None:
    literal = "x" * 100_000
    long = admit_update(
        f"INSERT DATA {{ GRAPH <urn:mine:a> {{ <urn:s> <urn:p> '{literal}' }} }}"
        + "".join(f" ; ADD <urn:mine:a> TO <urn:mine:g{n}>" for n in range(100))
    )
    assert not is_little(long, lambda graph: 0)
    assert is_little(
        admit_update("ADD <urn:mine:a> TO <urn:mine:b>"), lambda graph: WORK // 2 if graph[-1] == "a" else 0
    )
    assert weight(said("s", literal)[0]) > 300


def test_an_update_that_is_little_goes_without_a_child_until_its_graphs_have_grown(
    told: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    real, child = updates.carry_out_directly, told.views.update
    monkeypatch.setattr(
        updates, "carry_out_directly", lambda *a, **k: (done.append("directly"), real(*a, **k))[1]
    )
    monkeypatch.setattr(told.views, "update", lambda *a, **k: (done.append("child"), child(*a, **k))[1])
    update(me(told), f"COPY <{MINE}> TO <urn:mine:2>")
    assert done == ["directly"]
    looked = iter([True])
    monkeypatch.setattr(updates, "is_little", lambda *_: next(looked, False))
    update(me(told), f"COPY <{MINE}> TO <urn:mine:3>")
    assert done == ["directly", "child"]
    assert values(told, "urn:mine:3") == {"1"}


def test_it_stops_at_its_deadline_and_when_nobody_waits() -> None:
    plan = encode(
        Plan(admit_update("INSERT DATA { <urn:a> <urn:b> 1, 2 }"), frozenset(), frozenset(), "s", 9)
    )
    cancel = Cancellation()
    heed = heeding(time.monotonic() - 1, cancel)
    with pytest.raises(Timeout):
        carry_out_directly(plan, {}, answer=1_000, heed=heed)
    cancel.cancel()
    with pytest.raises(AmbitError, match="cancelled"):
        carry_out_directly(plan, {}, answer=1_000, heed=heed)


@pytest.mark.parametrize(
    "text", ["INSERT DATA { <urn:a> <urn:p> 7 }", "INSERT { <urn:a> <urn:p> 7 } WHERE {}"]
)
def test_what_waits_for_the_lock_beyond_its_deadline_is_not_written(told: Stage, text: str) -> None:
    held, freed = threading.Event(), threading.Event()

    def hold(_: object) -> Change:
        held.set()
        freed.wait(10)
        return Change(())

    thread = threading.Thread(target=told.owner.revise, args=(hold,))
    request = me(told)
    request._seconds = 1.5
    late = threading.Timer(1.7, freed.set)
    thread.start()
    held.wait(10)
    late.start()
    with pytest.raises(Timeout):
        update(request, text)
    thread.join()
    assert "7" not in values(told, DEFAULT)


def test_a_write_is_to_no_more_graphs_than_it_may(told: Stage) -> None:
    request = me(told)
    few = request.limits.model_copy(update={"write_graphs": 3})
    request._settings = request._settings.model_copy(update={"limits": few})
    data = "INSERT DATA {{ {} }}"
    parts = [f"GRAPH <urn:mine:g{n}> {{ <urn:a> <urn:p> 1 }}" for n in range(4)]
    made = "INSERT { GRAPH ?g { <urn:a> <urn:p> 1 } } WHERE { VALUES ?g { <urn:mine:h0> <urn:mine:h1> <urn:mine:h2> <urn:mine:h3> } }"
    for text in (data.format(" ".join(parts)), made):
        before = told.quads()
        with pytest.raises(TooLarge, match="more than 3 graphs"):
            update(request, text)
        assert told.quads() == before
    update(request, data.format(" ".join(parts[:3])))


def test_clearing_all_looks_at_no_graph_that_the_caller_may_not_write(
    told: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.tell(
        WORLD | {f"urn:secret:{n}": said("secret", n) for n in range(30)} | {"urn:mine:2": said("x", 1)}
    )
    looked: list[str] = []
    may = Leave.may
    monkeypatch.setattr(
        Leave, "may", lambda self, action, graph: (looked.append(graph), may(self, action, graph))[1]
    )
    stranger = told.request([], [])
    assert not Leave(stranger).written()
    assert not looked
    assert Leave(me(told)).written() == {MINE, "urn:mine:2", DEFAULT}
    assert set(looked) == {MINE, "urn:mine:2", DEFAULT}
    update(me(told), "CLEAR NAMED")
    assert values(told, DEFAULT) == values(told, SECRET) == {"1"}
    assert not told.owner.triples(MINE)
    with pytest.raises(NotFound):
        update(me(told), f"CLEAR GRAPH <{MINE}>")


def test_no_commit_waits_while_a_put_is_compared(told: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    body = said("mine", 1)
    put_graph(me(told), MINE, body)
    free: list[bool] = []
    name = writes.name_blanks

    def named(*given: object) -> object:
        other = threading.Thread(target=told.owner.revise, args=(lambda snapshot: Change(()),))
        other.start()
        other.join(2)
        free.append(not other.is_alive())
        return name(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(writes, "name_blanks", named)
    revision = told.owner.revision
    put_graph(me(told), MINE, body)
    assert free == [True, True, True], "twice the body, once what is there"
    assert told.owner.revision == revision
