"""A keeper and its children: what a hostile query can reach, and what its end leaves standing."""

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from ambit.graph.errors import AmbitError, Busy, QueryRefused, Timeout, TooLarge
from ambit.graph.sparql.gate import Dataset
from ambit.graph.terms import BlankNode, Literal, NamedNode, Quad, to_nquads
from ambit.graph.views import frames, outbox, process, worker
from ambit.graph.views import keeper as views_keeper
from ambit.graph.views.cancellation import Cancellation
from ambit.graph.views.keeper import IN_VAIN, QUIET
from ambit.graph.views.worker import Answer, Keeper, KeeperGone, RuleCall, RuleFailure

N = NamedNode
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
CRASHING = "SELECT * {" + "{" * 3000 + "}" * 3000 + "}"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


def quads(number: int) -> bytes:
    return to_nquads(Quad(N(f"urn:s{i // 10}"), N(f"urn:p{i % 10}"), Literal(f"v{i}")) for i in range(number))


def rows(answer: Answer) -> list[dict[str, str]]:
    found = json.loads(answer.body)["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in found]


def count(keeper: Keeper) -> int:
    return int(rows(keeper.query(COUNT, deadline=5))[0]["n"])


def children(keeper: Keeper) -> list[psutil.Process]:
    return psutil.Process(keeper.pid).children()


def eventually(holds: object, seconds: float = 15) -> None:
    ends = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < ends, "it did not become so"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def shared() -> Iterator[Keeper]:
    """One keeper for tests that leave it as it was."""
    keeper = Keeper("shared", memory=400_000_000, answer=100_000)
    keeper.build([quads(2_000)], 1)
    yield keeper
    keeper.close()


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    keeper = Keeper("own", places=2)
    keeper.build([quads(2_000)], 1)
    yield keeper
    keeper.close()


def test_a_keeper_imports_nothing_heavy() -> None:
    code = "import ambit.graph.views.keeper, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    heavy = {"dataclasses", "inspect", "asyncio", "subprocess", "rdflib", "numpy", "orjson", "logging"}
    assert not heavy & set(loaded.stdout.split())


def test_a_spare_child_waits_after_a_build_and_after_a_delta(keeper: Keeper) -> None:
    eventually(lambda: len(children(keeper)) == 1)
    before = children(keeper)[0].pid
    keeper.apply(2, b"", b'<urn:new> <urn:p> "x" .\n')
    eventually(lambda: [c.pid for c in children(keeper)] not in ([], [before]))
    assert count(keeper) == 2_001


def test_no_spare_waits_where_deltas_come_and_nobody_asks(keeper: Keeper) -> None:
    seen: set[int] = set()

    def waits() -> bool:
        found = [child.pid for child in children(keeper)]
        return len(found) == 1 and not seen & set(found)

    for number in range(IN_VAIN):
        eventually(waits)
        seen.add(children(keeper)[0].pid)
        keeper.apply(2 + number, b"", f'<urn:new{number}> <urn:p> "x" .\n'.encode())
    eventually(lambda: not children(keeper))
    time.sleep(5 * QUIET / 1000)
    assert not children(keeper)
    assert count(keeper) == 2_000 + IN_VAIN
    eventually(lambda: len(children(keeper)) == 2)  # the one that answered, and a spare again


def test_a_child_that_ended_well_answers_again_until_it_is_superseded(keeper: Keeper) -> None:
    def pid() -> set[int]:
        return {child.pid for child in children(keeper)}

    count(keeper)
    eventually(lambda: len(pid()) == 2)  # the one that answered, and a spare
    known = pid()
    for _ in range(5):
        count(keeper)
    assert pid() == known
    keeper.apply(2, quads(1), b"")
    assert count(keeper) == 1_999
    eventually(lambda: not pid() & known)


def test_a_crash_ends_its_query_alone(shared: Keeper) -> None:
    done: list[int] = []
    other = threading.Thread(
        target=lambda: done.append(len(rows(shared.query("SELECT * { ?s ?p ?o } LIMIT 9", deadline=5))))
    )
    other.start()
    with pytest.raises(QueryRefused) as caught:
        shared.query(CRASHING, deadline=5)
    assert caught.value.code == "query-failed" and "limits.query_memory" in caught.value.hint
    other.join()
    assert done == [9]
    assert count(shared) == 2_000


def test_a_service_call_cannot_leave(shared: Keeper) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        with pytest.raises(QueryRefused, match="Too many open files"):
            shared.query(f"SELECT * {{ SERVICE <http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}", deadline=2)
        with pytest.raises(TimeoutError):
            server.accept()


def test_memory_is_bounded(shared: Keeper) -> None:
    query = "SELECT (COUNT(DISTINCT *) AS ?n) { ?a ?b ?c . ?d ?e ?f }"
    started = time.monotonic()
    with pytest.raises(QueryRefused) as caught:
        shared.query(query, deadline=60)
    assert caught.value.code == "query-failed"
    assert time.monotonic() - started < 50
    assert count(shared) == 2_000


def is_busy(child: psutil.Process) -> bool:
    try:
        return child.cpu_times().user > 0.02
    except psutil.NoSuchProcess:
        return False


@contextlib.contextmanager
def endless(keeper: Keeper, code: str, **how: Any) -> Iterator[psutil.Process]:
    """A query that never ends by itself, asked in a thread; yields its child, which must be gone afterwards."""
    said: list[str] = []

    def ask() -> None:
        with pytest.raises(AmbitError) as caught:
            keeper.query(ENDLESS, **how)
        said.append(caught.value.code)

    def busy() -> list[psutil.Process]:
        return [child for child in children(keeper) if is_busy(child)]

    asking = threading.Thread(target=ask)
    asking.start()
    eventually(busy)
    child = busy()[0]
    yield child
    asking.join()
    assert said == [code]
    eventually(lambda: not child.is_running(), 2)


def test_a_child_holds_one_socket_and_may_open_nothing(keeper: Keeper) -> None:
    cancel = Cancellation()
    with endless(keeper, "cancelled", deadline=20, cancel=cancel) as child:
        open_files = [str(file.readlink()) for file in Path(f"/proc/{child.pid}/fd").iterdir()]
        limits = Path(f"/proc/{child.pid}/limits").read_text().splitlines()
        status = Path(f"/proc/{child.pid}/status").read_text()
        cancel.cancel()
    assert [name.split(":")[0] for name in open_files] == ["socket"]
    for limit in ("open files", "file size", "core file size", "processes"):
        assert (
            next(line for line in limits if f"Max {limit}" in line).removeprefix(f"Max {limit}").split()[0]
            == "0"
        )
    assert "unlimited" not in next(line for line in limits if "Max address space" in line)
    assert "NoNewPrivs:\t1" in status


def test_a_query_ends_at_its_deadline_by_the_child_s_own_timer(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "GRACE", 60)
    started = time.monotonic()
    with endless(keeper, "timeout", deadline=2):
        pass
    assert 1.9 < time.monotonic() - started < 8
    assert count(keeper) == 2_000


def test_a_child_that_misses_its_deadline_is_killed(keeper: Keeper) -> None:
    started = time.monotonic()
    with endless(keeper, "timeout", deadline=2) as child:
        child.suspend()  # so that its own timer cannot end it
    assert time.monotonic() - started < 8
    assert count(keeper) == 2_000


def test_cancelling_kills_the_child_at_once(keeper: Keeper) -> None:
    cancel = Cancellation()
    started = time.monotonic()
    with endless(keeper, "cancelled", deadline=20, cancel=cancel):
        cancel.cancel()
    assert time.monotonic() - started < 5
    with pytest.raises(AmbitError):
        keeper.query(COUNT, deadline=5, cancel=cancel)
    assert count(keeper) == 2_000


def test_children_end_with_their_keeper(keeper: Keeper) -> None:
    failed: list[AmbitError] = []

    def ask() -> None:
        with pytest.raises(AmbitError) as caught:
            keeper.query(ENDLESS, deadline=20)
        failed.append(caught.value)

    asking = threading.Thread(target=ask)
    asking.start()
    eventually(lambda: len(children(keeper)) == 2)
    orphans = children(keeper)
    psutil.Process(keeper.pid).kill()
    asking.join()
    assert isinstance(failed[0], KeeperGone)
    eventually(lambda: not any(orphan.is_running() for orphan in orphans))
    with pytest.raises(KeeperGone):
        keeper.query(COUNT, deadline=5)
    assert not keeper.is_alive


def test_a_keeper_that_lags_by_too_much_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MOST", 3_000_000)
    keeper = Keeper("lagging")
    keeper.build([quads(10)], 1)
    assert count(keeper) == 10
    psutil.Process(keeper.pid).suspend()
    for number in range(5):  # whoever hands them over waits for nobody
        keeper.apply(2 + number, b"", b'<urn:s> <urn:p> "%d" .\n' % number * 40_000)
    eventually(lambda: not keeper.is_alive)
    with pytest.raises(KeeperGone):
        count(keeper)
    psutil.Process(keeper.pid).resume()
    keeper.close()


def test_a_build_may_be_larger_than_what_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MOST", 3_000_000)
    monkeypatch.setattr(process, "BACKLOG", 1_000_000)
    keeper = Keeper("large")
    rows = (
        b"".join(b'<urn:s> <urn:p> "%d" .\n' % n for n in range(at, at + 20_000))
        for at in range(0, 400_000, 20_000)
    )
    keeper.build(rows, 1)
    assert count(keeper) == 400_000
    keeper.close()


def test_what_fails_for_one_keeper_fails_for_none_else(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Keeper("other")
    other.build([quads(10)], 1)
    assert (count(keeper), count(other)) == (2_000, 10)
    some = frames.send_some

    def fail(sock: socket.socket, data: bytes | memoryview) -> int:
        if sock is other._control:
            raise MemoryError
        return some(sock, data)

    with monkeypatch.context() as failing:
        failing.setattr(frames, "send_some", fail)
        other.apply(2, b"", b'<urn:s> <urn:p> "lost" .\n')
        keeper.apply(2, b"", b'<urn:s> <urn:p> "sent" .\n')
        eventually(lambda: not other.is_alive)
    assert count(keeper) == 2_001
    with pytest.raises(KeeperGone):
        count(other)
    other.close()


def test_a_keeper_ends_with_the_server() -> None:
    code = (
        "import os, sys; from ambit.graph.views.worker import Keeper; k = Keeper('k'); k.build([], 0);"
        "k.query('ASK {}', deadline=5); print(k.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    server = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    eventually(lambda: not psutil.pid_exists(int(server.stdout)))


def test_only_so_many_queries_at_once(keeper: Keeper) -> None:
    cancel = Cancellation()

    def ask() -> None:
        with pytest.raises(AmbitError):
            keeper.query(ENDLESS, deadline=20, cancel=cancel)

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for thread in asking:
        thread.start()
    eventually(lambda: len(children(keeper)) >= 2)
    with pytest.raises(Busy):
        keeper.query(COUNT, deadline=0.3)
    cancel.cancel()
    for thread in asking:
        thread.join()
    assert count(keeper) == 2_000


def test_answers_have_a_format_and_a_bound(shared: Keeper) -> None:
    graph = shared.query("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 3", format="nt", deadline=5)
    assert (graph.kind, len(graph.body.splitlines()), graph.revision) == ("graph", 3, 1)
    assert shared.query("ASK {}", deadline=5).kind == "boolean"
    assert shared.query("SELECT ?o { <urn:s0> <urn:p1> ?o }", format="csv", deadline=5).body == b"o\r\nv1\r\n"
    with pytest.raises(QueryRefused) as caught:
        shared.query(COUNT, format="ttl", deadline=5)
    assert caught.value.code == "query-format"
    with pytest.raises(TooLarge):
        shared.query("SELECT * { ?s ?p ?o }", deadline=5)
    with pytest.raises(QueryRefused) as caught:
        shared.query("SELECT * {", deadline=5)
    assert caught.value.code == "query-syntax"


def test_terms_are_bound(shared: Keeper) -> None:
    answer = shared.query("SELECT ?s ?o { ?s <urn:p1> ?o }", bindings={"o": Literal("v11")}, deadline=5)
    assert rows(answer) == [{"s": "urn:s1", "o": "v11"}]


def test_random_names_differ_between_children(keeper: Keeper) -> None:
    said = set()
    for revision in range(2, 8):
        keeper.apply(revision, b"", b"")
        said.add(rows(keeper.query("SELECT (STRUUID() AS ?u) {}", deadline=5))[0]["u"])
    assert len(said) == 6


def test_blank_nodes_leave_as_they_came(keeper: Keeper) -> None:
    quad = to_nquads([Quad(BlankNode("b7"), N("urn:blank"), Literal("x", language="en"))])
    keeper.apply(2, b"", quad)
    assert count(keeper) == 2_001
    keeper.apply(3, quad, b"")
    assert count(keeper) == 2_000


def test_what_was_taken_out_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine keeps what was in its store, so a keeper that lives through many commits makes its store anew."""
    monkeypatch.setattr(views_keeper, "TAKEN_OUT", 10)
    server, own = socket.socketpair()
    with server, own:
        process = views_keeper.Process(own, memory=0, answer=0, spares=0)
        inside = Quad(BlankNode("b"), N("urn:p"), Literal("stays", language="en"), N("urn:g"))
        stores: list[Any] = []
        for version in range(60):
            gone, come = (
                to_nquads([Quad(N("urn:s"), N("urn:p"), Literal(f"{n}"), N(f"urn:g{n}"))])
                for n in (version - 1, version)
            )
            come += to_nquads([inside]) if not version else b""
            process._do({"do": "apply", "version": version, "cut": len(gone)}, gone + come)
            if not stores or stores[-1] is not process._store:
                stores.append(process._store)
        assert len(stores) == 1 + 60 // 11
        assert set(stores[-1]) == {inside, Quad(N("urn:s"), N("urn:p"), Literal("59"), N("urn:g59"))}
        assert {str(name) for name in stores[-1].named_graphs()} == {"<urn:g>", "<urn:g59>"}
        process._do({"do": "load", "version": 61}, quads(100))
        process._do({"do": "ready", "version": 62}, b"")
        for version in range(
            63, 143
        ):  # as many as it holds, and no fewer, else each commit would copy a large store
            process._do({"do": "apply", "version": version, "cut": len(gone)}, gone)
        assert process._taken_out == 80


def test_an_emptied_named_graph_is_not_there(keeper: Keeper) -> None:
    quad = b'<urn:a> <urn:p> "x" <urn:g> .\n'
    keeper.apply(2, b"", quad)
    assert rows(keeper.query("SELECT ?g { GRAPH ?g {} }", deadline=5)) == [{"g": "urn:g"}]
    keeper.apply(3, quad, b"")
    assert rows(keeper.query("SELECT ?g { GRAPH ?g {} }", deadline=5)) == []


def test_a_query_waits_for_the_revision_it_names(keeper: Keeper) -> None:
    late = threading.Timer(0.3, keeper.apply, (2, b"", b'<urn:new> <urn:p> "x" .\n'))
    late.start()
    answer = keeper.query(COUNT, deadline=5, since=2)
    assert (rows(answer), answer.revision) == ([{"n": "2001"}], 2)
    late.join()
    with pytest.raises(Timeout) as late:
        keeper.query(COUNT, deadline=0.2, since=3)
    assert "limits.query_seconds" in late.value.hint, "no caller can ask for longer"
    keeper.note(3)
    assert keeper.query(COUNT, deadline=5, since=3).revision == 2


def test_graphs_of_a_dataset_are_merged_and_absent_ones_are_not_there(keeper: Keeper) -> None:
    held = b'<urn:a> <urn:p> "x" <urn:g1> .\n<urn:a> <urn:p> "x" <urn:g2> .\n<urn:b> <urn:p> "y" <urn:g2> .\n'
    keeper.apply(2, b"", held)

    def ask(text: str, *default: str, named: tuple[str, ...] = ()) -> list[dict[str, str]]:
        return rows(keeper.query(text, dataset=Dataset(default, named), deadline=5))

    assert ask(COUNT, "urn:g1", "urn:g2") == [{"n": "2"}]
    assert ask(COUNT, "urn:g1", "urn:none") == [{"n": "1"}]
    assert ask(COUNT) == [{"n": "0"}]
    assert ask("SELECT ?g { GRAPH ?g {} }", "urn:g1", named=("urn:g2", "urn:none")) == [{"g": "urn:g2"}]
    assert ask("SELECT ?g { GRAPH ?g {} }", "urn:g1", "urn:g2") == []
    both = ask("SELECT ?s ?g { ?s ?p ?o GRAPH ?g { ?s ?p ?o } }", "urn:g1", "urn:g2", named=("urn:g2",))
    assert sorted(row["s"] for row in both) == ["urn:a", "urn:b"]


def test_rules_fail_alone(shared: Keeper) -> None:
    fine = RuleCall("SELECT ?s ?o ?none { ?s <urn:p1> ?o }", {"s": N("urn:s4")})
    expected = [(N("urn:s4"), Literal("v41"), None)]
    calls = [fine, RuleCall(CRASHING), fine, RuleCall("SELECT * {"), RuleCall(ENDLESS), fine]
    said = shared.rules(calls, deadline=2)
    assert [isinstance(result, RuleFailure) for result in said] == [False, True, False, True, True, False]
    assert said[0] == said[2] == said[5] == expected
    assert "longer" in said[4].reason  # type: ignore[union-attr]
    assert shared.rules([], deadline=1) == []
    assert shared.rules([RuleCall("ASK {}"), RuleCall("ASK { <urn:none> ?p ?o }")], deadline=1) == [[()], []]


def test_facts_hold_for_one_call(keeper: Keeper) -> None:
    held = b'<urn:s0> <urn:p0> "v0" .\n'
    facts = held + b'<urn:f> <urn:says> "x" <urn:request> .\n'
    call = RuleCall("SELECT ?f { GRAPH <urn:request> { ?f ?p ?o } }")
    assert keeper.rules([call, call], facts=facts, deadline=2) == [[(N("urn:f"),)]] * 2
    assert keeper.rules([call], deadline=2) == [[]]
    assert keeper.rules([RuleCall("SELECT ?g { GRAPH ?g {} }")], deadline=2) == [[]]
    assert count(keeper) == 2_000  # a fact that was held before is held after


def test_facts_are_there_again_after_a_crash(keeper: Keeper) -> None:
    facts = b'<urn:f> <urn:says> "x" <urn:request> .\n'
    call = RuleCall("SELECT ?f { GRAPH <urn:request> { ?f ?p ?o } }")
    said = keeper.rules([call, RuleCall(CRASHING), call], facts=facts, deadline=3)
    assert said[0] == said[2] == [(N("urn:f"),)]


def test_a_patch_is_thrown_away(keeper: Keeper) -> None:
    ask = RuleCall("SELECT ?o { <urn:s0> <urn:p0> ?o }")
    patch = (b'<urn:s0> <urn:p0> "v0" .\n', b'<urn:s0> <urn:p0> "patched" .\n')
    assert keeper.rules([ask], patch=patch, deadline=2) == [[(Literal("patched"),)]]
    for _ in range(3):
        assert keeper.rules([ask], deadline=2) == [[(Literal("v0"),)]]
