"""Who may have a past read, and who must wait: no subject takes from others what they need."""

import os
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from test_asof import SEEN, Step, moment, tell

from ambit.graph.errors import Busy, Timeout
from ambit.graph.sparql.gate import admit
from ambit.graph.store import past
from ambit.graph.store.owner import Owner
from ambit.graph.views.asof import EACH, LIVE, READING, PastViews
from ambit.graph.views.pastplaces import Line, Turn
from ambit.graph.views.worker import Piece

STORY = [[Step("x", str(n), "a")] for n in range(1, LIVE + 2)]
BEN, ADA, EVE = "ben", "ada", "eve"


@pytest.fixture
def owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Owner]:
    owner = Owner(tmp_path / "data")
    tell(owner, STORY, monkeypatch)
    yield owner
    owner.close()


@pytest.fixture
def views(owner: Owner) -> Iterator[PastViews]:
    views = PastViews(owner, owner.folder / "commits")
    yield views
    views.close()


@pytest.fixture
def endless(owner: Owner, tmp_path: Path) -> Iterator[PastViews]:
    """Views of pasts that are never read to their end."""
    views = PastViews(owner, tmp_path / "pipe")
    views._log.mkdir()
    os.mkfifo(views._log / "0.log")
    views._moments = past.Moments(owner.folder / "commits")
    yield views
    views.close()


def begun(
    views: PastViews, subject: str, number: int, deadline: float = 30.0
) -> Generator[Piece, None, None]:
    """A query of which one piece was taken, and the rest is not."""
    query = admit("SELECT ?s ?p ?o { ?s ?p ?o }")
    pieces = views.stream(SEEN, query, moment(number), deadline=deadline, subject=subject)
    next(pieces)
    return pieces


def test_a_subject_has_one_past_read_at_a_time_and_the_other_place_is_for_others(endless: PastViews) -> None:
    with pytest.raises(Timeout, match="still being read"):
        begun(endless, BEN, 1, deadline=0.1)
    began = time.monotonic()
    with pytest.raises(Busy, match="being read"):
        begun(endless, BEN, 2, deadline=0.2)
    assert time.monotonic() - began >= 0.2, "it waited for its turn"
    with pytest.raises(Timeout, match="still being read"):
        begun(endless, ADA, 3, deadline=0.1)
    assert endless._line.reading == [BEN, ADA]
    with pytest.raises(Busy, match="being read"):
        begun(endless, EVE, 4, deadline=0.1)
    with pytest.raises(Timeout, match="still being read"):
        begun(endless, EVE, 1, deadline=0.1)  # what is being read can be waited for
    assert not endless._line.waiting


def test_stalled_queries_hold_no_more_pasts_than_there_may_be(views: PastViews) -> None:
    held = [begun(views, BEN, number) for number in range(1, EACH + 1)]
    with pytest.raises(Busy, match="read or used"):
        begun(views, BEN, EACH + 1, deadline=0.1)
    held += [begun(views, ADA, number) for number in range(EACH + 1, LIVE + 1)]
    with pytest.raises(Busy):
        begun(views, BEN, LIVE, deadline=0.1)  # it may not hold those of others, too
    began = time.monotonic()
    with pytest.raises(Busy, match="in use"):
        begun(views, EVE, LIVE + 1)
    assert time.monotonic() - began < 5, "refused at once"
    assert len(views._views) == LIVE
    held[0].close()
    held.append(begun(views, EVE, LIVE + 1))
    assert len(views._views) == LIVE
    for one in held:
        one.close()
    assert not any(view.users for view in views._views.values())


def test_pasts_that_take_too_much_memory_together_end_or_are_all_there_are(views: PastViews) -> None:
    held = begun(views, BEN, 1)
    ((key, view),) = views._views.items()
    assert views._room() == []
    views._memory = view.weight() - 1
    assert views._memory > 1_000_000
    with pytest.raises(Busy, match="in use"):
        begun(views, ADA, 2)
    held.close()
    assert views._room() == [key]


def test_who_waits_is_served_in_turn() -> None:
    line = Line(READING)
    turns = {name: Turn(name[:3]) for name in ("ben1", "ben2", "ben3", "eve1", "ada1")}
    line.waiting += turns.values()
    served = []
    while line.waiting:
        (name,) = (n for n, turn in turns.items() if line.is_next(turn, lambda _: True))
        served.append(name)
        line.waiting.remove(turns[name])
        line.begin(name[:3])
        if len(line.reading) == READING:
            assert not any(line.is_next(turn, lambda _: True) for turn in turns.values())
        while line.waiting and not any(line.is_next(turn, lambda _: True) for turn in turns.values()):
            line.end(line.reading[0])
    assert served == ["ben1", "eve1", "ada1", "ben2", "ben3"]
    line.waiting += [turns["ben1"], turns["ada1"]]
    line.reading.clear()
    assert line.is_next(turns["ada1"], lambda subject: subject != "ben"), (
        "who could not begin lets others before"
    )
