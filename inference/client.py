"""The server's side of one site process: start it, speak with it, start it again when it dies."""

import contextlib
import json
import logging
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..graph.errors import Timeout, Unavailable
from . import wire
from .words import Deployment, Present, SiteDescription, Vectors

_log = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 0.25, 30.0
"""Seconds before a dead site is started again; the wait doubles while it keeps dying within a minute."""


class SiteClient:
    """One site process. Thread-safe: each call has a connection of its own, kept for the next."""

    def __init__(
        self, description: SiteDescription, *, threads: int, record: Path | None, models: Path | None
    ):
        self.description = description
        self._token = secrets.token_urlsafe(32)
        self._options = {
            "threads": threads,
            "record": str(record) if record else None,
            "models": models and str(models),
        }
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._idle: list[socket.socket] = []
        self._lock = threading.Lock()
        self._calls = 0
        self._latency: dict[str, float] = {}
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name=f"ambit-site-{description.iri}", daemon=True)

    @property
    def pid(self) -> int | None:
        """The process, for the sum of memory; None while there is none."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Starts the process and the thread that keeps it."""
        self._keeper.start()

    def stop(self) -> None:
        """Ends the process and waits for it."""
        self._stopping.set()
        self._end()
        if self._keeper.is_alive():
            self._keeper.join(10)

    def ready(self, deployment: str) -> bool:
        """Whether the model is loaded."""
        with contextlib.suppress(Unavailable, Timeout):
            return deployment in self._call({"task": "state"}, 2.0)[0]["ready"]
        return False

    def failures(self) -> dict[str, str]:
        """Why deployments could not be loaded, by IRI."""
        with contextlib.suppress(Unavailable, Timeout):
            return dict(self._call({"task": "state"}, 2.0)[0]["failed"])
        return {}

    def present(self) -> list[Present]:
        """How the deployments are doing; a site that is down is fully loaded."""
        load = min(self._calls / 8, 1.0) if self._port else 1.0
        return [Present(d.iri, load, self._latency.get(d.iri, 0.0)) for d in self.description.deployments]

    def embed(self, deployment: Deployment, texts: Sequence[str], timeout: float) -> Vectors:
        """The vectors; raises `Unavailable` or `Timeout`."""
        started = time.monotonic()
        call = {"task": "embed", "deployment": deployment.iri, "texts": list(texts)}
        with self._lock:
            self._calls += 1
        try:
            head, body = self._call(call, timeout)
        finally:
            with self._lock:
                self._calls -= 1
        if "error" in head:
            raise Unavailable(head["message"], code=head["error"])
        if head["version"] != deployment.content_hash.removeprefix("sha256:") or head["rows"] != len(texts):
            raise Unavailable(
                f"the site `{self.description.iri}` answered for another version", code="site-wrong"
            )
        before = self._latency.get(deployment.iri)
        now = time.monotonic() - started
        self._latency[deployment.iri] = now if before is None else 0.8 * before + 0.2 * now
        return np.frombuffer(body, np.float32).reshape(head["rows"], head["columns"])

    def _call(self, head: dict[str, Any], timeout: float) -> tuple[dict[str, Any], bytes]:
        try:
            connection = self._connection(timeout)
        except TimeoutError as error:
            raise self._late(timeout) from error
        except (OSError, EOFError, ValueError) as error:
            raise self._down() from error
        try:
            connection.settimeout(timeout)
            wire.send(connection, head)
            answer = wire.receive(connection)
        except TimeoutError as error:
            connection.close()
            raise self._late(timeout) from error
        except (OSError, EOFError, ValueError) as error:
            connection.close()
            raise self._down() from error
        with self._lock:
            self._idle.append(connection)
        return answer

    def _connection(self, timeout: float) -> socket.socket:
        with self._lock:
            if self._idle:
                return self._idle.pop()
            port = self._port
        if not port:
            raise OSError("the site is not running")
        connection = socket.create_connection(("127.0.0.1", port), timeout)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            wire.send(connection, {"token": self._token})
            wire.receive(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _down(self) -> Unavailable:
        return Unavailable(f"the site `{self.description.iri}` does not answer", code="site-down")

    def _late(self, timeout: float) -> Timeout:
        return Timeout(f"the site `{self.description.iri}` took longer than {timeout:g} s", code="site-late")

    def _keep(self) -> None:
        wait = FIRST_WAIT
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                self._run()
            except (OSError, ValueError):
                _log.exception("the site `%s` could not be started", self.description.iri)
            if self._stopping.is_set():
                return
            wait = FIRST_WAIT if time.monotonic() - began > 60 else min(wait * 2, LONGEST_WAIT)
            _log.warning("the site `%s` ended; starting again in %.1f s", self.description.iri, wait)
            self._stopping.wait(wait)

    def _run(self) -> None:
        """One life of the process, from start to end."""
        told: dict[str, Any] = {"iri": self.description.iri, "token": self._token, **self._options}
        told["deployments"] = [asdict(deployment) for deployment in self.description.deployments]
        # a session of its own: Ctrl-C at the terminal is for the server, which ends its sites
        process = subprocess.Popen(
            [sys.executable, "-m", "ambit.inference.site"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._process = process
        if self._stopping.is_set():
            process.kill()
        assert process.stdin and process.stdout  # noqa: S101 - pipes were asked for
        with process, contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(told).encode() + b"\n")
            process.stdin.flush()
            if line := process.stdout.readline():
                self._port = int(json.loads(line)["port"])
            process.wait()
            self._forget()

    def _end(self) -> None:
        if process := self._process:
            process.kill()  # it holds nothing that could be lost
        self._forget()

    def _forget(self) -> None:
        with self._lock:
            self._port = 0
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
