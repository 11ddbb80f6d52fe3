"""`ambit` commands, each a process of its own that need not import Ambit: it is forked from one that has.

`python commands.py DESCRIPTOR` is that one. Over a socket it gets a command's arguments, environment and folder, its
standard input, output and error, and a pipe to say on how it ended. It has one thread, so a fork is whole.
"""

import atexit
import gc
import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import NoReturn

WITHIN = 60  # seconds

_lock = threading.Lock()
_started: "tuple[socket.socket, subprocess.Popen[bytes]] | None" = None


def ambit(
    *arguments: str, stdin: str = "", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """One command, run to its end."""
    asked = {"arguments": arguments, "env": {**os.environ, **(env or {})}, "folder": str(Path.cwd())}
    with TemporaryFile() as given, TemporaryFile() as out, TemporaryFile() as err:
        given.write(stdin.encode())
        given.seek(0)
        ended, theirs = os.pipe()
        files = [given.fileno(), out.fileno(), err.fileno(), theirs]
        with os.fdopen(ended, "rb") as status:
            try:
                with _lock:
                    socket.send_fds(_asked(), [json.dumps(asked).encode()], files)
            finally:
                os.close(theirs)
            code = int(_read(status.fileno()))
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(
            ["ambit", *arguments], code, out.read().decode(), err.read().decode()
        )


def _read(descriptor: int) -> bytes:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    if not poll.poll(WITHIN * 1000):
        raise TimeoutError(f"a command took longer than {WITHIN} s")
    return os.read(descriptor, 32)


def _asked() -> socket.socket:
    global _started
    if _started is None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        with theirs:
            process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # numpy's would be threads
            )
        _started = ours, process
        atexit.register(_end, ours, process)
    return _started[0]


def _end(sock: socket.socket, process: "subprocess.Popen[bytes]") -> None:
    sock.close()
    process.wait()


def _serve(asking: socket.socket) -> int:
    """Forks for each command, until nobody asks any more."""
    children: set[int] = set()
    while True:
        said, files, _, _ = socket.recv_fds(asking, 1 << 20, 4)
        if not said:
            return 0
        if (pid := os.fork()) == 0:
            asking.close()
            _watched(json.loads(said), files)
        children.add(pid)
        for descriptor in files:
            os.close(descriptor)
        children -= {pid for pid in children if os.waitpid(pid, os.WNOHANG)[0]}


def _watched(said: "dict[str, object]", files: list[int]) -> NoReturn:
    """Runs a command in one process more, and says how that ended."""
    pid = os.fork()
    if pid == 0:
        os.close(files[3])
        _run(said, files[:3])
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.write(files[3], str(code).encode())
    os._exit(0)


def _run(said: "dict[str, object]", files: list[int]) -> NoReturn:
    for number, descriptor in enumerate(files):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(said["env"])  # type: ignore[call-overload]
    time.tzset()
    os.chdir(str(said["folder"]))
    sys.argv = ["ambit", *said["arguments"]]  # type: ignore[misc]
    from ambit.server.cli.main import main

    code = 0
    try:
        main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # to take all apart that was imported would take longer than most commands


def _import() -> None:
    """What commands import when they are called."""
    import ambit.graph.store.backup
    import ambit.graph.store.restore
    import ambit.ingest.staleness
    import ambit.server.cli.main
    import ambit.server.proving
    import ambit.server.serving  # noqa: F401

    assert len(os.listdir("/proc/self/task")) == 1, "a fork has but one of these threads"  # noqa: PTH208


if __name__ == "__main__":
    asking = socket.socket(fileno=int(sys.argv[1]))
    _import()
    gc.freeze()
    sys.exit(_serve(asking))
