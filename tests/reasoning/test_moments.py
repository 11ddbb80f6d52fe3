"""Until when an answer that looks at the clock is known: the next time that governance names, and no longer."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from worlds import World, ask, triples

from ambit.graph.terms import Literal, NamedNode, Triple
from ambit.reasoning.governance.moments import LAST, Moments

FROM, END = "https://w3id.org/ambit#validFrom", "https://w3id.org/ambit#expires"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOON, LATE = NOON + timedelta(hours=1), NOON + timedelta(hours=2)


def times(*values: str, predicate: str = "ambit:expires") -> list[Triple]:
    return triples("".join(f":g{n} {predicate} '{v}'^^xsd:dateTime ." for n, v in enumerate(values)))


def held(*stated: Triple) -> Moments:
    moments = Moments()
    for triple in stated:
        moments.add(triple)
    return moments


def test_the_next_of_the_times_that_count() -> None:
    moments = held(
        *times("2026-03-01T13:00:00Z", "2026-03-01T14:00:00+00:00"),
        *times("2026-03-01T12:30:00Z", predicate="ambit:validFrom"),
        *triples(":g ambit:expires 'soon' ; ambit:validFrom '2026-03-01'^^xsd:date ."),
    )
    assert moments.after({END}, NOON) == SOON
    assert moments.after({END, FROM}, NOON) == NOON + timedelta(minutes=30)
    assert moments.after({END}, SOON + timedelta(seconds=1)) == LATE
    assert moments.after({END}, LATE + timedelta(seconds=1)) == LAST
    assert moments.after({"urn:other"}, NOON) == LAST


def test_the_moment_itself_is_past_an_instant_later() -> None:
    """A time finer than a microsecond may still be to come."""
    moments = held(*times("2026-03-01T12:00:00.0000005Z"))
    assert moments.after({END}, NOON) == NOON + timedelta(microseconds=1)


def test_a_time_without_a_zone_is_from_the_first_to_the_last_that_it_can_be() -> None:
    moments = held(*times("2026-03-01T12:00:00"))
    assert moments.after({END}, NOON - timedelta(days=1)) == NOON - timedelta(hours=14)
    assert moments.after({END}, NOON) >= NOON + timedelta(hours=14)


@pytest.mark.parametrize("time", ["2026-03-01T24:00:00Z", "12026-03-01T12:00:00Z", "soon"])
def test_of_a_time_that_cannot_be_read_here_nothing_is_known(time: str) -> None:
    (odd,) = times(time)
    moments = held(odd, *times("2026-03-01T13:00:00Z"))
    assert moments.after({END}, NOON) == NOON
    moments.remove(odd)
    assert moments.after({END}, NOON) == SOON


def test_what_is_removed_counts_no_more() -> None:
    moments = held(*times("2026-03-01T13:00:00Z", "2026-03-01T13:00:00Z"))
    first, second = times("2026-03-01T13:00:00Z", "2026-03-01T13:00:00Z")
    moments.remove(first)
    assert moments.after({END}, NOON) == SOON
    moments.remove(second)
    assert moments.after({END}, NOON) == LAST


# -- decisions

GIVEN = """
:home a ambit:ServerSite ; ambit:hasJurisdiction ambit:EU .
:ada a foaf:Person . :bob a foaf:Person .
:page a ambit:Compartment ; ambit:comesFrom :wiki ; ambit:hasSensitivity ambit:Internal ;
  ambit:hasJurisdiction ambit:EU ; ambit:hasAudience :plan .
:visit a ambit:Grant ; ambit:isGrantedTo :ada ; ambit:grants :plan ;
  ambit:validFrom "2026-03-01T13:00:00Z"^^xsd:dateTime ; ambit:expires "2026-03-01T14:00:00Z"^^xsd:dateTime .
"""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    world.become(triples(GIVEN))
    yield world
    world.close()


def test_a_grant_opens_and_closes_on_time_and_is_not_asked_of_between(world: World) -> None:
    for now, opens, until in (
        (NOON, set(), SOON),
        (SOON, {"page"}, SOON + timedelta(microseconds=1)),
        (SOON + timedelta(seconds=1), {"page"}, LATE),
        (LATE, set(), LATE + timedelta(microseconds=1)),
        (LATE + timedelta(days=9), set(), LAST),
        (NOON, set(), SOON),  # the clock went back
    ):
        question = ask("ada", now=now)
        decision = world.decider.decide(question)
        assert world.cleared(question) == opens
        assert decision.until == until
        assert world.decider.decide(question) is decision  # kept


def test_a_rule_whose_terms_governance_lacks_is_not_asked(world: World) -> None:
    asked = [rule.iri for rule in world.decider.rules_for("read")]
    assert "urn:ambit:rule:grants/temporary" in asked
    assert "urn:ambit:rule:ladders/level" not in asked
    world.become(triples(GIVEN + ":secret ambit:isAbove ambit:Internal ."))
    assert "urn:ambit:rule:ladders/level" in [rule.iri for rule in world.decider.rules_for("read")]
    assert world.cleared(ask("ada", now=SOON)) == set()
    world.become(triples(GIVEN))
    assert "urn:ambit:rule:ladders/level" not in [rule.iri for rule in world.decider.rules_for("read")]
    assert world.cleared(ask("ada", now=SOON)) == {"page"}


def test_times_of_every_kind_that_the_engine_compares_are_read() -> None:
    moments, now = Moments(), datetime(2026, 1, 1, tzinfo=UTC)
    expires = "https://w3id.org/ambit#expires"

    def triple(text: str, kind: str) -> Triple:
        datatype = NamedNode("http://www.w3.org/2001/XMLSchema#" + kind)
        return Triple(NamedNode("urn:grant"), NamedNode(expires), Literal(text, datatype=datatype))

    assert moments.after([expires], now) == LAST
    stamp = triple("2027-01-01T00:00:00Z", "dateTimeStamp")
    moments.add(stamp)
    assert moments.after([expires], now) == datetime(2027, 1, 1, tzinfo=UTC)
    moments.remove(stamp)
    assert moments.after([expires], now) == LAST


def test_what_is_read_while_a_commit_counts_is_never_from_before_it_afterwards() -> None:
    """A reader that sorts what a writer changes leaves nothing behind that lacks the change."""
    moments, now = Moments(), datetime(2026, 1, 1, tzinfo=UTC)
    expires, ended = "https://w3id.org/ambit#expires", threading.Event()

    def triple(number: int) -> Triple:
        time = (now + timedelta(days=20_000 - number)).isoformat()
        datatype = NamedNode("http://www.w3.org/2001/XMLSchema#dateTime")
        return Triple(NamedNode("urn:grant"), NamedNode(expires), Literal(time, datatype=datatype))

    for number in range(3_000):  # enough that sorting takes a while
        moments.add(triple(number))

    failed: list[Exception] = []

    def read() -> None:
        try:
            while not ended.is_set():
                moments.after([expires], now)
        except Exception as error:
            failed.append(error)

    readers = [threading.Thread(target=read, daemon=True) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for number in range(3_000, 3_150):
            moments.add(triple(number))
            time.sleep(0.001)
            assert moments.after([expires], now) == now + timedelta(days=20_000 - number)
    finally:
        ended.set()
        for reader in readers:
            reader.join(10)
    assert not failed
