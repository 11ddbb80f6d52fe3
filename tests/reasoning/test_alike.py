"""Compartments that a rule cannot tell apart: which rules look how, and that asking about one of each class is the same."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from madecompanies import turtle
from reference import Cell, Company
from test_decide_reference import companies, questions
from worlds import PREFIXES, World, ask, triples

from ambit.reasoning.deciding.alike import Alike, looked_at
from ambit.reasoning.rulebase.rules import SHIPPED, Loaded, load, parse

HEADER = "# title: T\n# family: mine\n# effect: deny\n# action: any\n# description: for the test\n"
SPARQL = PREFIXES.replace("@prefix", "PREFIX").replace(" .\n", "\n")
AUDIENCE, SENSITIVITY = "https://w3id.org/ambit#hasAudience", "https://w3id.org/ambit#hasSensitivity"


def deny(where: str) -> str:
    return HEADER + SPARQL + f"SELECT ?compartment ?actor WHERE {{ {where} }}"


LOOKS: dict[str, frozenset[str] | None] = {
    "?actor a foaf:Person . ?compartment ambit:hasSensitivity ambit:Personal": frozenset({SENSITIVITY}),
    "?actor org:memberOf ?g . ?compartment ambit:hasAudience ?g ; ambit:hasSensitivity ?s": frozenset(
        {AUDIENCE, SENSITIVITY}
    ),
    "?actor a foaf:Person . { ?compartment ambit:hasAudience :t0 } UNION { ?compartment ambit:hasSensitivity ambit:Payment }": (
        frozenset({AUDIENCE, SENSITIVITY})
    ),
    "?actor a foaf:Person . ?compartment ambit:hasSensitivity ?s FILTER NOT EXISTS { ?compartment ambit:hasAudience ?actor }": (
        frozenset({AUDIENCE, SENSITIVITY})
    ),
    '?actor a foaf:Person . ?compartment ambit:hasSensitivity ?s FILTER(STRENDS(STR(?compartment), "1"))': None,
    "?actor a foaf:Person . ?compartment ambit:hasSensitivity ?s . ?x ambit:hasAudience ?y FILTER(?x = ?compartment)": None,
    "?actor a foaf:Person . ?compartment ambit:hasSensitivity|ambit:comesFrom ambit:Personal": None,
    "?actor a foaf:Person . ?compartment ambit:hasSensitivity ?s . ?s ambit:isOpenTo ?compartment": None,
    "?actor a foaf:Person . ?compartment ?p ambit:Personal": None,
    "?actor a foaf:Person . ?compartment ambit:hasAudience ?compartment": None,
    "?actor a foaf:Person . ?compartment ambit:hasSensitivity ?s OPTIONAL { ?compartment ambit:hasAudience ?a } FILTER(?a = ?actor)": (
        frozenset({AUDIENCE, SENSITIVITY})
    ),
}


@pytest.mark.parametrize("where", LOOKS, ids=lambda text: text[-50:])
def test_how_a_rule_looks_at_its_compartment(where: str) -> None:
    assert looked_at(parse(deny(where), "rules/x.rq").text) == LOOKS[where]


def test_what_a_request_says_of_a_compartment_tells_it_apart() -> None:
    text = deny(
        "?actor a foaf:Person . ?compartment ambit:hasSensitivity ?s . GRAPH ?request { ?compartment ambit:cost ?c }"
    )
    text = text.replace("# action", "# reads: request\n# action").replace(
        "?actor WHERE", "?actor ?request WHERE"
    )
    assert looked_at(parse(text, "rules/x.rq").text) is None


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


def cleared(world: World, few: int, user: str, agents: list[str], purpose: str | None) -> set[str]:
    """What is cleared where up to `few` compartments count as few, from cold."""
    world.decider.few = few
    with world.decider.lock:
        world.decider._turn()
    return world.cleared(ask(user, *agents, purpose=purpose))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(companies, questions, st.sets(st.sampled_from(sorted(LOOKS)), max_size=3))
def test_asking_about_one_of_each_class_says_the_same(
    world: World, company: Company, asked: list[tuple[str, list[str], str | None]], more: set[str]
) -> None:
    company.cells = [
        Cell(f"c{n}", c.source, c.sensitivity, c.jurisdictions, c.audience)
        for n, c in enumerate([*company.cells, *company.cells])
    ]
    world.become(triples(turtle(company)))
    own = [parse(deny(where), f"rules/r{n}.rq") for n, where in enumerate(sorted(more))]
    assert not world.decider.use(Loaded((*load([SHIPPED]).rules, *own)))
    for one in asked[:3]:
        assert cleared(world, 0, *one) == cleared(world, 1_000, *one), one


def test_what_places_data_is_asked_once_for_each_set_of_jurisdictions(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = "".join(
        f":c{n} a ambit:Compartment ; ambit:comesFrom :s0 ; ambit:hasSensitivity ambit:Internal ;"
        f" ambit:hasJurisdiction {'ambit:EU' if n % 2 else 'ambit:EU , ambit:US'} ; ambit:hasAudience :p0 , :a{n} .\n"
        for n in range(40)
    )
    world.become(
        triples(
            ":home a ambit:ServerSite ; ambit:hasJurisdiction ambit:EU , ambit:US . :p0 a foaf:Person .\n"
            + cells
        )
    )
    assert not world.decider.use(load([SHIPPED]))
    place = next(rule for rule in world.decider.force.rules if rule.effect == "place")
    names = [f"https://example.org/c{n}" for n in range(40)]
    found = Alike(names, world.decider.facts).classes(place.text)
    assert found is not None and sorted(map(len, found.values())) == [20, 20]
    texts: list[str] = []
    rules = world.decider.worker.rules

    def noted(queries, **more):  # type: ignore[no-untyped-def]
        texts.extend(query.text for query in queries)
        return rules(queries, **more)

    monkeypatch.setattr(world.decider, "rules", noted)
    assert len(cleared(world, 0, "p0", [], None)) == 40
    (asked,) = [text for text in texts if "findsAdequate" in text]
    assert sum(f"/c{n}>" in asked for n in range(40)) == 2
