"""The keeper process: holds a view's store, applies deltas in order, and forks children that run queries.

`python -m ambit.graph.views.keeper DESCRIPTOR MEMORY ANSWER SPARES`, over an inherited unix socket. It runs no
query itself and has one thread, so a fork is an exact snapshot. It ends when the socket closes, that is with
the server. Frames it gets (`do`): `clear`, `load`, `ready`, `apply`, each with the number that the store's
content then has; `lease`, which it answers with a child's socket and process descriptor; and `say`, which it
answers when all before has been done.

Imports are few and light on purpose: every view is a process.
"""

import gc
import os
import select
import signal
import socket
import sys
from typing import NoReturn

from pyoxigraph import Store

from .. import holding
from . import child, frames, isolate

QUIET = 20
"""Milliseconds without a message before a spare child is forked: not once for each delta of a burst."""


IN_VAIN = 3
"""Deltas without a lease between them after which no spares are forked ahead until the next lease.

A delta costs a keeper with children three times as much, for it copies the pages that it shares with them.
"""


TAKEN_OUT = 10_000
"""Quads taken out after which the store is made anew; of a larger store as many as it held when it was made."""


class Spare:
    """A child that has been forked: our end of its socket, and its process descriptor."""

    def __init__(self, sock: socket.socket, pid: int):
        self.sock = sock
        self.process = os.pidfd_open(pid)

    def close(self) -> None:
        """Lets go of the child; one that nobody else holds ends then."""
        self.sock.close()
        os.close(self.process)


class Process:
    """One store, and the children that see it as it is now."""

    def __init__(self, control: socket.socket, *, memory: int, answer: int, spares: int):
        self._control = control
        self._memory = memory
        self._answer = answer
        self._wanted = spares
        self._store = Store()
        self._version = 0
        self._revision = 0
        self._building = True
        self._spares: list[Spare] = []
        self._outdated: list[Spare] = []
        self._in_vain = 0
        self._taken_out = 0
        self._held = 0  # when the store was made

    def run(self) -> NoReturn:
        """Does what the server says, until it is gone."""
        waiting = select.poll()
        waiting.register(self._control, select.POLLIN)
        while True:
            lacking = not self._building and len(self._spares) < self._wanted and self._in_vain < IN_VAIN
            if waiting.poll(QUIET if lacking or self._outdated else None):
                head, body, _ = frames.receive(self._control)
                self._do(head, body)
            elif self._outdated:
                # not before a delta is applied: many keepers get it at the same time, and an end takes longer
                self._outdated.pop().close()
            else:
                self._spares.append(self._fork())

    def _do(self, head: frames.Head, body: bytes) -> None:
        if head["do"] == "say":
            frames.send(self._control, {"number": head["number"]})
            return
        if head["do"] == "lease":
            self._lease(head["number"])
            return
        self._outdated += self._spares
        self._in_vain += bool(self._spares)
        self._spares.clear()
        self._version = head["version"]
        self._revision = head.get("revision", self._revision)
        match head["do"]:
            case "clear":
                self._store, self._building = Store(), True
            case "load":
                self._building = True
                holding.load(self._store, body)
            case "ready":
                self._building, self._in_vain = False, 0
                self._made(self._store)
            case "apply":
                out, into = body[: head["cut"]], body[head["cut"] :]
                holding.change(self._store, out, into)
                self._taken_out += out.count(b"\n")
                if self._taken_out > max(TAKEN_OUT, self._held):
                    self._made(holding.anew(self._store))

    def _made(self, store: Store) -> None:
        self._store, self._held, self._taken_out = store, len(store), 0

    def _lease(self, number: int) -> None:
        self._in_vain = 0
        spare = self._spares.pop() if self._spares else self._fork()
        head = {"number": number, "version": self._version, "revision": self._revision}
        try:
            frames.send(self._control, head, descriptors=(spare.sock.fileno(), spare.process))
        finally:
            spare.close()

    def _fork(self) -> Spare:
        ours, theirs = socket.socketpair()
        memory = isolate.address_space() + self._memory
        keeper = os.getpid()
        gc.freeze()
        pid = os.fork()
        if pid == 0:
            child.serve(theirs, self._store, memory=memory, parent=keeper, answer=self._answer)
        theirs.close()
        return Spare(ours, pid)


def main() -> NoReturn:
    """Runs the process as the command line says."""
    descriptor, memory, answer, spares = map(int, sys.argv[1:])
    gc.disable()
    isolate.bound_descriptors()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C on a terminal reaches the server, which closes us
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are reaped by the kernel
    try:
        Process(socket.socket(fileno=descriptor), memory=memory, answer=answer, spares=spares).run()
    except frames.Gone:
        os._exit(0)


if __name__ == "__main__":
    main()
