"""A streamed answer: whole and hashed, or broken off; and nothing of it after a commit that took its right away."""

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from urllib.parse import urlencode

import psutil
import pytest
from liveworld import BIG, DENY, HEADER, PROLOGUE, Live, eventually, live

from ambit.graph.words import Change, Record, RecordGraph, Role
from ambit.server import identity
from ambit.server.request import Request
from ambit.server.requests import Requests
from ambit.server.rights import Right

pytestmark = pytest.mark.timeout(120)
MEDIUM = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 9000"
GROW = (
    HEADER.format("permit")
    + PROLOGUE
    + """SELECT ?compartment ?actor {
  ?compartment a ambit:Compartment . ?actor ambit:isOwnedBy* <https://example.com/id/nobody> }"""
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("streaming") / "w", stall_seconds=2, query_seconds=4) as server:
        yield server


@pytest.fixture(autouse=True)
def quiet(server: Live) -> Iterator[None]:
    """No request of one test runs on in the next."""
    yield
    server.hang_up()
    eventually(lambda: not server.running())


def closed(server: Live, since: int) -> dict[str, object]:
    """The closing entry of the one request since then."""
    eventually(lambda: server.said("answer", since))
    (entry,) = server.said("answer", since)
    return entry


def children() -> set[int]:
    """The processes that run queries, or wait for one."""
    return {child.pid for keeper in psutil.Process().children() for child in keeper.children()}


def test_a_long_answer_comes_in_pieces_and_its_hash_is_written_down(server: Live) -> None:
    before, given = server.entries(), len(server.given)
    client = server.ask(MEDIUM)
    client.read_all()
    assert client.is_whole and "transfer-encoding: chunked" in client.head.lower()
    assert "ambit-run" in client.head and "content-length" not in client.head.lower()
    assert client.body.endswith(b"]}}") and len(client.body) > 1_000_000
    assert len(server.given) - given > 10
    entry = closed(server, before)
    assert (entry["status"], entry["result"]) == ("ok", client.hash())
    assert len(server.said("request", before)) == 1, "before the first byte"


def test_an_entry_stands_before_the_first_piece_and_the_other_after_the_last(server: Live) -> None:
    before = server.entries()
    client = server.ask(BIG)
    client.read(200_000)
    assert len(server.said("request", before)) == 1 and not server.said("answer", before)
    client.close()
    assert closed(server, before)["status"] == "cancelled"


def test_no_piece_leaves_after_the_commit_that_took_the_right_away(server: Live) -> None:
    for attempt in range(5):
        before = server.entries()
        client = server.ask(BIG)
        client.read(100_000)
        reader = threading.Thread(target=client.read_all)
        reader.start()
        time.sleep(0.05 + attempt / 100)
        running = len(server.given)
        server.save("late.rq", DENY)
        acknowledged = len(server.given)
        reader.join(20)
        assert not client.is_whole and client.is_reset, "no clean end"
        assert len(server.given) == acknowledged > 0, closed(server, before)["status"]
        assert acknowledged >= running
        entry = closed(server, before)
        assert entry["status"] == "right-changed"
        server.save("late.rq", None)


def page(server: Live, number: int) -> Record:
    """A page's record as it stands."""
    owner = server.layers.owner
    entry = next(e for e in owner.entries() if e.role is Role.DATA and f"more-{number}." in e.graph)
    label = owner.label(entry.compartment or "")
    graph = RecordGraph(entry.graph, frozenset(owner.triples(entry.graph)), label=label)
    return Record(entry.record, entry.source, (graph,))


def hidden(record: Record) -> Record:
    """The same, for nobody."""
    (graph,) = record.graphs
    assert graph.label is not None
    label = replace(graph.label, audience=frozenset({"urn:nobody"}))
    return replace(record, graphs=(replace(graph, label=label),))


@pytest.mark.parametrize("how", ["relabelled", "withdrawn"])
def test_no_piece_leaves_after_a_commit_took_a_record_away(server: Live, how: str) -> None:
    """The answer may hold it: its query runs on the view as it was."""
    before, record = server.entries(), page(server, 7)
    client = server.ask(BIG)
    client.read(100_000)
    reader = threading.Thread(target=client.read_all)
    reader.start()
    time.sleep(0.05)
    taken = hidden(record) if how == "relabelled" else replace(record, graphs=())
    server.layers.owner.commit(Change((taken,)))
    acknowledged = len(server.given)
    reader.join(20)
    assert client.is_reset and not client.is_whole and len(server.given) == acknowledged
    assert closed(server, before)["status"] == "right-changed"
    server.layers.owner.commit(Change((record,)))


def test_a_record_that_is_hidden_from_the_reader_ends_nothing_nor_does_one_that_only_changes(
    server: Live,
) -> None:
    record = page(server, 8)
    other = page(server, 9)
    (graph,) = other.graphs
    less = replace(graph, triples=frozenset(sorted(graph.triples, key=str)[1:]))
    server.layers.owner.commit(Change((hidden(record),)))
    client = server.ask(MEDIUM)
    client.read(100_000)
    server.layers.owner.commit(Change((replace(record, graphs=()),)))
    server.layers.owner.commit(Change((replace(other, graphs=(less,)),)))
    client.read_all()
    assert client.is_whole
    server.layers.owner.commit(Change((record, other)))


def test_what_was_begun_before_a_record_was_taken_is_made_anew(
    server: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first piece is there as the commit comes, and none has been given."""
    record, hold, asked = page(server, 7), Requests._holds, []

    def holding(self: Requests, right: Right, result: object) -> bool:
        if not asked:
            server.layers.owner.commit(Change((hidden(record),)))
        asked.append(right)
        return hold(self, right, result)

    monkeypatch.setattr(Requests, "_holds", holding)
    client = server.ask(MEDIUM)
    client.read_all()
    assert client.is_whole and len(asked) == 2 and b'"Page 7"' not in client.body
    server.layers.owner.commit(Change((record,)))


def test_an_answer_has_a_life_however_it_is_read(server: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(server.settings.limits.__dict__, "stream_seconds", 1.0)
    before, began = server.entries(), time.monotonic()
    client = server.ask(BIG)
    with contextlib.suppress(AssertionError, ConnectionResetError):
        while time.monotonic() < began + 6:
            client.read(len(client.data) + 300_000)
            time.sleep(0.1)
    assert 1 <= time.monotonic() - began < 4 and closed(server, before)["status"] == "timeout"


def test_one_subject_is_given_half_of_its_places_in_long_answers(server: Live) -> None:
    each = server.settings.limits.requests_each // 2
    clients = [server.ask(BIG) for _ in range(each)]
    for client in clients:
        client.read(1_000)
    before = server.entries()
    more = server.ask(BIG)
    more.read(200)
    assert more.head.startswith("HTTP/1.1 429") and closed(server, before)["status"] == "busy"
    short = server.ask("ASK { ?s ?p ?o }")
    short.read(100)
    assert short.head.startswith("HTTP/1.1 200")
    clients[0].close()
    eventually(lambda: len(server.said("answer", before)) == 3)
    again = server.ask(MEDIUM)
    again.read_all()
    assert again.is_whole


def test_a_slow_reader_gets_no_piece_either(server: Live) -> None:
    before = server.entries()
    client = server.ask(BIG)
    client.read(100_000)
    given = -1
    while given != len(server.given):  # until every buffer on the way is full
        given = len(server.given)
        time.sleep(0.3)
    server.save("late.rq", DENY)
    acknowledged = len(server.given)
    client.read_all()
    assert client.is_reset and len(server.given) == acknowledged
    entry = closed(server, before)
    assert entry["status"] == "right-changed"
    server.save("late.rq", None)


def test_a_policy_that_leaves_the_right_leaves_the_answer(server: Live) -> None:
    before = server.entries()
    client = server.ask(MEDIUM)
    client.read(100_000)
    for number in range(5):
        server.save(f"more{number}.rq", GROW)
        client.read(100_000 * (number + 2))
    client.read_all()
    assert client.is_whole
    assert closed(server, before)["result"] == client.hash()
    for number in range(5):
        server.save(f"more{number}.rq", None)


def test_a_right_of_the_moment_is_asked_for_again_before_each_piece(server: Live) -> None:
    """A rule that reads the time and does not say until when: nothing it says is kept."""
    server.save("late.rq", DENY)
    try:
        server.save(
            "timed.rq",
            HEADER.format("deny")
            + "# reads: now\n"
            + PROLOGUE
            + """SELECT ?compartment ?actor ?now { ?compartment a ambit:Compartment . ?actor a ambit:Adequacy .
              FILTER(?now < "2000-01-01T00:00:00Z"^^xsd:dateTime) }""",
        )
        server.save("late.rq", None)
        client = server.ask(MEDIUM)
        client.read_all()
        assert client.is_whole
    finally:
        server.save("timed.rq", None)


def test_a_token_that_expires_ends_the_answer(server: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "LEEWAY", 0)
    before = server.entries()
    client = server.ask(BIG, token=server.token(ttl=2))
    began = time.monotonic()
    client.read_all()
    assert client.is_reset and time.monotonic() - began < 4
    assert closed(server, before)["status"] == "right-changed"


def test_a_client_that_stops_reading_is_cut_off_and_its_query_ended(server: Live) -> None:
    before = server.entries()
    client = server.ask(BIG)
    client.read(100_000)
    known = children()
    entry = closed(server, before)  # after the time set, whatever the query would still have
    assert entry["status"] == "stalled"
    eventually(lambda: not known <= children())
    client.read_all()
    assert client.is_reset and not client.is_whole


def test_the_deadline_breaks_an_answer_off(server: Live) -> None:
    before = server.entries()
    client = server.ask(BIG, more="Prefer: wait=1\r\n")
    began = time.monotonic()
    client.read_all()
    assert client.is_reset and time.monotonic() - began < 10
    assert closed(server, before)["status"] == "timeout"


def test_head_of_a_long_answer_ends_its_query(server: Live) -> None:
    before = server.entries()
    client = server.client(f"HEAD /sparql?{urlencode({'query': BIG})}")
    client.read(20)
    time.sleep(0.1)
    assert client.head.startswith("HTTP/1.1 200") and "content-length" not in client.head.lower()
    assert closed(server, before)["status"] == "ok"


def test_the_keeper_stands_through_all_of_it(server: Live) -> None:
    def keepers() -> set[int]:
        return {child.pid for child in psutil.Process().children() if child.children()}

    server.ask("ASK { ?s ?p ?o }").read(20)
    before = keepers()
    for _ in range(3):
        client = server.ask(BIG)
        client.read(100_000)
        client.close()
    late = server.ask(
        "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?o ?p }",
        more="Prefer: wait=1\r\n",
    )
    late.read(20)
    assert b" 504 " in late.data
    server.ask("ASK { ?s ?p ?o }").read(20)
    assert keepers() == before


def test_the_command_prints_a_long_answer_and_fails_where_it_breaks_off(
    server: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    def command(query: str, token: str) -> subprocess.CompletedProcess[bytes]:
        words = [
            "query",
            "-",
            "--url",
            f"http://127.0.0.1:{server.port}",
            "--token",
            token,
            "--format",
            "csv",
        ]
        return subprocess.run(
            [sys.executable, "-m", "ambit", *words],
            input=query.encode(),
            capture_output=True,
            timeout=60,
        )

    done = command(MEDIUM, server.token())
    assert done.returncode == 0 and done.stdout.count(b"\r\n") == 9_001
    looks = count()
    monkeypatch.setattr(identity.Identity, "is_expired", property(lambda self: next(looks) > 20))
    broken = command(BIG, server.token())
    assert broken.returncode != 0 and b"broke off" in broken.stderr and b"Traceback" not in broken.stderr
    assert len(broken.stdout) > 100_000


def test_a_whole_answer_is_looked_at_once_more_before_it_leaves(
    server: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit between the closing entry and the answer: what was made under the right is not given."""
    close = Requests._close

    def closing(self: Requests, request: Request, outcome: str) -> None:
        close(self, request, outcome)
        if not (server.settings.workspace / "rules" / "late.rq").exists():
            server.save("late.rq", DENY)

    monkeypatch.setattr(Requests, "_close", closing)
    before = server.entries()
    client = server.ask("SELECT * { ?s <http://purl.org/dc/terms/title> ?o }")
    client.read(200)
    assert client.head.startswith("HTTP/1.1 200") and b"Welcome" not in client.data, "it is made anew"
    first, last, anew = server.said("answer", before)
    assert first == last | {"status": "ok"} and last["status"] == "right-changed"
    assert anew["status"] == "ok" and anew["run"] != first["run"]
    server.save("late.rq", None)
