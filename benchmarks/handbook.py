"""A company's handbook from cold: when it answers, its vectors, search, memory: `python -m benchmarks.handbook`.

880 pages and 175 people, which lie outside of the repository: `AMBIT_SHARED_DATA` names the folder that holds them.
"""

import json
import tempfile
import time
from functools import partial
from pathlib import Path

import psutil
from companies import ADMINISTRATION, SHARED, company, token, waiting
from served import Served, eventually

from ambit.graph.vocabulary import AMBIT
from ambit.inference.models import content_hash, find, packaged_model

from .embedding import bare_loop
from .figures import Figure, pss, table, timed

DATA = "enterprise-docs/sourcegraph-handbook"
NAMES = "https://handbook.example/"
SEARCH = "query S($text: String!) { search(text: $text, first: 10) { nodes { iri label snippet } } }"
READ = f"SELECT (COUNT(*) AS ?n) WHERE {{ ?it a ?kind VALUES ?kind {{ <{AMBIT.PAGE}> <http://xmlns.com/foaf/0.1/Person> }} }}"
WHOLE = [{"n": "1055"}]  # pages, and people of the team's list
ASKED = (
    "how do I expense a new laptop", "how much parental leave do I get", "who may access production systems",
    "how do I write an RFC", "what happens after a security incident", "which languages do we hire for",
    "how do we price a plan", "what is the on-call rotation", "how are customers onboarded", "who approves a contract",
)  # fmt: skip


def main() -> None:
    """Prints the table; says so where there is no data."""
    if not (SHARED / DATA).is_dir():
        print(f"no handbook in {SHARED}: AMBIT_SHARED_DATA names its folder")
        return
    with tempfile.TemporaryDirectory() as folder:
        print(measure(Path(folder)))


def measure(folder: Path) -> str:
    """Two starts of one workspace, what is asked of the first, and a bare loop over the same passages."""
    received = folder / "received"
    received.mkdir()
    begun = time.perf_counter()
    with company("handbook", folder, SHARED, AMBIT_RECORD_SITES=str(received)) as served:
        answering, first, vectors, peak = _followed(served, received, begun)
        texts = _texts(received)
        asked = _asked(served)
        peak = max(peak, _memory(served))
    begun = time.perf_counter()
    with company("handbook", folder, SHARED) as served:
        eventually(lambda: served.http.get("/readyz").status_code == 200)
        ready = time.perf_counter() - begun
    rate = len(texts) / (vectors - first)
    bare = len(texts) / timed(lambda: bare_loop(find(content_hash(packaged_model())))(texts))
    return table(
        "The handbook",
        [
            Figure("from cold: everything but vectors answered", [answering], "s", "25 s"),
            Figure("from cold: all vectors there", [vectors], "s", "130 s"),
            Figure("passages", [len(texts)], ""),
            Figure("vectors, from the first call on", [rate], "passages/s"),
            Figure("bare OpenVINO loop over the same passages, after it", [bare], "passages/s"),
            Figure("the handbook over the bare loop", [rate / bare], "times", "at least 0.85"),
            Figure("second start: `/readyz`", [ready], "s", "5 s"),
            Figure("search, over HTTP", asked, "ms", "p50 40 ms"),
            Figure("peak memory (PSS) of server, keepers, site", [peak / 1e9], "GB", "2 GB"),
        ],
    )


def _followed(served: Served, received: Path, begun: float) -> tuple[float, float, float, int]:
    """Seconds until all is answered, until the first call at the site, until all vectors are there; peak memory."""
    administrator = token(served, f"{NAMES}administrator", ADMINISTRATION)
    answering = first = 0.0
    peak = sampled = 0
    while True:
        now = time.perf_counter() - begun
        first = first or (now if any(received.iterdir()) else 0.0)
        if not answering and _answers(served):
            answering = time.perf_counter() - begun
        if now > sampled:  # once a second: it costs the sites some time
            peak, sampled = max(peak, _memory(served)), int(now) + 1
            if answering and waiting(served, administrator) == 0:
                return answering, first, time.perf_counter() - begun, peak
        time.sleep(0.05 if not (answering and first) else 0.25)


def _answers(served: Served) -> bool:
    """Whether pages and people are all there, and found by their words."""
    asking = token(served, f"{NAMES}administrator")
    return served.rows(asking, READ) == WHOLE and all(_search(served, asking, text) for text in ASKED)


def _search(served: Served, asking: str, text: str) -> list[object]:
    found: list[object] = served.data(asking, SEARCH, text=text)["search"]["nodes"]
    return found


def _asked(served: Served, count: int = 60) -> list[float]:
    """Milliseconds of searches, none of them asked before."""
    asking = token(served, f"{NAMES}administrator")
    for text in ASKED:
        _search(served, asking, text)
    texts = [f"{ASKED[turn % len(ASKED)]} {turn}" for turn in range(count)]
    return [1000 * timed(partial(_search, served, asking, text)) for text in texts]


def _texts(received: Path) -> list[str]:
    """All that the site was sent, which is the passages: nothing was asked of it yet but by words."""
    calls = [json.loads(line) for file in received.iterdir() for line in file.read_text().splitlines()]
    return [text for call in calls for text in call["texts"] if text not in ASKED]


def _memory(served: Served) -> int:
    """Proportional set size of the server and all its children, in bytes (proc(5), smaps_rollup)."""
    server = psutil.Process(served.process.pid)
    return sum(pss(process.pid) for process in (server, *server.children(recursive=True)))


if __name__ == "__main__":
    main()
