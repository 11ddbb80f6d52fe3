"""Places are given in turn: a flood by one subject puts others back by one request, and whoever leaves is gone at once."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from ambit.graph.errors import AmbitError, Busy, Unavailable
from ambit.graph.views.cancellation import Cancellation
from ambit.server.problems import problem
from ambit.server.slots import Slots

WAITING = 64


class Room:
    """Places, who is inside, and in which order they came in."""

    def __init__(self, total: int, each: int, waiting: int = WAITING):
        self.now = 0.0
        self.slots = Slots(total, each=each, waiting=waiting, clock=lambda: self.now)
        self.order: list[str] = []
        self.inside: list[tuple[str, asyncio.Event]] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def _hold(self, subject: str, anonymous: bool, cancel: Cancellation | None) -> None:
        leave = asyncio.Event()
        async with self.slots.of(subject, anonymous=anonymous, cancel=cancel):
            self.order.append(subject)
            self.inside.append((subject, leave))
            await leave.wait()
            self.inside.remove((subject, leave))

    async def come(
        self, subject: str, times: int = 1, *, anonymous: bool = False, cancel: Cancellation | None = None
    ) -> list[asyncio.Task[None]]:
        tasks = [asyncio.create_task(self._hold(subject, anonymous, cancel)) for _ in range(times)]
        self.tasks += tasks
        await self.settle()
        return tasks

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def one_leaves(self) -> None:
        self.inside[0][1].set()
        await self.settle()

    async def all_leave(self) -> None:
        while self.inside:
            await self.one_leaves()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        assert not self.slots._lines and not self.slots._turns, "nothing is kept of who has gone"
        assert self.slots._free == self.total

    @property
    def total(self) -> int:
        return self.slots._total


def scene(play: Coroutine[Any, Any, None]) -> None:
    asyncio.run(play)


def test_one_subject_gets_so_many_places_and_another_is_let_in() -> None:
    async def play() -> None:
        room = Room(8, each=4)
        await room.come("a", 6)
        await room.come("b")
        await room.come("nobody", 5, anonymous=True)
        inside = [subject for subject, _ in room.inside]
        assert (inside.count("a"), inside.count("b"), inside.count("nobody")) == (4, 1, 2)
        await room.all_leave()
        assert room.order.count("a") == 6, "who waited came in"

    scene(play())


def test_a_flood_puts_others_back_by_one_request_at_most() -> None:
    async def play() -> None:
        room = Room(2, each=2)
        await room.come("flood", 40)
        for subject in ("b", "c"):
            await room.come(subject, 3)
        del room.order[:]
        for _ in range(10):
            await room.one_leaves()
        assert room.order[:9] == ["flood", "b", "c"] * 3, "in turn"
        assert set(room.order[9:]) == {"flood"}
        await room.all_leave()

    scene(play())


def test_whoever_has_all_its_places_is_passed_over() -> None:
    async def play() -> None:
        room = Room(3, each=2)
        await room.come("a", 5)
        await room.come("b", 2)
        assert room.order == ["a", "a", "b"]
        await room.one_leaves()  # one of a's
        assert room.order[3] == "a", "the place that came free is the only one that a lacked"
        room.inside[-1][1].set()
        await room.settle()
        assert room.order[4] == "b"
        await room.all_leave()

    scene(play())


def test_waiters_who_leave_are_gone_at_once() -> None:
    async def play() -> None:
        room = Room(1, each=1, waiting=3)
        cancel = Cancellation()
        await room.come("a")
        (left,) = await room.come("a", cancel=cancel)
        (killed, _) = await room.come("a", 2)
        with pytest.raises(Busy):
            await room._hold("a", False, None)
        cancel.cancel()
        killed.cancel()
        await room.settle()
        assert isinstance(left.exception(), AmbitError) and left.exception().code == "cancelled"  # type: ignore[union-attr]
        assert killed.cancelled()
        back = await room.come("a", 2)  # there is room again
        assert not any(task.done() for task in back)
        await room.one_leaves()
        assert len(room.inside) == 1 and room.order == ["a", "a"], "no place went to who had left"
        await room.all_leave()

    scene(play())


def test_a_place_given_to_who_leaves_at_that_moment_goes_on() -> None:
    async def play() -> None:
        room = Room(1, each=1)
        await room.come("a")
        (second,) = await room.come("b")
        await room.come("c")
        room.inside[0][1].set()
        for _ in range(10):  # up to the step in which the place is given
            await asyncio.sleep(0)
            if "c" in room.order or not room.slots._lines["b"].waiting:
                break
        second.cancel()
        await room.settle()
        assert room.order[-1] == "c"
        await room.all_leave()

    scene(play())


def test_when_the_server_stops_all_who_have_a_place_or_wait_are_told_so() -> None:
    async def play() -> None:
        room = Room(1, each=1)
        inside, waits = Cancellation(), Cancellation()

        async def at_work() -> None:
            async with room.slots.of("a", anonymous=False, cancel=inside):
                ended = asyncio.Event()
                with inside.killing(ended.set):
                    await ended.wait()
                raise AmbitError("the query was cancelled", code="cancelled")

        working = asyncio.create_task(at_work())
        await room.settle()
        (waiting,) = await room.come("b", cancel=waits)
        room.slots.end()
        await room.settle()
        assert inside.is_cancelled and waits.is_cancelled
        for task in (working, waiting, *(await room.come("c"))):
            assert isinstance(task.exception(), Unavailable) and "stopping" in str(task.exception())
        await room.all_leave()

    scene(play())


@pytest.mark.parametrize(("seconds", "each", "said"), [(0.0, 2, 1), (2.0, 2, 4), (2.0, 4, 2), (7.3, 1, 30)])
def test_who_asks_too_much_is_told_when_those_who_wait_will_be_in(
    seconds: float, each: int, said: int
) -> None:
    async def play() -> None:
        room = Room(8, each=each, waiting=4)
        await room.come("a", each + 1)
        room.now += seconds
        await room.one_leaves()  # so long does one take
        await room.come("a", 4)
        with pytest.raises(Busy) as busy:
            await room._hold("a", False, None)
        answer = problem(busy.value)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, str(said))
        await room.come("b")
        assert room.inside[-1][0] == "b", "others are let in meanwhile"
        await room.all_leave()

    scene(play())
