"""The reading of one past out of the commit log: a process that is given a time and a memory, and can be stopped."""

import contextlib
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import orjson

from ..errors import AmbitError, Timeout, TooLarge, Unavailable
from ..store.past import gap
from .recall import GAP

_PIECE = 1 << 20


class Reading:
    """A run of `recall`; `asked` is what that takes. Thread-safe, but for `chunks`, which is called once."""

    def __init__(self, asked: dict[str, object]) -> None:
        self._asked = asked
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ends: float | None = None
        self._is_stopped = False

    def go_on_until(self, ends: float) -> None:
        """Lets it run until a time of `time.monotonic`, or to a later one it had."""
        with self._lock:
            self._ends = max(ends, self._ends or ends)

    def stop(self) -> None:
        """Ends it, or keeps it from beginning."""
        with self._lock:
            self._is_stopped = True
            if self._process is not None:
                self._process.kill()

    def chunks(self) -> Iterator[bytes]:
        """What the process gives, in whole lines. Raises `Unavailable`, `Timeout` and `TooLarge`."""
        process = self._begin()
        rest = b""
        try:
            while piece := self._next(process):
                whole, end, rest = (rest + piece).rpartition(b"\n")
                yield whole + end
            process.wait()
        finally:
            with self._lock:
                self._process = None
            process.kill()  # it has ended, but for an error
            process.__exit__(None, None, None)
        if process.returncode or rest:
            raise self._failure(process.returncode)

    def _begin(self) -> "subprocess.Popen[bytes]":
        with self._lock:
            if self._is_stopped:
                raise self._failure(0)
            process = self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "ambit.graph.views.recall"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        with contextlib.suppress(BrokenPipeError):  # its status tells why
            process.stdin.write(orjson.dumps(self._asked, option=orjson.OPT_APPEND_NEWLINE))
            process.stdin.close()
        return process

    def _next(self, process: "subprocess.Popen[bytes]") -> bytes:
        """Some more of its output, nothing at its end. Raises `Timeout`."""
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        poll = select.poll()
        poll.register(process.stdout, select.POLLIN)
        while not poll.poll(500):
            if self._ends is not None and time.monotonic() >= self._ends:
                raise Timeout(
                    "that past took too long to read", hint="ask again, and again while it answers 504"
                )
        return os.read(process.stdout.fileno(), _PIECE)

    def _failure(self, status: int) -> AmbitError:
        if self._is_stopped:
            return Unavailable("that past is read no more", hint="ask again")
        if status in (GAP, 0):
            return gap(0)
        return TooLarge(
            "that past takes more memory to read than it may",
            hint="an operator may raise `limits.view_bytes`",
        )
