"""Pages of searches: tokens that lead on, for whom they were made and for what, and what changes meanwhile."""

from collections.abc import Iterator
from typing import Any

import pytest
from accessworld import ADA, ADMINISTRATION, ALICE, BOB, GATEWAY, HELPER, ID, MUTE, Api, access, page

from ambit.graph.clock import Clock
from ambit.graph.errors import Invalid
from ambit.server.access.pages import Begun, Pages
from ambit.server.access.words import Page

PAGES = [f"record-{number}" for number in (1, 2, 3, 4)]
SEARCH: dict[str, Any] = {
    "subject": {"type": "person", "id": "alice"},
    "action": {"name": "read"},
    "resource": {"type": "page"},
}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with access(tmp_path_factory.mktemp("pages") / "w") as api:
        yield api


def search(api: Api, caller: str, what: str = "resource", body: dict[str, Any] = SEARCH, **page: Any) -> Any:
    return api.ask(f"search/{what}", {**body, "page": page} if page else body, caller)


def ids(said: Any) -> list[str]:
    return [one["id"] for one in said["results"]]


def refused(
    api: Api, caller: str, what: str = "resource", body: dict[str, Any] = SEARCH, **page: Any
) -> None:
    answer = api.post(f"search/{what}", {**body, "page": page}, caller)
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor-invalid"), answer.text


def test_pages_follow_one_another_and_end(api: Api) -> None:
    gateway = api.token(GATEWAY)
    assert ids(search(api, gateway)) == PAGES
    for limit in (1, 2, 3, 4, 5, 1_000_000):
        found: list[str] = []
        said = search(api, gateway, limit=limit)
        while said["page"]["next_token"]:
            assert said["page"]["count"] == limit
            found += ids(said)
            said = search(api, gateway, token=said["page"]["next_token"])
        assert found + ids(said) == PAGES
    nothing = search(api, gateway, limit=0)
    assert nothing["results"] == [] and nothing["page"]["count"] == 0 and nothing["page"]["next_token"]
    assert search(api, gateway, token=nothing["page"]["next_token"], limit=0)["results"] == []


def test_a_token_is_of_its_caller_its_question_and_its_limit(api: Api) -> None:
    gateway, alice = api.token(GATEWAY), api.token(ALICE)
    token = search(api, gateway, limit=1)["page"]["next_token"]
    assert ids(search(api, gateway, token=token)) == PAGES[1:2]
    assert ids(search(api, gateway, token=token, limit=1)) == PAGES[1:2]
    refused(api, gateway, token=token, limit=2)
    for other in (alice, api.token(MUTE), api.token(ADA, purposes=[ADMINISTRATION])):
        refused(api, other, token=token)
    refused(api, api.token(GATEWAY, agents=[HELPER]), token=token)
    refused(api, api.token(GATEWAY, purposes=["https://w3id.org/dpv#CustomerCare"]), token=token)
    for change in (
        {"subject": {"type": "person", "id": "bob"}},
        {"subject": {"type": "user", "id": ALICE}},
        {"subject": {"type": "person", "id": "alice", "properties": {"x": 1}}},
        {"action": {"name": "write"}},
        {"action": {"name": "read", "properties": {"soft": True}}},
        {"resource": {"type": "entity"}},
        {"context": {"x": 1}},
    ):
        refused(api, gateway, body={**SEARCH, **change}, token=token)
    reordered = {"resource": {"id": "counts for nothing", "type": "page"}, **SEARCH, "future": 1}
    assert ids(search(api, gateway, body=reordered, token=token)) == PAGES[1:2]
    anybody = {
        "subject": {"type": "person"},
        "action": {"name": "read"},
        "resource": {"type": "page", "id": "record-1"},
    }
    other = search(api, gateway, "subject", anybody, limit=1)["page"]["next_token"]
    refused(api, gateway, token=other)
    refused(api, gateway, "subject", anybody, token=token)


@pytest.mark.parametrize(
    "how", ["first", "middle", "last", "longer", "shorter", "empty seal", "text", "accents"]
)
def test_a_token_that_was_changed_is_none(api: Api, how: str) -> None:
    gateway = api.token(GATEWAY)
    token: str = search(api, gateway, limit=1)["page"]["next_token"]

    def other(letter: str) -> str:
        return "B" if letter == "A" else "A"

    half = len(token) // 2
    changed = {
        "first": other(token[0]) + token[1:],
        "middle": token[:half] + other(token[half]) + token[half + 1 :],
        "last": token[:-1] + other(token[-1]),
        "longer": token + "A",
        "shorter": token[:-1],
        "empty seal": "A" * 22 + token[22:],
        "text": "next page please",
        "accents": "é" * 40,
    }[how]
    refused(api, gateway, token=changed)


def test_a_token_ends_with_its_time() -> None:
    pages = Pages(b"k" * 32)
    token = pages.next(Begun(7), "last", "state", "bound")
    assert pages.begin(Page(token), "bound") == Begun(7, "last", "state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ambit.server.access.pages.CLOCK", Clock(lambda: 10_000_000_000.0))
        with pytest.raises(Invalid, match="expired"):
            pages.begin(Page(token), "bound")
    with pytest.raises(Invalid):
        Pages(b"q" * 32).begin(Page(token), "bound")


def test_what_changes_between_pages_is_said_and_nothing_comes_twice(api: Api) -> None:
    gateway, server = api.token(GATEWAY), api.server
    first = search(api, gateway, limit=2)
    folder = server.settings.workspace
    (folder / "records" / "record-0.md").write_text(page("record-0"))
    (folder / "records" / "record-5.md").write_text(page("record-5"))
    server.layers.ingest.scan_once()
    try:
        second = search(api, gateway, token=first["page"]["next_token"])
        assert ids(first) + ids(second) == PAGES
        assert second["page"]["properties"] == {"changed": True}
        third = search(api, gateway, token=second["page"]["next_token"])
        assert ids(third) == ["record-5"] and "properties" not in third["page"]
    finally:
        (folder / "records" / "record-0.md").unlink()
        (folder / "records" / "record-5.md").unlink()
        server.layers.ingest.scan_once()


def test_a_change_of_what_is_hidden_is_not_said(api: Api) -> None:
    alice, server = api.token(ALICE), api.server
    mine = {**SEARCH, "subject": {"type": "user", "id": ALICE}}
    first = search(api, alice, body=mine, limit=2)
    hidden = server.settings.workspace / "hidden" / "record-8.md"
    hidden.write_text(page("record-8"))
    server.layers.ingest.scan_once()
    try:
        second = search(api, alice, body=mine, token=first["page"]["next_token"])
        assert ids(first) + ids(second) == PAGES and "properties" not in second["page"]
    finally:
        hidden.unlink()
        server.layers.ingest.scan_once()


def test_who_may_ask_for_nobody_else_finds_nothing_of_others(api: Api) -> None:
    alice = api.token(ALICE)
    bobs = {**SEARCH, "subject": {"type": "user", "id": BOB}}
    assert search(api, alice, body=bobs) == {"page": {"next_token": "", "count": 0}, "results": []}
    who = {
        "subject": {"type": "user"},
        "action": {"name": "read"},
        "resource": {"type": "entity", "id": f"{ID}page/record-1"},
    }
    assert ids(search(api, alice, "subject", who)) == [ALICE]
    hidden = {**who, "resource": {"type": "entity", "id": f"{ID}page/record-9"}}
    absent = {**who, "resource": {"type": "entity", "id": f"{ID}page/absent"}}
    assert search(api, alice, "subject", hidden) == search(api, alice, "subject", absent)
    what = {
        "subject": {"type": "user", "id": BOB},
        "resource": {"type": "entity", "id": f"{ID}page/record-1"},
    }
    assert search(api, alice, "action", what)["results"] == []


def test_an_action_that_only_hidden_rules_name_is_not_found(api: Api) -> None:
    """An administrator may do everything here; `secretly` stands in a rule that gives nobody anything."""
    admin = api.token(ADA, purposes=[ADMINISTRATION])
    body = {
        "subject": {"type": "user", "id": ADA},
        "resource": {"type": "entity", "id": f"{ID}page/record-1"},
    }
    names = [one["name"] for one in search(api, admin, "action", body)["results"]]
    assert "read" in names and "declassify" in names and "secretly" not in names and "borrow" not in names
    own = {**body, "subject": {"type": "user", "id": ALICE}}
    assert [one["name"] for one in search(api, api.token(ALICE), "action", own)["results"]] == [
        "borrow",
        "read",
        "write",
    ]


@pytest.mark.parametrize("type", ["record", "graph", "entity", "compartment", "page"])
def test_all_that_is_found_evaluates_to_a_permit(api: Api, type: str) -> None:
    for token, user in ((api.token(GATEWAY), ALICE), (api.token(ALICE), ALICE)):
        body = {"subject": {"type": "user", "id": user}, "action": {"name": "read"}}
        found = search(api, token, body={**body, "resource": {"type": type}})["results"]
        assert found and all(one["type"] == type for one in found)
        for one in found:
            assert api.permits({**body, "resource": one}, token), one
        assert not any("record-9" in one["id"] for one in found)


def test_a_search_is_recorded_with_what_it_handed_over(api: Api) -> None:
    ledger = api.server.layers.ledger
    before = ledger.size
    said = search(api, api.token(GATEWAY))
    entries = [e for e in ledger.entries(before) if "run" in e.fields]
    assert [e.kind for e in entries] == ["request", "evaluation", "answer"]
    assert entries[1].fields["searched"] == "resource" and entries[1].fields["count"] == len(said["results"])
    places = {
        api.server.layers.owner.entry(f"{ID}{one}#internal").compartment
        for one in ("records/record-1.md", "old/record-2.md")
    }
    assert set(entries[2].fields["handed"]) == places
