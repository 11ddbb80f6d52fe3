"""What a hostile query costs other clients of a real server, and how soon it is gone: `python -m benchmarks.hostile`.

Two people ask over HTTP. One asks small things all the time, alone and then while the other's query runs into its
deadline, again and again. The small query is held against bare pyoxigraph, too.
"""

import contextlib
import http.client
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import orjson
from pyoxigraph import DefaultGraph, Quad, QueryResultsFormat, Store

from .figures import Figure, percentile, table, timed
from .start import AMBIT, BASE, SOURCES, fill, serve, workspace_in

QUADS, ASKED, ROUNDS = 100_000, 400, 3
DEADLINE = 2.0
ADMINISTRATION = "https://w3id.org/ambit#Administration"
PEOPLE = """@prefix ambit: <https://w3id.org/ambit#> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix org: <http://www.w3.org/ns/org#> .
<https://example.com/id/one> a foaf:Person ; org:memberOf ambit:Administrators .
<https://example.com/id/two> a foaf:Person ; org:memberOf ambit:Administrators .
"""
SMALL = f"SELECT ?p ?o {{ <{SOURCES[0]}/0> ?p ?o }}"
HOSTILE = {
    "a cross join": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "a path over everything": f"SELECT (COUNT(*) AS ?n) {{ ?a (<{BASE}v0>|!<{BASE}v0>)* ?b }}",
    "an answer that grows": "SELECT (GROUP_CONCAT(CONCAT(STR(?a), STR(?d))) AS ?x) { ?a ?b ?c . ?d ?e ?f }",
}


class _Client:
    """One person's connection."""

    def __init__(self, url: str, token: str):
        self._to = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        self._head = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/sparql-query",
            "Accept": "application/sparql-results+json",
        }

    def ask(self, query: str) -> tuple[int, bytes]:
        """The status and the body."""
        try:
            self._to.request("POST", "/sparql", query.encode(), self._head)
            answer = self._to.getresponse()
        except (
            ConnectionError,
            http.client.HTTPException,
        ):  # it lay idle for longer than the server keeps it
            self._to.close()
            self._to.request("POST", "/sparql", query.encode(), self._head)
            answer = self._to.getresponse()
        return answer.status, answer.read()


@contextlib.contextmanager
def _served(workspace: Path, data: Path) -> Iterator[str]:
    command = [*AMBIT, "serve", str(workspace), "--data", str(data), "--port", "0", "--json"]
    settings = os.environ | {"AMBIT_LIMITS__QUERY_SECONDS": str(DEADLINE)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=settings) as server:
        try:
            assert server.stdout is not None
            yield orjson.loads(server.stdout.readline())["url"]
        finally:
            server.terminate()


def _token(workspace: Path, data: Path, name: str) -> str:
    command = [*AMBIT, "token", str(workspace), "--data", str(data), "--purpose", ADMINISTRATION]
    said = subprocess.run(
        [*command, "--subject", f"https://example.com/id/{name}"], check=True, capture_output=True, text=True
    )
    return said.stdout.strip().splitlines()[-1]


def _milliseconds(client: _Client, many: int) -> list[float]:
    times = []
    for _ in range(many):
        begun = time.perf_counter()
        status, body = client.ask(SMALL)
        times.append((time.perf_counter() - begun) * 1000)
        assert status == 200, (status, body)
    return times


def _beside(quiet: _Client, hostile: _Client, text: str) -> tuple[list[float], list[float]]:
    """The small query's milliseconds while a hostile one runs again and again, and the seconds that each of those took."""
    done = threading.Event()
    gone: list[float] = []

    def attack() -> None:
        while not done.is_set():
            begun = time.perf_counter()
            status, body = hostile.ask(text)
            gone.append(time.perf_counter() - begun)
            if status not in (200, 400, 413, 504):  # a small world lets some of them end
                raise AssertionError(f"{text}: {status} {body[:300]!r}")

    thread = threading.Thread(target=attack)
    thread.start()
    time.sleep(0.3)
    try:
        times = _milliseconds(quiet, ASKED)
    finally:
        done.set()
        thread.join()
    return times, gone


def main(quads: int = QUADS) -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory(prefix="ambit-hostile-") as folder:
        workspace, data = workspace_in(Path(folder)), Path(folder) / "data"
        (workspace / "governance" / "hostile.ttl").write_text(PEOPLE)
        serve(workspace, data)
        fill(data, quads)
        bare = Store()
        disk = Store(str(data / "store"))
        bare.bulk_extend(
            Quad(q.subject, q.predicate, q.object) for q in disk if q.graph_name != DefaultGraph()
        )
        del disk
        with _served(workspace, data) as url:
            one, two = (_Client(url, _token(workspace, data, name)) for name in ("one", "two"))
            for _ in range(
                3
            ):  # who asks for the first time has a compartment of runs from then on, and a new view
                while any(client.ask(SMALL)[0] != 200 for client in (one, two)):
                    time.sleep(0.1)
                time.sleep(2.5)
            held = one.ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[1]
            assert int(orjson.loads(held)["results"]["bindings"][0]["n"]["value"]) > quads / 2
            _milliseconds(one, 50)
            print(table("A hostile query", _figures(one, two, bare)))


def _figures(one: _Client, two: _Client, bare: Store) -> list[Figure]:
    alone = [_milliseconds(one, ASKED) for _ in range(ROUNDS)]
    usual = percentile([t for times in alone for t in times], 0.99)

    def on_bare() -> object:
        return bare.query(SMALL).serialize(format=QueryResultsFormat.JSON)

    least = [timed(on_bare) * 1000 for _ in range(ASKED)]
    figures = [
        Figure("a small query, bare", least, "ms"),
        Figure("a small query over HTTP", alone[0], "ms", "<= 4 more than bare"),
        Figure("its p99, alone", [percentile(times, 0.99) for times in alone], "ms"),
    ]
    for name, text in HOSTILE.items():
        times, gone = _beside(one, two, text)
        figures += [
            Figure(f"p99 beside {name}, of the usual", [percentile(times, 0.99) / usual], "times", "<= 2"),
            Figure(f"{name} is gone, of its deadline", [g / DEADLINE for g in gone], "times", "<= 1.2"),
        ]
    return figures


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
