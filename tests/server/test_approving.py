"""Approvals through the real server: asked for, answered by whom rules name, standing for one shape, ended at once."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from approvalworld import (
    ABSENT,
    APPROVE,
    ASKING,
    BILLING,
    CARE,
    FILES,
    HEAD,
    ID,
    LISTED,
    OTHER_PAY,
    PAY,
    PLAN,
    QUERY,
    REFUSE,
    REVOKE,
    SHOWN,
    WHY,
    WIDER,
    WITHDRAW,
    People,
)
from liveworld import Live, live

from ambit.graph.clock import CLOCK
from ambit.graph.errors import Invalid
from ambit.graph.sparql.patterns import pattern_of
from ambit.graph.views.cancellation import Cancellation
from ambit.graph.words import Chain
from ambit.reasoning.acts.approvals import State
from ambit.reasoning.acts.routing import may_open
from ambit.reasoning.deciding.questions import Question
from ambit.server.approving import Approving
from ambit.server.identity import Identity
from ambit.server.requested import Told
from ambit.server.requests import Requests
from ambit.server.settings import read


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("approving") / "ws", added=FILES) as served:
        yield served


@pytest.fixture
def people(server: Live) -> People:
    return People(server)


def governance(server: Live, said: str | None) -> None:
    """Something more in governance; in force, or gone, when this returns."""
    file = server.settings.workspace / "governance" / "changed.ttl"
    if said is None:
        file.unlink(missing_ok=True)
    else:
        file.write_text(HEAD + said)
    server.layers._definitions.changed(file)


def test_the_same_passes_after_an_approval_and_a_wider_one_does_not_until_it_is_revoked(
    people: People,
) -> None:
    query = QUERY(PAY)
    assert people.rows("dan", query) == 0
    missing = people.told("dan", "query($iri: ID!) { explain(iri: $iri) { permitted missing } }", iri=PAY)
    assert missing == {"permitted": False, "missing": ["https://w3id.org/ambit#Approval"]}
    asked = people.ask("dan", PAY, query=query)
    assert (asked["state"], asked["asker"], asked["agents"]) == ("pending", ID + "dan", [])
    assert asked["rules"] == ["urn:ambit:rule:payroll/payroll"]
    assert people.rows("dan", query) == 0
    approved = people.told("cleo", APPROVE, iri=asked["iri"])
    assert approved["state"] == "approved"
    assert approved["answers"][0]["rules"] == ["urn:ambit:rule:approval/line"]
    assert people.rows("dan", query) > 0
    assert people.rows("dan", QUERY(OTHER_PAY)) > 0, (
        "of another thing of the same compartment, the same shape"
    )
    assert people.rows("dan", "prefix ex: <x:>\nselect $a $b { <" + PAY + "> $a $b }") > 0
    assert people.rows("dan", WIDER) == 0
    assert people.rows("dan", query + " LIMIT 1") == 0
    assert people.rows("dan", query, path="?default-graph-uri=urn%3Ax") == 0
    assert people.rows("dan", query, purpose=BILLING) == 0
    assert people.rows("dan", query, agents=("helper",)) == 0
    assert people.rows("ben", query) == 0
    assert people.told("dan", "query($iri: ID!) { entity(iri: $iri) { iri } }", iri=PAY) is None
    revoked = people.told("cleo", REVOKE, iri=asked["iri"])
    assert revoked["state"] == "revoked" and revoked["answers"][0]["revoked"]
    assert people.rows("dan", query) == 0


def test_a_graphql_query_has_a_shape_of_its_own(people: People) -> None:
    text = "query($iri: ID!) { entity(iri: $iri) { iri label } }"
    wider = "query($iri: ID!) { entity(iri: $iri) { iri label types } }"
    asked = people.told(
        "dan",
        'mutation($q: String!, $v: String!, $i: ID!) { requestApproval(iris: [$i], reason: "for the audit of pay",'
        " graphql: $q, variables: $v) { iri query } }",
        q=text, v=f'{{"iri": "{PAY}"}}', i=PAY,
    )  # fmt: skip
    assert people.told("dan", text, iri=PAY) is None
    people.told("cleo", APPROVE, iri=asked["iri"])
    assert people.told("dan", text, iri=PAY)["label"] == "Pay of Dan"
    assert people.told("dan", text, iri=OTHER_PAY)["label"] == "Pay of Eve"
    assert people.told("dan", wider, iri=PAY) is None
    assert people.rows("dan", QUERY(PAY)) == 0
    people.told("cleo", REVOKE, iri=asked["iri"])
    assert people.told("dan", text, iri=PAY) is None


def test_without_a_query_an_approval_is_of_any_shape(people: People) -> None:
    asked = people.ask("dan", PAY, purpose=BILLING)
    assert asked["query"] is None
    people.told("cleo", APPROVE, iri=asked["iri"])
    assert people.rows("dan", WIDER, purpose=BILLING) > 0
    assert people.rows("dan", WIDER) == 0, "for another purpose it stands for nothing"
    people.told("dan", REVOKE, iri=asked["iri"])
    assert people.rows("dan", WIDER, purpose=BILLING) == 0, "who asked may end it, too"


def test_an_approval_asked_through_an_agent_is_for_that_chain(people: People) -> None:
    query = QUERY(PAY)
    asked = people.ask("dan", PAY, query=query, agents=("helper",))
    assert asked["agents"] == [ID + "helper"]
    people.told("cleo", APPROVE, iri=asked["iri"])
    assert people.rows("dan", query, agents=("helper",)) > 0
    assert people.rows("dan", query) == 0
    people.told("cleo", REVOKE, iri=asked["iri"])
    assert people.rows("dan", query, agents=("helper",)) == 0


def test_hidden_and_absent_read_the_same(people: People) -> None:
    """What nobody could approve for the caller, what does not exist, and what is open already."""
    said = {
        people.code("dan", ASKING, iris=[thing]) for thing in (PLAN, ABSENT, "no iri at all", ID + "welcome")
    }
    assert said == {("not-found", "there is nothing of these names that waits for an approval")}
    assert people.code("eve", ASKING, iris=[PAY]) in said, "no rule asks for her"
    seen = people.ask("dan", PAY, PLAN, ABSENT)
    assert seen["concerns"] == [PAY]
    people.told("dan", WITHDRAW, iri=seen["iri"], reason="not needed any more")


def test_whoever_has_no_say_sees_no_request(people: People) -> None:
    asked = people.ask("dan", PAY)
    missing = {people.code("eve", APPROVE, iri=iri) for iri in (asked["iri"],)}
    assert {code for code, _ in missing} == {"not-found"}
    code, message = people.code("eve", APPROVE, iri="urn:ambit:governance:act:request:none")
    assert code == "not-found" and message.startswith("there is no request")
    for name in ("ben", "eve"):
        assert people.told(name, LISTED) == []
        assert people.told(name, SHOWN, iri=asked["iri"]) is None
        for deed in (APPROVE, REFUSE, REVOKE, WITHDRAW):
            assert people.code(name, deed, iri=asked["iri"])[0] == "not-found"
    assert [one["iri"] for one in people.told("cleo", LISTED, state="pending")] == [asked["iri"]]
    assert people.told("cleo", SHOWN, iri=asked["iri"])["mayAnswer"]
    assert not people.told("dan", SHOWN, iri=asked["iri"])["mayAnswer"]
    people.told("dan", WITHDRAW, iri=asked["iri"])


def test_nobody_answers_for_themselves_nor_through_an_agent(people: People, server: Live) -> None:
    asked = people.ask("dan", PAY)
    assert people.code("dan", APPROVE, iri=asked["iri"])[0] == "act-refused"
    assert people.code("cleo", APPROVE, iri=asked["iri"], agents=("helper",))[0] == "act-refused"
    own = people.ask("cleo", PAY, action="write")
    try:
        assert people.code("cleo", APPROVE, iri=own["iri"])[0] == "act-refused"
        assert people.told("ada", SHOWN, iri=own["iri"])["mayAnswer"], (
            "who owns it asks: the next in her line answers"
        )
        governance(server, "my:pay ambit:isOwnedBy my:payers . my:cleo org:memberOf my:payers .")
        assert people.code("cleo", APPROVE, iri=own["iri"])[0] == "act-refused", (
            "nor as a member of the owning group"
        )
        governance(
            server, "ambit:Administrators org:hasMember my:cleo . my:cleo org:memberOf ambit:Administrators ."
        )
        code = people.code("cleo", APPROVE, iri=own["iri"], purpose="https://w3id.org/ambit#Administration")[
            0
        ]
        assert code == "act-refused", "nor as an administrator"
    finally:
        governance(server, None)
        for name, one in (("dan", asked), ("cleo", own)):
            people.told(name, WITHDRAW, iri=one["iri"])


def test_a_reason_is_said_in_ten_characters_at_least(people: People) -> None:
    code, message = people.code("dan", ASKING, iris=[PAY], reason="  please  ")
    assert code == "invalid-argument" and "10 to 1000" in message
    assert people.code("dan", ASKING, iris=[PAY], reason="x" * 1_001)[0] == "invalid-argument"
    asked = people.ask("dan", PAY)
    for deed in (APPROVE, REFUSE, REVOKE):
        assert people.code("cleo", deed, iri=asked["iri"], reason="why not")[0] in (
            "invalid-argument",
            "act-refused",
        )
    assert people.told("dan", SHOWN, iri=asked["iri"])["state"] == "pending"
    people.told("dan", WITHDRAW, iri=asked["iri"])


def test_an_administrator_overrides_and_it_stands_there_as_one(people: People) -> None:
    administration = "https://w3id.org/ambit#Administration"
    asked = people.ask("dan", PAY)
    assert people.code("ada", APPROVE, iri=asked["iri"])[0] == "not-found", "not for her everyday purposes"
    assert (
        people.code("ada", APPROVE, iri=asked["iri"], purpose=administration, reason="do it")[0]
        == "invalid-argument"
    )
    told = people.told("ada", APPROVE, iri=asked["iri"], purpose=administration)
    assert (told["state"], told["answers"][0]["kind"]) == ("approved", "override")
    assert told["answers"][0]["rules"] == []
    assert people.rows("dan", WIDER) > 0
    people.told("ada", REVOKE, iri=asked["iri"], purpose=administration)
    assert people.rows("dan", WIDER) == 0


def test_each_refusal_says_what_to_do_instead(people: People) -> None:
    """What a request's state, or who asks, does not allow is nothing that another token mends."""

    def hint(name: str, deed: str, iri: str, **asked: Any) -> str:
        error = people.graphql(name, deed, iri=iri, **asked)["errors"][0]
        assert error["extensions"]["code"] == "act-refused", error
        return str(error["extensions"]["hint"])

    iri = people.ask("dan", PAY)["iri"]
    assert "may withdraw it" in hint("dan", APPROVE, iri)
    assert "without agents" in hint("cleo", APPROVE, iri, agents=("helper",))
    assert "refuses it instead" in hint("cleo", WITHDRAW, iri)
    assert "nothing to end" in hint("cleo", REVOKE, iri)
    people.told("cleo", APPROVE, iri=iri)
    people.told("cleo", REVOKE, iri=iri)
    assert people.told("cleo", SHOWN, iri=iri)["state"] == "revoked"
    assert "asks anew (`ambit approval request`)" in hint("cleo", APPROVE, iri)
    assert "only what is pending is withdrawn" in hint("dan", WITHDRAW, iri)


@pytest.mark.filterwarnings("ignore:.*removed in Click 9.0:DeprecationWarning")  # while typer is imported
def test_the_command_says_until_when_an_approval_holds_and_which_states_there_are(
    people: People, server: Live, capsys: pytest.CaptureFixture[str]
) -> None:
    from ambit.server.cli import approval

    iri = people.ask("dan", PAY)["iri"]
    url, token = f"http://127.0.0.1:{server.port}", people._headers("cleo", None, ())["Authorization"][7:]
    approval.approve(iri, "once a month is no secret", token=token, purpose=CARE, days=7, url=url)
    (answer,) = people.told("cleo", SHOWN, iri=iri)["answers"]
    until = datetime.fromisoformat(answer["expires"])
    assert timedelta(days=6) < until - datetime.now(UTC) < timedelta(days=7)
    assert f"  approval by {ID}cleo until {answer['expires']}: once a month" in capsys.readouterr().out
    approval.revoke(iri, "the page has changed", token=token, purpose=CARE, url=url)
    assert f"  approval (revoked) by {ID}cleo: once a month" in capsys.readouterr().out
    assert tuple(State) == approval.STATES
    with pytest.raises(Invalid) as refused:
        approval.list_(token=token, purpose=CARE, state="bogus", url=url)
    assert refused.value.message == "`bogus` is no state of a request"
    assert refused.value.hint == "states are pending approved refused withdrawn expired revoked lapsed"


def test_a_refusal_is_the_end_and_the_same_is_asked_once(people: People) -> None:
    asked = people.ask("dan", PAY)
    assert people.ask("dan", PAY, reason="and once more the same")["iri"] == asked["iri"]
    assert people.told("cleo", REFUSE, iri=asked["iri"])["state"] == "refused"
    assert people.code("cleo", APPROVE, iri=asked["iri"])[0] == "act-refused"
    assert people.rows("dan", WIDER) == 0
    again = people.ask("dan", PAY)
    assert again["iri"] != asked["iri"]
    like = [one["iri"] for one in people.told("cleo", LISTED, like=again["iri"])]
    assert asked["iri"] in like and again["iri"] not in like
    people.told("dan", WITHDRAW, iri=again["iri"])
    assert people.code("cleo", APPROVE, iri=again["iri"])[0] == "act-refused"


def test_requests_are_answered_by_those_whom_governance_names_now(people: People, server: Live) -> None:
    """A manager who changes, an absence with a deputy, a limit: each counts for what is pending."""
    asked = people.ask("dan", PAY)

    def answering() -> set[str]:
        return {
            n
            for n in ("ada", "ben", "cleo", "eve")
            if (t := people.told(n, SHOWN, iri=asked["iri"])) and t["mayAnswer"]
        }

    try:
        assert answering() == {"cleo"}
        governance(
            server,
            'my:cleo ambit:absentUntil "2999-01-01T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> .',
        )
        assert answering() == {"ada"}, "the next in her line"
        governance(
            server,
            'my:cleo ambit:hasDeputy my:eve ; ambit:absentUntil "2999-01-01T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> .',
        )
        assert answering() == {"eve"}
        governance(server, "my:cleo ambit:approvesUpTo ambit:Open .")
        assert answering() == {"ada"}
        governance(
            server,
            'my:cleo ambit:escalatesAfter "PT0S"^^<http://www.w3.org/2001/XMLSchema#dayTimeDuration> .',
        )
        assert answering() == {"cleo", "ada"}
        governance(
            server, 'my:cleo ambit:escalatesAfter "P1D"^^<http://www.w3.org/2001/XMLSchema#dayTimeDuration> .'
        )
        assert answering() == {"cleo"}
        file = server.settings.workspace / "governance" / "more.ttl"
        file.write_text(FILES["governance/more.ttl"].replace("my:pay ambit:isOwnedBy my:cleo .", ""))
        server.layers._definitions.changed(file)
        governance(server, None)
        assert answering() == {"ben"}, "who owns nothing has nobody asked: the manager of the one who asks"
        file.write_text(
            file.read_text().replace(
                "my:dan a foaf:Person ; org:memberOf my:everyone ; org:reportsTo my:ben",
                "my:dan a foaf:Person ; org:memberOf my:everyone ; org:reportsTo my:eve",
            )
        )
        server.layers._definitions.changed(file)
        assert answering() == {"eve"}, "another manager: what is pending goes there"
    finally:
        governance(server, None)
        file = server.settings.workspace / "governance" / "more.ttl"
        file.write_text(FILES["governance/more.ttl"])
        server.layers._definitions.changed(file)
        people.told("dan", WITHDRAW, iri=asked["iri"])


def test_an_approver_sees_what_an_approver_may_read(people: People) -> None:
    asked = people.ask("dan", PAY, query=QUERY(PAY))
    own = people.told("dan", SHOWN, iri=asked["iri"])
    assert own["concerns"] == [PAY] and own["sources"] == [] and own["sensitivities"] == []
    owner = people.told("cleo", SHOWN, iri=asked["iri"])
    assert owner["concerns"] == [PAY] and owner["sources"] == [ID + "payroll"]
    told = people.told("ada", SHOWN, iri=asked["iri"], purpose="https://w3id.org/ambit#Administration")
    assert told["concerns"] == [PAY]
    people.told("dan", WITHDRAW, iri=asked["iri"])


def test_an_approver_who_may_not_read_is_not_told_of_what(people: People, server: Live) -> None:
    asked = people.ask("dan", PAY)
    try:
        governance(
            server,
            'my:cleo ambit:hasDeputy my:eve ; ambit:absentUntil "2999-01-01T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> .',
        )
        told = people.told("eve", SHOWN, iri=asked["iri"])
        assert told["mayAnswer"] and told["reason"] == WHY
        assert (told["concerns"], told["sources"], told["sensitivities"]) == ([], [], [])
    finally:
        governance(server, None)
        people.told("dan", WITHDRAW, iri=asked["iri"])


def test_without_a_purpose_nothing_is_asked(people: People) -> None:
    assert people.code("dan", ASKING, iris=[PAY], purpose=None)[0] == "invalid-argument"


def test_a_mutation_is_never_read_by_get(people: People, server: Live) -> None:
    import httpx2

    before = len(list(server.layers.owner.records_of("https://w3id.org/ambit#Governance")))
    response = httpx2.get(
        f"http://127.0.0.1:{server.port}/graphql",
        params={"query": f'mutation {{ requestApproval(iris: ["{PAY}"], reason: "{WHY}") {{ iri }} }}'},
        headers=people._headers("dan", CARE, ()),
        trust_env=False,
    )
    assert response.json()["errors"][0]["message"] == "a mutation is posted"
    assert len(list(server.layers.owner.records_of("https://w3id.org/ambit#Governance"))) == before


def test_what_is_revoked_is_closed_to_whoever_asks_from_then_on(server: Live) -> None:
    """Asked all the time by several, while it is opened and closed: nobody is let in between two that are closed."""
    requests, decider = Requests(server.layers, server.settings), server.layers.decider

    def act(name: str, work: Callable[[Approving], Told]) -> str:
        who = Identity(Chain(ID + name), None, None)
        return requests.carry_out(
            who, CARE, lambda request: work(Approving(request)), text="a test", cancel=Cancellation()
        ).item.iri

    asked = Question(Chain(ID + "dan"), CARE, pattern=pattern_of("the shape"))
    closed = threading.Event()
    closed.set()
    rounds, wrong, let_in, over = 0, 0, 0, threading.Event()

    def ask() -> None:
        nonlocal wrong, let_in
        while not over.is_set():
            before = (closed.is_set(), rounds)
            held = bool(decider.decide(replace(asked, now=CLOCK.now())).clearance.compartments & payroll)
            let_in += held
            wrong += held and before == (True, rounds) and closed.is_set()

    payroll = decider.possible(asked) - decider.decide(asked).clearance.compartments
    assert payroll
    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(8):
            iri = act("dan", lambda approving: approving.ask([PAY], WHY, "read", "the shape"))
            rounds += 1
            closed.clear()
            act("cleo", lambda approving, iri=iri: approving.approve(iri, WHY))  # type: ignore[misc]
            act("cleo", lambda approving, iri=iri: approving.revoke(iri, WHY))  # type: ignore[misc]
            closed.set()
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert wrong == 0 and let_in > 0


def test_rules_are_asked_once_about_each_request_of_an_operation(
    people: People, server: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it is looked at: else one operation could keep them busy for long."""
    from ambit.server import requested

    made = [people.ask("dan", PAY, query=f"{QUERY(PAY)} LIMIT {n}") for n in range(20, 24)]
    people.told("cleo", REFUSE, iri=made[0]["iri"])
    asked: list[str] = []

    def counting(decider: Any, item: Any, user: str, now: Any) -> frozenset[str]:
        asked.append(item.iri)
        return may_open(decider, item, user, now)

    monkeypatch.setattr(requested, "may_open", counting)
    text = "{ approvals { iri precedents { nodes { request { iri precedents { nodes { score } } } } } } }"
    found = people.told("cleo", text)
    assert {one["iri"] for one in made} <= {one["iri"] for one in found}
    assert any(one["precedents"]["nodes"] for one in found)
    assert len(asked) == len(set(asked)) <= requested.LOOKED_AT
    assert people.told("cleo", "{ approvals(first: 2) { iri } }") == [
        {"iri": one["iri"]} for one in found[:2]
    ]
    assert people.told("cleo", "{ approvals(first: 0) { iri } }") == []
    for one in made[1:]:
        people.told("dan", WITHDRAW, iri=one["iri"])


def test_what_is_pending_and_what_stands_survive_a_restart(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("restart") / "ws"
    with live(folder, added=FILES) as served:
        people = People(served)
        pending = people.ask("dan", PAY, purpose=BILLING)
        asked = people.ask("dan", PAY, query=QUERY(PAY))
        people.told("cleo", APPROVE, iri=asked["iri"])
        assert people.rows("dan", QUERY(PAY)) > 0
    again = Live(read(folder))
    try:
        people = People(again)
        assert people.rows("dan", QUERY(PAY)) > 0
        assert people.rows("dan", WIDER) == 0
        assert people.told("cleo", SHOWN, iri=pending["iri"])["mayAnswer"]
        people.told("cleo", REVOKE, iri=asked["iri"])
        assert people.rows("dan", QUERY(PAY)) == 0
    finally:
        again.close()


BONUS = ID + "bonus-of-dan"
TWO_OWNERS = FILES | {
    "sources/bonus.ttl": HEAD
    + """
my:bonus a ambit:Folder ; ambit:location "bonus" ; ambit:hasSensitivity ambit:Internal ;
  ambit:hasJurisdiction ambit:EU ; ambit:hasAudience my:bonuses .
""",
    "governance/bonus.ttl": HEAD + "my:bonuses ambit:isOwnedBy my:ben .",
    "bonus/dan.md": f"---\nid: {BONUS}\n---\n# Bonus of Dan\n\nTwo hundred.\n",
    "rules/payroll.rq": FILES["rules/payroll.rq"].replace(
        "?compartment ambit:comesFrom my:payroll .",
        "?compartment ambit:comesFrom ?source . FILTER(?source IN (my:payroll, my:bonus))",
    ),
}


@pytest.fixture(scope="module")
def owners(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """A company in which a request may be over the data of two owners: Cleo's payroll and Ben's bonuses."""
    with live(tmp_path_factory.mktemp("parts") / "ws", added=TWO_OWNERS) as served:
        yield People(served)


@pytest.mark.parametrize(
    ("who", "deed", "state"), [("ben", REFUSE, "refused"), ("dan", WITHDRAW, "withdrawn")]
)
def test_nothing_of_a_request_that_is_refused_or_withdrawn_stays_open(
    owners: People, who: str, deed: str, state: str
) -> None:
    asked = owners.ask("dan", PAY, BONUS)
    owners.told("cleo", APPROVE, iri=asked["iri"])
    assert owners.rows("dan", QUERY(PAY)) > 0
    ended = owners.told(who, deed, iri=asked["iri"])
    assert ended["state"] == state
    assert next((one["kind"], one["revoked"]) for one in ended["answers"]) == ("approval", True)
    assert owners.rows("dan", QUERY(PAY)) == owners.rows("dan", QUERY(BONUS)) == 0
    missing = owners.told("dan", "query($iri: ID!) { explain(iri: $iri) { permitted missing } }", iri=PAY)
    assert missing == {"permitted": False, "missing": ["https://w3id.org/ambit#Approval"]}
    for deed_of_cleo in (APPROVE, REVOKE):
        assert owners.code("cleo", deed_of_cleo, iri=asked["iri"])[0] == "act-refused"


def test_who_has_opened_a_part_cannot_override_the_others(owners: People) -> None:
    """Of a request over two owners' data each opens the own part, however often it is approved."""
    asked = owners.ask("dan", PAY, BONUS)
    assert owners.rows("dan", QUERY(PAY)) == owners.rows("dan", QUERY(BONUS)) == 0
    assert owners.told("cleo", APPROVE, iri=asked["iri"])["state"] == "pending"
    assert owners.rows("dan", QUERY(PAY)) > 0
    assert owners.code("cleo", APPROVE, iri=asked["iri"])[0] == "act-refused"
    assert not owners.told("cleo", SHOWN, iri=asked["iri"])["mayAnswer"]
    assert owners.rows("dan", QUERY(BONUS)) == 0
    assert owners.told("ben", APPROVE, iri=asked["iri"])["state"] == "approved"
    assert owners.rows("dan", QUERY(BONUS)) > 0


def test_what_others_ask_pushes_nobodys_own_request_out_of_a_list(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ambit.server import requested

    own = people.ask("dan", PAY, query=f"{QUERY(PAY)} LIMIT 40")
    others = [people.ask("ben", PAY, query=f"{QUERY(PAY)} LIMIT {n}") for n in range(41, 44)]
    monkeypatch.setattr(requested, "LOOKED_AT", 1)
    assert own["iri"] in [one["iri"] for one in people.told("dan", "{ approvals { iri } }")]
    for one in others:
        people.told("ben", WITHDRAW, iri=one["iri"])
    assert own["iri"] in [one["iri"] for one in people.told("cleo", "{ approvals { iri } }")], (
        "it still waits"
    )
    people.told("dan", WITHDRAW, iri=own["iri"])
