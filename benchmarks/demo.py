"""The demo company from cold, its memory, its answers: `python -m benchmarks.demo`."""

import tempfile
import time
from pathlib import Path

import psutil
from served import Served, eventually, serve

from .figures import Figure, percentile, pss, table, timed

CUSTOMERS = "{ customers(first: 50) { nodes { name country orders { placedOn total status } } } }"
SEARCH = '{ search(text: "how long does a refund take", first: 10) { nodes { iri label snippet } } }'
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?c a <https://halden.example/ontology#Customer> }"


def main() -> None:
    """Prints the tables."""
    with tempfile.TemporaryDirectory() as folder:
        print("\n".join(measure(Path(folder))))


def measure(folder: Path) -> list[str]:
    """Two starts of the same demo company, and what is asked of the first."""
    begun = time.perf_counter()
    demo = serve("demo", folder / "halden", log=folder / "log")
    answering = time.perf_counter() - begun
    eventually(lambda: _waiting(demo) == 0, 240)
    vectors = time.perf_counter() - begun
    memory = _pss(demo) / 1e9
    asked = _asked(demo)
    changed = _changed(demo)
    memory_after = _pss(demo) / 1e9
    demo.stop()
    begun = time.perf_counter()
    again = serve("serve", folder / "halden", log=folder / "log")
    eventually(lambda: again.http.get("/readyz").status_code == 200)
    ready = time.perf_counter() - begun
    again.stop()
    return [
        table(
            "The demo company",
            [
                Figure("from cold: answering", [answering], "s", "15 s"),
                Figure("from cold: all vectors there", [vectors], "s", "45 s"),
                Figure("second start: `/readyz`", [ready], "s", "5 s"),
                Figure("memory (PSS) of server, keepers, sites, after start", [memory], "GB", "1.5 GB"),
                Figure("memory (PSS) after the questions below", [memory_after], "GB", "1.5 GB"),
                *asked,
                Figure("a changed page in SPARQL and search, p95", [percentile(changed, 0.95)], "s", "1 s"),
                Figure("a changed page in SPARQL and search", changed, "s"),
            ],
        )
    ]


def _asked(demo: Served) -> list[Figure]:
    def many(work: object, count: int = 60) -> list[float]:
        assert callable(work)
        for _ in range(5):
            work()
        return [1000 * timed(work) for _ in range(count)]

    token = "support_refund"
    lists = many(lambda: demo.data("admin", CUSTOMERS))
    search = many(lambda: demo.data(token, SEARCH))
    small = many(lambda: demo.rows(token, COUNT))
    return [
        Figure("GraphQL: 50 customers with nested orders, over HTTP", lists, "ms", "p50 15 ms"),
        Figure("GraphQL: search, over HTTP", search, "ms", "p50 40 ms"),
        Figure("SPARQL: a count, over HTTP", small, "ms"),
    ]


def _changed(demo: Served, count: int = 20) -> list[float]:
    """Seconds from writing a page to its being in SPARQL and in search."""
    page = demo.workspace / "pages" / "support" / "measured.md"
    runs = []
    for number in range(count):
        word = f"zirkon{number}"
        page.write_text(f"---\ntitle: Measured {word}\n---\nThe {word} is here.\n")
        begun = time.perf_counter()
        sparql = f"SELECT ?page WHERE {{ ?page ?title 'Measured {word}' }}"
        search = f'{{ search(text: "{word}", first: 1) {{ nodes {{ label }} }} }}'
        while not demo.rows("support_question", sparql):
            time.sleep(0.005)
        while f"Measured {word}" not in str(demo.data("support_question", search)):
            time.sleep(0.005)
        runs.append(time.perf_counter() - begun)
        time.sleep(0.2)
    page.unlink()
    return runs


def _waiting(demo: Served) -> int:
    """Passages that still wait for a vector, from the metrics."""
    answer = demo.http.get("/metrics", headers=demo.headers("admin"))
    for line in answer.text.splitlines():
        if line.startswith("ambit_passages_waiting "):
            return int(float(line.split()[1]))
    raise AssertionError("no such metric")


def _pss(demo: Served) -> int:
    """Proportional set size of the server and all its children, in bytes (proc(5), smaps_rollup)."""
    server = psutil.Process(demo.process.pid)
    return sum(pss(process.pid) for process in (server, *server.children(recursive=True)))


if __name__ == "__main__":
    main()
