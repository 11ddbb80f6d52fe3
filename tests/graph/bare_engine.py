"""Bare Oxigraph in a process of its own, beside a port that counts calls."""

import json
import resource
import socket
import subprocess
import sys
import threading
from pathlib import Path

STACK = 2 << 20  # bytes: a quarter of what a process usually has


class Engine:
    """Bare Oxigraph in a process of its own, and a loopback port that counts who connects."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.calls = 0
        threading.Thread(target=self._count, daemon=True).start()
        self._start()

    def _count(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.calls += 1
            connection.close()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("engine_child.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_STACK, (STACK, STACK)),
        )

    def run(self, text: str, base: str | None = None) -> list[object]:
        """What came out; ["died"] when the process did not survive it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([text, base]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if line:
            answer: list[object] = json.loads(line)
            return answer
        self._close_process()
        self._start()
        return ["died"]

    def _close_process(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        self._close_process()
        self._listener.close()
