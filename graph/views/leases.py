"""A query child as the server sees it: a socket, a process that can be killed, and what it was lent for."""

import contextlib
import os
import select
import signal
import socket
import threading
from dataclasses import dataclass

from . import frames
from .places import Place

LOWER = 10
"""The niceness of a child whose query takes long (nice(2)): small queries go first."""

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What a clearance has beyond a shared view's common part, as of some moment: N-Quads of the merge.

    `revision` is that of the last commit that changed its compartments.
    """

    content: bytes
    revision: int


class Leased:
    """A child forked from a keeper when its content had the number `version` and the view's `revision`."""

    def __init__(self, sock: socket.socket, process: int, version: int, revision: int):
        self.sock = sock
        self.version = version
        self.revision = revision
        self.is_reusable = False
        self.is_lowered = False
        self.part: Part | None = None  # what lies in it beside the keeper's content
        self.owed = b""  # what is to be put there before its next query
        self.place: Place | None = None  # that its query was given
        self._process: int | None = process
        self._lock = threading.Lock()

    def resting(self) -> contextlib.AbstractContextManager[None]:
        """Lets others have its place while the block runs, in which nobody takes what it says."""
        return self.place.resting() if self.place is not None else contextlib.nullcontext()

    @property
    def is_quiet(self) -> bool:
        """Whether it lives and has nothing to say, as it should between two queries."""
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return not poll.poll(0)

    def stand(self, part: Part | None) -> None:
        """Is from now on for queries that see `part`, and for no others: what it has seen it keeps traces of."""
        if self.part is None and part is not None:
            self.part, self.owed = part, part.content
            self.revision = max(self.revision, part.revision)

    def send(self, head: frames.Head, body: bytes, seconds: float) -> None:
        """Sends a query, within `seconds`; raises `frames.Gone` when the child is dead."""
        self.sock.settimeout(max(seconds, 0.001))
        frames.send(self.sock, head, body)

    def is_silent(self, seconds: float) -> bool:
        """Waits so long for something to be said; whether nothing was."""
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return not poll.poll(seconds * 1000)

    def worked(self) -> float:
        """The seconds of a processor that the process has had (proc(5), stat); 0 when it has ended."""
        with self._lock:
            if self._process is None:
                return 0.0
            with contextlib.suppress(OSError, LookupError, ValueError):
                place = f"/proc/{_pid_of(self._process)}/stat"
                with open(place, "rb") as said:  # noqa: PTH123 - on the way of a query
                    fields = said.read().rpartition(b")")[2].split()
                return (int(fields[11]) + int(fields[12])) / _TICKS  # utime and stime
        return 0.0

    def lower(self) -> None:
        """Has the process run behind all others that want a processor, until its end."""
        with self._lock:
            if self._process is None or self.is_lowered:
                return
            self.is_lowered = True
            with contextlib.suppress(OSError, LookupError, ValueError):
                os.setpriority(os.PRIO_PROCESS, _pid_of(self._process), LOWER)

    def kill(self) -> None:
        """Ends the process, whatever it does; whoever reads its socket hears it at once."""
        with self._lock:
            if self._process is None:
                return
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._process, signal.SIGKILL)
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Lets go of it: killed if it still runs."""
        self.kill()
        with self._lock:
            if self._process is not None:
                os.close(self._process)
                self._process = None
        self.sock.close()


def _pid_of(process: int) -> int:
    """The process that a descriptor stands for (proc(5), fdinfo); raises `LookupError` when it has ended."""
    with open(f"/proc/self/fdinfo/{process}", "rb") as info:  # noqa: PTH123 - on the way of a query
        said = dict(line.split(b":", 1) for line in info)
    pid = int(said[b"Pid"])
    if pid <= 0:
        raise LookupError(process)
    return pid
