"""What two policies let people do differently is what two deciders say of each question, one by one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import TypeAlias

import pytest
import worlds as w
from hypothesis import given, settings
from hypothesis import strategies as st

from ambit.graph.views.worker import Keeper
from ambit.graph.words import Chain
from ambit.reasoning.cases.difference import Difference, difference, each
from ambit.reasoning.cases.world import World
from ambit.reasoning.deciding.questions import Question
from ambit.reasoning.rulebase.rules import SHIPPED, Loaded, Rule, load, parse

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HEAD = "# title: {0}\n# family: mine\n# effect: {1}\n# action: {2}\n# description: {0}.\n"
PREFIX = "PREFIX ambit: <https://w3id.org/ambit#> PREFIX foaf: <http://xmlns.com/foaf/0.1/> PREFIX : <https://example.org/>\n"
OWN: dict[str, str] = {
    "wiki": HEAD.format("Wiki", "permit", "read")
    + PREFIX
    + "SELECT ?compartment ?actor WHERE { ?actor a foaf:Person . ?compartment ambit:comesFrom :wiki }",
    "care": HEAD.format("Care", "permit", "read write")
    + "# reads: purpose\n"
    + PREFIX
    + "SELECT ?compartment ?actor ?purpose WHERE { ?actor ambit:memberOfAll :staff . ?compartment ambit:comesFrom :crm ."
    " FILTER(?purpose = :care) }",
    "ask": HEAD.format("Ask", "ask", "read write")
    + PREFIX
    + "SELECT ?compartment ?actor WHERE { ?actor a foaf:Person . ?compartment ambit:comesFrom :hr }",
    "never": HEAD.format("Never", "deny", "any")
    + PREFIX
    + "SELECT ?compartment ?actor WHERE { ?compartment ambit:hasAudience :board . ?actor ambit:memberOfAll :staff }",
    "nobody": HEAD.format("Nobody", "deny", "read")
    + "# reads: purpose\n"
    + PREFIX
    + "SELECT ?compartment ?actor ?purpose WHERE { ?compartment ambit:comesFrom :hr . FILTER(?purpose != :care) }",
    "staff": HEAD.format("Staff", "require", "read").replace("# desc", "# over: ambit:Compartment\n# desc")
    + PREFIX
    + "SELECT ?compartment ?actor WHERE { ?compartment a ambit:Compartment . { ?actor ambit:memberOfAll :staff }"
    " UNION { ?actor a ambit:Agent } }",
    "bots": HEAD.format("Bots", "scope", "read write")
    + PREFIX
    + "SELECT ?compartment ?actor WHERE { ?actor a ambit:Agent . ?compartment ambit:comesFrom ?source }",
    "abroad": HEAD.format("Abroad", "place", "write")
    + PREFIX
    + "SELECT ?compartment ?site WHERE { ?site a ambit:ServerSite . ?compartment ambit:hasJurisdiction ambit:US }",
}
SHARED = """
:home a ambit:ServerSite ; ambit:hasJurisdiction ambit:EU .
:ada a foaf:Person . :bob a foaf:Person . :cleo a foaf:Person .
:care a dpv:Purpose ; skos:broader dpv:CustomerCare . :refund a dpv:Purpose ; skos:broader :care .
ambit:Personal ambit:isOpenTo :care . ambit:Confidential ambit:isOpenTo dpv:PersonnelManagement .
"""
OPTIONAL = (
    ":ada org:memberOf :staff .",
    ":bob org:memberOf :staff . :staff org:subOrganizationOf :board .",
    ":ada org:memberOf ambit:Administrators .",
    ":bot a ambit:Agent ; ambit:isOwnedBy :ada ; ambit:isRegisteredFor :care ; ambit:readsSource :crm , :wiki ;"
    " ambit:readsSensitivity ambit:Personal , ambit:Internal .",
    ':late a ambit:Agent ; ambit:isOwnedBy :bob ; ambit:expires "2026-01-01T00:00:00Z"^^xsd:dateTime .',
    ":yes a ambit:Approval ; ambit:isGrantedTo :cleo ; ambit:isFor :care ; ambit:approves :hr-eu .",
    ":only a ambit:Approval ; ambit:isGrantedTo :ada ; ambit:isFor :care ; ambit:approves :hr-eu , :hr-us ;"
    ' ambit:isUsedThrough :bot ; ambit:action "read" .',
    "ambit:US ambit:findsAdequate ambit:EU .",
)
LABELS = "".join(
    f":{source}-{space.lower()} a ambit:Compartment ; ambit:comesFrom :{source} ; ambit:hasSensitivity ambit:{how} ;"
    f" ambit:hasJurisdiction ambit:{space} ; ambit:hasAudience :{who} .\n"
    for source, how, space, who in (
        ("wiki", "Internal", "EU", "staff"),
        ("wiki", "Internal", "US", "board"),
        ("crm", "Personal", "EU", "staff"),
        ("hr", "Personal", "EU", "ada"),
        ("hr", "Confidential", "US", "board"),
    )
)
PARSED = {name: parse(text, f"{name}.rq") for name, text in OWN.items()}
RULES = load([SHIPPED]).rules


@contextmanager
def world(own: frozenset[str], facts: frozenset[str], failing: str = "") -> Iterator[World]:
    rules: list[Rule] = [
        *RULES,
        *(replace(PARSED[n], failing="broken" if n == failing else "") for n in sorted(own)),
    ]
    made = World(
        Loaded(tuple(rules)),
        lambda: Keeper("policies"),
        {"urn:ground": w.triples(SHARED + "".join(sorted(facts)) + LABELS)},
    )
    try:
        assert made.refused == ()
        made.settle()
        yield made
    finally:
        made.close()


def one_by_one(old: World, new: World, found: Difference) -> set[tuple[bool, str, str, str, str, str]]:
    """The slow way: each question asked of each."""
    span, told = found.looked_at, set()
    for user, agent, action, purpose in product(span.users, ("", *span.agents), span.actions, span.purposes):
        question = Question(Chain(user, (agent,) if agent else ()), purpose, action, now=NOW)
        before, after = (side.decider.decide(question).clearance.compartments for side in (old, new))
        for is_gain, changed in ((True, after - before), (False, before - after)):
            told |= {(is_gain, user, agent, action, purpose or "", one) for one in changed}
    return told


def told(found: Difference) -> set[tuple[bool, str, str, str, str, str]]:
    rows = [(group.is_gain, *row) for group in found.groups for row in each(group)]
    assert len(rows) == len(set(rows)) == sum(group.size for group in found.groups), "each once"
    return set(rows)


Policy: TypeAlias = tuple[frozenset[str], frozenset[str], str]
policies = st.tuples(
    st.frozensets(st.sampled_from(sorted(OWN))),
    st.frozensets(st.sampled_from(OPTIONAL)),
    st.sampled_from(["", "", "never", "nobody", "staff"]),
)


@pytest.mark.parametrize(
    "examples", [5, pytest.param(200, marks=[pytest.mark.long, pytest.mark.timeout(1800)])]
)
def test_the_difference_is_that_of_deciding_each(examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(policies, policies)
    def compared(before: Policy, after: Policy) -> None:
        with world(*before) as old, world(*after) as new:
            found = difference(old, new, NOW)
            assert told(found) == one_by_one(old, new, found)

    compared()


def test_an_approval_that_comes_is_put_down_to_the_rule_that_asks_for_it() -> None:
    with (
        world(frozenset({"ask"}), frozenset()) as old,
        world(frozenset({"ask"}), frozenset({OPTIONAL[5]})) as new,
    ):
        found = difference(old, new, NOW)
        assert {group.rules for group in found.groups} == {("urn:ambit:rule:mine/ask",)}
        assert told(found) == one_by_one(old, new, found) != set()
    through = frozenset({OPTIONAL[3]})
    with (
        world(frozenset({"ask", "bots"}), through) as old,
        world(frozenset({"ask", "bots"}), through | {OPTIONAL[6]}) as new,
    ):
        found = difference(old, new, NOW)
        assert told(found) == one_by_one(old, new, found)


ADA, BOB, CLEO = (w.ex(name) for name in ("ada", "bob", "cleo"))
STAFF = frozenset({OPTIONAL[0]})


def test_a_rule_that_comes_is_named_with_those_who_gain_by_it() -> None:
    with world(frozenset(), STAFF) as old, world(frozenset({"wiki"}), STAFF) as new:
        (group,) = difference(old, new, NOW).groups
    assert group.is_gain and group.rules == ("urn:ambit:rule:mine/wiki",)
    assert (group.users, group.agents, group.actions) == ((BOB, CLEO), ("",), ("read",))
    assert group.compartments == (w.ex("wiki-eu"),) and len(group.purposes) > 3 and "" in group.purposes


def test_a_denial_that_comes_is_named_with_those_who_lose_by_it() -> None:
    facts = STAFF | {":ada org:memberOf :board ."}
    with world(frozenset({"abroad"}), facts) as old, world(frozenset({"abroad", "never"}), facts) as new:
        assert difference(old, old, NOW).groups == ()
        found = difference(old, new, NOW).groups
    assert not found or {group.rules for group in found} == {("urn:ambit:rule:mine/never",)}
    with world(frozenset({"wiki"}), STAFF) as old, world(frozenset({"wiki", "staff"}), STAFF) as new:
        (group,) = difference(old, new, NOW).groups
    assert not group.is_gain and group.rules == ("urn:ambit:rule:mine/staff",) and group.users == (BOB, CLEO)


def test_a_registration_that_ends_is_put_down_to_no_rule() -> None:
    owned = frozenset({OPTIONAL[3], OPTIONAL[0]})
    gone = frozenset({OPTIONAL[3].replace(":ada", ":ghost"), OPTIONAL[0]})
    with world(frozenset({"bots"}), owned) as old, world(frozenset({"bots"}), gone) as new:
        found = difference(old, new, NOW).groups
    assert found and not any(group.is_gain for group in found)
    assert {group.agents for group in found} == {(w.ex("bot"),)}
    assert {group.rules for group in found} == {()}


@pytest.mark.parametrize("name", ["never", "staff"])
def test_a_rule_that_fails_is_told(name: str) -> None:
    with world(frozenset({name}), STAFF) as old, world(frozenset({name}), STAFF, name) as new:
        found = difference(old, new, NOW)
        assert [failure.rule for failure in found.failures] == [f"urn:ambit:rule:mine/{name}"]
        assert told(found) == one_by_one(old, new, found)
