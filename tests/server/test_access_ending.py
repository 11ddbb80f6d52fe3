"""The right to ask about others ends by the clock, by a change and by a failure; with it ends what it is answered."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from accessworld import ALICE, BOB, HEADER, ID, PREFIXES, WORLD, Api, access, question

from ambit.graph.clock import CLOCK
from ambit.server.access.recording import Recorder

ONE = f"{ID}page/record-1"
POINT, CLERK, AUDITOR = f"{ID}point", f"{ID}clerk", f"{ID}auditor"
ENDS = CLOCK.now() + timedelta(hours=1)
GOVERNANCE = (
    PREFIXES
    + f"""
my:point a ambit:EnforcementPoint ; ambit:enforces my:records ; ambit:expires "{ENDS.isoformat()}"^^xsd:dateTime .
my:clerk a <http://xmlns.com/foaf/0.1/Person> ; my:mayAskUntil "{ENDS.isoformat()}"^^xsd:dateTime .
my:auditor a <http://xmlns.com/foaf/0.1/Person> ; my:mayAskUntil "{ENDS.isoformat()}"^^xsd:dateTime .
"""
)
RULE = """# reads: now

PREFIX ambit: <https://w3id.org/ambit#>
PREFIX my: <https://example.com/id/>
SELECT ?compartment ?actor ?now {} {{
  ?actor my:mayAskUntil ?until . FILTER(?now < ?until) {}
  ?compartment ambit:comesFrom my:records .
}}"""
RULES = {
    "rules/clerks.rq": HEADER.format("Clerks", "permit", "evaluate") + RULE.format("?until", ""),
    "rules/auditors.rq": HEADER.format("Auditors", "permit", "evaluate")
    + RULE.format("", "FILTER(?actor = my:auditor)"),
}
BROKEN = (
    HEADER.format("Broken", "deny", "evaluate")
    + """
PREFIX ambit: <https://w3id.org/ambit#>
SELECT ?compartment ?actor { ?compartment a ambit:Compartment . ?actor ?p ?o . ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"""
)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    world = {**WORLD, "governance/ending.ttl": GOVERNANCE, **RULES}
    with access(tmp_path_factory.mktemp("ending") / "w", world) as api:
        yield api


def answers(api: Api, who: str) -> tuple[bool, bool, list[str], list[str]]:
    """What somebody is told of Bob: alone and in a batch, who may read the page, what Bob may do with it."""
    token, asked = api.token(who), question(BOB, "read", ONE)
    batch = api.ask("evaluations", {**asked, "evaluations": [{}]}, token)["evaluations"]
    found = api.ask("search/subject", {**asked, "subject": {"type": "user"}}, token)["results"]
    actions = {name: said for name, said in asked.items() if name != "action"}
    named = api.ask("search/action", actions, token)["results"]
    return (
        api.permits(asked, token),
        batch[0]["decision"],
        [one["id"] for one in found if one["id"] != who],
        [one["name"] for one in named],
    )


def at(patch: pytest.MonkeyPatch, moment: datetime) -> None:
    patch.setattr(CLOCK, "now", lambda: moment)


@pytest.mark.parametrize("who", [POINT, CLERK, AUDITOR])
def test_what_an_asker_is_answered_ends_with_the_askers_own_right(
    api: Api, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    for moment in (ENDS - timedelta(minutes=1), ENDS - timedelta(microseconds=1)):
        at(monkeypatch, moment)
        for _ in range(2):  # asked of the rules, and from what is kept
            alone, batch, users, actions = answers(api, who)
            assert alone and batch and BOB in users and ALICE in users and "read" in actions
    for moment in (ENDS, ENDS + timedelta(days=1)):
        at(monkeypatch, moment)
        for _ in range(2):
            assert answers(api, who) == (False, False, [], [])


@pytest.mark.parametrize("who", [POINT, CLERK, AUDITOR])
def test_a_right_that_ends_while_an_answer_is_recorded_has_ended_as_it_leaves(
    api: Api, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    at(monkeypatch, ENDS - timedelta(minutes=2))
    assert api.permits(question(BOB, "read", ONE), api.token(who))
    record = Recorder.record

    async def recorded(self: Recorder, *args: Any, **more: Any) -> None:
        await record(self, *args, **more)
        at(monkeypatch, ENDS)

    monkeypatch.setattr(Recorder, "record", recorded)
    assert not api.permits(question(BOB, "read", ONE), api.token(who))


@pytest.mark.parametrize("who", [CLERK, AUDITOR])
def test_a_right_that_cannot_be_told_is_none(api: Api, who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that fails for the asker denies, is recorded, and is asked again."""
    assert answers(api, who)[0]
    monkeypatch.setattr(api.server.layers.decider, "deadline", 0.5)  # none but this rule takes that long
    before = api.server.layers.ledger.size
    api.server.save("broken.rq", BROKEN)
    try:
        assert answers(api, who) == (False, False, [], [])
        said = [e.fields for e in api.server.layers.ledger.entries(before) if e.kind == "request"]
        assert [fields.get("failed") for fields in said] == [["urn:ambit:rule:mine/broken"]] * 4
    finally:
        api.server.save("broken.rq", None)
    assert answers(api, who)[0]


def test_a_right_that_is_taken_ends_at_once(api: Api) -> None:
    file = api.server.settings.workspace / "governance" / "ending.ttl"
    done = threading.Event()
    wrong: list[bool] = []
    state = [0]

    def ask() -> None:
        other = Api(api.server)
        while not done.is_set():
            for who in (POINT, CLERK):
                before = state[0]
                permitted = other.permits(question(BOB, "read", ONE), other.token(who))
                if state[0] == before and before % 2 == 0 and permitted != (before % 4 == 0):
                    wrong.append(permitted)
        other.http.close()

    def put(change: Callable[[str], str]) -> None:
        state[0] += 1
        file.write_text(change(GOVERNANCE))
        api.server.layers._definitions.changed(file)
        state[0] += 1

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        for _ in range(4):
            for change in (
                lambda text: text.replace("my:point a", "my:other a").replace("my:clerk", "my:none"),
                str,
            ):
                put(change)
                done.wait(0.2)
    finally:
        done.set()
        thread.join()
    assert wrong == []
