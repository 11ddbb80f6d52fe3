"""Approvals: for whom and what one stands, what became of a request, and what came before that is like it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import EX, NOW, PREFIXES, World, ex, triples

from ambit.graph.terms import NamedNode, Quad, from_turtle
from ambit.graph.words import Chain
from ambit.reasoning.acts.approvals import (
    Answer,
    Item,
    State,
    answers,
    item_of,
    items,
    likeness,
    opened,
    precedents,
    state_of,
)
from ambit.reasoning.acts.routing import approvers, may_open
from ambit.reasoning.deciding.questions import Question
from ambit.reasoning.deciding.standing import approved
from ambit.reasoning.governance.facts import Facts
from ambit.reasoning.rulebase.force import stranger_test
from ambit.reasoning.rulebase.rules import parse

GRAPH = NamedNode("urn:ambit:governance:act:test:1")


def facts(turtle: str) -> Facts:
    return Facts(
        Quad(q.subject, q.predicate, q.object, GRAPH)
        for q in from_turtle((PREFIXES + PROV + turtle).encode())
    )


PROV = "@prefix prov: <http://www.w3.org/ns/prov#> . @prefix dcterms: <http://purl.org/dc/terms/> .\n"


# -- for what an approval stands


@dataclass(frozen=True)
class Said:
    """An approval, as a test writes it; what is empty is not said."""

    to: str
    purpose: str
    agents: frozenset[str]
    actions: frozenset[str]
    patterns: frozenset[str]
    answers: bool
    revoked: bool
    by: str
    ends: int  # hours from now; 0: never
    ended: str = ""  # what became of the request that it answers


SAID = st.builds(
    Said,
    st.sampled_from(["ada", "bob"]),
    st.sampled_from(["refund", "care"]),
    st.frozensets(st.sampled_from(["h1", "h2"])),
    st.frozensets(st.sampled_from(["read", "write"])),
    st.frozensets(st.sampled_from(["one", "two"])),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", "ada", "cleo"]),
    st.sampled_from([0, -1, 1]),
    st.sampled_from(["", "Refusal", "Withdrawal", "Approval"]),
)


def told(number: int, one: Said) -> str:
    me = f":a{number}"
    text = f"{me} a ambit:Approval ; ambit:isGrantedTo :{one.to} ; ambit:isFor :{one.purpose} ; ambit:approves :c{number} .\n"
    text += "".join(f"{me} ambit:isUsedThrough :{agent} .\n" for agent in one.agents)
    text += "".join(f'{me} ambit:action "{action}" .\n' for action in one.actions)
    text += "".join(f'{me} ambit:pattern "{pattern}" .\n' for pattern in one.patterns)
    text += f"{me} ambit:answers :request{number} .\n" if one.answers else ""
    text += f":e{number} a ambit:{one.ended} ; ambit:answers :request{number} .\n" if one.ended else ""
    text += f":r{number} ambit:revokes {me} .\n" if one.revoked else ""
    text += f"{me} prov:wasAttributedTo :{one.by} .\n" if one.by else ""
    ends = (NOW + timedelta(hours=one.ends)).isoformat()
    return text + (f'{me} ambit:expires "{ends}"^^xsd:dateTime .\n' if one.ends else "")


def stands(one: Said, question: Question) -> bool:
    """The slow reference: each condition by itself."""
    wider = {"refund": {"refund", "care"}, "care": {"care"}}[(question.purpose or "").removeprefix(EX)]
    if one.to != question.chain.user.removeprefix(EX) or one.purpose not in wider:
        return False
    if one.revoked or one.by == one.to or one.ends == -1:
        return False
    if one.answers and one.ended in ("Refusal", "Withdrawal"):
        return False
    if (one.agents or one.answers) and {ex(a) for a in one.agents} != set(question.chain.agents):
        return False
    if one.actions and question.action not in one.actions:
        return False
    return not one.patterns or question.pattern in one.patterns


@given(
    st.lists(SAID, max_size=5),
    st.sampled_from(["ada", "bob"]),
    st.lists(st.sampled_from(["h1", "h2"]), unique=True),
    st.sampled_from(["refund", "care"]),
    st.sampled_from(["read", "write"]),
    st.sampled_from(["", "one", "two", "three"]),
)
def test_an_approval_stands_for_what_it_says_and_nothing_more(
    said: list[Said], user: str, agents: list[str], purpose: str, action: str, pattern: str
) -> None:
    world = facts(
        ":refund skos:broaderTransitive :care .\n" + "".join(told(n, one) for n, one in enumerate(said))
    )
    question = Question(
        Chain(ex(user), tuple(map(ex, agents))), ex(purpose), action, now=NOW, pattern=pattern
    )
    found, _ = approved(question, world)
    assert found == {ex(f"c{n}") for n, one in enumerate(said) if stands(one, question)}


PLAIN = Said("ada", "care", frozenset(), frozenset(), frozenset(), False, False, "cleo", 0)


@pytest.mark.parametrize(
    ("changed", "is_open"),
    [
        ({}, True),
        ({"by": "ada"}, False),
        ({"revoked": True}, False),
        ({"to": "bob"}, False),
        ({"purpose": "refund"}, False),
        ({"agents": frozenset({"h1"})}, True),
        ({"agents": frozenset({"h1", "h2"})}, False),
        ({"agents": frozenset({"h2"})}, False),
        ({"answers": True}, False),
        ({"answers": True, "agents": frozenset({"h1"})}, True),
        ({"answers": True, "agents": frozenset({"h1"}), "ended": "Refusal"}, False),
        ({"answers": True, "agents": frozenset({"h1"}), "ended": "Withdrawal"}, False),
        ({"answers": True, "agents": frozenset({"h1"}), "ended": "Approval"}, True),
        ({"ended": "Refusal"}, True),
        ({"actions": frozenset({"read"})}, True),
        ({"actions": frozenset({"write"})}, False),
        ({"patterns": frozenset({"one"})}, True),
        ({"patterns": frozenset({"two"})}, False),
        ({"ends": -1}, False),
        ({"ends": 1}, True),
    ],
)
def test_each_thing_that_an_approval_says_narrows_it(changed: dict[str, object], is_open: bool) -> None:
    one = replace(PLAIN, **changed)  # type: ignore[arg-type]
    world = facts(":refund skos:broaderTransitive :care .\n" + told(0, one))
    question = Question(Chain(ex("ada"), (ex("h1"),)), ex("care"), now=NOW, pattern="one")
    assert (approved(question, world)[0] == {ex("c0")}) is is_open is stands(one, question)


# -- what became of a request

ITEM = Item(
    "urn:r", ex("dan"), frozenset(), ex("care"), "read", frozenset({"c1", "c2"}), frozenset({"t"}), "why it is",
    NOW, NOW + timedelta(days=7),
)  # fmt: skip


def answer(kind: str = "approval", *compartments: str, revoked: bool = False, days: int = 30) -> Answer:
    return Answer(
        "urn:a",
        kind,
        ex("cleo"),
        "why it is",
        NOW,
        NOW + timedelta(days=days),
        frozenset(compartments),
        revoked,
    )


@pytest.mark.parametrize(
    ("said", "days", "state"),
    [
        ([], 0, State.PENDING),
        ([], 6.99, State.PENDING),
        ([], 7, State.EXPIRED),
        ([answer("approval", "c1")], 0, State.PENDING),
        ([answer("approval", "c1")], 7, State.EXPIRED),
        ([answer("approval", "c1"), answer("override", "c2")], 0, State.APPROVED),
        ([answer("approval", "c1"), answer("approval", "c2")], 29, State.APPROVED),
        ([answer("approval", "c1"), answer("approval", "c2")], 30, State.LAPSED),
        ([answer("approval", "c1", "c2", revoked=True)], 0, State.REVOKED),
        ([answer("approval", "c1", "c2", revoked=True), answer("approval", "c1", "c2")], 0, State.APPROVED),
        ([answer("refusal")], 0, State.REFUSED),
        ([answer("approval", "c1"), answer("refusal")], 30, State.REFUSED),
        ([answer("withdrawal")], 0, State.WITHDRAWN),
    ],
)
def test_a_state_follows_from_what_was_said_and_the_time(
    said: list[Answer], days: float, state: State
) -> None:
    assert state_of(ITEM, said, NOW + timedelta(days=days)) is state


def test_what_an_approval_opens_ends_with_it() -> None:
    said = [
        answer("approval", "c1"),
        answer("approval", "c2", revoked=True),
        answer("override", "c3", days=1),
    ]
    assert opened(said, NOW) == {"c1", "c3"}
    assert opened(said, NOW + timedelta(days=1)) == {"c1"}


def test_a_request_is_read_as_its_act_says_it() -> None:
    made = replace(ITEM, iri=ex("r"), compartments=frozenset({ex("c1")}), concerns=frozenset({ex("t")}), pattern="p", query="SELECT", agents=frozenset({ex("h")}))  # fmt: skip
    world = Facts(
        Quad(NamedNode(made.iri), NamedNode(predicate), value, GRAPH)
        for predicate, values in made.said().items()
        for value in values
    )
    about = f':r a ambit:ApprovalRequest ; dcterms:description "why it is" ; prov:generatedAtTime "{NOW.isoformat()}"^^xsd:dateTime .'
    for quad in from_turtle((PREFIXES + PROV + about).encode()):
        world.add(Quad(quad.subject, quad.predicate, quad.object, GRAPH))
    assert item_of(world, made.iri) == made
    assert list(items(world)) == [made]
    assert item_of(world, ex("other")) is None and item_of(world, "no iri") is None
    assert answers(world, made) == ()


# -- what is alike


def like(number: int, **changed: object) -> Item:
    return replace(ITEM, iri=f"urn:other:{number}", **changed)  # type: ignore[arg-type]


def test_the_most_alike_come_first_and_outcomes_are_counted_over_all() -> None:
    asked = replace(ITEM, pattern="p")
    others = [
        (like(1, pattern="p"), State.APPROVED),
        (like(2, pattern="p", purpose=ex("other")), State.REFUSED),
        (like(3, pattern="q", compartments=frozenset({"c1"})), State.REVOKED),
        (like(4, pattern="q", compartments=frozenset({"c9"})), State.APPROVED),  # nothing in common
        (like(5, pattern="p"), State.PENDING),  # not answered
        (like(6, pattern="p", created=NOW + timedelta(hours=1)), State.LAPSED),
        (asked, State.APPROVED),  # itself
    ]
    nodes, outcomes = precedents(asked, others, 3)
    assert [(one.iri, state, score) for one, state, score in nodes] == [
        ("urn:other:6", State.LAPSED, 11),
        ("urn:other:1", State.APPROVED, 11),
        ("urn:other:2", State.REFUSED, 9),
    ]
    assert outcomes == {State.APPROVED: 1, State.REFUSED: 1, State.REVOKED: 1, State.LAPSED: 1}
    assert (
        likeness(asked, asked) == 11
        and likeness(asked, like(3, pattern="q", compartments=frozenset({"c1"}))) == 5
    )


# -- who answers

EVERYBODY = """# title: E
# family: mine
# effect: approve
# action: read
# description: for the test
# reads: request

PREFIX ambit: <https://w3id.org/ambit#>

SELECT ?compartment ?approver ?request WHERE {
  GRAPH ?request { ?asked ambit:asksFor ?compartment }
  %s
}
"""


def test_a_rule_that_lets_everybody_answer_is_refused() -> None:
    world = World()
    try:
        rules = {
            kind: parse(EVERYBODY % pattern, f"/mine/{kind}.rq")
            for kind, pattern in (
                ("open", "FILTER(BOUND(?approver) || true)"),
                ("owners", "?compartment ambit:hasAudience ?a . ?a ambit:isOwnedBy ?approver"),
            )
        }
        refused = stranger_test(tuple(rules.values()), world.decider.rules, 20)
        assert set(refused) == {"/mine/open.rq"}
    finally:
        world.close()


def test_who_answers_is_a_person_and_never_the_one_who_asks() -> None:
    """Also where a rule names somebody else."""
    from ambit.reasoning.rulebase.rules import SHIPPED, Loaded, load

    shipped = load([SHIPPED])
    rule = parse(EVERYBODY % "?compartment ambit:hasAudience ?approver", "/mine/audience.rq")
    world = World(Loaded((*shipped.rules, rule)))
    try:
        world.become(
            triples(
                """
                :c1 a ambit:Compartment ; ambit:comesFrom :crm ; ambit:hasSensitivity ambit:Internal ;
                  ambit:hasJurisdiction ambit:EU ; ambit:hasAudience :dan , :cleo , :helper , :robot .
                :dan a foaf:Person . :cleo a foaf:Person . :helper a ambit:Agent .
                """
            )
        )
        item = replace(ITEM, compartments=frozenset({ex("c1"), ex("c2")}), agents=frozenset({ex("cleo2")}))
        assert approvers(world.decider, item, NOW) == {ex("c1"): {ex("cleo")}, ex("c2"): frozenset()}
        assert may_open(world.decider, item, ex("cleo"), NOW) == {ex("c1")}
        for nobody in ("dan", "helper", "robot"):
            assert not may_open(world.decider, item, ex(nobody), NOW)
        world.decider.close()
        assert approvers(world.decider, item, NOW) == {ex("c1"): frozenset(), ex("c2"): frozenset()}, (
            "a failure names nobody"
        )
    finally:
        world.close()


LINE = """
:c a ambit:Compartment ; ambit:comesFrom :crm ; ambit:hasSensitivity :Secret ; ambit:hasJurisdiction ambit:EU ; ambit:hasAudience :acme .
:Secret ambit:isAbove :Inner .
:dan a foaf:Person ; org:reportsTo :m1 . :m1 a foaf:Person ; org:reportsTo :m2 . :m2 a foaf:Person ; org:reportsTo :m3 . :m3 a foaf:Person .
:eve a foaf:Person . :fay a foaf:Person .
"""
LATER, BEFORE = "2026-04-01T00:00:00Z", "2026-02-01T00:00:00Z"


@pytest.fixture(scope="module")
def line() -> object:
    world = World()
    yield world
    world.close()


@pytest.mark.parametrize(
    ("more", "hours", "wanted"),
    [
        ("", 0, "m1"),
        (":acme ambit:isOwnedBy :eve .", 0, "eve"),
        (":acme ambit:isOwnedBy :team . :eve org:memberOf :team . :dan org:memberOf :team .", 0, "eve"),
        (f':m1 ambit:absentUntil "{LATER}"^^xsd:dateTime .', 0, "m2"),
        (f':m1 ambit:absentUntil "{BEFORE}"^^xsd:dateTime .', 0, "m1"),
        (f':m1 ambit:absentUntil "{LATER}"^^xsd:dateTime ; ambit:hasDeputy :eve .', 0, "eve"),
        (":m1 ambit:hasDeputy :eve .", 0, "m1"),
        (f':m1 ambit:absentUntil "{LATER}"^^xsd:dateTime ; ambit:hasDeputy :dan .', 0, "m2"),
        (f':m1 ambit:absentUntil "{LATER}"^^xsd:dateTime ; ambit:hasDeputy :eve . :eve ambit:absentUntil "{LATER}"^^xsd:dateTime .', 0, "m2"),
        (':m1 ambit:escalatesAfter "PT4H"^^xsd:dayTimeDuration .', 3.9, "m1"),
        (':m1 ambit:escalatesAfter "PT4H"^^xsd:dayTimeDuration .', 4, "m1 m2"),
        (':m1 ambit:escalatesAfter "PT4H"^^xsd:dayTimeDuration . :m2 ambit:escalatesAfter "P1D"^^xsd:dayTimeDuration .', 23, "m1 m2"),
        (':m1 ambit:escalatesAfter "PT4H"^^xsd:dayTimeDuration . :m2 ambit:escalatesAfter "P1D"^^xsd:dayTimeDuration .', 24, "m1 m2 m3"),
        (":m1 ambit:approvesUpTo :Inner .", 0, "m2"),
        (":m1 ambit:approvesUpTo :Secret .", 0, "m1"),
        (":m1 ambit:approvesUpTo :Top . :Top ambit:isAbove :Secret .", 0, "m1"),
        (":acme ambit:isOwnedBy :dan .", 0, "m1"),
        (":acme ambit:isOwnedBy :team . :dan org:memberOf :team .", 0, "m1"),
        (":other a ambit:Compartment ; ambit:hasAudience :them . :them ambit:isOwnedBy :eve .", 0, "m1"),
        (":dan org:reportsTo :eve .", 0, "m1 eve"),
    ],
)  # fmt: skip
def test_the_line_is_followed(line: World, more: str, hours: float, wanted: str) -> None:
    line.become(triples(LINE + more))
    item = replace(ITEM, compartments=frozenset({ex("c")}))
    found = approvers(line.decider, item, NOW + timedelta(hours=hours))
    assert found == {ex("c"): set(map(ex, wanted.split()))}
    assert isinstance(NOW, datetime)
