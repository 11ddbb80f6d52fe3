"""The server's side of the process that checks records against shapes."""

import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from ...graph.errors import SourceInvalid, Unavailable
from ...graph.terms import Triple
from .wire import triples_out

BATCH: Final = 200
"""Records sent at a time; what a late worker has answered before stays answered."""

TRIPLE: Final = 1e-4
"""Seconds of computing for each triple of a record that is being taken in, several times what it takes."""

_BUSY = 5.0
_LOOK = 0.1  # seconds between looks at how much a silent worker has computed
_START = 30.0  # seconds that a new process may take; half a second when nothing else runs


@dataclass(frozen=True, slots=True)
class Case:
    """What is checked at once: what a record asserts; what follows, and types of what it refers to."""

    own: frozenset[Triple]
    others: frozenset[Triple] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The results for one case, or why there are none: `late`, `dead`, and the shape that was being tried."""

    results: tuple[dict[str, Any], ...] = ()
    failure: str = ""
    shape: str = ""


class Gone(Exception):
    """The worker answered too late or not at all; `reason` is `late` or `dead`."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


class Checker:
    """One worker process: started when needed, killed when late, started again.

    `step`: seconds of computing that one shape may take on one node, and as many beside `TRIPLE` to take a record
    in (on a busy machine up to five times as long may pass). `patience`: seconds that a call of `check` may take
    for each 200 records begun; what is left then fails. `memory`: bytes of address space. A failure is
    never a pass: the caller quarantines.
    """

    def __init__(self, *, step: float = 2.0, patience: float = 15.0, memory: int = 1 << 30):
        self._step, self._patience, self._memory = step, patience, memory
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: list[bytes] = []
        self._rest = b""
        self._triples: list[Any] = []
        self._key = ""
        self._names: list[str] = []

    def load(self, key: str, triples: Iterable[Triple]) -> None:
        """Takes these shapes from now on, unless `key` says that it has them.

        Raises `SourceInvalid` (code `shapes-refused`) when one of them is not a shape, asks for JavaScript or
        reaches outside, and `Unavailable` when the worker does not answer. The earlier ones stay then.
        """
        with self._lock:
            if key == self._key:
                return
            wanted = triples_out(triples)
            try:
                answer = self._ask_shapes(wanted)
            except Gone as gone:
                raise Unavailable(
                    f"the worker that checks shapes is {gone.reason}", hint="the shapes may be too deep"
                ) from gone
            if "refused" in answer:
                self._stop()  # it holds the refused ones
                raise _refused(answer["refused"])
            self._key, self._triples, self._names = key, wanted, answer["shapes"]

    def check(self, cases: Sequence[Case]) -> list[Verdict]:
        """A verdict for each case, in order; never raises for what a shape or a record does."""
        with self._lock:
            verdicts: list[Verdict] = []
            end = time.monotonic() + self._patience * (1 + len(cases) // BATCH)
            while len(verdicts) < len(cases):
                left = cases[len(verdicts) : len(verdicts) + BATCH]
                if time.monotonic() >= end:
                    verdicts += [Verdict(failure="late")] * (len(cases) - len(verdicts))
                    break
                verdicts += self._batch(left, end)
            return verdicts

    def close(self) -> None:
        """Ends the worker."""
        with self._lock:
            self._stop()

    def _batch(self, cases: Sequence[Case], end: float) -> list[Verdict]:
        """Verdicts for a beginning of `cases`: all, or up to the one at which the worker went."""
        verdicts: list[Verdict] = []
        at, is_read = "", False
        try:
            self._ready()
            records = [{"own": triples_out(c.own), "others": triples_out(c.others)} for c in cases]
            self._send({"records": records}, end)
            while len(verdicts) < len(cases):
                step = self._step
                if not is_read:
                    step += TRIPLE * (len(cases[len(verdicts)].own) + len(cases[len(verdicts)].others))
                answer = self._receive(min(end, time.monotonic() + _BUSY * step), step)
                if "found" in answer:
                    verdicts.append(Verdict(tuple(answer["found"])))
                    at, is_read = "", False
                elif "read" in answer:
                    is_read = True
                else:
                    at = self._names[answer["at"]]
        except Gone as gone:
            self._stop()
            verdicts.append(Verdict(failure=gone.reason, shape=at))
        return verdicts

    def _ready(self) -> None:
        """A running process that has the shapes."""
        if self._process is None or self._process.poll() is not None:
            self._stop()
            answer = self._ask_shapes(self._triples)
            if "shapes" not in answer:
                raise Gone("dead")
            self._names = answer["shapes"]

    def _ask_shapes(self, triples: list[Any]) -> dict[str, Any]:
        if self._process is None or self._process.poll() is not None:
            self._start()
        try:
            self._send({"shapes": triples}, time.monotonic() + _START)
            return self._receive(time.monotonic() + _START)
        except Gone:
            self._stop()
            raise

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"{__package__}.checker", str(self._memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={
                k: v for k, v in os.environ.items() if k.startswith(("LANG", "LC_", "PYTHON")) or k == "PATH"
            },
            bufsize=0,
        )
        if self._process.stdin is not None:
            os.set_blocking(self._process.stdin.fileno(), False)
        self._lines, self._rest = [], b""
        self._receive(time.monotonic() + _START)

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()

    def _send(self, message: dict[str, Any], end: float) -> None:
        process = self._process
        if process is None or process.stdin is None:
            raise Gone("dead")
        data = memoryview(orjson.dumps(message) + b"\n")
        while data:
            _, writable, _ = select.select([], [process.stdin], [], max(0.0, end - time.monotonic()))
            if not writable:
                raise Gone("late")
            try:
                data = data[os.write(process.stdin.fileno(), data) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise Gone("dead") from error

    def _receive(self, end: float, step: float = _START) -> dict[str, Any]:
        """The next answer; raises `Gone` at `end`, or when `step` seconds of computing brought none."""
        process = self._process
        if process is None or process.stdout is None:
            raise Gone("dead")
        begun = None if self._lines else _computed(process.pid)
        while not self._lines:
            wait = max(0.0, min(_LOOK, end - time.monotonic()))
            readable, _, _ = select.select([process.stdout], [], [], wait)
            if not readable:
                if time.monotonic() >= end or (_computed(process.pid) or 0.0) - (begun or 0.0) >= step:
                    raise Gone("late")
                continue
            data = os.read(process.stdout.fileno(), 1 << 16)
            if not data:
                raise Gone("dead")
            *self._lines, self._rest = (self._rest + data).split(b"\n")
        answer: dict[str, Any] = orjson.loads(self._lines.pop(0))
        return answer


def _computed(pid: int) -> float | None:
    """Seconds that a process has computed (`/proc/<pid>/stat`, 14 and 15); None where that is not told."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _refused(reasons: Sequence[dict[str, str]]) -> SourceInvalid:
    first = reasons[0]
    named = f"the shape `{first['shape']}`" if first["shape"] else "a shape"
    return SourceInvalid(
        f"{named} is refused: {first['reason']}".rstrip("."),
        code="shapes-refused",
        hint="the shapes that were in force stay",
        details={"shapes": [r["shape"] for r in reasons], "reasons": [r["reason"] for r in reasons]},
    )
