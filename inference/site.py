"""A site: a process of its own that is sent the texts of one call, gives back vectors, and keeps nothing.

Started by the server as `python -m ambit.inference.site`: it reads its options as one line of JSON from
stdin, prints `{"port": …}`, and ends when stdin ends, so that it never outlives a server however that dies.
"""

import hmac
import json
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from ..graph.errors import AmbitError, Unavailable
from . import wire
from .engines import load
from .words import Engine

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """What a site is told. `threads` bounds the cores it uses (0: all); `record` is a file for what it
    receives.
    """

    iri: str
    token: str = field(repr=False)
    deployments: Sequence[dict[str, str]] = ()  # iri, content_hash, engine, device
    host: str = "127.0.0.1"
    port: int = 0
    threads: int = 0
    record: str | None = None
    models: str | None = None


class Site:
    """Loads its models behind the open port; a call for one that is not there yet says so."""

    def __init__(self, options: SiteOptions):
        self._options = options
        self._engines: dict[str, Engine] = {}
        self._failed: dict[str, str] = {}
        self._recording = threading.Lock()
        self._listener = socket.create_server((options.host, options.port))

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._listener.getsockname()[1])

    def load(self) -> None:
        """Loads all deployments, one after the other; one that fails is told when it is called."""
        folder = Path(self._options.models) if self._options.models else None
        loaded: dict[tuple[str, str, str], Engine] = {}
        for said in self._options.deployments:
            key = (said["engine"], said["content_hash"], said["device"])
            try:
                if key not in loaded:
                    loaded[key] = load(
                        key[0], key[1], device=key[2], threads=self._options.threads, folder=folder
                    )
                    loaded[key].embed(["warm"])
                self._engines[said["iri"]] = loaded[key]
            except AmbitError as error:
                self._failed[said["iri"]] = f"{error.message}: {error.hint}"
            except Exception as error:
                _log.exception("a model could not be loaded")
                self._failed[said["iri"]] = f"the model could not be loaded: {type(error).__name__}"

    def serve(self) -> None:
        """Takes connections until the process ends."""
        while True:
            connection, _ = self._listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        with connection:
            try:
                head, _ = wire.receive(connection, limit=4096)
                if not hmac.compare_digest(str(head.get("token", "")), self._options.token):
                    return
                wire.send(connection, {"ok": True})
                while True:
                    self._answer(connection, wire.receive(connection)[0])
            except (OSError, EOFError, ValueError):
                return

    def _answer(self, connection: socket.socket, head: dict[str, Any]) -> None:
        if head.get("task") == "state":
            wire.send(connection, {"ready": sorted(self._engines), "failed": self._failed})
            return
        try:
            engine, texts = self._engine(str(head.get("deployment"))), list(map(str, head.get("texts", ())))
        except Unavailable as error:
            wire.send(connection, {"error": error.code, "message": error.message})
            return
        self._record(head)
        started = time.monotonic()
        vectors = engine.embed(texts)
        said = {"version": engine.version, "rows": len(vectors), "columns": engine.dimension}
        wire.send(connection, {**said, "seconds": time.monotonic() - started}, vectors.tobytes())

    def _engine(self, deployment: str) -> Engine:
        if engine := self._engines.get(deployment):
            return engine
        if reason := self._failed.get(deployment):
            raise Unavailable(reason, code="model-missing")
        raise Unavailable(f"the deployment `{deployment}` is not loaded yet", code="model-loading")

    def _record(self, head: dict[str, Any]) -> None:
        if self._options.record is None:
            return
        line = json.dumps({"site": self._options.iri, **head}, ensure_ascii=False)
        with self._recording, Path(self._options.record).open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def serve_site(options: SiteOptions, announce: Callable[[int], None]) -> None:
    """Runs a site until the process ends; `announce` gets the port before any model is loaded."""
    site = Site(options)
    announce(site.port)
    threading.Thread(target=site.load, name="ambit-load", daemon=True).start()
    site.serve()


def _end_with(parent: BinaryIO) -> None:
    while parent.read(1):
        pass
    os._exit(0)


def main() -> None:
    """The process that the server starts."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    options = SiteOptions(**json.loads(sys.stdin.buffer.readline()))
    threading.Thread(target=_end_with, args=(sys.stdin.buffer,), daemon=True).start()

    def announce(port: int) -> None:
        print(json.dumps({"port": port}), flush=True)

    serve_site(options, announce)


if __name__ == "__main__":
    main()
