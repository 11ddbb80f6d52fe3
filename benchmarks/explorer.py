"""The explorer in Debian's chromium: its bundle, its start page, 500 nodes panned: `python -m benchmarks.explorer`."""

import gzip
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from served import Served, serve

from .figures import Figure, percentile, table

ROOT = Path(__file__).parents[1]
DIST = ROOT / "server" / "ui" / "dist"
DRIVEN = ROOT / "tests" / "explorer"


def main() -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as folder:
        demo = serve("demo", Path(folder) / "halden", log=Path(folder) / "log")
        try:
            measured = in_browser(demo)
        finally:
            demo.stop()
    frames = measured["frames"]
    print(
        table(
            "The explorer",
            [
                Figure("all files of the bundle, gzipped", [bundle() / 1000], "kB", "350 kB"),
                Figure("start page: first contentful paint, nothing cached", measured["painted"], "ms"),
                Figure(
                    "start page: the classes stand there to be chosen", measured["ready"], "ms", "1000 ms"
                ),
                Figure("a frame while 500 nodes are panned", frames, "ms"),
                Figure("a frame while 500 nodes are panned, p95", [percentile(frames, 0.95)], "ms", "50 ms"),
            ],
        )
    )


def bundle() -> int:
    """Bytes of the whole bundle as it is sent: what is only loaded later counts, too."""
    return sum(len(gzip.compress(path.read_bytes())) for path in DIST.rglob("*") if path.is_file())


def in_browser(demo: Served) -> dict[str, list[float]]:
    """What `tests/explorer/figures.mjs` measures, in milliseconds."""
    command = [str(ROOT / "server" / "ui" / "with-node"), sys.executable, "node", "figures.mjs"]
    environment = {**os.environ, "AMBIT_URL": demo.said["url"], "AMBIT_TOKENS": json.dumps(demo.tokens)}
    done = subprocess.run(command, cwd=DRIVEN, env=environment, stdout=subprocess.PIPE, check=True)
    measured: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return measured


if __name__ == "__main__":
    main()
