"""What a log on a terminal shows of a failure."""

import sys

from ambit.server.cli.logging import _on_terminal


def test_a_traceback_on_a_terminal_holds_no_values() -> None:
    def fails(token: str) -> None:
        raise ValueError("broken")

    try:
        fails("Bearer " + "x" * 20)
    except ValueError:
        said = str(_on_terminal()(None, "error", {"event": "unexpected", "exc_info": sys.exc_info()}))
    assert "ValueError" in said and "in fails" in said
    assert "x" * 20 not in said


def test_what_recursed_is_told_at_once() -> None:
    def deeper(number: int) -> int:
        return deeper(number + 1)

    try:
        deeper(0)
    except RecursionError:
        said = str(_on_terminal()(None, "error", {"event": "unexpected", "exc_info": sys.exc_info()}))
    assert "RecursionError" in said and said.count("\n") < 100
