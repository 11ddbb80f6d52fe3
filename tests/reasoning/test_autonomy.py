"""Autonomy: levels from the track record, fallen by an incident, and nothing where a rule fails."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from worlds import PREFIXES, World, ask, ex, triples

from ambit.graph.errors import RuleInvalid
from ambit.graph.terms import Literal, from_turtle
from ambit.graph.vocabulary import AMBIT
from ambit.reasoning.acts.autonomy import RECORD, levels
from ambit.reasoning.rulebase.rules import SHIPPED, Loaded, load, parse

PROV = "@prefix prov: <http://www.w3.org/ns/prov#> .\n"
HEADER = "# title: L\n# family: mine\n# effect: level\n# action: any\n# description: for the test\n{}\n"
SAYS = (
    HEADER
    + "SELECT ?agent ?doing ?level WHERE {{ ?agent a <https://w3id.org/ambit#Agent> BIND('read' AS ?doing) BIND({} AS ?level) }}"
)


def stated(turtle: str) -> list[object]:
    return [quad.triple for quad in from_turtle((PREFIXES + PROV + turtle).encode())]


def approvals(
    count: int,
    day: int = 1,
    *,
    doing: str = "read",
    more: str = "",
    kind: str = "Approval",
    people: int = 4,
    places: int = 1,
    shapes: int = 20,
) -> str:
    """So many approved requests through the helper, one an hour; of so many people, places and shapes in turn."""
    return "".join(
        f":a{day}{doing}{n} a ambit:{kind} ; ambit:answers :r{day}{doing}{n} ; ambit:isUsedThrough :helper ;"
        f" ambit:isGrantedTo :p{n % people} ; ambit:approves :c{n // people % places} ;"
        f' ambit:pattern "{n % shapes}" ;'
        f' ambit:action "{doing}" ; prov:generatedAtTime "2026-01-{day:02}T{n:02}:00:00Z"^^xsd:dateTime {more} .\n'
        f":r{day}{doing}{n} ambit:asksFor :c{n // people % places} .\n"
        for n in range(count)
    )


def incident(day: int, doing: str = "read", agent: str = "helper") -> str:
    return (
        f':i{day}{doing} a ambit:Incident ; ambit:isIncidentOf :{agent} ; ambit:action "{doing}" ;'
        f' prov:generatedAtTime "2026-01-{day:02}T00:00:00Z"^^xsd:dateTime .\n'
    )


HELPER = ":helper a ambit:Agent ; ambit:isOwnedBy :ada . :ada a foaf:Person .\n"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    made = World()
    yield made
    made.close()


def found(world: World) -> dict[str, int]:
    """The helper's level by action, as the record says it."""
    record = levels(world.decider)
    assert record.iri == RECORD
    said: dict[object, dict[str, object]] = {}
    for graph in record.graphs:
        for t in graph.triples:
            said.setdefault(t.subject, {})[t.predicate.value] = t.object
    for one in said.values():
        assert one[AMBIT.AUTONOMY_OF].value == ex("helper")  # type: ignore[attr-defined]
    return {one[AMBIT.ACTION].value: int(one[AMBIT.LEVEL].value) for one in said.values()}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("history", "wanted"),
    [
        ("", {}),
        (approvals(2), {}),
        (approvals(3), {"read": 1}),
        (approvals(9), {"read": 1}),
        (approvals(10), {"read": 2}),
        (approvals(3) + approvals(3, doing="write"), {"read": 1, "write": 1}),
        (approvals(3) + incident(2), {}),
        (approvals(3) + incident(2, "write"), {"read": 1}),
        (approvals(3) + incident(2, agent="other"), {"read": 1}),
        (approvals(10) + incident(2) + approvals(3, day=3), {"read": 1}),
        (approvals(10) + incident(2) + approvals(2, day=3), {}),
        (incident(1) + approvals(1) + approvals(2, day=3), {}),  # at the very moment of the incident: no
        (approvals(3, more="; ambit:isGrantedTo :ada") + ":x ambit:revokes :a1read0 .\n", {}),
        (approvals(3, kind="Override"), {}),
        (approvals(3) + ":y ambit:answers :r1read0 . :x ambit:revokes :y .\n", {}),  # a part of it was revoked
        (approvals(20, people=1, shapes=1), {}),  # one thing asked again and again
        (approvals(20, people=1, shapes=2), {}),
        (approvals(20, people=1, shapes=3), {"read": 1}),
        (approvals(20, people=1), {"read": 1}),  # in ever other words
        (approvals(20, people=3), {"read": 1}),
        (approvals(20, people=4), {"read": 2}),
        (approvals(20, people=3, shapes=1), {"read": 1}),
        (approvals(20, people=1, places=10, shapes=1), {"read": 2}),
        (approvals(20, people=1, places=9, shapes=1), {"read": 1}),
        (approvals(20, people=2, places=2, shapes=1), {"read": 1}),
        (approvals(20, people=1, places=2, shapes=1), {}),
        (approvals(3) + ":x a ambit:Refusal ; ambit:answers :r1read0 .\n", {}),
        (approvals(3) + ":x a ambit:Withdrawal ; ambit:answers :r1read0 .\n", {}),
        (approvals(3) + ":r1read0 ambit:asksFor :c9 .\n", {}),  # a part of it waits
        (approvals(3) + ":r1read0 ambit:asksFor :c9 . :a1read0 ambit:approves :c9 .\n", {"read": 1}),
        (approvals(3) + ":r1read0 ambit:asksFor :c9 . :y a ambit:Override ; ambit:answers :r1read0 ; ambit:approves :c9 .\n", {}),
        (approvals(3).replace("ambit:answers :r1read1", "ambit:answers :r1read0").replace('"1"', '"0"').replace(":p1", ":p0"), {}),
    ],
)  # fmt: skip
def test_levels_follow_from_the_track_record(world: World, history: str, wanted: dict[str, int]) -> None:
    world.become(stated(HELPER + history))  # type: ignore[arg-type]
    assert found(world) == wanted


def test_who_is_no_agent_has_no_level(world: World) -> None:
    world.become(stated(":ada a foaf:Person .\n" + approvals(10)))  # type: ignore[arg-type]
    assert found(world) == {}


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (("3",), {"read": 3}),
        (("3", "5"), {"read": 3}),
        (("0",), {"read": 0}),
        (("9",), {"read": 9}),
        (("10",), {}),
        (("-1",), {}),
        (("1.5",), {}),
        (("'1'",), {}),
        (("3", "1/0"), {"read": 3}),
    ],
)
def test_of_several_levels_the_lowest_counts_and_what_is_none_counts_not(
    said: tuple[str, ...], wanted: dict[str, int]
) -> None:
    rules = [parse(SAYS.format("", value), f"/mine/{number}.rq") for number, value in enumerate(said)]
    world = World(Loaded(tuple(rules)))
    try:
        world.become(triples(HELPER))
        assert found(world) == wanted
        world.decider.close()
        assert not levels(world.decider).graphs, "where a rule fails nobody has a level"
    finally:
        world.close()


ALONE = """# title: A
# family: mine
# effect: permit
# action: read
# description: for the test
# reads: request

PREFIX ambit: <https://w3id.org/ambit#>

SELECT ?compartment ?actor ?request WHERE {
  ?actor a <http://xmlns.com/foaf/0.1/Person> . ?compartment a ambit:Compartment .
  GRAPH ?request { <urn:ambit:request> ambit:isUsedThrough ?agent }
  ?autonomy ambit:isAutonomyOf ?agent ; ambit:level ?level FILTER(?level >= 1)
}
"""


def test_a_rule_that_reads_levels_is_asked_for_each_chain_by_itself() -> None:
    """Also where several are asked together."""
    shipped = load([SHIPPED])
    world = World(Loaded((*shipped.rules, parse(ALONE, "/mine/alone.rq"))))
    agents = "".join(
        f":{name} a ambit:Agent ; ambit:isOwnedBy :ada ; ambit:readsSource :crm ; ambit:readsSensitivity ambit:Open .\n"
        for name in ("helper", "other")
    )
    try:
        world.become(
            triples(
                agents
                + """:ada a foaf:Person . :home a ambit:ServerSite ; ambit:hasJurisdiction ambit:EU .
                :c a ambit:Compartment ; ambit:comesFrom :crm ; ambit:hasSensitivity ambit:Open ;
                  ambit:hasJurisdiction ambit:EU ; ambit:hasAudience :nobody .
                :level a ambit:Autonomy ; ambit:isAutonomyOf :helper ; ambit:action "read" ; ambit:level 1 ."""
            )
        )
        asked = [ask("ada"), ask("ada", "helper"), ask("ada", "other"), ask("ada", "helper", "other")]
        wanted = [False, True, False, True]
        together = world.decider.checks([(question, ex("c")) for question in asked])
        assert [verdict.is_permitted for verdict in together] == wanted
        assert [bool(world.cleared(question)) for question in asked] == wanted
        assert [ex("ada") in world.decider.holders(question, ex("c")).users for question in asked] == wanted
    finally:
        world.close()


def test_a_rule_that_fails_leaves_no_level_to_anybody() -> None:
    """Not even what another rule gives: what the failing one would have said may be lower."""
    good = parse(SAYS.format("", "2"), "/mine/good.rq")
    broken = replace(parse(SAYS.format("", "0"), "/mine/broken.rq"), failing="its file is broken")
    world = World(Loaded((good, broken)))
    try:
        world.become(triples(HELPER))
        assert not levels(world.decider).graphs
    finally:
        world.close()


def test_a_level_says_which_rules_gave_it(world: World) -> None:
    world.become(stated(HELPER + approvals(3)))  # type: ignore[arg-type]
    (graph,) = levels(world.decider).graphs
    rules = {t.object.value for t in graph.triples if t.predicate.value == AMBIT.DECIDED_BY}  # type: ignore[union-attr]
    assert rules == {"urn:ambit:rule:autonomy/record"}
    assert any(
        t.object == Literal("1", datatype=t.object.datatype)
        for t in graph.triples
        if isinstance(t.object, Literal)
    )


def test_a_level_reads_nothing_of_a_request() -> None:
    text = SAYS.format("# reads: now", "1").replace("?level WHERE", "?level ?now WHERE")
    with pytest.raises(RuleInvalid, match="a level follows from governance alone"):
        parse(text, "/mine/now.rq")
    assert not load([SHIPPED]).refused
