"""Evaluations: who may ask about whom, what is there for whom, what is believed, and what is told and recorded."""

import asyncio
import hashlib
import json
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from accessworld import (
    ADA,
    ADMINISTRATION,
    ALICE,
    BEN,
    BOB,
    GATEWAY,
    HELPER,
    ID,
    MUTE,
    PAST,
    Api,
    access,
    question,
)
from liveworld import eventually

from ambit.server.access.answering import Answerer
from ambit.server.hosts import SAFE

ONE, TWO, THREE, NINE = (f"{ID}page/record-{number}" for number in (1, 2, 3, 9))
FILE = f"{ID}records/record-1.md"
DENIED = {"decision": False, "context": {"reason_user": {"403": "not permitted, or not there"}}}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with access(tmp_path_factory.mktemp("access") / "w") as api:
        yield api


@pytest.mark.parametrize(
    "path", ["evaluation", "evaluations", "search/subject", "search/resource", "search/action"]
)
def test_who_shows_no_token_is_not_answered(api: Api, path: str) -> None:
    for token in (None, "no.token.atall"):
        answer = api.post(path, question(ALICE, "read", ONE), token, {"X-Request-ID": "mine"})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["x-request-id"] == "mine"
        assert answer.headers["content-type"] == "application/problem+json"


def test_other_methods_and_paths_are_told_so(api: Api) -> None:
    assert api.http.get("/access/v1/evaluation", headers={"X-Request-ID": "7"}).status_code == 405
    assert api.http.get("/access/v1/evaluation").headers["allow"] == "POST"
    assert api.post("evaluate", {}, api.token(ALICE)).status_code == 404
    assert api.post("evaluation/", {}, api.token(ALICE)).status_code == 404
    assert api.post("search", {}, api.token(ALICE), {"X-Request-ID": "7"}).headers["x-request-id"] == "7"


@pytest.mark.parametrize("path", ["evaluation", "evaluations", "search/subject"])
def test_what_is_asked_often_goes_past_no_guard(api: Api, path: str) -> None:
    token, asked = api.token(ALICE), question(ALICE, "read", ONE)
    for body in (asked, b"no json"):
        for head, code in (
            ({"Host": "elsewhere.example"}, 421),
            ({"Origin": "https://elsewhere.example"}, 403),
        ):
            assert api.post(path, body, token, head).status_code == code
        answer = api.post(path, body, token, {"X-Request-ID": "mine"})
        assert answer.headers["x-request-id"] == "mine"
        assert {name.lower(): answer.headers.get(name) for name in SAFE} == {
            name.lower(): value for name, value in SAFE.items()
        }
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Answerer, "kept", lambda *_: 1 / 0)
        answer = api.post(path, asked, token, {"X-Request-ID": "mine"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.headers["x-request-id"] == "mine" and answer.headers["x-content-type-options"] == "nosniff"


def test_only_a_body_that_has_not_come_whole_is_waited_for_by_the_clock(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    timed, timeout = [], asyncio.timeout
    monkeypatch.setattr(asyncio, "timeout", lambda seconds: (timed.append(seconds), timeout(seconds))[1])
    patience, port = api.server.settings.limits.body_seconds, api.server.port
    body = json.dumps(question(ALICE, "read", ONE)).encode()
    said = f"POST /access/v1/evaluation HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
    said += f"Authorization: Bearer {api.token(ALICE)}\r\nContent-Type: application/json\r\n"
    head = f"{said}Content-Length: {len(body)}\r\n\r\n".encode()
    for parts, waited in (([head + body], False), ([head, body], True)):
        timed.clear()
        with socket.create_connection(("127.0.0.1", port)) as client:
            for part in parts:
                client.sendall(part)
                eventually(lambda waited=waited: patience in timed or not waited)
            answer = b"".join(iter(lambda: client.recv(65_536), b""))
        assert answer.startswith(b"HTTP/1.1 200") and b'"decision":true' in answer
        assert (patience in timed) is waited


def test_one_asks_about_oneself_and_gets_what_one_has(api: Api) -> None:
    alice, bob = api.token(ALICE), api.token(BOB)
    assert api.permits(question(ALICE, "read", ONE), alice)
    assert api.permits(question(ALICE, "write", ONE), alice)
    assert not api.permits(question(BOB, "write", ONE), bob)
    assert not api.permits(question(ALICE, "read", NINE), alice)
    for type, id in (("record", FILE), ("graph", f"{FILE}#internal"), ("page", "record-1")):
        assert api.permits(question(ALICE, "read", id, type=type), alice), type
    compartment = api.server.layers.owner.entry(f"{FILE}#internal").compartment
    assert api.permits(question(ALICE, "read", compartment, type="compartment"), alice)
    assert not api.permits(question(ALICE, "declassify", compartment, type="compartment"), alice)


def test_of_others_nobody_is_told_anything_without_the_right(api: Api) -> None:
    ben, alice = api.token(BEN), api.token(ALICE)
    for asker in (ben, alice, api.token(PAST), api.token(GATEWAY, agents=[HELPER])):
        for body in (
            question(BOB, "read", ONE),
            question(f"{ID}nobody", "read", ONE),
            question(BOB, "read", NINE),
            question(BOB, "read", "urn:absent"),
            question(BOB, "read", ONE, type="spaceship"),
        ):
            assert api.ask("evaluation", body, asker) == DENIED


def test_hidden_and_absent_read_the_same(api: Api) -> None:
    alice = api.token(ALICE)
    hidden, absent = (
        api.post("evaluation", question(ALICE, "read", iri), alice) for iri in (NINE, f"{ID}page/absent")
    )
    assert hidden.content == absent.content
    drop = {"ambit-run", "date"}
    assert [(k, v) for k, v in hidden.headers.items() if k not in drop] == [
        (k, v) for k, v in absent.headers.items() if k not in drop
    ]


def test_a_point_asks_for_others_about_its_sources_alone(api: Api) -> None:
    gateway = api.token(GATEWAY)
    assert api.permits(question(BOB, "read", ONE), gateway)
    assert not api.permits(question(BOB, "write", ONE), gateway)
    assert not api.permits(question(f"{ID}nobody", "read", ONE), gateway)
    cleo = f"{ID}cleo"
    assert api.permits(question(cleo, "read", NINE), api.token(cleo))
    assert (
        api.ask("evaluation", question(cleo, "read", NINE), gateway) == DENIED
    )  # of a source it does not enforce
    assert api.ask("evaluation", question(BEN, "read", f"{ID}pages/welcome"), gateway) == DENIED
    assert not api.permits(question(GATEWAY, "read", ONE), gateway)  # it may read nothing itself


def test_a_registration_ends(api: Api) -> None:
    assert api.ask("evaluation", question(BOB, "read", ONE), api.token(PAST)) == DENIED


def test_an_administrator_asks_for_others_and_is_told_which_rules_mattered(api: Api) -> None:
    admin = api.token(ADA, purposes=[ADMINISTRATION])
    said = api.ask("evaluation", question(BOB, "read", ONE), admin)
    assert said["decision"] is True
    told = said["context"]["reason_admin"]
    assert "urn:ambit:rule:membership/members" in told["rules"] and told["failures"] == []
    assert api.ask("evaluation", question(BOB, "write", ONE), admin)["decision"] is False
    assert api.permits(question(f"{ID}cleo", "read", NINE), admin)
    without = api.token(ADA)
    assert api.ask("evaluation", question(BOB, "read", ONE), without) == DENIED


def test_a_purpose_that_the_caller_may_not_name_is_refused_and_recorded(api: Api) -> None:
    ledger = api.server.layers.ledger
    before = ledger.size
    answer = api.post(
        "evaluation", question(BEN, "read", ONE), api.token(BEN), {"Ambit-Purpose": ADMINISTRATION}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "purpose-refused")
    (entry,) = [e for e in ledger.entries(before) if e.kind == "request"]
    assert entry.fields["status"] == "purpose-refused" and "refused" in entry.fields


def test_a_purpose_in_the_question_is_one_that_its_subject_may_name(api: Api) -> None:
    gateway = api.token(GATEWAY)
    care = "https://w3id.org/dpv#CustomerCare"
    for purpose, permitted in (
        (care, True),
        (ADMINISTRATION, False),
        ("urn:no:purpose", False),
        ("", False),
        (7, False),
    ):
        body = question(ALICE, "read", ONE, context={"purpose": purpose})
        assert api.permits(body, gateway) is permitted, purpose
        assert api.permits(body, api.token(ALICE)) is permitted, purpose
    marketing = api.token(ALICE, purposes=["https://w3id.org/dpv#Marketing"])
    assert not api.permits(question(ALICE, "read", ONE, context={"purpose": care}), marketing)


def test_where_it_is_computed_is_part_of_the_question(api: Api) -> None:
    alice = api.token(ALICE)
    assert api.permits(question(ALICE, "read", ONE, context={"site": f"{ID}office"}), alice)
    for site in (f"{ID}elsewhere", "no iri", 7, ""):
        assert not api.permits(question(ALICE, "read", ONE, context={"site": site}), alice)


def test_an_agent_is_told_what_it_may_do_for_its_user_and_no_more(api: Api) -> None:
    helped = api.token(BEN, agents=[HELPER])
    welcome = f"{ID}pages/welcome"
    assert api.permits(question(BEN, "read", welcome), api.token(BEN))
    assert api.permits(question(BEN, "read", welcome), helped)
    assert not api.permits(question(ALICE, "read", ONE), helped)  # it names another user
    unregistered = api.token(BEN, agents=["urn:agent:unknown"])
    assert not api.permits(question(BEN, "read", welcome), unregistered)
    agent = question(HELPER, "read", welcome)
    agent["subject"]["type"] = "agent"
    assert api.permits(agent, helped)
    assert not api.permits(agent, api.token(BEN))  # an agent acts for nobody
    assert not api.permits(agent, api.token(ADA, purposes=[ADMINISTRATION]))


def acting(agents: Any, user: str = BEN) -> dict[str, Any]:
    body = question(user, "read", f"{ID}pages/welcome")
    body["subject"]["properties"] = {"act": agents}
    return body


def test_a_chain_is_named_as_tokens_name_it(api: Api) -> None:
    admin, ben = api.token(ADA, purposes=[ADMINISTRATION]), api.token(BEN)
    assert api.permits(acting({"sub": HELPER}), admin)
    assert not api.permits(acting({"sub": HELPER, "act": {"sub": "urn:agent:unknown"}}), admin)
    assert api.permits(acting({"sub": HELPER}), api.token(BEN, agents=[HELPER]))
    assert not api.permits(acting({"sub": HELPER}), ben)  # what an agent would get is not told
    for broken in (
        "x",
        [],
        {"sub": 7},
        {},
        {"sub": "no iri"},
        {"sub": HELPER, "act": "x"},
        {"act": {"sub": HELPER}},
    ):
        assert not api.permits(acting(broken), admin), broken
        assert not api.permits(acting(broken), ben), broken
    deep: dict[str, Any] = {"sub": HELPER}
    for number in range(40):
        deep = {"sub": f"urn:agent:{number}", "act": deep}
    assert not api.permits(acting(deep), admin)


def test_what_is_stated_counts_from_those_who_are_registered_for_it_alone(api: Api) -> None:
    archived = question(ALICE, "write", ONE)
    archived["resource"]["properties"] = {"status": "archived"}
    assert not api.permits(archived, api.token(GATEWAY))
    assert api.permits(archived, api.token(MUTE))  # not registered for it: as if it had not been said
    assert api.permits(archived, api.token(ALICE))
    soft = question(ALICE, "delete", ONE)
    soft["action"]["properties"] = {"soft": True}
    assert api.permits(soft, api.token(GATEWAY))
    for other in (MUTE, ALICE):
        assert not api.permits(soft, api.token(other))
    assert not api.permits(soft, api.token(ADA, purposes=[ADMINISTRATION]))
    misplaced = question(ALICE, "delete", ONE)
    misplaced["subject"]["properties"] = {"soft": True}
    assert not api.permits(misplaced, api.token(GATEWAY))  # it is registered for the action's
    for value in ("true", 1, [[True]], {"soft": True}, None):
        soft["action"]["properties"] = {"soft": value}
        assert not api.permits(soft, api.token(GATEWAY)), value


def test_what_is_stated_is_stated_of_the_resource_that_is_asked_for(api: Api) -> None:
    """The archived page of one compartment closes nothing in another one of the same batch."""
    old = {"type": "entity", "id": ONE, "properties": {"status": "archived"}}
    body = {
        "subject": {"type": "user", "id": ALICE},
        "action": {"name": "write"},
        "evaluations": [{"resource": old}, {"resource": {"type": "entity", "id": TWO}}, {"resource": old}],
    }
    said = api.ask("evaluations", body, api.token(GATEWAY))
    assert [one["decision"] for one in said["evaluations"]] == [False, True, False]


def runs_since(api: Api, before: int, run: str | None = None) -> list[Any]:
    entries = [e for e in api.server.layers.ledger.entries(before) if "run" in e.fields]
    return [e for e in entries if run is None or e.fields["run"] == run]


def test_a_decision_is_recorded_whole_and_told_in_provenance(api: Api) -> None:
    before = api.server.layers.ledger.size
    answer = api.post("evaluation", question(BOB, "read", ONE), api.token(GATEWAY))
    run = answer.headers["ambit-run"]
    (entry,) = runs_since(api, before, run)
    said = entry.fields
    assert (entry.kind, said["user"], said["status"]) == ("request", GATEWAY, "ok") and "note" in said
    assert (said["action"], said["subjects"], said["permitted"]) == ("read", [BOB], True)
    assert "urn:ambit:rule:membership/members" in said["rules"]
    assert len(said["compartments"]) == 1 and re.fullmatch("[0-9a-f]{64}", said["asked"])
    assert said["result"] == hashlib.sha256(answer.content).hexdigest()
    assert ONE not in str(dict(said))  # an id is the caller's text
    told = provenance_of(api, run)
    for term in ("Evaluation", "evaluatedFor", "isPermitted", "evaluatedAction", "resultHash", "queryText"):
        assert f"https://w3id.org/ambit#{term}" in told
    assert "endedAtTime" in told


def provenance_of(api: Api, run: str) -> str:
    api.server.layers.projector.flush()
    owner = api.server.layers.owner
    texts = [owner.text(e.graph).decode() for e in owner.entries()]
    return next(text for text in texts if run in text)


def test_a_batch_is_opened_evaluated_and_closed(api: Api) -> None:
    before = api.server.layers.ledger.size
    body = {
        **question(BOB, "read", ONE),
        "evaluations": [{}, {"action": {"name": "write"}}, {"resource": {}}],
    }
    answer = api.post("evaluations", body, api.token(GATEWAY))
    entries = runs_since(api, before, answer.headers["ambit-run"])
    assert [e.kind for e in entries] == ["request", "evaluation", "evaluation", "evaluation", "answer"]
    assert [e.fields.get("permitted") for e in entries[1:4]] == [True, False, False]
    assert entries[4].fields["status"] == "ok"
    assert provenance_of(api, answer.headers["ambit-run"]).count("ambit#isPermitted") >= 2


def test_of_who_may_not_be_asked_about_nothing_is_recorded_but_the_question(api: Api) -> None:
    before = api.server.layers.ledger.size
    api.ask("evaluation", question(BOB, "read", ONE), api.token(ALICE))
    (entry,) = runs_since(api, before)
    assert entry.fields["permitted"] is False
    assert not {"subjects", "decision", "rules"} & entry.fields.keys() and entry.fields["compartments"] == []


def test_what_an_asker_reads_in_his_own_ledger_names_no_rule_that_closed(api: Api) -> None:
    body = question(ALICE, "write", ONE)
    body["resource"]["properties"] = {"status": "archived"}
    api.ask("evaluation", body, api.token(GATEWAY))
    owns = api.server.layers.own_ledgers
    leaves = owns.of(GATEWAY, api.server.layers.ledger.size)
    told = b"\n".join(leaves.bodies(range(leaves.size)))
    assert b'"permitted":false' in told
    for name in (b"mattered", b"failed", b"compartments", b"policy_revision", b"mine/archived"):
        assert name not in told


def test_a_rule_that_fails_denies_and_is_recorded(api: Api) -> None:
    server = api.server
    bad = """# title: T
# family: mine
# effect: deny
# action: read
# description: for the test

PREFIX ambit: <https://w3id.org/ambit#>
SELECT ?compartment ?actor { ?compartment a ambit:Compartment . ?actor ?p ?o . ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"""
    gateway = api.token(GATEWAY)
    assert api.permits(question(BOB, "read", ONE), gateway)
    before = server.layers.ledger.size
    server.save("slow.rq", bad)
    try:
        assert api.ask("evaluation", question(BOB, "read", ONE), gateway) == DENIED
        (entry,) = runs_since(api, before)
        assert entry.fields["permitted"] is False and entry.fields["failed"]
    finally:
        server.save("slow.rq", None)
    assert api.permits(question(BOB, "read", ONE), gateway)


def test_what_failed_once_is_asked_again(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    decider, gateway = api.server.layers.decider, api.token(GATEWAY)

    def fail(*args: object, **more: object) -> object:
        raise RuntimeError("the worker is gone")

    body = question(f"{ID}cleo", "read", TWO)
    monkeypatch.setattr(decider, "rules", fail)
    assert not api.permits(body, gateway)
    monkeypatch.undo()
    assert api.permits(body, gateway)


def test_what_the_ledger_does_not_take_is_not_answered(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **more: object) -> None:
        raise OSError("no space left")

    gateway = api.token(GATEWAY)
    assert api.permits(question(BOB, "read", ONE), gateway)
    monkeypatch.setattr("ambit.graph.ledger.ledger.write_all", refuse)
    answer = api.post("evaluation", question(BOB, "read", ONE), gateway)
    assert (answer.status_code, answer.json()["code"]) == (503, "ledger-unwritable")
    monkeypatch.undo()
    assert api.permits(question(BOB, "read", ONE), gateway)


@pytest.mark.parametrize("semantics", ["deny_on_first_deny", "permit_on_first_permit", "execute_all"])
def test_semantics_end_where_they_say(api: Api, semantics: str) -> None:
    items = [{"resource": {"type": "entity", "id": one}} for one in (ONE, NINE, TWO, THREE)]
    body = {
        "subject": {"type": "user", "id": ALICE},
        "action": {"name": "read"},
        "options": {"evaluations_semantic": semantics, "another": 1},
        "evaluations": items,
    }
    given = [one["decision"] for one in api.ask("evaluations", body, api.token(ALICE))["evaluations"]]
    expected = {
        "deny_on_first_deny": [True, False],
        "permit_on_first_permit": [True],
        "execute_all": [True, False, True, True],
    }
    assert given == expected[semantics]
    broken = {**body, "evaluations": [{"resource": {"type": "entity"}}, *items]}
    given = [one["decision"] for one in api.ask("evaluations", broken, api.token(ALICE))["evaluations"]]
    assert given == ([False] if semantics == "deny_on_first_deny" else [False, *expected[semantics]])


def test_limits_of_a_batch_and_of_a_body(api: Api) -> None:
    alice = api.token(ALICE)
    body = {**question(ALICE, "read", ONE), "evaluations": [{}] * 500}
    assert len(api.ask("evaluations", body, alice)["evaluations"]) == 500
    answer = api.post("evaluations", {**body, "evaluations": [{}] * 501}, alice)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    long = question(ALICE, "read", ONE, context={"x": "y" * 1_100_000})
    assert api.post("evaluation", long, alice).status_code == 413
    for options in ({"evaluations_semantic": "all"}, {"evaluations_semantic": 7}, [], "x"):
        assert api.post("evaluations", {**body, "options": options}, alice).status_code == 400
    assert (
        api.post("evaluations", {**question(ALICE, "read", ONE), "evaluations": {}}, alice).status_code == 400
    )


def test_a_revocation_counts_from_its_acknowledgement(api: Api) -> None:
    """What is kept and what is known is of the policy that was: none of it is given after it."""
    server, gateway = api.server, api.token(GATEWAY)
    file = server.settings.workspace / "governance" / "access.ttl"
    whole = file.read_text()
    try:
        for _ in range(3):
            assert api.permits(question(BOB, "read", ONE), gateway)
            assert api.permits(question(BOB, "read", ONE), gateway)
            file.write_text(
                whole.replace("my:bob a foaf:Person ; org:memberOf my:office ;", "my:bob a foaf:Person ;")
            )
            server.layers._definitions.changed(file)
            assert not api.permits(question(BOB, "read", ONE), gateway)
            file.write_text(whole)
            server.layers._definitions.changed(file)
    finally:
        file.write_text(whole)
        server.layers._definitions.changed(file)
    assert api.permits(question(BOB, "read", ONE), gateway)


@pytest.mark.parametrize("purpose", [None, ADMINISTRATION, f"{ID}nothing"])
def test_who_is_found_for_a_purpose_is_who_may_have_it(api: Api, purpose: str | None) -> None:
    context = {} if purpose is None else {"context": {"purpose": purpose}}
    resource = {"type": "entity", "id": f"{ID}page/record-1"}
    asked = {"action": {"name": "read"}, "resource": resource, **context}
    gateway = api.token(GATEWAY)
    found = api.ask("search/subject", {"subject": {"type": "user"}, **asked}, gateway)["results"]
    people = [ADA, BEN, ALICE, BOB, f"{ID}cleo", GATEWAY]
    permitted = {
        one for one in people if api.permits({"subject": {"type": "user", "id": one}, **asked}, gateway)
    }
    assert {one["id"] for one in found} == permitted
    assert bool(permitted) is (purpose != f"{ID}nothing")
