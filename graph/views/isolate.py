"""What a process that runs somebody's query is left with: its memory, its store and one socket.

Isolation rests on facts of Linux that need no privilege: with RLIMIT_NOFILE at 0 no file, socket or pipe can
be opened (what is open goes on working), RLIMIT_NPROC at 0 forbids new processes, RLIMIT_AS bounds what can
be allocated, and PR_SET_PDEATHSIG ends the process with the keeper that it was forked from.
"""

import ctypes
import os
import resource
import signal

MOST_DESCRIPTORS = 64
"""A keeper's own limit of open files, so that a child knows how many there can be to close."""

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_prctl = ctypes.CDLL(None, use_errno=True).prctl


def bound_descriptors() -> None:
    """Lets this process open at most `MOST_DESCRIPTORS` files: a keeper needs a socket and its spares'."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_DESCRIPTORS, MOST_DESCRIPTORS))


def address_space() -> int:
    """The bytes of address space that this process takes (proc(5), statm)."""
    with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - pathlib costs a keeper memory
        return int(statm.read().split()[0]) * resource.getpagesize()


def confine(keep: int, *, memory: int, parent: int) -> None:
    """Gives up everything but the descriptor `keep`; `memory` is the most bytes of address space.

    Ends the process at once when `parent` has died meanwhile: its death can then no longer be heard.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    os.closerange(0, keep)
    os.closerange(keep + 1, MOST_DESCRIPTORS)
    for limit, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(limit, (most, most))
