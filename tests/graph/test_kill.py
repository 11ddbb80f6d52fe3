"""A server killed (-9) at any point of a commit loses nothing acknowledged and tears nothing."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from kill_child import state
from storeworld import graph_of, record

from ambit.graph.compartments import compartment_of
from ambit.graph.store import Owner
from ambit.graph.terms import Triple
from ambit.graph.verify import verify
from ambit.graph.words import Label

CHILD = Path(__file__).with_name("kill_child.py")


def run_child(folder: Path, *, die: str = "", after: float = 0.0) -> set[int]:
    """Runs the child until it is dead; the revisions that it acknowledged."""
    child = subprocess.Popen(
        [sys.executable, str(CHILD), str(folder), *([die] if die else [])], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    if not die:
        time.sleep(after)
        child.send_signal(signal.SIGKILL)
    said = child.stdout.read().splitlines(keepends=True)
    child.stdout.close()
    child.wait()
    return {int(line) for line in said if line.endswith("\n")}


def expected(revisions: list[int]) -> dict[str, tuple[frozenset[Triple], Label | None, str]]:
    """The graphs after these commits, worked out plainly."""
    graphs = {}
    for revision in revisions:
        for one in state(revision).records:
            (graph,) = one.graphs
            graphs[graph.graph] = (graph.triples, graph.label, one.digest)
    return graphs


def check(folder: Path, acknowledged: set[int]) -> int:
    """Opens what the kill left and holds it against the commits; the revision found."""
    owner = Owner(folder)
    revision = owner.revision
    revisions = [delta.revision for delta in owner.changes(0)]
    assert acknowledged <= set(revisions)
    assert set(range(1, revision + 1)) == set(revisions) | aborted(owner)
    wanted = expected(revisions)
    for graph, (triples, label, digest) in wanted.items():
        entry = owner.entry(graph)
        assert entry is not None
        assert frozenset(owner.triples(graph)) == triples
        assert label is not None
        assert entry.compartment == compartment_of(label)
        assert owner.digest(entry.record) == digest
        assert owner.label(entry.compartment) == label
    assert {e.graph for e in owner.entries()} - {"urn:ambit:governance:labels"} == wanted.keys()
    runs = {e.fields["run"] for e in owner.ledger.entries() if e.kind == "request"}
    assert {f"urn:ambit:run:{r}" for r in acknowledged} <= runs
    owner.close()
    assert verify(folder).problems == ()
    return revision


def aborted(owner: Owner) -> set[int]:
    return {
        e.fields["revision"] for e in owner.ledger.entries() if e.kind == "aborted" and "revision" in e.fields
    }


@pytest.mark.parametrize("kills", [5, pytest.param(200, marks=[pytest.mark.long, pytest.mark.timeout(1800)])])
def test_nothing_acknowledged_is_lost_or_torn(tmp_path: Path, kills: int) -> None:
    random_moment = random.Random(kills)
    total = 0
    for kill in range(kills):
        folder = tmp_path / str(kill // 20)  # each check reads all of a folder: let none grow without end
        if kill % 20 == 0:
            acknowledged: set[int] = set()
        said = run_child(folder, after=random_moment.uniform(0.0, 0.4))
        total += len(said)
        acknowledged |= said
        assert verify(folder).problems == ()
        check(folder, acknowledged)
    assert total > kills


@pytest.mark.parametrize("stage", ["torn", "log", "ledger", "half", "extended", "store"])
def test_a_kill_between_any_two_stages_is_made_good(tmp_path: Path, stage: str) -> None:
    acknowledged = run_child(tmp_path, die=f"{stage}:5")
    assert acknowledged == {1, 2, 3, 4}
    found = verify(tmp_path)
    assert found.problems == (), "a kill is no tampering"
    assert {p.record for p in found.interrupted} == (
        set() if stage in ("extended", "store") else {"commit 5"}
    )
    assert check(tmp_path, acknowledged) == 5
    owner = Owner(tmp_path)
    assert [d.revision for d in owner.changes(0)] == ([1, 2, 3, 4] if stage == "torn" else [1, 2, 3, 4, 5])
    assert owner.commit(state(6)).revision == 6
    owner.close()
    assert verify(tmp_path).problems == ()


def test_the_check_of_this_test_sees_a_graph_that_is_torn(tmp_path: Path) -> None:
    run_child(tmp_path, die="store:5")
    owner = Owner(tmp_path)
    (graph,) = [q for q in owner._quads.quads(graph_of("r5"))][:1]
    owner._quads._store.remove(graph)
    owner.close()
    assert [p.record for p in verify(tmp_path).problems] == [f"graph {graph_of('r5')}"]
    assert record("r5", [], None).graphs == ()
