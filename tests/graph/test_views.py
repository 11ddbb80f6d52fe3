"""The live views: what commits do to them, how many there are, and what becomes of dead ones."""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from pyoxigraph import RdfFormat, serialize
from storeworld import change, graph_of, label, record, triple

from ambit.graph.compartments import clearance_of, compartment_of
from ambit.graph.errors import AmbitError, Busy, Timeout, TooLarge
from ambit.graph.layout import in_graph
from ambit.graph.sparql.gate import Dataset, admit
from ambit.graph.store.owner import Owner
from ambit.graph.store.projecting import Projection
from ambit.graph.terms import BlankNode, Literal, NamedNode, Quad, Triple, from_nquads
from ambit.graph.views import view
from ambit.graph.views.cancellation import Cancellation
from ambit.graph.views.views import Views
from ambit.graph.words import Clearance, Delta, GraphEntry, Placed, Role

NOBODY = clearance_of(())
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
COUNT_NAMED = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?o ?p . ?q ?r ?s }"


def seen_by(*names: str) -> Clearance:
    return clearance_of(compartment_of(label(name)) for name in names)


def count(views: Views, clearance: Clearance, text: str = COUNT, dataset: Dataset | None = None) -> int:
    answer = views.query(clearance, admit(text), dataset=dataset, deadline=20)
    return int(json.loads(answer.body)["results"]["bindings"][0]["n"]["value"])


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    owner = Owner(tmp_path)
    owner.commit(
        change(
            record("one", [triple("x"), triple("y")], label("a")),
            record("two", [triple("x"), triple("z")], label("b")),
        )
    )
    yield owner
    owner.close()


@pytest.fixture
def views(owner: Owner) -> Iterator[Views]:
    views = Views(owner, limit=2)
    owner.listen(views.on_delta)
    yield views
    views.close()


def pids(views: Views) -> list[int]:
    return [view.keeper.pid for view in views._views.values() if view.keeper is not None]


def test_a_triple_of_two_graphs_counts_once_and_leaves_with_the_last(owner: Owner, views: Views) -> None:
    both, left = seen_by("a", "b"), seen_by("a")
    assert (count(views, both), count(views, left)) == (3, 2)
    owner.commit(change(record("two", [triple("z")], label("b"))))
    assert (count(views, both), count(views, left)) == (3, 2)
    owner.commit(change(record("one", [triple("y")], label("a"))))
    assert (count(views, both), count(views, left)) == (2, 1)


def test_a_triple_that_only_hidden_graphs_still_hold_leaves(owner: Owner, views: Views) -> None:
    assert count(views, seen_by("a")) == 2
    owner.commit(change(record("one", [triple("y")], label("a"))))
    assert count(views, seen_by("a")) == 1


def test_a_graph_moves_with_its_label(owner: Owner, views: Views) -> None:
    assert count(views, seen_by("a"), COUNT_NAMED) == 2
    assert count(views, seen_by("b"), COUNT_NAMED) == 2
    owner.commit(change(record("one", [triple("x"), triple("y")], label("b"), digest="new")))
    assert count(views, seen_by("a"), COUNT_NAMED) == 0
    assert count(views, seen_by("a"), "SELECT (COUNT(*) AS ?n) { GRAPH ?g {} }") == 0
    assert count(views, seen_by("b"), COUNT_NAMED) == 4
    assert count(views, seen_by("b")) == 3


def test_named_graphs_come_when_first_asked_for(owner: Owner, views: Views) -> None:
    owner.commit(change(record("three", [triple("s")], label("a"))))
    assert count(views, seen_by("a")) == 3
    (only,) = views._views.values()
    assert only._graphs is None
    assert count(views, seen_by("a"), COUNT_NAMED) == 3
    owner.commit(change(record("one", [triple("v")], label("a"))))
    assert count(views, seen_by("a"), COUNT_NAMED) == 2


def test_the_protocol_s_dataset_goes_before_the_text_s(views: Views) -> None:
    both = f"FROM <{graph_of('one')}> FROM <{graph_of('two')}>"
    text = f"SELECT (COUNT(*) AS ?n) {both} WHERE {{ ?s ?p ?o }}"
    assert count(views, seen_by("a", "b"), text) == 3
    assert count(views, seen_by("a"), text) == 2
    assert count(views, seen_by("a", "b"), text, Dataset((graph_of("two"),), ())) == 2
    assert count(views, seen_by("a"), text, Dataset((graph_of("two"),), ())) == 0


def test_the_revision_shown_is_the_view_s_own(owner: Owner, views: Views) -> None:
    def shown() -> int:
        return views.query(seen_by("a"), admit(COUNT)).revision

    assert shown() == views.revision_of(seen_by("a")) == 1
    owner.commit(change(record("two", [triple("w")], label("b"))))
    assert shown() == views.revision_of(seen_by("a")) == 1
    owner.commit(change(record("one", [triple("w")], label("a"))))
    assert shown() == views.revision_of(seen_by("a")) == 3


def test_whoever_is_told_a_revision_sees_its_commit(owner: Owner, tmp_path: Path) -> None:
    """Amid a commit, when the catalog has it and the views do not."""
    found: list[tuple[int, int]] = []

    def look() -> None:
        found.append((views.revision_of(seen_by("a")), count(views, seen_by("a"))))

    looking = threading.Thread(target=look)

    def amid(_: Delta) -> None:
        looking.start()
        looking.join(0.5)

    views = Views(owner, limit=2)
    try:
        assert count(views, seen_by("a")) == 2
        owner.listen(amid)
        owner.listen(views.on_delta)
        owner.commit(change(record("one", [triple("x"), triple("y"), triple("new")], label("a"))))
        looking.join(10)
        assert found in ([(1, 2)], [(1, 3)], [(2, 3)])
    finally:
        views.close()


def test_who_is_not_concerned_does_not_wait_for_a_commit(owner: Owner, views: Views) -> None:
    owner.commit(change(record("two", [triple("w")], label("b"))))
    found: list[int] = []
    with owner._lock.exclusive():  # as a commit holds it
        looking = threading.Thread(target=lambda: found.append(views.revision_of(seen_by("a"))))
        looking.start()
        looking.join(10)
        assert found == [1]


def test_what_is_no_commit_raises_no_revision(owner: Owner, views: Views) -> None:
    assert count(views, seen_by("a"), COUNT_NAMED) == 2
    quad = Quad(NamedNode("urn:run"), NamedNode("urn:p"), Literal("x"), NamedNode("urn:ambit:provenance:t"))
    placed = Placed(quad, compartment_of(label("a")), Role.SYSTEM)
    with owner._lock.exclusive():
        views.on_delta(Delta(owner.revision, into=(placed,)))
    owner.commit(change(record("two", [triple("w")], label("b"))))
    with owner._lock.exclusive():
        views.on_delta(Delta(owner.revision, out=(placed,)))
        views.on_delta(Delta(owner.revision, into=(placed,)))
    answer = views.query(seen_by("a"), admit(COUNT_NAMED))
    assert b'"3"' in answer.body
    assert answer.revision == 1


def test_who_differ_only_in_what_no_commit_wrote_share_a_view(owner: Owner, views: Views) -> None:
    quad = Quad(NamedNode("urn:run"), NamedNode("urn:p"), Literal("x"), NamedNode("urn:ambit:provenance:t"))
    own = compartment_of(label("own"))
    entry = GraphEntry("urn:ambit:provenance:t", Role.SYSTEM, "urn:ambit:provenance:t", "urn:p", own)
    with_runs = seen_by("a", "own")
    assert count(views, seen_by("a")) == 2
    before = pids(views)
    owner.project(Projection(0, ((entry, (quad,)),)), [views.on_delta])
    assert count(views, with_runs) == 2
    assert pids(views) == before
    assert count(views, with_runs, COUNT_NAMED) == 3  # by name each finds its own
    assert count(views, seen_by("a"), COUNT_NAMED) == 2
    owner.commit(change(record("three", [triple("w")], label("own"))))
    assert (count(views, with_runs), count(views, seen_by("a"))) == (3, 2)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_commit_is_seen_whole_where_it_is_the_first_of_a_compartment(
    owner: Owner, views: Views, monkeypatch: pytest.MonkeyPatch, streamed: bool
) -> None:
    owner.describe([label("new")])
    seen = Views._seen
    asked = []

    def and_then(self: Views, clearance: Clearance, *, named: bool) -> Clearance:
        found = seen(self, clearance, named=named)
        if not asked:
            said = [triple("x"), triple("y"), triple("w")]
            owner.commit(change(record("one", said, label("a")), record("new", [triple("v")], label("new"))))
        asked.append(found)
        return found

    monkeypatch.setattr(Views, "_seen", and_then)
    clearance, query = seen_by("a", "new"), admit(COUNT)
    if streamed:
        body = b"".join(piece.body for piece in views.stream(clearance, query))
    else:
        body = views.query(clearance, query).body
    assert b'"4"' in body
    assert [found == clearance for found in asked] == [False, True]


def test_who_has_a_view_of_all_is_answered_by_it(owner: Owner, views: Views) -> None:
    clearance = seen_by("a", "never written")
    assert count(views, clearance, COUNT_NAMED) == 2
    before = pids(views)
    assert count(views, clearance) == 2
    assert pids(views) == before


def test_the_least_recently_used_view_goes(views: Views) -> None:
    count(views, seen_by("a"))
    count(views, seen_by("b"))
    (first, second) = pids(views)
    count(views, seen_by("a"))
    assert count(views, seen_by("a", "b")) == 3
    assert first in pids(views)
    assert not psutil.pid_exists(second)
    assert len(pids(views)) == 2
    assert count(views, seen_by("b")) == 2


def test_all_who_may_see_nothing_share_one_process(views: Views) -> None:
    assert count(views, NOBODY) == 0
    assert count(views, clearance_of(set()), COUNT_NAMED) == 0
    assert len(pids(views)) == 1
    assert b"3" in views.query(NOBODY, admit("SELECT (1 + 2 AS ?n) {}")).body


def test_keepers_take_no_more_memory_than_they_may(owner: Owner) -> None:
    views = Views(owner, memory=1)
    for names in ("a", "b", "ab"):
        count(views, seen_by(*names))
        assert len(views.live()) == 1  # the one in use may take more alone
    views.close()


def test_an_answer_has_no_more_bytes_than_it_may(owner: Owner) -> None:
    views = Views(owner, answer=200)
    assert count(views, seen_by("a")) == 2
    with pytest.raises(TooLarge):
        views.query(seen_by("a"), admit("SELECT * { ?s ?p ?o }"), deadline=5)
    views.close()


def test_views_in_use_are_not_taken_away(owner: Owner) -> None:
    views = Views(owner, limit=1)
    cancel = Cancellation()

    def ask() -> None:
        with pytest.raises(AmbitError) as caught:
            views.query(seen_by("a", "b"), admit(ENDLESS), deadline=30, cancel=cancel)
        assert caught.value.code == "cancelled"

    owner.commit(
        change(
            *(record(f"r{i}", [triple(f"t{i}", str(j)) for j in range(50)], label("a")) for i in range(20))
        )
    )
    asking = threading.Thread(target=ask)
    asking.start()
    while not views.live():
        time.sleep(0.01)
    with pytest.raises(Busy):
        views.query(seen_by("a"), admit(COUNT), deadline=0.3)
    cancel.cancel()
    asking.join()
    assert count(views, seen_by("a")) == 1002
    views.close()


def test_a_dead_keeper_is_made_anew_and_others_are_not_touched(owner: Owner, views: Views) -> None:
    assert (count(views, seen_by("a")), count(views, seen_by("b"))) == (2, 2)
    dead, other = pids(views)
    os.kill(dead, signal.SIGKILL)
    owner.commit(change(record("three", [triple("new")], label("a"))))
    assert count(views, seen_by("a")) == 3
    assert other in pids(views)
    assert dead not in pids(views)
    assert count(views, seen_by("b")) == 2


def test_a_build_that_fails_is_tried_anew(
    owner: Owner, views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(owner, "text", lambda graph: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            count(views, seen_by("a"))
    assert count(views, seen_by("a")) == 2
    with monkeypatch.context() as broken:
        broken.setattr(owner, "text", lambda graph: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            count(views, seen_by("a"), COUNT_NAMED)
    assert count(views, seen_by("a"), COUNT_NAMED) == 2


def test_a_slow_build_goes_on_behind_the_deadline(
    owner: Owner, views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    read = owner.text
    monkeypatch.setattr(owner, "text", lambda graph: (gate.wait(10), read(graph))[1])
    with pytest.raises(Timeout):
        views.query(seen_by("a"), admit(COUNT), deadline=0.3)
    gate.set()
    assert count(views, seen_by("a")) == 2
    assert len(pids(views)) == 1


def test_blank_nodes_stay_themselves(owner: Owner, views: Views) -> None:
    blank = Triple(BlankNode("b7"), NamedNode("urn:p"), Literal("x", language="en"))
    assert count(views, seen_by("a"), COUNT_NAMED) == 2
    owner.commit(change(record("three", [blank], label("a"))))
    assert (count(views, seen_by("a")), count(views, seen_by("a"), COUNT_NAMED)) == (3, 3)
    owner.commit(change(record("three", [], None)))
    assert (count(views, seen_by("a")), count(views, seen_by("a"), COUNT_NAMED)) == (2, 2)


def test_triples_in_a_graph_are_written_as_their_quads_are() -> None:
    odd = [
        Triple(BlankNode("b"), NamedNode("urn:p"), Literal("a .\n b .\r\n \u2028 .\\")),
        Triple(NamedNode("urn:é."), NamedNode("urn:p"), BlankNode("b")),
        Triple(NamedNode("urn:s"), NamedNode("urn:p"), Literal(" .\n", language="en")),
    ]
    for graph in ("urn:g", "https://example.org/é/ü?a=b#c.", "urn:ambit:x"):
        quads = [Quad(t.subject, t.predicate, t.object, NamedNode(graph)) for t in odd]
        assert from_nquads(in_graph(serialize(odd, format=RdfFormat.N_TRIPLES) or b"", graph)) == quads


@pytest.mark.parametrize("text", [COUNT, COUNT_NAMED])
def test_no_delta_is_missed_while_a_view_is_built(
    owner: Owner, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Between each two pieces of a build a commit changes graphs that have been read and that have not."""
    monkeypatch.setattr(view, "PIECE", 1)
    names = [f"r{number:02}" for number in range(12)]
    owner.commit(change(*(record(name, [triple("all"), triple(name)], label("a")) for name in names)))
    views = Views(owner)
    owner.listen(views.on_delta)
    left = iter(range(100))
    piece = view.View._piece

    def committing(self: view.View, graphs: Iterator[str], *, named: bool) -> bytes:
        found = piece(self, graphs, named=named)
        threading.Thread(target=disturb).start()
        return found

    def disturb() -> None:
        number = next(left, None)
        if number is not None:
            first, last = names[number % 12], names[-1 - number % 12]
            owner.commit(
                change(
                    record(first, [triple("all"), triple(f"new{number}")], label("a")),
                    record(last, [triple(f"hidden{number}")], label("b" if number % 3 else "a")),
                )
            )

    monkeypatch.setattr(view.View, "_piece", committing)
    clearance = seen_by("a")
    count(views, clearance, text)
    monkeypatch.undo()
    time.sleep(0.3)  # the last disturbance
    entries = [e for e in owner.entries() if e.compartment in clearance.compartments]
    held = [t for entry in entries for t in owner.triples(entry.graph)]
    assert count(views, clearance, text) == len(held if text == COUNT_NAMED else set(held))
    views.close()


def test_many_threads_ask_while_commits_go_on(owner: Owner, views: Views) -> None:
    """What was acknowledged before a query is in its answer, whoever asks."""
    acknowledged = [0]
    failures: list[str] = []
    done = threading.Event()

    def ask(clearance: Clearance, text: str, base: int) -> None:
        while not done.is_set():
            before = acknowledged[0]
            said = count(views, clearance, text) - base
            if not before <= said <= acknowledged[0] + 1:
                failures.append(f"{before} <= {said} <= {acknowledged[0] + 1}")

    asking = [
        threading.Thread(target=ask, args=arguments)
        for arguments in [
            (seen_by("a"), COUNT, 2),
            (seen_by("a", "b"), COUNT_NAMED, 4),
            (seen_by("a"), COUNT, 2),
        ]
        * 2
    ]
    for thread in asking:
        thread.start()
    for number in range(60):
        owner.commit(change(record(f"more{number}", [triple(f"more{number}")], label("a"))))
        acknowledged[0] = number + 1
        time.sleep(0.02)
    done.set()
    for thread in asking:
        thread.join()
    assert failures == []
