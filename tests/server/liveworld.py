"""A server in this process, over layers of one's own: what it gives is seen piece by piece, and slow clients are sockets."""

import asyncio
import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from shutil import copytree, ignore_patterns
from urllib.parse import urlencode

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ambit.server.app import build
from ambit.server.issuer import LocalIssuer
from ambit.server.layers import Layers
from ambit.server.settings import Limits, Settings, read
from ambit.server.wire import Protocol

BEN = "https://example.com/id/ben"
HEADER = "# title: T\n# family: mine\n# effect: {}\n# action: read\n# description: for the test\n"
PROLOGUE = "PREFIX ambit: <https://w3id.org/ambit#>\nPREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
DENY = (
    HEADER.format("deny")
    + PROLOGUE
    + """SELECT ?compartment ?actor {
      ?compartment a ambit:Compartment . ?actor a <http://xmlns.com/foaf/0.1/Person> }"""
)
BIG = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
"""Hundreds of megabytes over a few pages."""


class Live:
    """The server, the messages that it has given, and the ledger."""

    def __init__(self, settings: Settings):
        self.layers = Layers(settings)
        self.layers.usage.start()
        self.layers.ingest.start()
        assert self.layers.ingest.wait(30)
        self.layers.ingest.stop()
        self.layers.ready.set()
        self.settings = settings
        self.given: list[Message] = []
        self.clients: list[Client] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        config = uvicorn.Config(
            self._seen(build(settings, self.layers, self.port)),
            loop="uvloop",
            http=Protocol,
            lifespan="off",
            log_config=None,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        eventually(lambda: self._server.started)

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=self._server.config.get_loop_factory()) as runner:
            runner.run(self._server.serve(sockets=[self._listener]))

    def _seen(self, app: ASGIApp) -> ASGIApp:
        async def seen(scope: Scope, receive: Receive, send: Send) -> None:
            async def note(message: Message) -> None:
                self.given.append(message)
                await send(message)

            await app(scope, receive, note)

        return seen

    def close(self) -> None:
        self.hang_up()
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(10)
        self.layers.close()

    def token(self, subject: str = BEN, ttl: int = 600, purposes: Sequence[str] = ()) -> str:
        return LocalIssuer(self.settings.data).issue(subject, ttl=ttl, purposes=purposes)

    def save(self, name: str, text: str | None) -> None:
        """A rule of the workspace; in force, or gone, when this returns."""
        file = self.settings.workspace / "rules" / name
        if text is None:
            file.unlink(missing_ok=True)
        else:
            file.write_text(text)
        self.layers._definitions.changed(file)

    def said(self, kind: str, since: int = 0) -> list[dict[str, object]]:
        return [dict(entry.fields) for entry in self.layers.ledger.entries(since) if entry.kind == kind]

    def entries(self) -> int:
        return len(list(self.layers.ledger.entries()))

    def running(self) -> bool:
        """Whether a request has its opening entry and not the closing one."""
        kinds = [entry.kind for entry in self.layers.ledger.entries()]
        return kinds.count("request") > kinds.count("answer")

    def ask(self, query: str, *, token: str | None = None, more: str = "") -> "Client":
        """A request on a connection of its own; nothing of the answer has been read."""
        text = urlencode({"query": query})
        return self.client(f"GET /sparql?{text}", token=token, more=more)

    def client(self, line: str, *, token: str | None = None, more: str = "") -> "Client":
        client = Client(self.port, line, token or self.token(), more)
        self.clients.append(client)
        return client

    def hang_up(self) -> None:
        while self.clients:
            self.clients.pop().close()


class Client:
    """A client that reads when it is told to."""

    def __init__(self, port: int, line: str, token: str, more: str = ""):
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        self.sock.settimeout(20)
        self.sock.connect(("127.0.0.1", port))
        head = f"{line} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n{more}\r\n"
        self.sock.sendall(head.encode())
        self.data = bytearray()
        self.is_reset = False

    def read(self, size: int) -> None:
        """Reads until there are `size` bytes."""
        while len(self.data) < size:
            piece = self.sock.recv(65_536)
            assert piece, f"it ended: {bytes(self.data[:300])!r}"
            self.data += piece

    def read_all(self) -> None:
        """Reads until the connection ends, or the answer has its end."""
        try:
            while not self.is_whole and (piece := self.sock.recv(1 << 20)):
                self.data += piece
        except ConnectionResetError:
            self.is_reset = True

    @property
    def is_whole(self) -> bool:
        return self.data.endswith(b"\r\n0\r\n\r\n")

    @property
    def head(self) -> str:
        return self.data.partition(b"\r\n\r\n")[0].decode()

    @property
    def body(self) -> bytes:
        """Out of the chunked coding; of an answer that was broken off what is there."""
        at = self.data.index(b"\r\n\r\n") + 4
        parts = []
        while (end := self.data.find(b"\r\n", at)) > 0 and (length := int(self.data[at:end], 16)):
            parts.append(bytes(self.data[end + 2 : end + 2 + length]))
            at = end + 2 + length + 2
        return b"".join(parts)

    def hash(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    def close(self) -> None:
        self.sock.close()


@contextmanager
def live(folder: Path, *, added: Mapping[str, str] | None = None, **limits: float) -> Iterator[Live]:
    """A server over the starter's workspace, some pages more, and `added` by their place in it."""
    with as_file(files("ambit.server.starter")) as starter:
        copytree(starter, folder, ignore=ignore_patterns("__*"))
    for number in range(30):
        (folder / "pages" / f"more-{number}.md").write_text(f"# Page {number}\n\nText {number}.\n")
    (folder / "governance" / "model.ttl").unlink(missing_ok=True)
    for name, text in (added or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    server = Live(read(folder, limits=Limits(**limits)))  # type: ignore[arg-type]
    try:
        yield server
    finally:
        server.close()


def eventually(holds: Callable[[], object], seconds: float = 10) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it did not come to hold"
        time.sleep(0.01)
