"""Generated worlds: the decider agrees with the reference in plain Python on every question."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from reference import CA, EU, PURPOSES, US, Cell, Company
from worlds import World, ask, triples

PEOPLE = ["p0", "p1", "p2", "p3"]
GROUPS = ["g0", "g1", "g2"]
AGENTS = ["a0", "a1"]
THINGS = ["t0", "t1"]
SOURCES = ["s0", "s1", "Ontology", "Provenance"]
SENSITIVITIES = ["Open", "Internal", "Personal", "Payment", "Odd"]


def pairs(
    left: list[str], right: list[str], most: int = 6, least: int = 0
) -> st.SearchStrategy[set[tuple[str, str]]]:
    return st.sets(st.tuples(st.sampled_from(left), st.sampled_from(right)), min_size=least, max_size=most)


cells = st.lists(
    st.builds(
        Cell,
        st.just(""),
        st.sampled_from(SOURCES),
        st.sampled_from(SENSITIVITIES),
        st.frozensets(st.sampled_from([EU, US, CA]), min_size=1, max_size=2),
        st.frozensets(st.sampled_from([*PEOPLE, *GROUPS, *THINGS, "Everybody"]), min_size=1, max_size=2),
    ),
    min_size=1,
    max_size=8,
)
companies = st.builds(
    Company,
    people=st.sets(st.sampled_from(PEOPLE), min_size=2),
    agents=st.sets(st.sampled_from(AGENTS), min_size=1),
    member=pairs([*PEOPLE, *GROUPS], GROUPS, 8, 3),
    unit=pairs(GROUPS, GROUPS, 3),
    reports=pairs(PEOPLE, PEOPLE),
    owned=st.builds(set.union, pairs(THINGS, [*PEOPLE, *GROUPS]), pairs(AGENTS, [*PEOPLE, *GROUPS], 6, 2)),
    shared=pairs(THINGS, [*PEOPLE, *GROUPS], 3),
    assigned=pairs(THINGS, [*PEOPLE, *GROUPS], 3),
    registered=pairs(AGENTS, ["care", "refund", "service"], 4),
    sources=pairs(AGENTS, ["s0", "s1"], 4, 2),
    sensitivities=pairs(AGENTS, SENSITIVITIES, 10, 4),
    expired=st.just(set()) | st.sampled_from([{a} for a in AGENTS]),
    opened=pairs(["Personal", "Payment"], ["care", "refund", "service"], 3),
    home=st.frozensets(st.sampled_from([EU, US, CA]), min_size=1) | st.just(frozenset({EU, US, CA})),
    cells=cells,
)
AMBIT_NAMES = {"Open", "Internal", "Personal", "Payment", "Ontology", "Provenance", "Everybody", EU, US, CA}


def name(word: str) -> str:
    return f"ambit:{word}" if word in AMBIT_NAMES else f":{word}"


def turtle(company: Company) -> str:
    """The world as Turtle; `service` is the purpose below which `care` and `refund` stand."""
    lines = [":service skos:broader dpv:Purpose . :care skos:broader :service . :refund skos:broader :care ."]
    lines += [":other skos:broader dpv:Purpose . :flood skos:broader ambit:Emergency ."]
    lines += [f":{p} a foaf:Person ." for p in company.people]
    lines += [f":{a} a ambit:Agent ." for a in company.agents]
    lines += [f":{a} ambit:expires '2026-02-01T00:00:00Z'^^xsd:dateTime ." for a in company.expired]
    relations = {
        "org:memberOf": company.member,
        "org:subOrganizationOf": company.unit,
        "org:reportsTo": company.reports,
        "ambit:isOwnedBy": company.owned,
        "ambit:isSharedWith": company.shared,
        "ambit:isAssignedTo": company.assigned,
        "ambit:isRegisteredFor": company.registered,
        "ambit:readsSource": company.sources,
        "ambit:readsSensitivity": company.sensitivities,
        "ambit:isOpenTo": company.opened,
    }
    lines += [f"{name(s)} {p} {name(o)} ." for p, relation in relations.items() for s, o in relation]
    lines += [f":home a ambit:ServerSite ; ambit:hasJurisdiction {', '.join(map(name, company.home))} ."]
    for cell in company.cells:
        lines.append(
            f":{cell.name} a ambit:Compartment ; ambit:comesFrom {name(cell.source)} ;"
            f" ambit:hasSensitivity {name(cell.sensitivity)} ;"
            f" ambit:hasJurisdiction {', '.join(map(name, cell.jurisdictions))} ;"
            f" ambit:hasAudience {', '.join(map(name, cell.audience))} ."
        )
    return "\n".join(lines)


questions = st.lists(
    st.tuples(
        st.sampled_from([*PEOPLE, "a0"]),
        st.sampled_from([[], [], ["a0"], ["a1"], ["a0", "a1"], ["a0", "a0"]]),
        st.sampled_from(list(PURPOSES)),
    ),
    min_size=8,
    max_size=8,
)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


def agree(world: World, company: Company, asked: list[tuple[str, list[str], str | None]]) -> None:
    unique = {(c.source, c.sensitivity, c.jurisdictions, c.audience): c for c in company.cells}.values()
    company.cells = [
        Cell(f"c{number}", c.source, c.sensitivity, c.jurisdictions, c.audience)
        for number, c in enumerate(unique)
    ]
    world.become(triples(turtle(company)))
    for user, agents, purpose in asked:
        expected = company.cleared(user, agents, purpose)
        event(f"{'something' if expected else 'nothing'} through {len(agents)} agents")
        assert world.cleared(ask(user, *agents, purpose=purpose)) == expected, (user, agents, purpose)


SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]


@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(companies, questions)
def test_agrees_with_the_reference(
    world: World, company: Company, asked: list[tuple[str, list[str], str | None]]
) -> None:
    agree(world, company, asked)


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(max_examples=3000, deadline=None, suppress_health_check=SLOW)
@given(companies, questions)
def test_agrees_with_the_reference_for_long(
    world: World, company: Company, asked: list[tuple[str, list[str], str | None]]
) -> None:
    agree(world, company, asked)
