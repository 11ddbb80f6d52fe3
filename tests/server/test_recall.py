"""What a user has read closes what is kept apart from it: hop by hop, at once, in one query, in two at a time, after a restart."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from liveworld import BEN, Live, live

from ambit.graph.clock import CLOCK
from ambit.graph.errors import Unavailable
from ambit.graph.views.cancellation import Cancellation
from ambit.graph.vocabulary import AMBIT
from ambit.graph.words import Chain
from ambit.server.identity import Identity
from ambit.server.layers import Layers
from ambit.server.request import Request
from ambit.server.requests import Requests
from ambit.server.settings import read

ADA = "https://example.com/id/ada"
AS_BEN = Identity(Chain(BEN), None, None)
ITEM = {"salaries": "urn:item:salary", "badges": "urn:item:badge"}
MY = "https://example.com/id/"
FOLDER = """
my:{0} a ambit:Folder ; ambit:location "{0}" ; ambit:hasSensitivity ambit:Internal ;
  ambit:hasJurisdiction ambit:EU ; ambit:hasAudience my:everyone .
my:map-{0} a rr:TriplesMap ; ambit:comesFrom my:{0} ;
  rml:logicalSource [ rml:source "all.csv" ; rml:referenceFormulation ql:CSV ] ;
  rr:subjectMap [ rr:template "urn:item:{{id}}" ; rr:class my:Item ] ; ambit:says [ my:{0} "{{value}}" ] .
"""
PREFIXES = """
@prefix ambit: <https://w3id.org/ambit#> .
@prefix ql: <http://semweb.mmlab.be/ns/ql#> .
@prefix rml: <http://semweb.mmlab.be/ns/rml#> .
@prefix rr: <http://www.w3.org/ns/r2rml#> .
@prefix my: <https://example.com/id/> .
"""
SOURCES = PREFIXES + FOLDER.format("salaries") + FOLDER.format("badges")
APART = "my:salaries ambit:isKeptApartFrom my:badges . my:helper ambit:readsSource my:salaries , my:badges ."
ADDED = {
    "sources/apart.ttl": SOURCES + APART,
    "salaries/all.csv": "id,value\nsalary,1\n",
    "badges/all.csv": "id,value\nbadge,1\n",
}
BOTH = f"SELECT DISTINCT ?s {{ ?s a <{MY}Item> }}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("recall") / "w", added=ADDED) as server:
        yield server


@pytest.fixture
def requests(server: Live) -> Iterator[Requests]:
    yield Requests(server.layers, server.settings)
    server.layers.recall._sessions.clear()


def see(
    requests: Requests,
    what: str,
    identity: Identity = AS_BEN,
    purpose: str | None = None,
) -> set[str]:
    """The things that a query gives."""

    def work(request: Request) -> set[str]:
        return {row["s"]["value"] for row in request.rows(what)}

    return requests.carry_out(identity, purpose, work, text=what, cancel=Cancellation())


def only(source: str) -> str:
    """A query that names, and so touches, what one source alone has."""
    return f"SELECT DISTINCT ?s {{ ?s <{MY}{source}> ?o }}"


def test_who_reads_both_at_once_gets_one(server: Live, requests: Requests) -> None:
    """Which one does not hang on chance: the first by name."""
    for _ in range(2):
        assert see(requests, BOTH) == {"urn:item:badge"}
    assert [entry["status"] for entry in server.said("answer")][-3:] == ["right-changed", "ok", "ok"]


@pytest.mark.parametrize(("first", "second"), [("salaries", "badges"), ("badges", "salaries")])
def test_the_fourth_hop_is_closed_by_the_second(requests: Requests, first: str, second: str) -> None:
    """Through other agents and tokens, too; it is one user's session."""
    helped = Identity(Chain(BEN, (MY + "helper",)), ("https://w3id.org/dpv#CustomerCare",), 4e9)
    other = Identity(Chain(ADA), None, None)
    assert see(requests, only("nothing")) == set()
    assert see(requests, only(first), helped) == {ITEM[first]}
    assert see(requests, only("nothing")) == set()
    assert see(requests, only(second)) == set()
    assert see(requests, only(second), helped) == set()
    assert see(requests, BOTH) == {ITEM[first]}
    assert see(requests, only(second), other) == {ITEM[second]}


def test_administrators_read_both_and_nothing_is_noted(requests: Requests) -> None:
    ada = Identity(Chain(ADA), None, None)
    assert see(requests, BOTH, ada, AMBIT.ADMINISTRATION) == set(ITEM.values())
    assert see(requests, only("salaries"), ada) == {"urn:item:salary"}
    assert see(requests, BOTH, ada, AMBIT.ADMINISTRATION) == set(ITEM.values())
    assert see(requests, only("salaries"), ada) == {"urn:item:salary"}


def test_of_two_at_a_time_one_is_made_anew(server: Live, requests: Requests) -> None:
    """Each was decided before the other had read anything."""
    both = threading.Barrier(2, timeout=20)
    waited: set[str] = set()
    found: dict[str, set[str]] = {}

    def ask(source: str) -> None:
        def work(request: Request) -> set[str]:
            seen = {row["s"]["value"] for row in request.rows(only(source))}
            if source not in waited:
                waited.add(source)
                both.wait()
            return seen

        found[source] = requests.carry_out(AS_BEN, None, work, text=source, cancel=Cancellation())

    threads = [threading.Thread(target=ask, args=(source,)) for source in ITEM]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, found.values())) == [0, 1]


def test_a_streamed_answer_counts_from_its_first_piece(server: Live, requests: Requests) -> None:
    client = server.ask(only("badges"))
    client.read(200)
    assert see(requests, only("salaries")) == set()


def test_nothing_is_answered_that_cannot_be_noted(
    server: Live, requests: Requests, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise Unavailable("the disk is full")

    monkeypatch.setattr(server.layers.recall._owner, "commit", full)
    with pytest.raises(Unavailable, match="the disk is full"):
        see(requests, only("badges"))
    assert server.said("answer")[-1]["status"] == Unavailable.code
    monkeypatch.undo()
    assert see(requests, only("salaries")) == {"urn:item:salary"}


def test_a_session_ends_when_nothing_has_been_read_for_long(
    requests: Requests, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert see(requests, only("badges")) == {"urn:item:badge"}
    began = CLOCK.now()
    for hours, opens in ((11, False), (25, True)):
        monkeypatch.setattr(CLOCK, "now", lambda hours=hours: began + timedelta(hours=hours))
        assert bool(see(requests, only("salaries"))) == opens
    # what it read then is a session of its own, and the one before is forgotten
    assert see(requests, BOTH) == {"urn:item:salary"}


def test_reading_goes_on_counting_as_long_as_it_is_read(
    server: Live, requests: Requests, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = CLOCK.now()
    commits = server.layers.owner.revision
    for hours in (0, 1, 11, 13, 23):
        monkeypatch.setattr(CLOCK, "now", lambda hours=hours: began + timedelta(hours=hours))
        assert see(requests, only("badges")) == {"urn:item:badge"}
    assert server.layers.owner.revision == commits + 2  # once when it was new, once after half of its time
    monkeypatch.setattr(CLOCK, "now", lambda: began + timedelta(hours=34))
    assert see(requests, only("salaries")) == set()


def test_without_a_wall_nothing_is_noted(server: Live, requests: Requests) -> None:
    file = server.settings.workspace / "sources" / "apart.ttl"
    file.write_text(SOURCES)
    server.layers._definitions.changed(file)
    try:
        commits = server.layers.owner.revision
        assert see(requests, BOTH) == set(ITEM.values())
        assert server.layers.owner.revision == commits
    finally:
        file.write_text(SOURCES + APART)
        server.layers._definitions.changed(file)


def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    with live(folder, added=ADDED) as server:
        assert see(Requests(server.layers, server.settings), only("badges")) == {"urn:item:badge"}
    layers = Layers(read(folder))
    try:
        assert layers.recall.read(BEN) == {MY + "badges"}
        assert see(Requests(layers, read(folder)), BOTH) == {"urn:item:badge"}
        assert not layers.recall.read(ADA)
        (label,) = {
            layers.owner.label(e.compartment)
            for e in layers.owner.record(next(iter(layers.recall._sessions)))
        }
        assert label.audience == {AMBIT.ADMINISTRATORS}
    finally:
        layers.close()
