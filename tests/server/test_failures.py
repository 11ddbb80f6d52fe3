"""What fails in deciding denies, and stands in the ledger: a rule, the worker's store, the clock, an identity."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from policystage import carrying, save, staged

from ambit.graph.clock import CLOCK
from ambit.graph.errors import Unauthenticated, Unavailable
from ambit.graph.ledger.own import SHOWN
from ambit.graph.views.calls import RuleFailure
from ambit.graph.views.cancellation import Cancellation
from ambit.graph.vocabulary import AMBIT
from ambit.graph.words import Chain
from ambit.server.identity import Identity
from ambit.server.layers import Layers
from ambit.server.requests import Requests

ADA = "https://example.com/id/ada"
BEN = Identity(Chain("https://example.com/id/ben"), (), None)
DAY = timedelta(days=1)
GRANT = """# title: Until a moment
# family: mine
# effect: permit
# action: read
# description: ben may read what ada may, until a moment.
# reads: now

PREFIX ambit: <https://w3id.org/ambit#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

SELECT ?compartment ?actor ?now ?until {{
  ?actor a <http://xmlns.com/foaf/0.1/Person> . FILTER(?actor = <https://example.com/id/ben>)
  ?compartment a ambit:Compartment ; ambit:hasAudience ?anchor .
  BIND("{}"^^xsd:dateTime AS ?until) FILTER(?now < ?until)
}}
"""


@pytest.fixture(scope="module")
def layers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layers]:
    with staged(tmp_path_factory.mktemp("failures") / "workspace") as layers:
        yield layers


@pytest.fixture
def requests(layers: Layers) -> Iterator[Requests]:
    with carrying(layers) as requests:
        yield requests


def held(requests: Requests, identity: Identity = BEN) -> frozenset[str]:
    """The compartments that a request is cleared for, as it is carried out."""
    result: frozenset[str] = requests.carry_out(
        identity, None, lambda request: request.clearance.compartments, text="a text", cancel=Cancellation()
    )
    return result


def failed(layers: Layers) -> object:
    """What the last opening entry says has failed."""
    opened = [entry for entry in layers.ledger.entries() if entry.kind == "request"]
    return opened[-1].fields.get("failed")


def test_where_nothing_fails_nothing_is_said(layers: Layers, requests: Requests) -> None:
    assert held(requests)
    assert failed(layers) is None


@pytest.mark.parametrize(
    "answers",
    [
        lambda rules: lambda queries, **more: [RuleFailure("injected") for _ in queries],
        lambda rules: lambda queries, **more: rules(queries, **more)[:-1],
        lambda rules: lambda queries, **more: [[(None,)] for _ in queries],
        lambda rules: lambda queries, **more: (_ for _ in ()).throw(OSError("injected")),
        lambda rules: lambda queries, **more: (_ for _ in ()).throw(MemoryError()),
        lambda rules: lambda queries, **more: None,
    ],
    ids=["every rule", "a row less", "odd rows", "an error", "no memory", "nothing"],
)
def test_a_failing_store_denies_and_is_recorded(
    layers: Layers, requests: Requests, monkeypatch: pytest.MonkeyPatch, answers: object
) -> None:
    decider = layers.decider
    with monkeypatch.context() as injected:
        injected.setattr(decider, "rules", answers(decider.rules))  # type: ignore[operator]
        forget(layers)
        assert held(requests) == frozenset()
        assert failed(layers)
    forget(layers)
    assert held(requests)
    assert failed(layers) is None


def forget(layers: Layers) -> None:
    """Empties the cache, as a change of the policy does."""
    with layers.decider.lock:
        layers.decider._turn()


def test_a_rule_that_fails_denies_what_it_could_take_and_is_named(
    layers: Layers, requests: Requests, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = layers.decider.rules
    requirement = next(rule for rule in layers.decider.force.rules if rule.effect == "require")

    def without(queries, **more):  # type: ignore[no-untyped-def]
        rows = rules(queries, **more)
        return [
            RuleFailure("injected") if f"<{AMBIT.IS_OPEN_TO}>" in query.text else said
            for query, said in zip(queries, rows, strict=True)
        ]

    with monkeypatch.context() as injected:
        injected.setattr(layers.decider, "rules", without)
        forget(layers)
        assert held(requests) == frozenset()
        assert failed(layers) == [requirement.iri]
    forget(layers)
    assert held(requests)


def test_an_agent_whom_nobody_knows_denies_and_is_recorded(layers: Layers, requests: Requests) -> None:
    assert (
        held(requests, Identity(Chain("https://example.com/id/ben", ("urn:example:nobody",)), (), None))
        == frozenset()
    )
    assert failed(layers) == ["chain"]


def test_a_clock_set_back_revives_no_grant_and_no_token_and_is_recorded(
    layers: Layers, requests: Requests, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = held(requests)
    moment = datetime.now(UTC) + timedelta(milliseconds=1500)
    save(layers, "grant.rq", GRANT.format(moment.isoformat()))
    during = held(requests)
    assert before < during
    token = Identity(
        Chain("https://example.com/id/ben"), (), (datetime.now(UTC) - timedelta(seconds=60)).timestamp()
    )
    with monkeypatch.context() as turned:
        began, since = CLOCK._start
        turned.setattr(CLOCK, "_start", (began, since - 2))  # two seconds pass
        assert CLOCK.now() > moment
        real = time.time
        turned.setattr(time, "time", lambda: real() - DAY.total_seconds())
        assert held(requests) == before
        assert failed(layers) == ["clock"]
        with pytest.raises(Unauthenticated):
            token.check_expiry()
    assert failed(layers) == ["clock"]
    assert held(requests) is not None
    assert failed(layers) is None


def test_a_start_goes_on_from_the_ledgers_time(layers: Layers, monkeypatch: pytest.MonkeyPatch) -> None:
    last = list(layers.ledger.entries())[-1]
    with monkeypatch.context() as turned:
        real = time.time
        turned.setattr(time, "time", lambda: real() - DAY.total_seconds())
        turned.setattr(CLOCK, "_start", (CLOCK._wall(), CLOCK._elapsed()))  # as a process begins
        assert CLOCK.now() < datetime.fromisoformat(last.at)
        layers._go_on_from_ledger()
        assert CLOCK.now() >= datetime.fromisoformat(last.at)


def test_no_entry_no_answer(layers: Layers, requests: Requests, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: object, **more: object) -> int:
        raise Unavailable("the ledger takes no entry")

    monkeypatch.setattr(layers.ledger, "append", full)
    with pytest.raises(Unavailable):
        held(requests)


def test_what_failed_is_told_to_nobody_in_their_own_ledger() -> None:
    assert "failed" not in SHOWN["request"]
