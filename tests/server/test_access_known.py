"""What is kept of earlier questions is bounded by its bytes: names that a caller makes up take no more than that."""

import json
import tracemalloc
from collections.abc import Iterator
from itertools import count

import pytest
from accessworld import ALICE, ID, Api, access, evaluator, question

from ambit.graph.words import Chain
from ambit.reasoning.deciding.claims import NO_CLAIMS
from ambit.server.access import answering
from ambit.server.access import known as module
from ambit.server.access.asking import asker_of
from ambit.server.access.evaluating import Evaluator, Parts
from ambit.server.access.naming import Type
from ambit.server.access.pages import Pages
from ambit.server.access.words import Action, Entity, Evaluation
from ambit.server.identity import Identity
from ambit.server.latest import Latest

ONE = f"{ID}page/record-1"
MOST = 300_000


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with access(tmp_path_factory.mktemp("known") / "w") as api:
        yield api


def asks(evaluator: Evaluator, subject: str, resource: str) -> bool:
    asker = asker_of(evaluator.known, Identity(Chain(ALICE), None, None), None)
    item = Evaluation(Entity("user", subject), Action("read"), Entity("entity", resource))
    return evaluator.evaluate(asker, item).permitted


def shelves(evaluator: Evaluator) -> list[Latest[object, tuple[object]]]:
    state = evaluator.known._state
    return [state.policy[1], state.data[1]]  # type: ignore[list-item]


@pytest.mark.parametrize("as_resource", [False, True], ids=["subjects", "resources"])
def test_names_that_a_caller_makes_up_take_no_more_than_there_is_room(
    api: Api, monkeypatch: pytest.MonkeyPatch, as_resource: bool
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", MOST)
    at = evaluator(api)
    for number in range(1_000):
        name = f"https://example.com/{number}/{'x' * 1_900}"
        assert not asks(at, *((ALICE, name) if as_resource else (name, ONE)))
        assert all(shelf.bytes <= MOST for shelf in shelves(at))
    assert max(shelf.bytes for shelf in shelves(at)) > MOST // 2


def test_what_is_asked_again_and_again_stays_while_others_go(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", MOST)
    at = evaluator(api)
    looked: list[str] = []
    parts = at._parts

    def counted(type: Type, iri: str) -> Parts:
        looked.append(iri)
        return parts(type, iri)

    monkeypatch.setattr(at, "_parts", counted)
    for number in range(500):
        assert asks(at, ALICE, ONE)
        asks(at, ALICE, f"https://example.com/{number}/{'x' * 1_900}")
    assert looked.count(ONE) == 1
    assert at.hasty().evaluate(
        asker_of(at.known, Identity(Chain(ALICE), None, None), None),
        Evaluation(Entity("user", ALICE), Action("read"), Entity("entity", ONE)),
    )
    asks(at, ALICE, f"https://example.com/0/{'x' * 1_900}")
    assert looked.count(f"https://example.com/0/{'x' * 1_900}") == 2, "the least recently used went"


def test_what_is_counted_is_about_what_is_taken(api: Api) -> None:
    at = evaluator(api)
    asks(at, ALICE, ONE)
    before = sum(shelf.bytes for shelf in shelves(at))
    tracemalloc.start()
    try:
        for number in range(400):
            asks(at, f"{ID}somebody-{number}-{'x' * (number % 5) * 400}", ONE)
            asks(at, ALICE, f"{ID}page/nothing-{number}-{'x' * (number % 5) * 400}")
        taken = sum(one.size for one in tracemalloc.take_snapshot().statistics("filename"))
    finally:
        tracemalloc.stop()
    counted = sum(shelf.bytes for shelf in shelves(at)) - before
    assert taken / 3 < counted < taken * 3, (taken, counted)


def test_the_least_recently_used_goes_first_and_what_is_too_much_alone_is_not_kept() -> None:
    kept: Latest[str, str] = Latest(3, weigh=lambda key, value: len(key + value), most=10)
    for key in "abc":
        kept.put(key, "12")
    assert (kept.get("a"), kept.bytes) == ("12", 9)
    kept.put("d", "1234")  # 14 bytes, of four
    assert [kept.get(key) for key in "dab"] == ["1234", "12", None]
    assert kept.bytes == 8 and kept.get("c") is None
    kept.renew("a", "x" * 10)
    assert kept.get("a") is None and kept.bytes == 5
    numbers = count()
    many: Latest[int, int] = Latest(5)
    for _ in range(50):
        many.put(next(numbers), 1)
    assert len(many) == 5


def test_answers_that_are_kept_take_no_more_than_there_is_room(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "_KEPT_BYTES", 40 * MOST)
    layers, at = api.server.layers, evaluator(api)
    answerer = answering.Answerer(at, Pages(layers.secret), most=1_000)
    asked = question(ALICE, "read", ONE, evaluations=[{}] * 60)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(400):
            body = json.dumps(asked | {"unknown": number}).encode()
            sent = answering.Sent(Identity(Chain(ALICE), None, None), None, NO_CLAIMS, "/evaluations", body)
            assert answerer.answer(sent) is answerer.kept(sent)
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert taken < 60 * MOST
    large = json.dumps(question(ALICE, "read", ONE, evaluations=[{}] * 900)).encode()
    sent = answering.Sent(Identity(Chain(ALICE), None, None), None, NO_CLAIMS, "/evaluations", large)
    assert answerer.answer(sent).body and answerer.kept(sent) is None, "it would push all others out"
