"""No subject takes all places."""

import asyncio

import pytest

from ambit.graph.errors import Busy
from ambit.server.slots import WAITING, Slots


async def _hold(
    slots: Slots, subject: str, inside: list[str], leave: asyncio.Event, anonymous: bool = False
) -> None:
    async with slots.of(subject, anonymous=anonymous):
        inside.append(subject)
        await leave.wait()


def test_one_subject_gets_half_and_another_is_let_in() -> None:
    async def scene() -> None:
        slots, inside, leave = Slots(8), list[str](), asyncio.Event()
        tasks = [asyncio.create_task(_hold(slots, "a", inside, leave)) for _ in range(6)]
        tasks += [asyncio.create_task(_hold(slots, "b", inside, leave)) for _ in range(1)]
        tasks += [asyncio.create_task(_hold(slots, "nobody", inside, leave, True)) for _ in range(5)]
        await asyncio.sleep(0.01)
        assert (inside.count("a"), inside.count("b"), inside.count("nobody")) == (4, 1, 2)
        leave.set()
        await asyncio.gather(*tasks)
        assert inside.count("a") == 6, "who waited came in"
        assert not slots._subjects, "nothing is kept of who has gone"

    asyncio.run(scene())


def test_who_asks_too_much_is_told_to_come_again() -> None:
    async def scene() -> None:
        slots, inside, leave = Slots(4), list[str](), asyncio.Event()
        tasks = [asyncio.create_task(_hold(slots, "a", inside, leave)) for _ in range(2 + WAITING)]
        await asyncio.sleep(0.01)
        with pytest.raises(Busy):
            await _hold(slots, "a", inside, leave)
        leave.set()
        await asyncio.gather(*tasks)

    asyncio.run(scene())
