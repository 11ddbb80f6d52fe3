"""Provenance waits for answers, within bounds: how long it rests, and what is waited for at the end."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_provenance import answer, ask, projector

from ambit.graph.provenance import pace
from ambit.graph.provenance import projector as projecting
from ambit.graph.provenance.pace import Pace, rest_after
from ambit.graph.store.owner import Owner


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    owner = Owner(tmp_path / "data")
    yield owner
    owner.close()


@pytest.mark.parametrize(
    ("came", "left", "rest"),
    [(0, 0, 0), (0, 50_000, 0), (1, 0, 8), (9, 29_999, 8), (9, 30_000, 2), (9, 99_999, 2), (9, 100_000, 0)],
)
def test_it_rests_while_requests_come_and_the_less_the_more_is_left(
    came: int, left: int, rest: float
) -> None:
    assert rest_after(2.0, came, left) == rest


def test_it_rests_behind_each_portion_amid_which_requests_came(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    rested: list[tuple[int, int]] = []
    ask(owner, "urn:run:first")
    projector(owner).flush()  # its graph has its label from here on, by a commit that is an entry, too
    monkeypatch.setattr(projecting, "PORTION", 1)
    monkeypatch.setattr(Pace, "rest", lambda self, took, came, left: rested.append((came, left)))
    for number in range(3):
        ask(owner, f"urn:run:{number}")
    project, late = owner.project, ["urn:run:late"]

    def projected(*given: Any) -> None:
        if late:
            ask(owner, late.pop())
        project(*given)

    monkeypatch.setattr(owner, "project", projected)
    one = projector(owner, interval=0.001)
    one.start()
    try:
        while one.waiting():
            time.sleep(0.01)
    finally:
        one.stop()
    assert [came for came, _ in rested if came] == [1]
    assert [left for _, left in rested][-4:] == [3, 2, 1, 0]


def test_the_interpreter_is_left_to_others_amid_a_portion(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(pace.time, "sleep", slept.append)
    monkeypatch.setattr(pace, "TURN", 0.0)
    for number in range(5):
        ask(owner, f"urn:run:{number}")
    projector(owner).flush()
    assert len(slept) >= 5
    slept.clear()
    monkeypatch.setattr(pace, "TURN", 1e9)
    ask(owner, "urn:run:more")
    projector(owner).flush()
    assert slept == []


def test_what_waits_is_told_and_an_end_leaves_it_to_the_next_start(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(owner, "urn:run:first")
    one = projector(owner)
    one.flush()
    for number in range(6):
        ask(owner, f"urn:run:{number}")
        answer(owner, f"urn:run:{number}")
    waited = one.waiting()
    assert waited >= 18
    monkeypatch.setattr(projecting, "PORTION", 1)
    monkeypatch.setattr(projecting, "ENDING", 0.0)
    one.stop()
    assert 0 < one.waiting() < waited, "one portion, and no more"
    projector(owner).flush()
    assert one.waiting() == 0


def test_a_rest_ends_when_the_server_stops() -> None:
    stopping = threading.Event()
    stopping.set()
    begun = time.monotonic()
    Pace(stopping).rest(1_000, 1, 0)
    assert time.monotonic() - begun < 100
