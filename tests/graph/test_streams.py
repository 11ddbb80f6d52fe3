"""Answers in pieces: the same bytes as whole, a bounded pipe, and a child that waits without its clock running."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from ambit.graph.errors import AmbitError, Busy, QueryRefused, Timeout, TooLarge
from ambit.graph.terms import Literal, NamedNode, Quad, to_nquads
from ambit.graph.views.cancellation import Cancellation
from ambit.graph.views.courtesy import COURTESY
from ambit.graph.views.leases import LOWER
from ambit.graph.views.worker import PIECE, Keeper, Piece

ALL = "SELECT * { ?s ?p ?o }"
GRAPH = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
# both begin well, and end at the row of LAST
ENDLESS = """SELECT ?s { ?s ?p ?o FILTER(IF(?s != <LAST>, true, EXISTS { SELECT (COUNT(*) AS ?n) {
    ?a <urn:p0> ?c . ?d <urn:p1> ?f . ?g <urn:p2> ?i } })) }"""
"""IF, as the engine may take the sides of `||` in any order."""
COUNTED = "SELECT (COUNT(*) AS ?n) { ?a <urn:p0> ?c . ?d <urn:p1> ?f . ?g <urn:p2> ?i . ?j <urn:p3> ?l }"
DOUBLED = " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(30))
CRASHING = f"SELECT ?s ?x30 {{ ?s ?p ?o BIND(IF(?s = <LAST>, '0123456789', '') AS ?x0) {DOUBLED} }}"
BIG = 200_000


@pytest.fixture(scope="module")
def keeper() -> Iterator[Keeper]:
    keeper = Keeper("streams", memory=400_000_000, answer=BIG * 10)
    said = (
        Quad(NamedNode(f"urn:s{i}"), NamedNode(f"urn:p{i % 7}"), Literal("v" * 40 + str(i)))
        for i in range(4_000)
    )
    keeper.build([to_nquads(said)], 7)
    yield keeper
    keeper.close()


@pytest.fixture(scope="module")
def last(keeper: Keeper) -> str:
    """The subject that comes last where nothing is ordered."""
    rows = keeper.query("SELECT ?s { ?s ?p ?o }", format="csv", deadline=5).body
    return rows.decode().split()[-1]


def eventually(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.01)


def joined(pieces: Iterator[Piece]) -> tuple[bytes, list[Piece]]:
    found = list(pieces)
    return b"".join(piece.body for piece in found), found


@pytest.mark.parametrize(
    ("query", "format"), [(ALL, "json"), (ALL, "xml"), (ALL, "csv"), (GRAPH, "ttl"), (GRAPH, "jsonld")]
)
def test_the_pieces_of_an_answer_are_the_whole_one(keeper: Keeper, query: str, format: str) -> None:
    whole = keeper.query(query, format=format, deadline=5)
    body, pieces = joined(keeper.stream(query, format=format, deadline=5))
    assert body == whole.body and len(body) > 3 * PIECE
    assert [piece.is_last for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert {(piece.kind, piece.revision) for piece in pieces} == {(whole.kind, whole.revision)}
    assert max(len(piece.body) for piece in pieces) <= PIECE + 8_192


def test_a_small_answer_is_one_piece_of_a_child_that_answers_again(keeper: Keeper) -> None:
    def ask() -> None:
        _, (piece,) = joined(keeper.stream(ALL + " LIMIT 9", deadline=5))
        assert piece.is_last

    def pids() -> set[int]:
        return {child.pid for child in psutil.Process(keeper.pid).children()}

    def is_steady() -> bool:
        known = pids()
        for _ in range(4):
            ask()
        return pids() == known

    eventually(is_steady)  # no fork for each query


def test_the_clock_stands_still_while_nobody_takes_a_piece(keeper: Keeper) -> None:
    pieces = keeper.stream(ALL, deadline=0.5)
    next(pieces)
    time.sleep(0.8)
    assert joined(pieces)[1][-1].is_last


def test_the_engines_time_is_bounded_over_all_pieces(keeper: Keeper, last: str) -> None:
    pieces = keeper.stream(ENDLESS.replace("LAST", last), deadline=1.5)
    began = time.monotonic()
    next(pieces)
    with pytest.raises(Timeout):
        joined(pieces)
    assert time.monotonic() - began < 4


def test_what_goes_wrong_in_the_midst_is_told_there(keeper: Keeper, last: str) -> None:
    pieces = keeper.stream(CRASHING.replace("LAST", last), deadline=8)
    assert not next(pieces).is_last
    with pytest.raises(QueryRefused) as caught:
        joined(pieces)
    assert caught.value.code == "query-failed"
    long = keeper.stream("SELECT * { ?s ?p ?o . ?a ?b ?c }", deadline=8)
    taken = len(next(long).body)
    with pytest.raises(TooLarge):
        for piece in long:
            taken += len(piece.body)
    assert BIG * 10 - 2 * PIECE < taken <= BIG * 10


def test_who_stops_asking_leaves_the_keeper_as_it_was(keeper: Keeper) -> None:
    pid = keeper.pid
    for end in ("close", "cancel", "child"):
        cancel = Cancellation()
        pieces = keeper.stream(ALL, deadline=8, cancel=cancel)
        next(pieces)
        before = {child.pid for child in psutil.Process(keeper.pid).children()}
        if end == "close":
            pieces.close()
        elif end == "cancel":
            cancel.cancel()
            with pytest.raises(AmbitError) as caught:
                joined(pieces)
            assert caught.value.code == "cancelled"
        else:
            for child in psutil.Process(keeper.pid).children():
                child.kill()
            with pytest.raises(QueryRefused):
                joined(pieces)
            with contextlib.suppress(QueryRefused):
                keeper.query("ASK {}", deadline=5)  # the one forked ahead has been killed, too
        ends = time.monotonic() + 5
        while before <= {child.pid for child in psutil.Process(keeper.pid).children()}:
            assert time.monotonic() < ends, "the child of an answer that nobody takes lives on"
            time.sleep(0.01)
        assert keeper.query("ASK { ?s ?p ?o }", deadline=5).body and keeper.pid == pid


def test_an_answer_that_nobody_takes_holds_little(keeper: Keeper) -> None:
    """The child stops at a full pipe: neither it nor the server collects what is to come."""
    pieces = keeper.stream("SELECT * { ?s ?p ?o . ?a ?b ?c . ?d ?e ?f }", deadline=8)
    next(pieces)
    children = psutil.Process(keeper.pid).children()
    time.sleep(0.3)
    before = [sum(child.cpu_times()[:2]) for child in children]
    time.sleep(0.4)
    assert [sum(child.cpu_times()[:2]) for child in children] == before, "it works for nobody"
    pieces.close()


def test_what_takes_long_runs_behind_what_does_not(keeper: Keeper) -> None:
    def nice() -> set[int]:
        return {child.nice() for child in psutil.Process(keeper.pid).children()}

    def ask() -> None:
        assert keeper.query("ASK { ?s ?p ?o }", deadline=5).body

    ask()
    assert LOWER not in nice()
    pieces = keeper.stream(ALL, deadline=5)
    next(pieces)
    next(pieces)
    assert LOWER not in nice(), "it is alone"
    ask()
    assert LOWER in nice()
    joined(pieces)

    def count() -> None:
        with pytest.raises(Timeout):
            keeper.query(COUNTED, deadline=2)

    slow = threading.Thread(target=count)
    slow.start()
    eventually(lambda: COURTESY._long)
    assert LOWER not in nice()
    ask()
    assert LOWER in nice()
    slow.join()
    eventually(lambda: LOWER not in nice())
    ask()
    assert LOWER not in nice(), "a child that was put back answers nobody else"
    assert not COURTESY._long and not COURTESY._asked


def test_what_begins_beside_others_goes_behind_them(keeper: Keeper) -> None:
    first, second = (keeper.stream(ALL, deadline=5) for _ in range(2))
    next(first)
    next(second)
    children = psutil.Process(keeper.pid).children()
    assert sum(child.nice() == LOWER for child in children) == 2
    first.close()
    second.close()


def test_who_was_alone_answers_again(keeper: Keeper) -> None:
    def pids() -> set[int]:
        return {child.pid for child in psutil.Process(keeper.pid).children()}

    joined(keeper.stream(ALL, deadline=5))
    eventually(lambda: len(pids()) == 2)  # the one that answered, and a spare
    before = pids()
    joined(keeper.stream(ALL, deadline=5))
    assert pids() == before


def test_answers_that_nobody_takes_keep_no_place_from_others(keeper: Keeper) -> None:
    sipped = [keeper.stream(ALL, deadline=5) for _ in range(8)]  # as many as there are places
    for one in sipped:
        next(one)
    for _ in range(2):
        assert keeper.query("ASK { ?s ?p ?o }", deadline=3).body
    assert joined(sipped[0])[1][-1].is_last, "whoever gave its place up goes on"
    for one in sipped:
        one.close()
    assert keeper._places._free == 8 and not keeper._places._resting


def test_queries_at_work_keep_their_places(keeper: Keeper) -> None:
    def ask() -> None:
        with contextlib.suppress(Timeout):
            keeper.query(COUNTED, deadline=0.5)

    busy = [threading.Thread(target=ask) for _ in range(8)]
    for one in busy:
        one.start()
    eventually(lambda: keeper._places._free == 0)
    with pytest.raises(Busy):
        keeper.query("ASK { ?s ?p ?o }", deadline=0.2)
    for one in busy:
        one.join()
    assert keeper._places._free == 8
