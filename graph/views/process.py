"""One keeper process as the server holds it: started by spawn, fed in order, its children leased one by one.

Quads and leases go to the keeper through one outbox, so a child leased now holds all that was handed over
before. Every call is safe from any thread.
"""

import contextlib
import resource
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ..errors import Timeout, Unavailable
from . import closing, frames
from .cancellation import Cancellation
from .courtesy import COURTESY
from .leases import Leased, Part
from .outbox import Outbox
from .places import Places

BACKLOG = 8_000_000  # bytes that a builder lets wait
IDLE = 2  # children that are kept for the next query


class KeeperGone(Unavailable):
    """The keeper process has died; what it held is built anew by whoever knows it."""


class Process:
    """A process that holds quads, and its children.

    `memory`: bytes that a query may take beyond what the keeper itself takes. `spare`: children forked
    ahead. `places`: queries at once, further ones wait. `idle`: children kept for the next query. `answer`: most
    bytes of one answer.
    """

    def __init__(
        self,
        name: str,
        *,
        memory: int = 512_000_000,
        spare: int = 1,
        places: int = 8,
        idle: int = IDLE,
        answer: int = 256_000_000,
    ):
        self.name = name
        self.most = answer
        self._places = Places(places)
        self._asking = threading.Lock()  # leases: one question, one reply
        self._lock = threading.Lock()  # all below
        self._known = threading.Condition(self._lock)
        self._version = 0  # of the content that has been handed over
        self._revision = 0  # the last that anybody has told us of
        self._number = 0
        self._kept = idle
        self._idle: list[Leased] = []  # the last used last
        self._dead = False
        self._control, theirs = socket.socketpair()
        with theirs:
            arguments = [theirs.fileno(), memory, answer, spare]
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "ambit.graph.views.keeper", *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        self._outbox = Outbox(self._control, name, self._lose)

    @property
    def is_alive(self) -> bool:
        """Whether the process still answers, as far as is known."""
        return not self._dead

    @property
    def pid(self) -> int:
        """The keeper's process."""
        return self._process.pid

    # what it holds

    def build(self, chunks: Iterable[bytes], revision: int) -> None:
        """Starts anew with these N-Quads: the default graph is the merge, named graphs are named graphs.

        Goes no further ahead of the process than it may lag, however much there is.
        """
        self.begin(revision)
        for chunk in chunks:
            self.load(chunk)
            self.wait()
        self.ready()

    def begin(self, revision: int) -> None:
        """Forgets all that it holds."""
        self._hand({"do": "clear", "revision": revision}, revision=revision)

    def load(self, chunk: bytes) -> None:
        """Adds N-Quads of a build that may go on."""
        self._hand({"do": "load"}, chunk)

    def wait(self) -> None:
        """Waits until most of what was loaded has been taken; not to be called while commits are held off."""
        self._outbox.wait_below(BACKLOG)

    def ready(self) -> None:
        """Ends a build: from now on children are forked ahead. Raises `KeeperGone`."""
        self._hand({"do": "ready"})
        self.check()

    def apply(self, revision: int, out: bytes, into: bytes, *, is_commit: bool = True) -> None:
        """Takes N-Quads out, then puts N-Quads in; returns at once, and later queries see it.

        What is no commit leaves the revision that answers carry.
        """
        head = {"do": "apply", "cut": len(out), **({"revision": revision} if is_commit else {})}
        self._hand(head, out + into, revision=revision)

    def note(self, revision: int) -> None:
        """Nothing changes up to this revision, for whoever asks with `since`."""
        with self._known:
            self._revision = max(self._revision, revision)
            self._known.notify_all()

    def resident(self) -> int:
        """The bytes of memory that the process alone takes; 0 when it is dead (proc(5), statm)."""
        try:
            pages = Path(f"/proc/{self.pid}/statm").read_text().split()
        except OSError:
            return 0
        return (int(pages[1]) - int(pages[2])) * resource.getpagesize() if len(pages) > 2 else 0

    def _hand(self, head: frames.Head, body: bytes = b"", *, revision: int = 0) -> None:
        with self._known:
            self._version += 1
            self._revision = max(self._revision, revision)
            superseded, self._idle = self._idle, []
            self._outbox.put({**head, "version": self._version}, body)
            self._known.notify_all()
        if superseded:
            closing.later(superseded)

    def close(self) -> None:
        """Ends the process and all its children."""
        self._lose()
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.close()
        self._process.wait()
        with self._asking:
            self._control.close()

    # children

    @contextlib.contextmanager
    def child(
        self,
        ends: float,
        cancel: Cancellation | None,
        since: int | None,
        *,
        fresh: bool = False,
        beside: Callable[[], Part] | None = None,
    ) -> Iterator[Leased]:
        """A child for one call: an idle one if its content is the last, else a leased one.

        `beside` says what it holds, or is to be given, beside the keeper's content.
        """
        cancel = cancel or Cancellation()
        with COURTESY.asked(), self._places.taken(ends, cancel) as place:
            if since is not None:
                self._await(since, ends)
            child = self._fitting(ends, fresh, beside)
            child.place = place
            try:
                with cancel.killing(child.kill):
                    yield child
                child.is_reusable &= not cancel.is_cancelled
            except BaseException:
                child.is_reusable = False
                raise
            finally:
                COURTESY.is_done(child)
                child.is_reusable &= not child.is_lowered
                self._leave(child)

    def _leave(self, child: Leased) -> None:
        with self._lock:
            if child.is_reusable and child.version == self._version:
                self._idle.append(child)
                if len(self._idle) <= self._kept:
                    return
                child = self._idle.pop(0)
        child.close()

    def _await(self, since: int, ends: float) -> None:
        with self._known:
            told = self._known.wait_for(
                lambda: self._dead or self._revision >= since, max(0.0, ends - time.monotonic())
            )
        if not told:
            raise late()

    def _fitting(self, ends: float, fresh: bool, beside: Callable[[], Part] | None) -> Leased:
        """A child and what is to lie beside it, both as of one revision.

        A part that is the same before the child was had and after was so at the child's revision, too.
        """
        while True:
            part = beside() if beside is not None else None
            child = (None if fresh else self._idle_child(part)) or self._lease(ends)
            if beside is None or beside() is part:
                child.stand(part)
                return child
            child.close()

    def _idle_child(self, part: Part | None) -> Leased | None:
        while True:
            with self._lock:
                child = next((idle for idle in reversed(self._idle) if idle.part is part), None)
                if child is None:
                    return None
                self._idle.remove(child)
            if child.is_quiet:
                return child
            child.close()

    def _lease(self, ends: float) -> Leased:
        if not self._asking.acquire(timeout=max(0.0, ends - time.monotonic())):
            raise late()
        try:
            self.check()
            self._number += 1
            self._outbox.put({"do": "lease", "number": self._number}, at_once=True)
            while True:
                if not _readable(self._control, ends - time.monotonic()):
                    raise late()
                head, _, descriptors = frames.receive(self._control, descriptors=2)
                child = Leased(
                    socket.socket(fileno=descriptors[0]), descriptors[1], head["version"], head["revision"]
                )
                if head["number"] == self._number:
                    return child
                child.close()  # of somebody who no longer waits
        except frames.Gone:
            self._lose()
            raise gone(self.name) from None
        finally:
            self._asking.release()

    # its end

    def check(self) -> None:
        """Raises `KeeperGone` when the process has closed its socket, which it only does by dying."""
        if self._dead or _hung_up(self._control):
            self._lose()
            raise gone(self.name)

    def _lose(self) -> None:
        with self._known:
            if self._dead:
                return
            self._dead = True
            self._known.notify_all()
        self._outbox.close()
        self._process.kill()
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)


def _readable(sock: socket.socket, seconds: float) -> bool:
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(max(0.0, seconds) * 1000))


def _hung_up(sock: socket.socket) -> bool:
    poll = select.poll()
    poll.register(sock, 0)  # POLLHUP and POLLERR are always told
    return bool(poll.poll(0))


def gone(name: str) -> KeeperGone:
    return KeeperGone(f"the process that holds `{name}` has died", hint="try again")


def late() -> Timeout:
    return Timeout(
        "the query took longer than it may", hint="ask for less: the setting limits.query_seconds bounds it"
    )
