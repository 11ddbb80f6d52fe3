"""Delegation: each reason why a chain does not stand, what is said of it to whom, and that ends are seen at once."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from worlds import EX, NOW, World, ask, ex, triples

from ambit.graph.terms import NamedNode, Quad, Triple
from ambit.graph.vocabulary import AMBIT, node
from ambit.graph.words import Chain
from ambit.reasoning.deciding.decide import HOPS
from ambit.reasoning.deciding.delegation import Broken, chain_stands, told
from ambit.reasoning.explaining.explain import explain_to_asker

COMPANY = """
:home a ambit:ServerSite ; ambit:hasJurisdiction ambit:EU .
:alice a foaf:Person ; org:memberOf :sales . :grace a foaf:Person . :root a foaf:Person ; org:memberOf ambit:Administrators .
:sales a org:Organization .
:good a ambit:Agent ; ambit:isOwnedBy :grace ; ambit:isRegisteredFor :care ; ambit:readsSource :crm ; ambit:readsSensitivity ambit:Internal .
:other a ambit:Agent ; ambit:isOwnedBy :grace ; ambit:isRegisteredFor :care ; ambit:readsSource :crm ; ambit:readsSensitivity ambit:Internal .
:orphan a ambit:Agent ; ambit:isRegisteredFor :care ; ambit:readsSource :crm ; ambit:readsSensitivity ambit:Internal .
:left a ambit:Agent ; ambit:isOwnedBy :gone ; ambit:isRegisteredFor :care ; ambit:readsSource :crm ; ambit:readsSensitivity ambit:Internal .
:stale a ambit:Agent ; ambit:isOwnedBy :grace ; ambit:isRegisteredFor :care ; ambit:readsSource :crm ; ambit:readsSensitivity ambit:Internal ;
  ambit:expires "2026-02-28T00:00:00Z"^^xsd:dateTime .
:revoked a ambit:Agent ; ambit:isOwnedBy :grace ; ambit:isRegisteredFor :care ; ambit:readsSource :crm ; ambit:readsSensitivity ambit:Internal .
:revocation a ambit:Revocation ; ambit:revokes :revoked .
:care a dpv:Purpose ; skos:broader dpv:CustomerManagement .
:page a ambit:Compartment ; ambit:comesFrom :crm ; ambit:hasSensitivity ambit:Internal ;
  ambit:hasJurisdiction ambit:EU ; ambit:hasAudience :sales .
"""
REVOCATION = Quad(
    NamedNode(EX + "act"), node(AMBIT.REVOKES), NamedNode(EX + "good"), NamedNode("urn:ambit:governance:act")
)


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    world = World()
    yield world
    world.close()


@pytest.fixture
def world(shared: World) -> World:
    shared.become(triples(COMPANY))
    return shared


def broken(world: World, user: str, *agents: str, now: datetime = NOW) -> Broken | None:
    chain = Chain(ex(user), tuple(map(ex, agents)))
    return chain_stands(chain, now, world.decider.facts, HOPS)[0]


@pytest.mark.parametrize(
    ("agents", "link", "why"),
    [
        (["nobody"], "nobody", "is not registered"),
        (["orphan"], "orphan", "has no owner"),
        (["left"], "left", "has no owner"),
        (["stale"], "stale", "has been registered until 2026-02-28"),
        (["revoked"], "revoked", "is revoked"),
        (["good", "revoked"], "revoked", "is revoked"),
        (["stale", "nobody"], "stale", "has been registered until"),
        (["good", "other", "good"], "good", "stands twice"),
        (["alice"], "alice", "stands twice"),
        ([f"a{n}" for n in range(HOPS + 1)], f"a{HOPS}", "is one more than 8 agents"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else None,
)
def test_the_first_broken_link_is_named(world: World, agents: list[str], link: str, why: str) -> None:
    found = broken(world, "alice", *agents)
    assert found is not None
    assert found.link == ex(link)
    assert why in found.why
    assert world.cleared(ask("alice", *agents, purpose="care")) == set()
    (failure,) = world.decider.decide(ask("alice", *agents, purpose="care")).failures
    assert ex(link) in failure.reason


def test_an_agent_acts_for_nobody(world: World) -> None:
    found = broken(world, "good")
    assert found == Broken(ex("good"), "is an agent, and acts for nobody")


def test_a_chain_that_stands_holds_what_all_of_it_may(world: World) -> None:
    assert broken(world, "alice", "good", "other") is None
    assert world.cleared(ask("alice", "good", "other", purpose="care")) == {"page"}


def test_why_a_link_is_broken_is_told_to_its_owner_and_to_administrators_alone(world: World) -> None:
    facts = world.decider.facts
    for agent in ("stale", "revoked", "orphan", "nobody"):
        found = broken(world, "alice", agent)
        assert found is not None
        for asker in ("alice", "gone", "nobody"):
            assert (
                told(found, ex(asker), facts) == f"The chain is broken: `{ex(agent)}` cannot act for you now."
            )
        assert found.why in told(found, ex("root"), facts)
    for agent in ("stale", "revoked"):
        found = broken(world, "alice", agent)
        assert found is not None and found.why in told(found, ex("grace"), facts)


def test_a_revocation_is_in_force_when_it_is_acknowledged_and_so_is_its_end(world: World) -> None:
    for _ in range(20):
        assert world.cleared(ask("alice", "good", purpose="care")) == {"page"}
        world.commit((), (REVOCATION,))
        assert world.cleared(ask("alice", "good", purpose="care")) == set()
        world.commit((REVOCATION,), ())


def test_the_owner_who_is_gone_takes_all_agents_along(world: World) -> None:
    assert world.cleared(ask("alice", "good", purpose="care")) == {"page"}
    owner = Triple(
        NamedNode(ex("grace")),
        node("http://www.w3.org/1999/02/22-rdf-syntax-ns#type"),
        NamedNode("http://xmlns.com/foaf/0.1/Person"),
    )
    world.become([triple for triple in triples(COMPANY) if triple != owner])
    assert world.cleared(ask("alice", "good", purpose="care")) == set()


def test_the_chain_stands_until_the_first_registration_ends(world: World) -> None:
    world.become(
        triples(
            COMPANY
            + ':good ambit:expires "2026-03-01T14:00:00Z"^^xsd:dateTime . :other ambit:expires "2026-03-01T13:00:00Z"^^xsd:dateTime .'
        )
    )
    chain = Chain(ex("alice"), (ex("good"), ex("other")))
    assert chain_stands(chain, NOW, world.decider.facts, HOPS) == (None, NOW + timedelta(hours=1))
    late = broken(world, "alice", "good", "other", now=NOW + timedelta(hours=1))
    assert late is not None and late.link == ex("other")


def test_an_explanation_names_the_broken_link_whatever_is_asked_about(world: World) -> None:
    question = ask("alice", "good", "revoked", purpose="care")
    said = [explain_to_asker(world.decider, question, found) for found in ([ex("page")], [], [ex("absent")])]
    assert said[0] == said[1] == said[2]
    assert said[0].sentence == f"The chain is broken: `{ex('revoked')}` cannot act for you now."
    assert not said[0].permitted and not said[0].missing
    owner = explain_to_asker(world.decider, ask("grace", "revoked", purpose="care"), [])
    assert owner.sentence == f"The chain is broken: `{ex('revoked')}` is revoked."
