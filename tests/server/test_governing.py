"""Acts of governance, written by the server on a person's request: in force when they return, and after a restart."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from liveworld import BEN, Live, live

from ambit.graph.errors import AmbitError, Invalid, Refused
from ambit.graph.snapshot import Snapshot
from ambit.graph.terms import Literal, NamedNode, Object
from ambit.graph.views.cancellation import Cancellation
from ambit.graph.vocabulary import AMBIT
from ambit.graph.words import Chain
from ambit.reasoning.acts.acts import Act, Form, new
from ambit.server.governing import need_in_person, perform
from ambit.server.identity import Identity
from ambit.server.request import Request
from ambit.server.requests import Requests
from ambit.server.settings import read

HIRED = Form("hired", AMBIT.AGENT, frozenset({AMBIT.IS_OWNED_BY, AMBIT.EXPIRES}))
HELPER = "https://example.com/id/hired"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("governing") / "ws") as served:
        yield served


def identity(*agents: str, user: str = BEN) -> Identity:
    return Identity(Chain(user, agents), None, None)


def carry_out(server: Live, work: Callable[[Request], None], who: Identity) -> None:
    requests = Requests(server.layers, server.settings)
    requests.carry_out(who, None, work, text="a test", cancel=Cancellation())


def hire(said: dict[str, Sequence[Object]], iri: str = "") -> Callable[[Request], None]:
    """A request that makes `HELPER` an agent."""

    def work(request: Request) -> None:
        def acts(snapshot: Snapshot, now: datetime) -> list[Act]:
            user = need_in_person(request)
            made = iri or new(HIRED)
            return [Act(HIRED, made, HELPER, said, user, now, request.run, "for the test of acts")]

        perform(request, acts)

    return work


OWNED: dict[str, Sequence[Object]] = {AMBIT.IS_OWNED_BY: [NamedNode(BEN)]}


def test_an_act_is_in_force_when_it_returns_and_stands_in_the_ledger(server: Live) -> None:
    before, entries = server.layers.decider.epoch, server.entries()
    iri = new(HIRED)
    carry_out(server, hire(OWNED, iri), identity())
    facts = server.layers.decider.facts
    assert server.layers.decider.epoch > before
    assert facts.is_a(HELPER, AMBIT.AGENT) and facts.iris(HELPER, AMBIT.IS_OWNED_BY) == {BEN}
    (committed,) = server.said("commit", entries)
    (answer,) = server.said("answer", entries)
    assert committed["actor"] == BEN and committed["activity"] == answer["run"]
    assert answer["actions"] == ["govern"] and answer["written"] == [iri]


def test_a_file_of_governance_that_changes_leaves_acts_alone(server: Live) -> None:
    iri = new(HIRED)
    carry_out(server, hire(OWNED, iri), identity())
    file = server.settings.workspace / "governance" / "more.ttl"
    file.write_text("<urn:a> <urn:b> <urn:c> .")
    server.layers._definitions.changed(file)
    file.unlink()
    server.layers._definitions.changed(file)
    assert server.layers.owner.record(iri)
    assert server.layers.decider.facts.is_a(HELPER, AMBIT.AGENT)


@pytest.mark.parametrize(
    ("said", "kind", "code"),
    [
        ({}, Invalid, "shape-violation"),  # an agent has an owner
        ({**OWNED, AMBIT.EXPIRES: [Literal("soon")]}, Invalid, "shape-violation"),
        ({AMBIT.GOVERNS: [NamedNode(AMBIT.IS_OWNED_BY)]}, Invalid, "invalid-argument"),
    ],
)
def test_what_breaks_the_shape_is_refused_whole(
    server: Live, said: dict[str, Sequence[Object]], kind: type[AmbitError], code: str
) -> None:
    revision = server.layers.owner.revision
    with pytest.raises(kind) as refused:
        carry_out(server, hire(said), identity())
    assert refused.value.code == code
    assert server.layers.owner.revision == revision, "neither the act nor its quarantine"


@pytest.mark.parametrize(
    "who", [identity(user=""), identity(user="https://example.com/id/nobody"), identity(HELPER)]
)
def test_only_a_person_acts_and_no_agent_for_one(server: Live, who: Identity) -> None:
    revision = server.layers.owner.revision
    with pytest.raises(Refused) as refused:
        carry_out(server, hire(OWNED), who)
    assert refused.value.code == "act-refused"
    assert server.layers.owner.revision == revision


def test_acts_are_there_after_a_restart(tmp_path: Path) -> None:
    iri = new(HIRED)
    with live(tmp_path / "ws") as served:
        carry_out(served, hire(OWNED, iri), identity())
    again = Live(read(tmp_path / "ws"))
    try:
        assert again.layers.decider.facts.is_a(HELPER, AMBIT.AGENT)
        assert again.layers.owner.record(iri)
    finally:
        again.close()
        shutil.rmtree(tmp_path / "ws")
