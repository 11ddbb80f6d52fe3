"""The Authorization API over HTTP: `python -m benchmarks.authzen [PEOPLE]`.

A served company, its ledger on, and one enforcement point that asks for everybody, over 32 connections: 500 questions a
second as they come (open loop: what waits counts from when it was due), then as many as are answered (closed loop). Beside
it the least that its HTTP stack can do: an empty Starlette endpoint behind the same uvicorn, in the same run. Load comes
from a process of its own.

Groups are nested 8 deep. Each question is of one of the users for one of the rows, drawn at random; before the clock
starts each user has asked once, so that clearances are known, as in a server that has run for a while. The share of
questions that were asked before is printed.
"""

import asyncio
import contextlib
import multiprocessing
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import httpx2
import orjson
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ambit.server.issuer import LocalIssuer

from .figures import Figure, percentile, table
from .start import AMBIT

CONNECTIONS, RATE, SECONDS, CLOSED = 32, 500, 20.0, 6.0
DEPTH, ROOMS, ROWS, USERS = 8, 50, 400, 200
PEOPLE = 2_000
PATH = "/access/v1/evaluation"
ID = "https://example.com/id/"
GATEWAY = f"{ID}gateway"
PREFIXES = """@prefix ambit: <https://w3id.org/ambit#> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix org: <http://www.w3.org/ns/org#> . @prefix my: <https://example.com/id/> .
@prefix ql: <http://semweb.mmlab.be/ns/ql#> . @prefix rml: <http://semweb.mmlab.be/ns/rml#> .
@prefix rr: <http://www.w3.org/ns/r2rml#> .
"""
SITE = """my:office a ambit:ServerSite ; ambit:hasJurisdiction ambit:EU .
my:gateway a ambit:EnforcementPoint ; ambit:enforces my:rows .
"""
SOURCE = """my:rows a ambit:Folder ; ambit:location "tables" ; ambit:hasJurisdiction ambit:EU .
my:row a rr:TriplesMap ; ambit:comesFrom my:rows ;
  rml:logicalSource [ rml:source "rows.csv" ; rml:referenceFormulation ql:CSV ] ;
  ambit:sensitivity ambit:Internal ; ambit:anchor "<https://example.com/id/room/{room}>" ;
  rr:subjectMap [ rr:template "https://example.com/id/row/{id}" ; rr:class my:Row ] ;
  ambit:says [ foaf:name "{name}" ] .
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What the load process is told: where, as whom, which questions, and how long or how fast."""

    url: str
    path: str
    token: str
    bodies: tuple[bytes, ...]
    seconds: float
    rate: float  # a second; 0: each connection asks again as soon as it is answered


@dataclass(frozen=True, slots=True)
class Taken:
    """Milliseconds of each answer, and what was not answered by 200."""

    times: list[float]
    failed: int
    seconds: float


def write(folder: Path, people: int) -> Path:
    """The workspace of a company."""
    draw = random.Random(7)
    for name in ("governance", "sources", "tables", "ontology", "rules", "shapes"):
        (folder / name).mkdir(parents=True)
    (folder / "ambit.toml").write_text("")
    lines = [PREFIXES, SITE]
    for room in range(ROOMS):
        lines += [
            f"<{ID}room/{room}-{deep}> a org:Organization ; org:memberOf <{ID}room/{room}-{deep + 1}> ."
            for deep in range(DEPTH - 1)
        ]
    for person in range(people):
        rooms = ", ".join(f"<{ID}room/{room}-0>" for room in draw.sample(range(ROOMS), 5))
        lines.append(f"<{ID}person/{person}> a foaf:Person ; org:memberOf {rooms} .")
    (folder / "governance" / "people.ttl").write_text("\n".join(lines))
    (folder / "sources" / "rows.ttl").write_text(PREFIXES + SOURCE)
    rows = [f"{row},{draw.randrange(ROOMS)}-{draw.randrange(DEPTH)},Row {row}" for row in range(ROWS)]
    (folder / "tables" / "rows.csv").write_text("\n".join(["id,room,name", *rows]) + "\n")
    return folder


@contextlib.contextmanager
def served(workspace: Path, data: Path) -> Iterator[str]:
    """Its server; its sources come in behind."""
    command = [*AMBIT, "serve", str(workspace), "--data", str(data), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        try:
            assert server.stdout is not None
            yield orjson.loads(server.stdout.readline())["url"]
        finally:
            server.terminate()


async def _empty(request: Request) -> Response:
    return Response(b'{"decision":true}', media_type="application/json")


def _serve_empty(listener: socket.socket) -> None:
    app = Starlette(routes=[Route("/", _empty, methods=["POST"])])
    config = uvicorn.Config(app, loop="uvloop", http="httptools", log_config=None, access_log=False)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(uvicorn.Server(config).serve(sockets=[listener]))


@contextlib.contextmanager
def empty() -> Iterator[str]:
    """An endpoint that answers and does nothing else."""
    # with its protocol named, as the server's own: else no loop sets TCP_NODELAY, and each answer waits 40 ms
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    process = multiprocessing.get_context("fork").Process(target=_serve_empty, args=(listener,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        process.terminate()
        process.join()


class _Connection(asyncio.Protocol):
    """HTTP/1.1 on one connection, one request at a time; answers have a Content-Length."""

    def __init__(self) -> None:
        self._data = b""
        self._done: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        self._data += data
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._data[:end].lower()
        at = head.index(b"content-length:") + 15
        length = int(head[at : head.find(b"\r", at) if head.find(b"\r", at) > 0 else None])
        if len(self._data) >= end + 4 + length and self._done is not None:
            status, done = int(self._data[9:12]), self._done
            self._data, self._done = self._data[end + 4 + length :], None
            done.set_result(status)

    async def ask(self, request: bytes) -> int:
        self._done = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._done


def _requests(load: Load) -> list[bytes]:
    host = urlsplit(load.url).netloc
    head = f"POST {load.path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {load.token}\r\n"
    head += "Content-Type: application/json\r\n"
    return [f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body for body in load.bodies]


async def _run(load: Load) -> Taken:
    where, loop = urlsplit(load.url), asyncio.get_running_loop()
    made = [await loop.create_connection(_Connection, where.hostname, where.port) for _ in range(CONNECTIONS)]
    asked, times, failed = _requests(load), [], 0
    number, begun = 0, time.perf_counter()

    async def work(connection: _Connection) -> None:
        nonlocal number, failed
        while True:
            mine, number = number, number + 1
            due = begun + mine / load.rate if load.rate else time.perf_counter()
            if due - begun >= load.seconds:
                return
            if (left := due - time.perf_counter()) > 0:
                await asyncio.sleep(left)
            failed += await connection.ask(asked[mine % len(asked)]) != 200
            times.append((time.perf_counter() - due) * 1000)

    await asyncio.gather(*(work(connection) for _, connection in made))
    took = time.perf_counter() - begun
    for transport, _ in made:
        transport.close()
    return Taken(times, failed, took)


def _load(load: Load) -> Taken:
    return uvloop.run(_run(load))


def put(load: Load) -> Taken:
    """Puts a load, from a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        taken = pool.apply(_load, (load,))
    assert not taken.failed, f"{taken.failed} of {len(taken.times)} were not answered"
    return taken


def question(person: int, row: int) -> bytes:
    """A question of the enforcement point's."""
    return orjson.dumps(
        {
            "subject": {"type": "user", "id": f"{ID}person/{person}"},
            "action": {"name": "read"},
            "resource": {"type": "entity", "id": f"{ID}row/{row}"},
        }
    )


def wait_for_rows(url: str, token: str, users: Sequence[int]) -> None:
    """Returns when the last row is there: one of the users reads it."""
    with httpx2.Client(base_url=url, headers={"authorization": f"Bearer {token}"}) as http:

        def reads(user: int) -> bool:
            said = http.post(
                PATH, content=question(user, ROWS - 1), headers={"content-type": "application/json"}
            )
            return said.json()["decision"] is True

        while not any(map(reads, users)):
            time.sleep(0.2)


def main(people: int = PEOPLE) -> None:
    """Prints the table."""
    draw = random.Random(11)
    users = draw.sample(range(people), USERS)
    asked = tuple(question(draw.choice(users), draw.randrange(ROWS)) for _ in range(40_000))
    print(f"load before: {os.getloadavg()[0]:.1f}; cores: {os.cpu_count()}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="ambit-authzen-") as folder:
        workspace, data = write(Path(folder) / "company", people), Path(folder) / "data"
        with served(workspace, data) as url, empty() as bare:
            token = LocalIssuer(data).issue(GATEWAY, ttl=3_600)
            wait_for_rows(url, token, users)
            first = (
                *(question(user, 0) for user in users),
                *(question(users[0], row) for row in range(ROWS)),
            )
            put(Load(url, PATH, token, first, len(first) / 100, 100))
            opened = put(Load(url, PATH, token, asked, SECONDS, RATE))
            least, closed = [], []
            for turn in range(3):
                most = asked[(turn + 1) * 10_000 :]
                least.append(put(Load(bare, "/", token, most, CLOSED, 0)))
                closed.append(put(Load(url, PATH, token, most, CLOSED, 0)))
    new = 1 - len(set(asked[: len(opened.times)])) / len(opened.times)
    print(f"load after: {os.getloadavg()[0]:.1f}; asked before: {new:.0%}", file=sys.stderr)
    print(table("Authorization API", _figures(people, opened, least, closed)))


def _figures(people: int, opened: Taken, least: list[Taken], closed: list[Taken]) -> list[Figure]:
    parts = [opened.times[n::5] for n in range(5)]
    what = f"{RATE}/s over {CONNECTIONS} connections, {people:,} people"

    def at(share: float) -> list[float]:
        return [percentile(part, share) for part in parts]

    rates = [[len(taken.times) / taken.seconds for taken in run] for run in (closed, least)]
    return [
        Figure(f"evaluation, open loop of {what}: p50", at(0.5), "ms", "<= 3"),
        Figure("p95", at(0.95), "ms", "<= 5.7"),
        Figure("p99", at(0.99), "ms", "<= 15"),
        Figure("evaluation, closed loop", rates[0], "/s"),
        Figure("an empty endpoint, closed loop", rates[1], "/s"),
        Figure(
            "evaluation against the empty endpoint",
            [mine / bare for mine, bare in zip(*rates, strict=True)],
            "times",
            ">= 0.4",
        ),
    ]


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
