"""A right that goes while a request runs: by a rule, by time, with the token; and what a refused purpose leaves."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from policystage import carrying, rules_of, save, staged

from ambit.graph.errors import AmbitError, PurposeRefused, Unauthenticated, Unavailable
from ambit.graph.terms import NamedNode
from ambit.graph.views.cancellation import Cancellation
from ambit.graph.vocabulary import AMBIT, DPV
from ambit.graph.words import Chain, Role
from ambit.reasoning.deciding.questions import Decision, Question
from ambit.server.identity import LEEWAY, Identity
from ambit.server.layers import Layers
from ambit.server.request import Request
from ambit.server.requests import Requests
from ambit.server.rights import Right

ADA = Identity(Chain("https://example.com/id/ada"), (AMBIT.ADMINISTRATION,), None)
BEN = Identity(Chain("https://example.com/id/ben"), (), None)
HELPED = Identity(Chain("https://example.com/id/ada", ("https://example.com/id/helper",)), None, None)
HEADER = "# title: T\n# family: mine\n# effect: {}\n# action: read\n# description: for the test\n"
PROLOGUE = "PREFIX ambit: <https://w3id.org/ambit#>\nPREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
DENY = (
    HEADER.format("deny")
    + PROLOGUE
    + """SELECT ?compartment ?actor {
      ?compartment a ambit:Compartment . ?actor a <http://xmlns.com/foaf/0.1/Person> }"""
)
ALL = "SELECT * { ?a ?b ?c }"
SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n2 ?o }"


@pytest.fixture(scope="module")
def layers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layers]:
    with staged(
        tmp_path_factory.mktemp("rights") / "workspace", pages=30
    ) as layers:  # enough for a query that is late
        yield layers


@pytest.fixture
def requests(layers: Layers) -> Iterator[Requests]:
    with carrying(layers) as requests:
        yield requests


def said(layers: Layers, kind: str, since: int) -> list[dict[str, object]]:
    return [dict(entry.fields) for entry in layers.ledger.entries(since) if entry.kind == kind]


def carry(requests: Requests, work, identity: Identity = BEN, purpose: str | None = None):  # type: ignore[no-untyped-def]
    return requests.carry_out(identity, purpose, work, text="a text", cancel=Cancellation())


def number(layers: Layers) -> int:
    return len(list(layers.ledger.entries()))


def test_a_rule_that_takes_a_right_away_takes_it_from_a_running_request(
    layers: Layers, requests: Requests
) -> None:
    seen: list[Request] = []

    def work(request: Request) -> int:
        seen.append(request)
        if len(seen) == 1:
            save(layers, "late.rq", DENY)
        return len(request.clearance.compartments)

    before = number(layers)
    assert carry(requests, work) == 0
    first, second = seen
    assert first.clearance.compartments and first.question.now < second.question.now
    assert [e["status"] for e in said(layers, "answer", before)] == ["right-changed", "ok"]


def test_a_query_whose_right_is_gone_is_ended_and_made_anew(layers: Layers, requests: Requests) -> None:
    attempts: list[bytes] = []

    def work(request: Request) -> bytes:
        if not attempts:
            attempts.append(b"")
            threading.Timer(0.3, save, (layers, "late.rq", DENY)).start()
            with pytest.raises(AmbitError) as ended:
                request.query(request.admit(SLOW))
            assert ended.value.code == "cancelled"
            raise ended.value
        return request.query(request.admit("ASK { ?a ?b ?c }")).body

    start = time.monotonic()
    assert b"false" in carry(requests, work)
    assert time.monotonic() - start < requests.settings.limits.query_seconds


def test_an_agent_that_is_revoked_gets_no_further_step(layers: Layers, requests: Requests) -> None:
    """What runs for it ends at its next step, and is made anew with what the chain holds now: nothing."""
    governance = rules_of(layers).parent / "governance" / "revocation.ttl"
    steps: list[int] = []

    def work(request: Request) -> int:
        steps.append(len(orjson.loads(request.query(request.admit(ALL)).body)["results"]["bindings"]))
        if len(steps) == 1:
            governance.write_text(
                "@prefix ambit: <https://w3id.org/ambit#> . <urn:example:end> a ambit:Revocation ;"
                " ambit:revokes <https://example.com/id/helper> ."
            )
            layers._definitions.changed(governance)
            request.query(request.admit(SLOW))
            pytest.fail("the next step was carried out")
        return steps[-1]

    try:
        assert carry(requests, work, HELPED) == 0
        assert steps[0] > 0 and len(steps) == 2
    finally:
        governance.unlink()
        layers._definitions.changed(governance)


def test_purpose_and_clearance_are_of_one_policy(
    layers: Layers, requests: Requests, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A purpose that governance takes away after it was looked up is not what is decided on."""
    governance = rules_of(layers).parent / "governance" / "helper.ttl"
    told = (
        "@prefix ambit: <https://w3id.org/ambit#> . <https://example.com/id/helper> a ambit:Agent ;"
        f" ambit:isOwnedBy <https://example.com/id/ada> ; ambit:isRegisteredFor <{AMBIT.ADMINISTRATION}> ."
    )
    decide = layers.decider.decide

    def decide_late(question: Question) -> Decision:
        monkeypatch.undo()
        governance.write_text(told.replace(AMBIT.ADMINISTRATION, AMBIT.INDEXING))
        layers._definitions.changed(governance)
        return decide(question)

    governance.write_text(told)
    layers._definitions.changed(governance)
    try:
        assert carry(requests, lambda request: request.question.purpose, HELPED, AMBIT.ADMINISTRATION)
        monkeypatch.setattr(layers.decider, "decide", decide_late)
        with pytest.raises(PurposeRefused):
            carry(requests, lambda request: pytest.fail("it was carried out"), HELPED, AMBIT.ADMINISTRATION)
    finally:
        governance.unlink()
        layers._definitions.changed(governance)


def test_a_right_that_has_ended_is_watched_no_more(
    layers: Layers, requests: Requests, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where it ends just when it has been found to hold under another policy."""
    deciding, ended = threading.Event(), threading.Event()

    class Slow(dict[Right, Decision]):
        def __contains__(self, right: object) -> bool:
            is_there = super().__contains__(right)
            if threading.current_thread().name == "ambit-rights":
                deciding.set()
                ended.wait(0.5)
            return is_there

    def work(request: Request) -> None:
        with layers.decider.lock:
            layers.decider._turn()
        assert deciding.wait(10)

    running = Slow()
    monkeypatch.setattr(requests._rights, "_running", running)
    carry(requests, work)
    ended.set()
    time.sleep(0.2)
    assert not running


def test_a_purpose_is_looked_up_in_whole_commits(layers: Layers, requests: Requests) -> None:
    found: list[Question] = []
    asking = threading.Thread(target=lambda: found.append(requests._rights.question(BEN, None, "read")[0]))
    with layers.decider.lock:  # as a commit holds it
        asking.start()
        asking.join(0.2)
        assert not found
    asking.join(10)
    assert found


def test_a_right_that_grew_holds(layers: Layers, requests: Requests) -> None:
    attempts: list[int] = []

    def work(request: Request) -> None:
        attempts.append(1)
        permit = HEADER.format("permit") + PROLOGUE
        save(
            layers,
            "more.rq",
            permit
            + "SELECT ?compartment ?actor { ?compartment a ambit:Compartment . ?actor ambit:isOwnedBy* <https://example.com/id/ben> }",
        )
        time.sleep(0.3)
        assert not request.cancel.is_cancelled

    carry(requests, work)
    assert attempts == [1]


def test_a_client_that_leaves_gets_no_other_attempt(requests: Requests) -> None:
    cancel = Cancellation()

    def work(request: Request) -> bytes:
        threading.Timer(0.2, cancel.cancel).start()
        return request.query(request.admit(SLOW)).body

    with pytest.raises(AmbitError) as ended:
        requests.carry_out(BEN, None, work, text="", cancel=cancel)
    assert ended.value.code == "cancelled"


def test_a_token_that_expires_while_the_work_runs_gets_no_answer(layers: Layers, requests: Requests) -> None:
    short = Identity(BEN.chain, (), time.time() - LEEWAY + 0.2)
    before = number(layers)
    with pytest.raises(Unauthenticated) as refused:
        carry(requests, lambda request: time.sleep(0.4), short)
    assert refused.value.code == "token-expired"
    assert [e["status"] for e in said(layers, "answer", before)] == ["right-changed"]


def test_a_right_whose_time_is_over_is_asked_for_again(layers: Layers, requests: Requests) -> None:
    """With `?until` at that time; without it the end is not known and the rules are asked again in any case."""
    for projected in ("?until", ""):
        end = datetime.now(UTC) + timedelta(seconds=1.5)
        save(
            layers,
            "timed.rq",
            HEADER.format("permit")
            + "# reads: now\n"
            + PROLOGUE
            + f"""SELECT ?compartment ?actor ?now {projected} {{ ?compartment a ambit:Compartment .
              ?actor ambit:isOwnedBy* <https://example.com/id/ben> .
              BIND("{end.isoformat()}"^^xsd:dateTime AS ?until) FILTER(?now < ?until) }}""",
        )
        held: list[int] = []

        def work(request: Request, held: list[int] = held, end: datetime = end) -> None:
            held.append(len(request.clearance.compartments))
            time.sleep(max((end - datetime.now(UTC)).total_seconds(), 0) + 0.05)

        carry(requests, work)
        assert len(held) == 2 and held[0] > held[1], projected


@pytest.mark.parametrize(
    ("identity", "purpose"),
    [(BEN, AMBIT.ADMINISTRATION), (HELPED, AMBIT.INDEXING), (ADA, DPV.PURPOSE), (BEN, "some text")],
)
def test_a_refused_purpose_leaves_an_entry(
    layers: Layers, requests: Requests, identity: Identity, purpose: str
) -> None:
    before = number(layers)
    with pytest.raises(PurposeRefused):
        carry(requests, lambda request: pytest.fail("it was carried out"), identity, purpose)
    (entry,) = said(layers, "request", before)
    assert entry["user"] == identity.chain.user and entry["status"] == "purpose-refused"
    assert "clearance" not in entry and "decision" not in entry
    assert purpose not in str(entry)
    layers.projector.flush()
    run = layers.owner.match(
        NamedNode(str(entry["run"])), NamedNode(AMBIT.STATUS), None, frozenset({Role.SYSTEM})
    )
    assert [quad.object.value for quad in run] == ["purpose-refused"]  # type: ignore[union-attr]


def test_the_ledger_does_not_leave_it_at_an_answer_that_may_not_leave(
    layers: Layers, requests: Requests
) -> None:
    """It says `ok` before the last look at the right; provenance and the user's own ledger take up what comes then."""
    before = number(layers)
    made = requests.answered(BEN, None, lambda request: request.run, text="", cancel=Cancellation())
    layers.projector.flush()
    assert made.request is not None
    save(layers, "more.rq", DENY.replace("effect: deny", "effect: permit"))
    assert not requests.may_leave(made.request), "nobody has asked the rules"
    requests.hold(made.request)
    assert [e["status"] for e in said(layers, "answer", before)] == ["ok"]
    save(layers, "late.rq", DENY)
    with pytest.raises(Unavailable):
        requests.hold(made.request)
    entries = said(layers, "answer", before)
    assert [(e["run"], e["status"]) for e in entries] == [(made.result, "ok"), (made.result, "right-changed")]
    layers.projector.flush()
    told = layers.owner.match(NamedNode(made.result), NamedNode(AMBIT.STATUS), None, frozenset({Role.SYSTEM}))
    assert sorted(quad.object.value for quad in told) == ["ok", "right-changed"]  # type: ignore[union-attr]
    own = layers.own_ledgers.of(BEN.chain.user, layers.ledger.size)
    assert len(own.numbers_of(made.result)) == 3


def test_a_change_of_the_policy_waits_for_the_piece_that_is_being_given(
    layers: Layers, requests: Requests
) -> None:
    """No commit returns between the look at a right and the piece that is given under it."""
    changed = threading.Event()

    def change() -> None:
        save(layers, "late.rq", DENY)
        changed.set()

    def work(request: Request) -> None:
        rights = requests._rights
        if changed.is_set():
            return  # made anew, without the right
        with rights.giving(request.right, held=False) as may:
            assert may
            threading.Thread(target=change).start()
            assert not changed.wait(1.0)
        assert changed.wait(10)
        with rights.giving(request.right, held=False) as may:
            assert not may
        assert not rights.hold(request.right)
        with rights.giving(request.right, held=True) as may:
            assert not may, "nothing held since"

    carry(requests, work)
    assert changed.is_set()
