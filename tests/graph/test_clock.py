"""Time goes on when the machine's clock is set back."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ambit.graph.clock import Clock


class Machine:
    """A machine whose clock somebody turns; seconds."""

    def __init__(self) -> None:
        self.wall = 1_000_000.0
        self.passed = 50.0

    def wait(self, seconds: float) -> None:
        self.wall += seconds
        self.passed += seconds

    def clock(self) -> Clock:
        return Clock(lambda: self.wall, lambda: self.passed)


def test_a_clock_set_back_goes_on_from_where_it_was() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wait(10)
    machine.wall -= 86_400
    assert clock.seconds() == 1_000_010
    assert clock.behind() == 86_400
    machine.wait(5)
    assert clock.seconds() == 1_000_015
    assert clock.now() == datetime.fromtimestamp(1_000_015, UTC)


def test_a_clock_that_was_ahead_and_was_mended_is_believed_again() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += 86_400
    assert clock.seconds() == 1_086_400
    machine.wall -= 86_400
    assert clock.seconds() == 1_000_000
    assert clock.behind() == 0


def test_it_goes_on_from_a_moment_that_has_been() -> None:
    machine = Machine()
    clock = machine.clock()
    clock.not_before(datetime.fromtimestamp(1_000_100, UTC))
    machine.wait(1)
    assert clock.seconds() == 1_000_101
    assert clock.behind() == 100
    clock.not_before(datetime.fromtimestamp(5, UTC))
    assert clock.seconds() == 1_000_101


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(-1e6, 0))))
def test_it_never_goes_back_while_the_machines_clock_is_only_set_back(
    steps: list[tuple[float, float]],
) -> None:
    machine = Machine()
    clock = machine.clock()
    before = clock.seconds()
    for wait, turn in steps:
        machine.wait(wait)
        machine.wall += turn
        assert clock.seconds() >= before + wait - 1e-3
        before = clock.seconds()
