"""What commands print: results to standard output, everything else to standard error."""

import contextlib
import os
import select
import signal
import sys
from collections.abc import Iterator
from typing import Any

import orjson
from rich.console import Console

from ...graph.errors import AmbitError


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Lets `for_a_reader` end the process: rich would, with status 1."""
        raise BrokenPipeError


out = _Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)


@contextlib.contextmanager
def for_a_reader() -> Iterator[None]:
    """Ends the process as a signal ends `cat`, without a word, where nobody reads standard output any more."""
    try:
        try:
            yield
        finally:
            if sys.stdout is not None:  # it is where whoever started the command closed it, to hear nothing
                sys.stdout.flush()
    except BrokenPipeError:
        if not _is_left():
            raise
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGPIPE)


def _is_left() -> bool:
    """Whether standard output is a pipe whose other end is closed."""
    if sys.stdout is None:
        return False
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))


def as_json(value: Any) -> None:
    """One line of JSON on standard output."""
    sys.stdout.write(orjson.dumps(value, default=str).decode() + "\n")
    sys.stdout.flush()


def failed(error: AmbitError, *, as_json: bool) -> None:
    """An error that we raised on purpose: what, where, and what to do."""
    if as_json:
        body = {"code": error.code, "detail": error.message, "hint": error.hint, **error.details}
        sys.stdout.write(orjson.dumps(body, default=str).decode() + "\n")
    err.print(f"[red]error[/red] ({error.code}): {_plain(error.message)}")
    for key, value in error.details.items():
        err.print(f"  {key}: {_plain(str(value))}")
    if error.hint:
        err.print(f"  hint: {_plain(error.hint)}")


def _plain(text: str) -> str:
    return text.replace("[", "\\[")
