"""Running the server: a socket, uvicorn on it, and a word when it is ready."""

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
import uvicorn

from ..graph.errors import Unavailable
from .app import build
from .heap import watch
from .layers import Layers
from .settings import Settings
from .wire import Protocol

log = structlog.get_logger()
GRACE = 1.0
"""Seconds that requests have to end in good order once the server is told to stop; then they are ended."""
PATIENCE = 5
"""Seconds after which what does not heed that is cancelled."""
SWITCH = 0.001
"""Seconds that a thread may keep the interpreter while others want it: each time the loop wakes it may wait so long.

With a fifth of it the loop wakes sooner, and yields amid each answer: 500 evaluations a second then queued up.
"""


def serve(
    settings: Settings, on_ready: Callable[[dict[str, Any], Layers], None], *, wait_for_sources: bool
) -> None:
    """Serves until interrupted. Calls `on_ready` once, from a thread, when requests are answered.

    With `wait_for_sources` that is when every source has been ingested once.
    Raises `Unavailable` where the port is taken, and what opening the layers raises.
    """
    listener = _listen(settings.host, settings.port)
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    said = {
        "url": f"http://{shown}:{port}",
        "workspace": str(settings.workspace),
        "data": str(settings.data),
        "pid": os.getpid(),
    }
    sys.setswitchinterval(SWITCH)
    layers = Layers(settings)
    try:
        app = build(settings, layers, port)
        server = _Server(
            uvicorn.Config(
                app,
                loop="uvloop",
                http=Protocol,
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=PATIENCE,
            ),
            lambda: threading.Thread(
                target=_announce, args=(layers, wait_for_sources, on_ready, said), daemon=True
            ).start(),
            app.state.end_requests,
        )
        with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:  # `Config.loop`
            runner.run(server.serve(sockets=[listener]))
    finally:
        layers.close()
        listener.close()


def _announce(
    layers: Layers,
    wait_for_sources: bool,
    on_ready: Callable[[dict[str, Any], Layers], None],
    said: dict[str, Any],
) -> None:
    layers.start()
    (layers.ingested if wait_for_sources else layers.ready).wait()
    watch()  # until the process ends
    on_ready(said, layers)


class _Server(uvicorn.Server):
    """uvicorn's server, with a call once its sockets accept, and one that ends requests when it stops."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None], end_requests: Callable[[], None]):
        super().__init__(config)
        self._on_started = started
        self._end_requests = end_requests

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGINT and SIGTERM end the server in good order; raised again they would cut the layers' closing off."""
        before = {
            number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        log.info("stopping: requests have a moment to end, then all is closed")
        ending = asyncio.get_running_loop().call_later(GRACE, self._end_requests)
        try:
            await super().shutdown(sockets)
        finally:
            ending.cancel()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        raise Unavailable(
            f"cannot listen on `{host}` port {port}: {error.strerror or error}",
            hint="choose another with --port, or --port 0 for any free one",
        ) from None
    return listener
