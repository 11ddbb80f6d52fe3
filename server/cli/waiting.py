"""What a person sees who waits: a bar on standard error, on a terminal, once it has taken over a second."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .printing import err

AFTER = 1.0
"""Seconds before a bar is shown."""


@contextmanager
def bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Gives what is told how much of how much is done."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    begun = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    shown = Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
    task = shown.add_task(title, total=None)
    started = False

    def told(done: int, of: int) -> None:
        nonlocal started
        if not started and time.monotonic() - begun >= AFTER:
            started = True
            shown.start()
        shown.update(task, completed=min(done, of), total=max(of, 1))

    try:
        yield told
    finally:
        if started:
            shown.stop()
