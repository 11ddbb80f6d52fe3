"""A server killed in the middle of a scan: the next one finishes the rest."""

import random
import subprocess
import sys
import time
from pathlib import Path

from ingestworld import PAGES, describe, owner_of, said, write

from ambit.graph.store.verify import verify
from ambit.ingest import committing
from ambit.ingest.pipeline import Ingest


def _kill_a_scan(root: Path, data: Path, after: float) -> None:
    child = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("scan_child.py")), str(root), str(data)],
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None and child.stdout.readline() == b"scanning\n"
    time.sleep(after)
    child.kill()
    child.wait()
    child.stdout.close()


def test_a_killed_scan_is_finished(tmp_path: Path) -> None:
    describe(tmp_path, PAGES)
    for number in range(committing.BATCH * 4):
        write(tmp_path, f"pages/{number}.md", f"# Page {number}\n[next]({number + 1}.md)\n")
    chance = random.Random(7)
    kept = 0
    for _ in range(3):
        _kill_a_scan(tmp_path, tmp_path / "killed", chance.uniform(0.05, 0.4))
        assert verify(tmp_path / "killed").problems == ()
        with owner_of(tmp_path / "killed") as owner:
            assert len(said(owner, of="title")) >= kept
            kept = len(said(owner, of="title"))
    with owner_of(tmp_path / "killed") as owner, owner_of(tmp_path / "calm") as calm:
        Ingest(owner, tmp_path).scan_once()
        Ingest(calm, tmp_path).scan_once()
        assert said(owner) == said(calm) and len(said(owner, of="title")) == committing.BATCH * 4
