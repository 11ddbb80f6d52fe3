"""Agents through the real server: registered by who administers, ended by who owns them, known to both alone."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from approvalworld import CARE, FILES, HEAD, ID, People
from liveworld import Live, live

from ambit.reasoning.acts import registrations
from ambit.reasoning.acts.registrations import Registration
from ambit.reasoning.governance.facts import Facts
from ambit.server.issuer import LocalIssuer

ADMINISTRATION = "https://w3id.org/ambit#Administration"
INTERNAL = "https://w3id.org/ambit#Internal"
OPEN = "https://w3id.org/ambit#Open"
CLERK = ID + "clerk"
WHY = "it answers customers for us"
TOLD = "{ iri label standing owners purposes sources sensitivities expires }"
REGISTER = (
    "mutation($iri: ID!, $purposes: [ID!]!, $sources: [ID!]!, $sensitivities: [ID!]!, $owner: ID,"
    f' $days: Int! = 30, $reason: String! = "{WHY}") {{ registerAgent(iri: $iri, purposes: $purposes, sources: $sources,'
    f" sensitivities: $sensitivities, owner: $owner, days: $days, reason: $reason) {TOLD} }}"
)
REVOKE = f'mutation($iri: ID!, $reason: String! = "it went astray today") {{ revokeAgent(iri: $iri, reason: $reason) {TOLD} }}'
REINSTATE = f"mutation($iri: ID!) {{ reinstateAgent(iri: $iri) {TOLD} }}"
LISTED = f"{{ agents {TOLD} }}"
SHOWN = f"query($iri: ID!) {{ agent(iri: $iri) {TOLD} }}"
CLERK_IS: dict[str, Any] = {
    "iri": CLERK,
    "purposes": [CARE],
    "sources": [ID + "pages"],
    "sensitivities": [OPEN, INTERNAL],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("registering") / "ws", added=FILES) as served:
        yield served


@pytest.fixture
def people(server: Live) -> People:
    return People(server)


def rows(people: People, *agents: str) -> int:
    return people.rows("ben", "SELECT * { ?s ?p ?o }", purpose=None, agents=agents)


def as_admin(people: People, text: str, **asked: Any) -> Any:
    return people.told("ada", text, purpose=ADMINISTRATION, **asked)


def test_an_agent_is_registered_acts_and_is_ended_by_its_owner(people: People) -> None:
    assert rows(people, "clerk") == 0
    told = as_admin(people, REGISTER, **CLERK_IS, owner=ID + "cleo")
    assert (told["iri"], told["standing"], told["owners"]) == (CLERK, "active", [ID + "cleo"])
    assert 0 < rows(people, "clerk") <= rows(people)
    assert people.told("cleo", SHOWN, iri=CLERK) == told
    assert people.told("cleo", LISTED) == [told]
    ended = people.told("cleo", REVOKE, iri=CLERK)
    assert ended["standing"] == "revoked"
    assert rows(people, "clerk") == 0
    assert as_admin(people, REINSTATE, iri=CLERK)["standing"] == "active"
    assert rows(people, "clerk") > 0


def test_it_is_registered_anew_and_narrower(people: People) -> None:
    as_admin(people, REGISTER, **CLERK_IS)
    before = rows(people, "clerk")
    narrower = as_admin(people, REGISTER, **(CLERK_IS | {"sensitivities": [OPEN]}))
    assert narrower["sensitivities"] == [OPEN]
    assert rows(people, "clerk") < before


def test_nobody_else_knows_of_an_agent(people: People) -> None:
    as_admin(people, REGISTER, **CLERK_IS, owner=ID + "cleo")
    for asked in ({}, {"agents": ("helper",)}):
        assert people.told("dan", LISTED, **asked) == []
        assert people.told("dan", SHOWN, iri=CLERK, **asked) is None
    assert people.told("cleo", LISTED, agents=("helper",)) == []
    hidden = people.code("dan", REVOKE, iri=CLERK)
    absent = people.code("dan", REVOKE, iri=ID + "absent")
    assert hidden == ("not-found", f"there is no agent `{CLERK}`")
    assert absent == ("not-found", f"there is no agent `{ID}absent`")
    assert people.told("cleo", SHOWN, iri=CLERK)["standing"] == "active"


def test_a_list_reads_no_more_agents_than_it_tells(
    people: People, server: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an owner those that it owns, of who administers as many as are asked for."""
    read: list[str] = []
    look = registrations.registration

    def counted(facts: Facts, agent: str) -> Registration | None:
        read.append(agent)
        return look(facts, agent)

    for number in range(5):
        as_admin(people, REGISTER, **(CLERK_IS | {"iri": f"{ID}of-ada-{number}"}))
    as_admin(people, REGISTER, **(CLERK_IS | {"iri": f"{ID}of-ben"}), owner=f"{ID}ben")
    monkeypatch.setattr(registrations, "registration", counted)
    mine = people.told("ben", LISTED)
    assert f"{ID}of-ben" in {one["iri"] for one in mine}
    assert set(read) == {one["iri"] for one in mine}
    read.clear()
    assert len(as_admin(people, LISTED.replace("agents", "agents(first: 2)"))) == 2
    assert len(read) == 2


def test_who_does_not_administer_registers_and_reinstates_nobody(people: People) -> None:
    as_admin(people, REGISTER, **CLERK_IS, owner=ID + "cleo")
    for name, asked in (("ben", {}), ("ada", {}), ("cleo", {})):
        assert people.code(name, REGISTER, **CLERK_IS, **asked)[0] == "act-refused"
        assert people.code(name, REINSTATE, iri=CLERK, **asked)[0] == "act-refused"


def test_who_lacks_the_purpose_is_told_how_to_ask_with_it(people: People) -> None:
    (error,) = people.graphql("ada", REGISTER, **CLERK_IS)["errors"]
    assert error["message"] == "agents are registered for the purpose administration"
    assert f"`ambit token … --purpose {ADMINISTRATION}`" in error["extensions"]["hint"]
    assert "without agents" not in error["extensions"]["hint"]


def test_an_agent_registers_no_agent(people: People, server: Live) -> None:
    governance = server.settings.workspace / "governance" / "wide.ttl"
    governance.write_text(
        HEAD + "my:wide a ambit:Agent ; ambit:isOwnedBy my:ada ; ambit:isRegisteredFor ambit:Administration ."
    )
    server.layers._definitions.changed(governance)
    try:
        asked = {"purpose": ADMINISTRATION, "agents": ("wide",)}
        assert people.code("ada", REGISTER, **CLERK_IS, **asked)[0] == "act-refused"
        assert people.code("ada", REVOKE, iri=ID + "helper", **asked)[0] in ("act-refused", "not-found")
    finally:
        governance.unlink()
        server.layers._definitions.changed(governance)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"iri": "no iri"}, "can be no agent"),
        ({"iri": ID + "ben"}, "can be no agent"),
        ({"iri": ID + "helper"}, "is registered in a file"),
        ({"iri": "https://w3id.org/ambit#Server"}, "Ambit's own"),
        ({"iri": ID + "cl\u0435rk"}, "looks like"),
        ({"owner": ID + "nobody"}, "is no person"),
        ({"owner": ID + "helper"}, "is no person"),
        ({"purposes": []}, "at least"),
        ({"sources": []}, "at least"),
        ({"sensitivities": []}, "at least"),
        ({"purposes": [ID + "odd"]}, "is no purpose"),
        ({"sources": [ID + "odd"]}, "is no source"),
        ({"sensitivities": [ID + "odd"]}, "is no sensitivity"),
        ({"days": 0}, "holds 1 to"),
        ({"days": 100_000}, "holds 1 to"),
        ({"reason": "short"}, "a reason has"),
    ],
    ids=str,
)
def test_what_governance_does_not_know_registers_nobody(
    people: People, change: dict[str, Any], said: str
) -> None:
    as_admin(people, REGISTER, **CLERK_IS)
    before = as_admin(people, LISTED)
    code, message = people.code("ada", REGISTER, purpose=ADMINISTRATION, **(CLERK_IS | change))
    assert code in ("invalid-argument", "identity-refused")
    assert said in message
    assert as_admin(people, LISTED) == before


def test_a_revocation_in_a_file_is_ended_in_the_file(people: People, server: Live) -> None:
    governance = server.settings.workspace / "governance" / "ended.ttl"
    governance.write_text(HEAD + "my:end a ambit:Revocation ; ambit:revokes my:helper .")
    server.layers._definitions.changed(governance)
    try:
        assert people.told("ada", SHOWN, purpose=ADMINISTRATION, iri=ID + "helper")["standing"] == "revoked"
        code, message = people.code("ada", REINSTATE, purpose=ADMINISTRATION, iri=ID + "helper")
        assert code == "invalid-argument" and "file of governance" in message
    finally:
        governance.unlink()
        server.layers._definitions.changed(governance)
    assert people.told("ada", SHOWN, purpose=ADMINISTRATION, iri=ID + "helper")["standing"] == "active"


def test_the_act_says_who_registered_whom_and_why_and_the_ledger_names_it(
    people: People, server: Live
) -> None:
    as_admin(people, REGISTER, **CLERK_IS)
    acts = [quad for quad in server.layers.owner.governance() if WHY in str(quad.object)]
    assert acts
    written = [
        entry.fields
        for entry in server.layers.ledger.entries()
        if entry.kind == "answer" and entry.fields.get("written")
    ]
    assert written[-1]["actions"] == ["govern"]


def test_what_is_asked_by_get_ends_and_begins_nothing(server: Live, people: People) -> None:
    as_admin(people, REGISTER, **CLERK_IS)
    as_admin(people, REVOKE, iri=CLERK)
    token = LocalIssuer(server.settings.data).issue(ID + "ada", ttl=600, purposes=[ADMINISTRATION])
    response = httpx2.get(
        f"http://127.0.0.1:{server.port}/graphql",
        params={"query": f'mutation {{ reinstateAgent(iri: "{CLERK}") {{ iri }} }}'},
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
        trust_env=False,
    )
    assert "errors" in response.json()
    assert people.told("ada", SHOWN, purpose=ADMINISTRATION, iri=CLERK)["standing"] == "revoked"
