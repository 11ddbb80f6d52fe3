"""A full disk refuses by name, loses nothing, and is gone on from when there is room again."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from storeworld import graph_of

from ambit.graph.store.owner import Owner
from ambit.graph.store.verify import verify

CHILD = Path(__file__).with_name("full_child.py")


@pytest.mark.parametrize(
    ("what", "mode", "refused", "again"),
    [
        ("log", "fast", "log-unwritable", "log-unwritable"),
        pytest.param("ledger", "fast", "ledger-unwritable", "ledger-unwritable", marks=pytest.mark.long),
        ("notes", "durable", "ledger-unwritable", "ledger-unwritable"),
        ("store", "fast", "store-unwritable", "store-stopped"),
        pytest.param("store", "durable", "store-unwritable", "store-stopped", marks=pytest.mark.long),
    ],
)
def test_what_is_full_is_refused_and_gone_on_from(
    tmp_path: Path, what: str, mode: str, refused: str, again: str
) -> None:
    ran = subprocess.run(
        [sys.executable, str(CHILD), str(tmp_path), what, mode], capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert (said["refused"], said["again"], said["after"]) == (refused, again, "")
    assert said["done"], "it could be written for a while"
    assert said["readable"]
    if what == "notes":
        assert said["notes"] == len(said["done"]) + 2, (
            "each note is whole, and none is there of what was refused"
        )
    assert said["held"] == (1 if what == "store" else 0), "what log and ledger have is committed and read"
    found = verify(tmp_path)
    assert (found.problems, found.interrupted) == ((), ())
    owner = Owner(tmp_path)
    if what in ("log", "store"):
        for number in said["done"]:
            assert len(owner.triples(graph_of(f"r{number}"))) == 1
    else:
        runs = {e.fields["run"] for e in owner.ledger.entries() if e.kind == "request"}
        assert {f"urn:run:{number}" for number in (*said["done"], 2_000)} <= runs
        assert f"urn:run:{said['done'][-1] + 1}" not in runs, "what was refused is not entered"
    owner.close()
