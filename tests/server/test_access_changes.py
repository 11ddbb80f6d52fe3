"""What changes while an answer is made: rules, memberships, labels and what was read count as it leaves."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from accessworld import ADA, ADMINISTRATION, ALICE, BOB, GATEWAY, ID, PREFIXES, WORLD, Api, access, question

from ambit.server.access import answering
from ambit.server.access.recording import Recorder

ONE, TWO = f"{ID}page/record-1", f"{ID}page/record-2"
MEMBER = "my:bob a foaf:Person ; org:memberOf my:office ;"
APART = PREFIXES + "my:records ambit:isKeptApartFrom my:old .\n"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with access(tmp_path_factory.mktemp("changes") / "w") as api:
        yield api


def governed(api: Api, change: Callable[[str], str], name: str = "access.ttl") -> None:
    """Changes a file of governance; in force when this returns."""
    file = api.server.settings.workspace / "governance" / name
    file.write_text(change(file.read_text() if file.exists() else ""))
    api.server.layers._definitions.changed(file)


def revoke(api: Api) -> None:
    governed(api, lambda text: text.replace(MEMBER, "my:bob a foaf:Person ;"))


def grant(api: Api) -> None:
    governed(api, lambda text: text.replace("my:bob a foaf:Person ; my:role", f"{MEMBER} my:role"))


@pytest.fixture
def while_recorded(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Has something happen once, while the ledger takes the next answer: behind its making, before it leaves."""
    record = Recorder.record

    def once(work: Callable[[], None]) -> None:
        waiting = [work]

        async def recorded(self: Recorder, *args: Any, **more: Any) -> None:
            await record(self, *args, **more)
            if waiting:
                thread = threading.Thread(target=waiting.pop())
                thread.start()
                thread.join()

        monkeypatch.setattr(Recorder, "record", recorded)

    return once


@pytest.mark.parametrize("known", [False, True])
def test_a_revocation_while_an_answer_is_recorded_is_in_force_as_it_leaves(
    api: Api, while_recorded: Callable[[Callable[[], None]], None], known: bool
) -> None:
    gateway, before = api.token(GATEWAY), api.server.layers.ledger.size
    if known:
        assert api.permits(question(BOB, "read", ONE), gateway)
    while_recorded(lambda: revoke(api))
    try:
        assert not api.permits(question(BOB, "read", ONE), gateway)
    finally:
        grant(api)
    said = [e.fields["status"] for e in api.server.layers.ledger.entries(before) if "status" in e.fields]
    assert "right-changed" in said and said[-1] == "ok"
    assert api.permits(question(BOB, "read", ONE), gateway)


def test_a_page_that_moves_while_an_answer_is_recorded_is_judged_where_it_is(
    api: Api, while_recorded: Callable[[Callable[[], None]], None]
) -> None:
    alice, folder = api.token(ALICE), api.server.settings.workspace
    text = (folder / "records" / "record-4.md").read_text()
    four = question(ALICE, "read", f"{ID}page/record-4")
    assert api.permits(four, alice)

    def move() -> None:
        (folder / "records" / "record-4.md").unlink()
        (folder / "hidden" / "record-4.md").write_text(text)
        api.server.layers.ingest.scan_once()

    while_recorded(move)
    try:
        assert not api.permits(four, alice)
    finally:
        (folder / "hidden" / "record-4.md").unlink()
        (folder / "records" / "record-4.md").write_text(text)
        api.server.layers.ingest.scan_once()
    assert api.permits(four, alice)


def test_what_its_subject_has_read_closes_the_other_side(tmp_path_factory: pytest.TempPathFactory) -> None:
    world = {**WORLD, "governance/apart.ttl": APART}
    with access(tmp_path_factory.mktemp("apart") / "w", world) as api:
        alice, gateway = api.token(ALICE), api.token(GATEWAY)
        for token in (alice, gateway):
            assert api.permits(question(ALICE, "read", ONE), token)
            assert api.permits(question(ALICE, "read", TWO), token)
        query = f"SELECT * {{ <{ONE}> ?p ?o }}".encode()
        head = {"Authorization": f"Bearer {alice}", "Content-Type": "application/sparql-query"}
        assert api.http.post("/sparql", content=query, headers=head).status_code == 200
        told = [
            [api.permits(question(ALICE, "read", one), token) for one in (ONE, TWO)]
            for token in (alice, gateway)
        ]
        assert told[0] == told[1] and sorted(told[0]) == [False, True]
        closed = TWO if told[0][0] else ONE
        assert api.permits(question(BOB, "read", closed), gateway)
        resource = {"type": "entity", "id": closed}
        body = {"subject": {"type": "user"}, "action": {"name": "read"}, "resource": resource}
        found = [one["id"] for one in api.ask("search/subject", body, gateway)["results"]]
        assert BOB in found and ALICE not in found


def test_answers_beside_revocations_are_of_before_or_of_after(api: Api) -> None:
    """Whoever asks behind an acknowledged revocation, and is answered before the next grant begins, is denied."""
    gateway = api.token(GATEWAY)
    state, wrong, asked = [0], [], [0]
    done = threading.Event()

    def ask() -> None:
        other = Api(api.server)
        while not done.is_set():
            before = state[0]
            permitted = other.permits(question(BOB, "read", ONE), gateway)
            if before == state[0] and before % 2 == 0 and permitted != (before % 4 == 0):
                wrong.append((before, permitted))
            asked[0] += 1
        other.http.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(6):
            for change in (revoke, grant):
                state[0] += 1  # under way
                change(api)
                state[0] += 1  # acknowledged
                begun = asked[0]
                while asked[0] < begun + 20:
                    done.wait(0.01)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert not wrong and asked[0] > 100


def test_what_rules_mattered_is_told_to_a_person_and_to_no_agent(api: Api) -> None:
    """As everywhere: whoever is told all must be somebody, without an agent between."""
    wide = PREFIXES + (
        "my:wide a ambit:Agent ; ambit:isOwnedBy my:ada ; ambit:isRegisteredFor ambit:Administration ;"
        " ambit:readsSource my:records ; ambit:readsSensitivity ambit:Internal .\n"
    )
    governed(api, lambda text: text + wide, "wide.ttl")
    try:
        asked = question(BOB, "read", ONE)
        alone = api.ask("evaluation", asked, api.token(ADA, purposes=[ADMINISTRATION]))
        through = api.ask(
            "evaluation", asked, api.token(ADA, agents=[f"{ID}wide"], purposes=[ADMINISTRATION])
        )
        assert "reason_admin" in alone["context"]
        assert "reason_admin" not in through.get("context", {})
    finally:
        governed(api, lambda text: "", "wide.ttl")


@pytest.mark.parametrize("known", [False, True])
def test_what_is_worked_out_under_two_policies_is_kept_for_neither(
    api: Api, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    """A registration that ends after the caller was looked up, and before the question is judged."""
    asked, gateway = question(BOB, "read", TWO if known else f"{ID}page/record-3"), api.token(GATEWAY)
    if known:
        assert api.permits(question(BOB, "read", ONE), gateway)
    old = "my:gateway a ambit:EnforcementPoint ; ambit:enforces my:records, my:old,"
    new = old.replace("my:records, my:old,", "my:mixed,")
    made, waiting = answering.asker_of, [lambda: governed(api, lambda text: text.replace(old, new))]

    def then(*args: Any) -> Any:
        asker = made(*args)
        if waiting:
            thread = threading.Thread(target=waiting.pop())
            thread.start()
            thread.join()
        return asker

    monkeypatch.setattr(answering, "asker_of", then)
    try:
        assert not api.permits(asked, gateway)
        assert not api.permits(asked, gateway)
    finally:
        governed(api, lambda text: text.replace(new, old))
    assert api.permits(asked, gateway)
