"""Places: residency with adequacy, and the cheapest deployment at one site for all that is handed over."""

import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from worlds import World, ask, ex, triples

from ambit.graph.terms import Literal, NamedNode, Quad, Triple
from ambit.graph.vocabulary import AMBIT, XSD, node
from ambit.graph.words import Chain
from ambit.inference.sites import describe_sites
from ambit.reasoning.deciding.places import Route, places, route, route_question
from ambit.reasoning.governance.facts import Facts
from ambit.reasoning.rulebase.rules import SHIPPED, Loaded, load, parse

WORLD = """
:ada a foaf:Person .
:home a ambit:ServerSite ; ambit:hasJurisdiction ambit:EU , ambit:US , ambit:CA , ambit:USHealth .
:berlin a ambit:Site ; ambit:hasJurisdiction ambit:EU .
:boston a ambit:Site ; ambit:hasJurisdiction ambit:US .
:clinic a ambit:Site ; ambit:hasJurisdiction ambit:US , ambit:USHealth .
:toronto a ambit:Site ; ambit:hasJurisdiction ambit:CA .
:mini a ambit:ModelVersion ; ambit:supports ambit:Embedding , ambit:Classification .
:other a ambit:ModelVersion ; ambit:supports ambit:Embedding .
""" + "".join(
    f":{name} a ambit:Deployment ; ambit:deploys :{version} ; ambit:runsAt :{site} ; ambit:cost {cost} .\n"
    for name, version, site, cost in [
        ("d-berlin", "mini", "berlin", "0.10"),
        ("d-boston", "mini", "boston", "0.05"),
        ("d-clinic", "mini", "clinic", "0.40"),
        ("d-cheap", "other", "berlin", "0.01"),
    ]
)
WORLD += "".join(
    f":{name} a ambit:Compartment ; ambit:comesFrom :s ; ambit:hasSensitivity ambit:Open ; ambit:hasAudience :ada ;"
    f" ambit:hasJurisdiction {jurisdictions} .\n"
    for name, jurisdictions in [
        ("eu", "ambit:EU"),
        ("us", "ambit:US"),
        ("health", "ambit:USHealth , ambit:US"),
        ("both", "ambit:EU , ambit:US"),
        ("lawless", ":moon"),
    ]
)
Q = ask("ada")


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    world.become(triples(WORLD))
    yield world
    world.close()


def cells(*names: str) -> frozenset[str]:
    return frozenset(map(ex, names))


def test_where_data_may_be_computed_on(world: World) -> None:
    found = {
        iri.removeprefix(ex("")): {site.removeprefix(ex("")) for site in sites}
        for iri, sites in places(
            world.decider, cells("eu", "us", "health", "both", "lawless", "absent"), Q
        ).items()
    }
    assert found == {
        "eu": {"home", "berlin", "toronto"},
        "us": {"home", "boston", "clinic"},
        "health": {"home", "clinic"},
        "both": {"home"},
        "lawless": set(),
        "absent": set(),
    }


@pytest.mark.parametrize("at", ["before", "amid", "after", "turned"])
def test_a_route_is_of_one_policy(world: World, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    """A commit moves the cheapest deployment to a site that it takes the place from; amid it somebody asks.

    That is before, amid or after the facts are taken in, or before the worker has them.
    """
    before = WORLD + ":oslo a ambit:Site ; ambit:hasJurisdiction "
    moved = before.replace(
        ":d-cheap a ambit:Deployment ; ambit:deploys :other ; ambit:runsAt :berlin",
        ":d-cheap a ambit:Deployment ; ambit:deploys :other ; ambit:runsAt :oslo",
    )
    decider, found = world.decider, list[Route | None]()
    world.become(triples(before + "ambit:EU ."))
    apply, hand, begun = Facts.apply, decider.worker.apply, threading.Event()

    def ask_route() -> None:
        begun.set()
        found.append(route(decider, cells("eu"), AMBIT.EMBEDDING, Q))

    asking = threading.Thread(target=ask_route)

    def ask_now() -> None:
        asking.start()
        assert begun.wait(10)
        asking.join(0.5)  # it answers, or waits for the commit

    def slow(self: Facts, out: Iterable[Quad], into: Iterable[Quad]) -> tuple[bytes, bytes]:
        if at == "before":
            ask_now()
        if at == "amid":
            _, came = apply(self, (), into)
            ask_now()
            return apply(self, out, ())[0], came
        told = apply(self, out, into)
        if at == "after":
            ask_now()
        return told

    def late(*told: Any) -> None:
        if at == "turned":
            ask_now()
        hand(*told)

    monkeypatch.setattr(Facts, "apply", slow)
    monkeypatch.setattr(decider.worker, "apply", late)
    world.become(triples(moved + ":moon ."))
    asking.join(10)
    monkeypatch.undo()
    (one,) = found
    assert one is not None and (one.deployment, one.site) in (
        (ex("d-cheap"), ex("berlin")),  # as before
        (ex("d-berlin"), ex("berlin")),  # as it is now
    )
    world.become(triples(WORLD))


def test_what_ends_amid_a_commit_is_found_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    decider, apply = world.decider, Facts.apply
    begun, taken_in = threading.Event(), threading.Event()

    def twice() -> list[bool]:
        first = decider.facts.is_a(ex("oslo"), AMBIT.SITE)
        begun.set()
        assert taken_in.wait(10)
        return [first, decider.facts.is_a(ex("oslo"), AMBIT.SITE)]

    found: list[list[bool]] = []
    asking = threading.Thread(target=lambda: found.append(decider.settled(twice)))

    def slow(self: Facts, out: Iterable[Quad], into: Iterable[Quad]) -> tuple[bytes, bytes]:
        told = apply(self, out, into)
        taken_in.set()
        asking.join(0.5)
        return told

    monkeypatch.setattr(Facts, "apply", slow)
    asking.start()
    assert begun.wait(10)
    world.become(triples(WORLD + ":oslo a ambit:Site ."))
    asking.join(10)
    monkeypatch.undo()
    world.become(triples(WORLD))
    assert found == [[True, True]]


@pytest.mark.parametrize(
    ("handed", "task", "expected"),
    [
        (("eu",), AMBIT.CLASSIFICATION, "d-berlin"),
        (("eu",), AMBIT.EMBEDDING, "d-cheap"),
        (("us",), AMBIT.CLASSIFICATION, "d-boston"),
        (("us", "health"), AMBIT.CLASSIFICATION, "d-clinic"),
        (("eu", "us"), AMBIT.CLASSIFICATION, None),
        (("both",), AMBIT.CLASSIFICATION, None),
        (("lawless",), AMBIT.CLASSIFICATION, None),
        (("eu", "absent"), AMBIT.CLASSIFICATION, None),
        ((), AMBIT.CLASSIFICATION, None),
        (("eu",), ex("Painting"), None),
    ],
)
def test_one_place_for_all(world: World, handed: tuple[str, ...], task: str, expected: str | None) -> None:
    found = route(world.decider, cells(*handed), task, Q)
    assert (found.deployment.removeprefix(ex("")) if found else None) == expected
    if found:
        assert found.rule == "urn:ambit:rule:placement/cost"


def test_load_makes_dearer(world: World) -> None:
    def loads(**busy: float) -> list[Triple]:
        decimal = node(XSD.DECIMAL)
        return [
            Triple(NamedNode(ex(f"d-{name}")), node(AMBIT.LOAD), Literal(str(value), datatype=decimal))
            for name, value in busy.items()
        ]

    def best(**busy: float) -> str | None:
        found = route(world.decider, cells("us"), AMBIT.CLASSIFICATION, Q, loads(**busy))
        return found and found.deployment.removeprefix(ex("d-"))

    assert best() == "boston"
    assert best(boston=0.8) == "boston"
    assert best(boston=1, clinic=0) == "clinic"
    assert best(boston=1, clinic=1) == "boston"
    without = route(world.decider, cells("us"), AMBIT.CLASSIFICATION, Q, without=cells("d-boston"))
    assert without is not None and without.site == ex("clinic")


def test_a_failing_place_leaves_no_site(world: World) -> None:
    assert world.decider.decide(Q).clearance.compartments
    text = """# title: T
# family: local
# effect: place
# action: any
# description: D.
# reads: site
SELECT ?compartment ?site { ?site ?p ?o . ?compartment ?x ?y .
  { SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l } } FILTER(?n < 0) }"""
    shipped = load([SHIPPED]).rules
    world.decider.force.rules = (*shipped, parse(text, "/rules/slow.rq"))
    world.decider.deadline = 2
    world.decider._turn()
    try:
        assert places(world.decider, cells("eu"), Q) == {ex("eu"): frozenset()}
        assert route(world.decider, cells("eu"), AMBIT.CLASSIFICATION, Q) is None
        assert not world.decider.decide(Q).clearance.compartments
    finally:
        world.decider.deadline = 20
        assert not world.decider.use(Loaded(shipped))


@pytest.mark.parametrize(
    ("more", "instead"),
    [
        (":d-boston ambit:runsAt :berlin .", "clinic"),
        (':d-boston ambit:runsAt "berlin" .', "clinic"),
        (":d-boston ambit:deploys :other .", "clinic"),
        (':mini ambit:contentHash "cd34" .', None),
        (':d-boston ambit:engine "torch" .', "clinic"),
        (':d-boston ambit:device "CUDA" .', "clinic"),
    ],
)
def test_a_deployment_that_files_contradict_takes_no_call(
    world: World, more: str, instead: str | None
) -> None:
    """Whichever file comes first: what runs is what was decided, or it is left out of both."""

    def quads(turtle: str, stem: str) -> set[Quad]:
        graph = NamedNode(f"urn:ambit:governance:file:{stem}")
        return {Quad(t.subject, t.predicate, t.object, graph) for t in triples(turtle)}

    def places_of_both() -> tuple[str | None, str | None]:
        found = route(world.decider, cells("us"), AMBIT.CLASSIFICATION, Q)
        runs = {d.iri: d.site for site in describe_sites(world.held) for d in site.deployments}
        return found and found.site, runs.get(ex("d-boston"))

    engines = ':mini ambit:contentHash "ab12" . :d-boston ambit:engine "openvino" ; ambit:device "CPU" .'
    plain, contrary = quads(engines, "engines"), quads(more, "contrary")
    world.commit((), plain)
    try:
        assert places_of_both() == (ex("boston"), ex("boston"))
        world.commit((), contrary)
        assert places_of_both() == (instead and ex(instead), None)
        world.commit(contrary, ())
        assert places_of_both() == (ex("boston"), ex("boston"))
    finally:
        world.commit(plain | contrary, ())


@pytest.mark.parametrize(
    ("cleared", "expected"),
    [
        (("eu",), "d-cheap"),
        (("us",), "d-boston"),
        (("eu", "us"), "d-cheap"),  # as many here as there: the cheapest takes it
        (("eu", "us", "health"), "d-clinic"),  # two of three may be there
        (("both", "lawless"), None),
        ((), None),
    ],
)
def test_a_question_goes_where_most_of_what_its_asker_reads_may(
    world: World, cleared: tuple[str, ...], expected: str | None
) -> None:
    found = route_question(world.decider, cells(*cleared), AMBIT.EMBEDDING, Q)
    assert (found.deployment.removeprefix(ex("")) if found else None) == expected


def test_a_tie_of_sites_goes_by_what_they_cost_now(world: World) -> None:
    decimal = node(XSD.DECIMAL)
    busy = [
        Triple(NamedNode(ex(name)), node(AMBIT.LOAD), Literal("1", datatype=decimal))
        for name in ("d-cheap", "d-berlin")
    ]
    one = route_question(world.decider, cells("eu", "us"), AMBIT.CLASSIFICATION, Q)
    assert one is not None and one.deployment == ex("d-boston")  # dearer by name, cheaper by cost
    other = route_question(world.decider, cells("eu", "us"), AMBIT.EMBEDDING, Q, busy)
    assert other is not None
    ranked = [route(world.decider, cells(name), AMBIT.EMBEDDING, Q, busy) for name in ("eu", "us")]
    assert other.cost == min(found.cost for found in ranked if found)


def test_only_sites_that_take_the_task_count(world: World) -> None:
    assert route_question(world.decider, cells("eu", "us"), ex("Painting"), Q) is None


def test_places_are_kept_apart_by_the_agents_that_a_request_comes_through() -> None:
    """A rule finds them in the request: what was kept for one chain is not given to another."""
    text = """# title: P
# family: mine
# effect: place
# action: any
# description: for the test
# reads: request

PREFIX ambit: <https://w3id.org/ambit#>

SELECT ?compartment ?site ?request WHERE {
  ?site a ambit:Site . ?compartment a ambit:Compartment
  FILTER EXISTS { GRAPH ?request { <urn:ambit:request> ambit:isUsedThrough <https://example.org/trusted> } }
}"""
    world = World(Loaded((parse(text, "/mine/p.rq"),)))
    try:
        world.become(triples(WORLD))
        for _ in range(2):
            for agent, wanted in (("trusted", ex("berlin")), ("other", None)):
                found = places(world.decider, cells("eu"), ask("ada", agent))[ex("eu")]
                assert (wanted in found) if wanted else not found
    finally:
        world.close()


# -- who may have a deployment compute

RESERVED = """
:d-berlin ambit:isReservedFor :analysts , :teller . :analyst a foaf:Person ; org:memberOf :analysts . :analysts a org:Organization .
:clerk a foaf:Person ; ambit:hasRole :teller . :trainee a foaf:Person ; org:memberOf :desks . :desks ambit:hasRole :teller .
:bot a ambit:Agent ; ambit:isOwnedBy :ada .
"""


@pytest.mark.parametrize(
    ("user", "agents", "may"),
    [
        ("ada", (), False),
        ("analyst", (), True),
        ("clerk", (), True),
        ("trainee", (), True),
        ("stranger", (), False),
        ("analyst", ("bot",), True),  # an agent inherits
        ("ada", ("bot",), False),
    ],
)
def test_a_reserved_deployment_is_for_those_it_is_reserved_for(
    world: World, user: str, agents: tuple[str, ...], may: bool
) -> None:
    world.become(triples(WORLD + RESERVED))
    try:
        question = ask(user, *agents)
        found = route(world.decider, cells("eu"), AMBIT.CLASSIFICATION, question)
        assert (found is not None) == may
        asked = route_question(world.decider, cells("eu", "us"), AMBIT.CLASSIFICATION, question)
        assert asked is not None and (asked.deployment == ex("d-berlin")) <= may
        other = route(world.decider, cells("us"), AMBIT.CLASSIFICATION, question)
        assert other is not None and other.deployment == ex("d-boston")
    finally:
        world.become(triples(WORLD))


def test_the_servers_own_runs_use_what_is_reserved_for_nobody(world: World) -> None:
    question = replace(Q, chain=Chain(AMBIT.SERVER))
    assert route(world.decider, cells("eu"), AMBIT.CLASSIFICATION, question) is not None
    world.become(triples(WORLD + RESERVED))
    try:
        assert route(world.decider, cells("eu"), AMBIT.CLASSIFICATION, question) is None
    finally:
        world.become(triples(WORLD))


def test_where_a_use_rule_fails_nothing_is_used(world: World) -> None:
    shipped = world.decider.force.rules
    world.decider.force.rules = tuple(
        replace(rule, failing="broken") if rule.effect == "use" else rule for rule in shipped
    )
    try:
        assert route(world.decider, cells("eu"), AMBIT.CLASSIFICATION, Q) is None
    finally:
        world.decider.force.rules = shipped


def test_adequacy_counts_while_it_is_valid(world: World) -> None:
    found = """[] a ambit:Adequacy ; ambit:isFoundBy ambit:EU ; ambit:isFoundFor ambit:US ;
      ambit:validFrom '2026-03-01T13:00:00Z'^^xsd:dateTime ; ambit:expires '2026-03-01T14:00:00Z'^^xsd:dateTime ."""
    world.become(triples(WORLD + found))
    try:
        for hours, opens in ((0, False), (1, True), (1.5, True), (2, False), (0, False), (1, True)):
            question = replace(Q, now=Q.now + timedelta(hours=hours))
            sites = places(world.decider, cells("eu"), question)[ex("eu")]
            assert (ex("boston") in sites) == opens, hours
    finally:
        world.become(triples(WORLD))
