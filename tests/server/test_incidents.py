"""Autonomy through the real server: earned by approved requests, taken back by an incident before it is acknowledged."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from approvalworld import ABSENT, APPROVE, FILES, ID, PAY, QUERY, REVOKE, WIDER, People
from liveworld import Live, live

from ambit.server.incidents import Autonomy, autonomy_of

PAGE = Path(__file__).parents[2] / "docs" / "approvals.md"
ALONE = re.compile(r"^In `(\w+/alone\.\w+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HELPER = ID + "helper"
INCIDENT = (
    'mutation($agent: ID!, $reason: String! = "it told a customer what we pay", $action: String! = "read")'
    " { recordIncident(agent: $agent, reason: $reason, action: $action) { agent action level rules } }"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    added = FILES | dict(ALONE.findall(PAGE.read_text(encoding="utf-8")))
    assert added.keys() - FILES.keys() == {"rules/alone.rq", "cases/alone.trig"}
    with live(tmp_path_factory.mktemp("autonomy") / "ws", added=added) as served:
        yield served


@pytest.fixture
def people(server: Live) -> People:
    return People(server)


def level(server: Live) -> Autonomy:
    return autonomy_of(server.layers.decider.facts, HELPER, "read")


def through(people: People, limit: int) -> str:
    """An approved request through the helper, of a shape of its own."""
    asked = people.ask("dan", PAY, query=f"{QUERY(PAY)} LIMIT {limit}", agents=("helper",))
    people.told("cleo", APPROVE, iri=asked["iri"])
    iri: str = asked["iri"]
    return iri


def test_an_agent_earns_its_autonomy_and_loses_it_by_an_incident(people: People, server: Live) -> None:
    assert level(server) == Autonomy(HELPER, "read")
    made = [through(people, limit) for limit in (1, 2)]
    assert level(server).level == 0 and people.rows("dan", WIDER, agents=("helper",)) == 0
    made.append(through(people, 3))
    assert level(server) == Autonomy(HELPER, "read", 1, ("urn:ambit:rule:autonomy/record",))
    assert people.rows("dan", WIDER, agents=("helper",)) > 0
    assert people.rows("dan", WIDER) == 0, "the person alone goes on asking"
    people.told("cleo", REVOKE, iri=made[0])
    assert level(server).level == 0 and people.rows("dan", WIDER, agents=("helper",)) == 0
    through(people, 4)
    assert level(server).level == 1
    told = people.told("ada", INCIDENT, agent=HELPER)
    assert told == {"agent": HELPER, "action": "read", "level": 0, "rules": []}
    assert people.rows("dan", WIDER, agents=("helper",)) == 0
    for limit in (5, 6, 7):
        through(people, limit)
    assert level(server).level == 1, "it begins anew"
    people.told("ada", INCIDENT, agent=HELPER)


def test_only_those_who_answer_for_an_agent_record_its_incidents(people: People) -> None:
    """Of an agent of somebody else one is told the same as of none."""
    for name in ("dan", "cleo", "eve"):
        assert people.code(name, INCIDENT, agent=HELPER)[0] == "not-found"
    for agent in (ABSENT, "no iri", ID + "dan"):
        assert people.code("ada", INCIDENT, agent=agent)[0] == "not-found"
    assert people.code("ada", INCIDENT, agent=HELPER, agents=("helper",))[0] == "act-refused"
    assert people.code("ada", INCIDENT, agent=HELPER, reason="harm")[0] == "invalid-argument"
    assert people.code("ada", INCIDENT, agent=HELPER, action="dance")[0] == "invalid-argument"


def test_another_rule_for_levels_counts_as_soon_as_it_is_saved(people: People, server: Live) -> None:
    for limit in (11, 12, 13):
        through(people, limit)
    assert level(server).level == 1
    strict = (
        "# title: S\n# family: mine\n# effect: level\n# action: any\n# description: for the test\n"
        "SELECT ?agent ?doing ?level WHERE { ?agent a <https://w3id.org/ambit#Agent> BIND('read' AS ?doing) BIND(0 AS ?level) }"
    )
    server.save("strict.rq", strict)
    assert level(server) == Autonomy(HELPER, "read", 0, ("urn:ambit:rule:mine/strict",))
    assert people.rows("dan", WIDER, agents=("helper",)) == 0
    server.save("strict.rq", None)
    assert level(server).level == 1
    assert people.rows("dan", WIDER, agents=("helper",)) > 0
    people.told("ada", INCIDENT, agent=HELPER)
