"""Generated worlds of all shipped families: the decider agrees with plain sets, by clearance and compartment by compartment."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from families import WIDER_DECISION, Asking, Families, Span, Whole
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from reference import CA, EU, PURPOSES, US, Cell, Company
from test_decide_reference import (
    AGENTS,
    AMBIT_NAMES,
    GROUPS,
    PEOPLE,
    SENSITIVITIES,
    THINGS,
    companies,
    name,
    pairs,
    turtle,
)
from worlds import EX, NOW, World, ask, triples

from ambit.graph.vocabulary import AMBIT
from ambit.reasoning.deciding.claims import Claims

FOLDERS, ROLES, ACTORS = ["f0", "f1"], ["r0", "r1"], [*PEOPLE, *GROUPS]
APART = ["s0", "s1", "Personal", "Internal", "t0", "g0", "Everybody"]
SOURCES, KINDS = ["s0", "s1"], ["Personal", "Payment", "Internal", "Odd"]
REASON = "the cellar is under water"

HOUR = timedelta(hours=1)
spans = st.builds(
    Span,
    st.sampled_from([None, NOW - HOUR, NOW, NOW + HOUR]),
    st.sampled_from([None, NOW + HOUR, NOW, NOW - HOUR]),
)


def some(*parts: list[str], most: int = 3) -> st.SearchStrategy[set[tuple[object, ...]]]:
    """A few tuples, valid for a span."""
    return st.sets(st.tuples(*map(st.sampled_from, parts), spans), max_size=most)


def rarely(left: list[str], right: list[str], most: int) -> st.SearchStrategy[set[tuple[str, str]]]:
    """Pairs that take something away: were they always there, little would be left to agree on."""
    return st.just(set()) | st.just(set()) | pairs(left, right, most, 1)


families = st.builds(
    Families,
    folders=pairs([*THINGS, *FOLDERS, "p0"], [*FOLDERS, "g0"], 5, 2),
    shared=pairs(FOLDERS, ACTORS, 4, 1),
    excluded=rarely([*THINGS, *FOLDERS, *GROUPS], [*ACTORS, "a0"], 2),
    roles=pairs(ACTORS, ROLES, 6, 2),
    role_sources=pairs(ROLES, SOURCES, 4, 2),
    role_sensitivities=pairs(ROLES, SENSITIVITIES, 6, 3),
    incompatible=rarely(ROLES, ROLES, 1),
    grants=some(ACTORS, [*THINGS, *SOURCES]),
    glasses=some(ACTORS, [*THINGS, *SOURCES]),
    needs_consent=rarely(KINDS, ["care", "service", "AnyPurpose"], 2),
    subjects=st.sets(st.sampled_from([*THINGS, "p0"])),
    consents=some([*THINGS, "p0"], ["care", "service", "AnyPurpose"], ["given", "withdrawn"], most=4),
    above=rarely(KINDS, KINDS, 2),
    cleared_to=pairs([*ACTORS, *AGENTS, "Everybody"], KINDS, 5),
    decisions=rarely(KINDS, ["Advice", "talk"], 1),
    apart=rarely(APART, APART, 2),
    adequate=some([EU, US, CA], [EU, US, CA], most=5),
)
questions = st.lists(
    st.builds(
        Asking,
        st.sampled_from([*PEOPLE, "a0"]),
        st.sampled_from([(), (), ("a0",), ("a0", "a1")]),
        st.sampled_from(list(PURPOSES)),
        st.sampled_from([None, *WIDER_DECISION]),
        st.frozensets(st.sampled_from(APART), max_size=1),
        st.booleans(),
    ),
    min_size=8,
    max_size=8,
)


def written(found: Families) -> str:
    """The families' relations as Turtle."""
    relations = {
        "ambit:isInFolder": found.folders,
        "ambit:excludes": found.excluded,
        "ambit:hasRole": found.roles,
        "ambit:readsSource": found.role_sources,
        "ambit:readsSensitivity": found.role_sensitivities,
        "ambit:isIncompatibleWith": found.incompatible,
        "ambit:needsConsentFor": found.needs_consent,
        "ambit:isAbove": found.above,
        "ambit:isClearedTo": found.cleared_to,
        "ambit:isOpenToDecision": found.decisions,
        "ambit:isKeptApartFrom": found.apart,
    }
    lines = [f"{named(s)} {p} {named(o)} ." for p, pairs in relations.items() for s, o in pairs]
    lines += [f":{subject} a dpv:DataSubject ." for subject in found.subjects]
    lines += [":talk a ambit:DecisionKind ; skos:broader ambit:Advice ."]
    for kind, made in (("Grant", found.grants), ("BreakGlass", found.glasses)):
        lines += [
            f"[] a ambit:{kind} ; ambit:isGrantedTo {named(to)} ; ambit:grants {named(what)} {valid(span)} ."
            for to, what, span in made
        ]
    lines += [
        f"[] a dpv:Consent ; dpv:hasDataSubject {named(who)} ; dpv:hasPurpose {named(purpose)} ;"
        f" dpv:hasConsentStatus dpv:ConsentGiven{', dpv:ConsentWithdrawn' * (status != 'given')} {valid(span)} ."
        for who, purpose, status, span in found.consents
    ]
    lines += [
        f"[] a ambit:Adequacy ; ambit:isFoundBy {named(one)} ; ambit:isFoundFor {named(other)} {valid(span)} ."
        for one, other, span in found.adequate
    ]
    return "\n".join(lines)


def named(word: str) -> str:
    return f"ambit:{word}" if word in ("Advice", "AnyPurpose") else name(word)


def valid(span: Span) -> str:
    said = {"ambit:validFrom": span.start, "ambit:expires": span.end}
    return "".join(f"; {p} '{t.isoformat()}'^^xsd:dateTime " for p, t in said.items() if t is not None)


def iri(word: str) -> str:
    return AMBIT.NAMESPACE + word if word in (*AMBIT_NAMES, *WIDER_DECISION) and word != "talk" else EX + word


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


def agree(world: World, company: Company, found: Families, asked: list[Asking]) -> None:
    unique = {(c.source, c.sensitivity, c.jurisdictions, c.audience): c for c in company.cells}.values()
    company.cells = [
        Cell(f"c{number}", c.source, c.sensitivity, c.jurisdictions, c.audience)
        for number, c in enumerate(unique)
    ]
    company.shared |= found.shared
    world.become(triples(turtle(company) + "\n" + written(found)))
    whole = Whole(company, found, NOW)
    for one in asked:
        expected = whole.cleared(one)
        event(f"{'something' if expected else 'nothing'} through {len(one.agents)} agents")
        claims = Claims(iri(one.decision) if one.decision else None, REASON if one.has_reason else None)
        question = replace(
            ask(one.user, *one.agents, purpose=one.purpose),
            facts=claims.triples(iri(word) for word in one.read),
        )
        assert world.cleared(question) == expected, one
        for cell in company.cells:
            verdict = world.decider.check(question, EX + cell.name)
            assert verdict.is_permitted == (cell.name in expected), (one, cell)


SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]


@settings(max_examples=120, deadline=None, suppress_health_check=SLOW)
@given(companies, families, questions)
def test_all_families_agree_with_the_reference(
    world: World, company: Company, found: Families, asked: list[Asking]
) -> None:
    agree(world, company, found, asked)


@pytest.mark.long
@pytest.mark.timeout(7200)
@settings(max_examples=3000, deadline=None, suppress_health_check=SLOW)
@given(companies, families, questions)
def test_all_families_agree_with_the_reference_for_long(
    world: World, company: Company, found: Families, asked: list[Asking]
) -> None:
    agree(world, company, found, asked)
