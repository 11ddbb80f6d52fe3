"""A plain question about another resource is answered from what its subject holds, and as it would be without that."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from accessworld import ADA, ALICE, BEN, BOB, GATEWAY, ID, MUTE, Api, access, evaluator

from ambit.graph.clock import CLOCK
from ambit.graph.words import Chain
from ambit.reasoning.deciding.questions import Decision, Failure
from ambit.server.access import evaluating
from ambit.server.access.asking import asker_of
from ambit.server.access.evaluating import Evaluated, Evaluator
from ambit.server.access.seats import Seat
from ambit.server.access.words import Action, Entity, Evaluation
from ambit.server.identity import Identity

PAGES = [f"{ID}page/{name}" for name in ("record-1", "record-2", "record-3", "record-9", "nothing")]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with access(tmp_path_factory.mktemp("seats") / "w") as api:
        yield api


def ask(at: Evaluator, caller: str, subject: str, action: str, resource: str) -> Evaluated:
    asker = asker_of(at.known, Identity(Chain(caller), None, None), None)
    return at.evaluate(asker, Evaluation(Entity("user", subject), Action(action), Entity("entity", resource)))


def test_the_answers_are_those_that_are_given_without_it(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    quick, slow = evaluator(api), evaluator(api)
    monkeypatch.setattr(slow, "_seat", lambda asker, item: None)
    subjects = (ALICE, BOB, f"{ID}cleo", ADA, BEN, f"{ID}stranger", "no IRI")
    callers, actions = (GATEWAY, MUTE, ALICE, BOB, f"{ID}past"), ("read", "write", "borrow", "secretly")
    permitted = 0
    for asked in product(callers, subjects, actions, PAGES):
        wanted = ask(slow, *asked)
        for _ in range(2):  # the second is kept whole
            found = ask(quick, *asked)
            assert _all_of(found) == _all_of(wanted), asked
        permitted += wanted.permitted
    assert permitted > 20


def _all_of(told: Evaluated) -> tuple[Any, ...]:
    entry = {name: list(said) if isinstance(said, tuple) else said for name, said in told.entry.items()}
    return told.permitted, told.said, entry, told.until, told.place, told.failures


def test_another_compartment_of_a_subject_is_looked_up_nowhere(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, counted = evaluator(api), list[str]()

    def count(owner: object, name: str) -> None:
        real = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *given: counted.append(name) or real(*given))

    assert ask(at, GATEWAY, ALICE, "read", PAGES[0]).permitted
    for owner, name in ((at.known, "decided"), (at, "universe"), (evaluating, "asked_of")):
        count(owner, name)
    count(evaluating, "recorded")
    assert ask(at, GATEWAY, ALICE, "read", PAGES[1]).permitted
    assert not ask(at, GATEWAY, ALICE, "read", PAGES[3]).permitted
    assert counted == []
    ask(at, GATEWAY, ALICE, "write", PAGES[1])
    assert sorted(counted) == ["asked_of", "decided", "universe"]


def test_a_decision_is_asked_for_again_when_its_time_is_over_or_something_failed(api: Api) -> None:
    now, asked = CLOCK.now(), list[int]()
    made = api.server.layers.decider.decide(_question(api))

    def seat_of(until: Any, failures: tuple[Failure, ...] = ()) -> Seat:
        seat = Seat(None, 7, 0)
        asked.clear()

        def look_up() -> Decision:
            asked.append(1)
            return _decision(made, until, failures)

        for moment in (now, now, now + timedelta(seconds=5), now - timedelta(seconds=5)):
            seat.decided("read", moment, look_up, lambda: epoch)
        return seat

    epoch = 7
    seat_of(None)
    assert len(asked) == 1
    seat_of(now + timedelta(seconds=1))
    assert len(asked) == 3, "once, when its time was over, and when the clock had gone back"
    seat_of(None, (Failure("rule", "failed"),))
    assert len(asked) == 4
    epoch = 8
    seat_of(None)
    assert len(asked) == 4, "another policy had come: the seat is given nothing of it"


def test_what_a_policy_of_after_says_is_not_given_to_a_seat_of_before(api: Api) -> None:
    at = evaluator(api)
    asker = asker_of(at.known, Identity(Chain(GATEWAY), None, None), None)
    item = Evaluation(Entity("user", ALICE), Action("read"), Entity("entity", PAGES[0]))
    seat = at._seat(asker, item)
    assert seat is not None and seat.asked is not None
    at.decider.epoch += 1
    try:
        at._about(asker, seat)
        at._subjects(seat.asked, seat, True)
        assert (seat.covered, seat.subjects) == (None, None)
        assert at._seat(asker, item) is not seat
    finally:
        at.decider.epoch -= 1


def _question(api: Api) -> Any:
    at = evaluator(api)
    asker = asker_of(at.known, Identity(Chain(GATEWAY), None, None), None)
    seat = at._seat(asker, Evaluation(Entity("user", ALICE), Action("read"), Entity("entity", PAGES[0])))
    assert seat is not None and seat.asked is not None
    return seat.asked.question


def _decision(made: Decision, until: Any, failures: tuple[Failure, ...]) -> Decision:
    return Decision(made.iri, made.question, made.clearance, made.policy_revision, (), until, failures)
