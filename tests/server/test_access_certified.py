"""The scenario of AuthZEN's certification, level by level, over its fixture: two users, two records, three actions."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from accessworld import GOVERNANCE, PREFIXES, RULES, SOURCES, Api, access, page

GATE = "https://example.com/id/gateway"
NAMES = (
    PREFIXES
    + """
my:short-users a ambit:NamedType ; ambit:typeName "user" ; ambit:standsFor "user" ; ambit:idPrefix "https://example.com/id/" .
my:short-records a ambit:NamedType ; ambit:typeName "record" ; ambit:standsFor "entity" ; ambit:idPrefix "https://example.com/id/page/" .
"""
)
FIXTURE = {
    "governance/access.ttl": GOVERNANCE,
    "governance/names.ttl": NAMES,
    "sources/access.ttl": SOURCES,
    "records/record-1.md": page("record-1"),
    "old/record-2.md": page("record-2"),
    **{f"rules/{name}.rq": RULES[name] for name in ("editors", "archived", "archivists", "soft")},
}
ALICE, BOB = {"type": "user", "id": "alice"}, {"type": "user", "id": "bob"}
ADMIN = {**BOB, "properties": {"role": "admin"}}
ONE, TWO = {"type": "record", "id": "record-1"}, {"type": "record", "id": "record-2"}
ACTIVE, OLD = {**ONE, "properties": {"status": "active"}}, {**TWO, "properties": {"status": "archived"}}
READ, WRITE = {"name": "read"}, {"name": "write"}
AROUND = {"time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1"}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with access(tmp_path_factory.mktemp("certified") / "w", FIXTURE) as api:
        yield api


@pytest.fixture(scope="module")
def point(api: Api) -> str:
    return api.token(GATE)


def asked(subject: Any, action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    return {"subject": subject, "action": action, "resource": resource, **more}


def soft(value: bool) -> dict[str, Any]:
    return {"name": "delete", "properties": {"soft": value}}


DECISIONS = [
    (asked(ALICE, READ, ONE), True),
    (asked(ALICE, WRITE, ONE), True),
    (asked(BOB, READ, ONE), True),
    (asked(BOB, WRITE, ONE), False),
    (asked(ALICE, WRITE, OLD), False),
    (asked(ADMIN, WRITE, OLD), True),
    (asked(ALICE, soft(True), ONE), True),
    (asked(ALICE, soft(False), ONE), False),
]


@pytest.mark.parametrize(("body", "expected"), DECISIONS)
def test_the_eight_decisions_of_the_fixture(api: Api, point: str, body: Any, expected: bool) -> None:
    for asked_anew in (body, body, body, {**body, "context": AROUND}, dict(reversed(body.items()))):
        assert api.permits(asked_anew, point) is expected


def test_properties_and_members_that_nobody_knows_are_passed_over(api: Api, point: str) -> None:
    more = {
        "subject": {**ALICE, "properties": {"department": "Sales", "role": "manager"}},
        "action": {**READ, "properties": {"method": "GET"}},
        "resource": {**ONE, "properties": {"status": "active", "owner": "bob"}},
    }
    assert api.permits(more, point)
    assert api.permits(asked(ALICE, READ, ONE, foo="bar", futureField={"nested": True}), point)
    assert api.permits({**asked(ALICE, READ, {**ONE, "more": 1}), "evaluation": [1]}, point)


MISSING = [
    {"action": READ, "resource": ONE},
    {"subject": ALICE, "resource": ONE},
    {"subject": ALICE, "action": READ},
    asked({"id": "alice"}, READ, ONE),
    asked({"type": "user"}, READ, ONE),
    asked(ALICE, {}, ONE),
    asked(ALICE, READ, {"id": "record-1"}),
    asked(ALICE, READ, {"type": "record"}),
    asked("alice", READ, ONE),
    asked(ALICE, {"name": 123}, ONE),
    asked(ALICE, READ, [ONE]),
    asked(ALICE, READ, ONE, context="now"),
    asked({**ALICE, "properties": []}, READ, ONE),
]


@pytest.mark.parametrize("body", MISSING)
def test_what_is_not_whole_is_a_bad_request(api: Api, point: str, body: Any) -> None:
    for path in ("evaluation", "evaluations"):
        answer = api.post(path, body, point, {"X-Request-ID": "a b"})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
        assert answer.headers["x-request-id"] == "a b"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"{} {}", b"\xff{}", b"{'a': 1}"])
def test_what_is_no_json_object_is_a_bad_request(api: Api, point: str, body: bytes) -> None:
    assert api.post("evaluation", body, point).status_code == 400


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "", "application/jsonx", "text/json"])
def test_another_content_type_is_a_bad_request(api: Api, point: str, kind: str) -> None:
    body = json.dumps(asked(ALICE, READ, ONE)).encode()
    assert api.post("evaluation", body, point, {"Content-Type": kind}).status_code == 400
    said = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert api.post("evaluation", body, point, said).status_code == 200


def test_the_identifier_of_a_request_comes_back(api: Api, point: str) -> None:
    for said in ("bfe9eb29-ab87-4ca3-be83-a1d5d8305716", "any string: %C3%A9 \t!", "0"):
        answer = api.post("evaluation", asked(ALICE, READ, ONE), point, {"X-Request-ID": said})
        assert answer.headers["x-request-id"] == said
    assert "x-request-id" not in api.post("evaluation", asked(ALICE, READ, ONE), point).headers


BATCHES = [
    ({"subject": ALICE, "action": READ, "evaluations": [{"resource": ONE}, {"resource": TWO}]}, [True, True]),
    ({"subject": BOB, "resource": ONE, "evaluations": [{"action": READ}, {"action": WRITE}]}, [True, False]),
    (
        {"subject": ALICE, "action": WRITE, "evaluations": [{"resource": ACTIVE}, {"resource": OLD}]},
        [True, False],
    ),
    (
        {"action": WRITE, "resource": OLD, "evaluations": [{"subject": ALICE}, {"subject": ADMIN}]},
        [False, True],
    ),
    ({"evaluations": [asked(ALICE, READ, ONE), asked(BOB, WRITE, ONE)]}, [True, False]),
    (
        {
            **{"subject": ALICE, "action": READ, "context": {"time": "2025-06-27T18:03-07:00"}},
            "evaluations": [{"resource": ONE}, {"resource": TWO, "context": {"source": "batch"}}],
        },
        [True, True],
    ),
    ({**asked(ALICE, WRITE, ACTIVE), "evaluations": [{}, {"resource": OLD}]}, [True, False]),
    (
        {
            **{"subject": ALICE, "action": READ, "options": {"evaluations_semantic": "execute_all"}},
            "evaluations": [{"resource": ONE}, {}],
        },
        [True, False],
    ),
]


@pytest.mark.parametrize(("body", "expected"), BATCHES)
def test_batches_keep_their_order_and_inherit_whole_members(
    api: Api, point: str, body: Any, expected: list[bool]
) -> None:
    said = api.ask("evaluations", body, point)
    assert [one["decision"] for one in said["evaluations"]] == expected
    assert said.keys() == {"evaluations"}


def test_a_batch_of_nothing_is_one_evaluation(api: Api, point: str) -> None:
    for more in ({}, {"evaluations": []}, {"evaluations": None}):
        said = api.ask("evaluations", {**asked(ALICE, READ, ONE), **more}, point)
        assert said["decision"] is True and "evaluations" not in said


def found(api: Api, point: str, what: str, body: Any) -> list[Any]:
    said = api.ask(f"search/{what}", body, point)
    assert list(said) == ["page", "results"]
    assert said["page"]["count"] == len(said["results"])
    results: list[Any] = said["results"]
    return results


def test_subjects_are_found(api: Api, point: str) -> None:
    body = {"subject": {"type": "user"}, "action": READ, "resource": ONE}
    everybody = found(api, point, "subject", body)
    assert ALICE in everybody and BOB in everybody
    assert {one["type"] for one in everybody} == {"user"}
    assert found(api, point, "subject", {**body, "context": AROUND}) == everybody
    assert found(api, point, "subject", {**body, "subject": ALICE}) == everybody  # its id counts for nothing
    archived = {"subject": {"type": "user"}, "action": WRITE, "resource": OLD}
    assert found(api, point, "subject", archived) == [BOB]


def test_resources_are_found(api: Api, point: str) -> None:
    body = {"subject": ALICE, "action": READ, "resource": {"type": "record"}}
    all_of_them = found(api, point, "resource", body)
    assert ONE in all_of_them and all(one.keys() == {"type", "id"} for one in all_of_them)
    assert found(api, point, "resource", {**body, "context": AROUND}) == all_of_them
    assert found(api, point, "resource", {**body, "resource": TWO}) == all_of_them
    assert TWO in found(
        api, point, "resource", {"subject": ADMIN, "action": WRITE, "resource": {"type": "record"}}
    )


def test_actions_are_found(api: Api, point: str) -> None:
    body = {"subject": ALICE, "resource": ONE}
    all_of_them = found(api, point, "action", body)
    assert READ in all_of_them and WRITE in all_of_them
    assert found(api, point, "action", {**body, "context": AROUND}) == all_of_them
    assert WRITE in found(api, point, "action", {"subject": ADMIN, "resource": OLD})


def test_pages_lead_to_all_that_is_found(api: Api, point: str) -> None:
    body = {"subject": {"type": "user"}, "action": READ, "resource": ONE}
    everybody = found(api, point, "subject", body)
    shown: list[Any] = []
    said = api.ask("search/subject", {**body, "page": {"limit": 1}}, point)
    while True:
        shown += said["results"]
        if not (token := said["page"]["next_token"]):
            break
        said = api.ask("search/subject", {**body, "page": {"token": token}}, point)
    assert shown == everybody


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("action", {"subject": {"type": "user", "id": "nonexistent"}, "resource": ONE}),
        ("action", {"subject": ALICE, "resource": {"type": "record", "id": "nonexistent"}}),
        ("subject", {"subject": {"type": "spaceship"}, "action": READ, "resource": ONE}),
        (
            "subject",
            {"subject": {"type": "user"}, "action": READ, "resource": {"type": "record", "id": "no"}},
        ),
        ("subject", {"subject": {"type": "user"}, "action": READ, "resource": {"type": "ufo", "id": "no"}}),
        ("resource", {"subject": ALICE, "action": READ, "resource": {"type": "spaceship"}}),
        (
            "resource",
            {"subject": {"type": "user", "id": "no"}, "action": READ, "resource": {"type": "record"}},
        ),
        ("resource", {"subject": ALICE, "action": {"name": "fly"}, "resource": {"type": "record"}}),
    ],
)
def test_nothing_is_found_of_what_nobody_knows(api: Api, point: str, what: str, body: Any) -> None:
    assert api.ask(f"search/{what}", body, point) == {"page": {"next_token": "", "count": 0}, "results": []}


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("subject", {"subject": {"type": "user"}, "resource": ONE}),
        ("resource", {"action": READ, "resource": {"type": "record"}}),
        ("action", {"subject": ALICE}),
        ("subject", {"subject": {"type": "user"}, "action": READ, "resource": {"type": "record"}}),
        ("resource", {"subject": {"type": "user"}, "action": READ, "resource": {"type": "record"}}),
        ("action", {"subject": {"type": "user"}, "resource": ONE}),
        ("subject", {"subject": {}, "action": READ, "resource": ONE}),
        ("resource", {"subject": ALICE, "action": READ, "resource": {"id": "record-1"}}),
        ("subject", {"subject": {"type": "user"}, "action": READ, "resource": ONE, "page": []}),
        ("subject", {"subject": {"type": "user"}, "action": READ, "resource": ONE, "page": {"limit": -1}}),
        ("subject", {"subject": {"type": "user"}, "action": READ, "resource": ONE, "page": {"limit": 1.5}}),
        ("subject", {"subject": {"type": "user"}, "action": READ, "resource": ONE, "page": {"limit": True}}),
        ("subject", {"subject": {"type": "user"}, "action": READ, "resource": ONE, "page": {"token": 7}}),
    ],
)
def test_a_search_that_is_not_whole_is_a_bad_request(api: Api, point: str, what: str, body: Any) -> None:
    answer = api.post(f"search/{what}", body, point)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_the_decision_point_describes_itself(api: Api) -> None:
    answer = api.http.get("/.well-known/authzen-configuration")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    base = api.url
    assert answer.json() == {
        "policy_decision_point": base,
        "access_evaluation_endpoint": f"{base}/access/v1/evaluation",
        "access_evaluations_endpoint": f"{base}/access/v1/evaluations",
        "search_subject_endpoint": f"{base}/access/v1/search/subject",
        "search_resource_endpoint": f"{base}/access/v1/search/resource",
        "search_action_endpoint": f"{base}/access/v1/search/action",
    }
    for name, url in answer.json().items():
        if name != "policy_decision_point":
            assert api.http.post(url).status_code == 401
