"""A server killed (-9) loses nothing that a client was told, leaves no process behind, and ends what it began."""

import json
import os
import random
import signal
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import psutil
import pytest
from served import Served, ambit, eventually, serve, started_from_starter, token_for

TITLES = "SELECT ?page ?title WHERE { ?page <http://purl.org/dc/terms/title> ?title }"
PAGES = 100
BEN = "https://example.com/id/ben"


def note(seed: int, number: int, durable: bool, after: float, told: Mapping[str, str]) -> None:
    """Writes a kill down where `AMBIT_KILL_LOG` says, as `test_kill` does for the store."""
    if "AMBIT_KILL_LOG" in os.environ:
        mode = "durable" if durable else "fast"
        line = f"seed {seed} kill {number:4} {mode:7} server   after {after:.3f} s, {len(told):3} pages told: sound"
        with Path(os.environ["AMBIT_KILL_LOG"]).open("a") as log:
            log.write(line + "\n")


def write_pages(folder: Path, number: int) -> dict[str, str]:
    """Generated pages; what each must read as, by the page's IRI."""
    expected = {}
    for page in range(number):
        (folder / f"generated-{page:03}.md").write_text(
            f"---\ntitle: page {page}\n---\nText of page {page}.\n"
        )
        expected[f"https://example.com/id/pages/generated-{page:03}"] = f"page {page}"
    return expected


def processes(served: Served) -> list[psutil.Process]:
    return psutil.Process(served.process.pid).children(recursive=True)


def command(process: psutil.Process) -> str:
    """The command line; empty for a process that has ended and waits to be reaped."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def kill(served: Served) -> None:
    """SIGKILL to the server alone; its keepers, queries, checker and sites must end by themselves."""
    helpers = processes(served) if served.process.poll() is None else []
    served.process.kill()
    served.process.wait(timeout=10)
    if served.process.stdout is not None:
        served.process.stdout.close()
    served.http.close()
    _, alive = psutil.wait_procs(helpers, timeout=10)
    left = [process for process in alive if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    assert not left, [command(process) for process in left]


def titles(served: Served) -> dict[str, str] | None:
    """Titles by page as one answer gives them, each page once; None where there is no answer."""
    try:
        answer = served.sparql("ben", TITLES)
    except httpx2.HTTPError:
        return None
    if answer.status_code != 200:
        return None
    rows = [(row["page"]["value"], row["title"]["value"]) for row in answer.json()["results"]["bindings"]]
    assert len({page for page, _ in rows}) == len(rows), "a page has one title"
    return dict(rows)


class Reader:
    """A client that asks all the time, and remembers what the server told it."""

    def __init__(self, served: Served):
        self.told: dict[str, str] = {}
        self._served = served
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while not self._stop.wait(0.01):
            answer = titles(self._served)
            if answer is None:
                return
            self.told = answer  # the latest answer is what the server vouches for

    def stop(self) -> dict[str, str]:
        self._stop.set()
        self._thread.join(30)
        return self.told


def verify(workspace: Path, *, clean: bool = False) -> None:
    said = ambit("verify", str(workspace), "--json")
    assert json.loads(said.stdout)["problems"] == [], said.stdout
    assert said.returncode in ((0,) if clean else (0, 3))


def all_in(served: Served, expected: Mapping[str, str]) -> None:
    eventually(lambda: titles(served) == expected, 60)
    graphs = served.rows(
        "ben",
        "SELECT ?page (COUNT(?g) AS ?n) WHERE { GRAPH ?g { ?page a <https://w3id.org/ambit#Page> } } GROUP BY ?page",
    )
    assert {row["page"] for row in graphs} == expected.keys()
    assert {row["n"] for row in graphs} == {"1"}, "each page stands in one graph"


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(3, marks=pytest.mark.timeout(300)),
        pytest.param(100, marks=[pytest.mark.long, pytest.mark.timeout(3600)]),
    ],
)
def test_a_killed_server_loses_nothing_and_finishes_the_rest(tmp_path: Path, kills: int) -> None:
    chance = random.Random(kills)
    workspace = started_from_starter(tmp_path / "workspace")
    folder = workspace / "pages"
    expected = {
        "https://example.com/id/pages/welcome": "Welcome",
        "https://example.com/id/pages/how-we-work": "How we work",
    } | write_pages(folder, PAGES)
    ben = token_for(workspace, BEN, "--ttl", "86400")
    told: dict[str, str] = {}
    version = 0
    for number in range(kills):
        served = back(workspace, ben, told, tmp_path / "log", durable=number % 2 == 1)
        reader = Reader(served)
        if number == kills // 2:
            all_in(served, expected)
        after = chance.uniform(0.0, 1.0)
        end = time.monotonic() + after
        while time.monotonic() < end:
            time.sleep(0.005)
            if number > 1:  # the first kills fall into the first ingest, the others into changes of pages
                version += 1
                page = chance.randrange(PAGES)
                title = f"page {page}, version {version}"
                (folder / f"generated-{page:03}.md").write_text(
                    f"---\ntitle: {title}\n---\nText of page {page}.\n"
                )
                expected[f"https://example.com/id/pages/generated-{page:03}"] = title
        kill(served)
        told = reader.stop()
        verify(workspace)
        note(kills, number + 1, number % 2 == 1, after, told)
    last = back(workspace, ben, told, tmp_path / "log")
    all_in(last, expected)
    kill(last)
    verify(workspace)
    assert "Traceback" not in (tmp_path / "log").read_text()


def back(workspace: Path, ben: str, told: Mapping[str, str], log: Path, *, durable: bool = False) -> Served:
    """A server started on what a kill left; its first answer holds all that a client was told before."""
    mode = {"AMBIT_DURABILITY": "durable" if durable else "fast"}
    served = serve("serve", workspace, log=log, env=mode)
    served.tokens["ben"] = ben
    first = eventually(lambda: titles(served)) if told else {}
    assert told.keys() <= first.keys(), "a page that a client has seen is there"
    older = {page for page, title in told.items() if _version(first[page]) < _version(title)}
    assert not older, "a page does not go back behind what a client has seen"
    return served


def _version(title: str) -> int:
    return int(title.rpartition("version ")[2]) if "version " in title else 0


@pytest.mark.model
@pytest.mark.timeout(120)
def test_everything_that_the_demo_started_ends_with_it(tmp_path: Path) -> None:
    (tmp_path / "received").mkdir()
    served = serve(
        "demo",
        tmp_path / "halden",
        log=tmp_path / "log",
        env={"AMBIT_RECORD_SITES": str(tmp_path / "received")},
    )
    served.rows("support_question", TITLES)
    eventually(lambda: sum("ambit.inference.site" in command(process) for process in processes(served)) >= 3)
    time.sleep(1)  # amid the loading of the models
    kinds = {command(process) for process in processes(served)}
    for kind in ("ambit.graph.views.keeper", "ambit.reasoning.shapes.checker", "ambit.inference.site"):
        assert any(kind in one for one in kinds), kind
    kill(served)


@pytest.mark.timeout(120)
def test_a_query_at_work_when_the_server_stops_is_told_so(tmp_path: Path) -> None:
    served = serve("serve", started_from_starter(tmp_path / "workspace"), log=tmp_path / "log")
    token = token_for(served.workspace, "https://example.com/id/ben")
    eventually(lambda: len(served.rows(token, TITLES)) == 2)
    long = "SELECT (COUNT(*) AS ?n) {" + " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(16)) + "}"
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(served.sparql, token, long)
        time.sleep(1.0)
        assert not asked.done()
        begins = time.monotonic()
        served.process.send_signal(signal.SIGINT)
        answer = asked.result(20)
    assert time.monotonic() - begins < 4, "limits.query_seconds are 8, and it is not waited for them"
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "stopping" in answer.json()["detail"]
    assert served.process.wait(timeout=30) == 0
    served.http.close()
    assert served.process.stdout is not None
    served.process.stdout.close()
    assert "stopping" in (tmp_path / "log").read_text()


@pytest.mark.timeout(120)
def test_a_server_that_is_asked_to_stop_stops_all_of_it(tmp_path: Path) -> None:
    served = serve("serve", started_from_starter(tmp_path / "workspace"), log=tmp_path / "log")
    helpers = processes(served)
    assert helpers
    assert served.stop() == 0
    _, alive = psutil.wait_procs(helpers, timeout=5)
    assert not alive
    verify(tmp_path / "workspace", clean=True)
