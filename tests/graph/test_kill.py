"""A server killed (-9) at any point of a commit loses nothing acknowledged and tears nothing."""

import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from kill_child import state
from storeworld import graph_of, record

from ambit.graph.compartments import compartment_of
from ambit.graph.store import recovery
from ambit.graph.store.owner import Owner
from ambit.graph.store.verify import verify
from ambit.graph.terms import Triple
from ambit.graph.words import Label

CHILD = Path(__file__).with_name("kill_child.py")


def start(folder: Path, mode: str, what: str = "") -> subprocess.Popen[str]:
    """A child that commits; it has said that it opens the folder."""
    arguments = [sys.executable, str(CHILD), str(folder), mode, *([what] if what else [])]
    child = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "opening\n"
    return child


def heard(child: subprocess.Popen[str]) -> set[int]:
    """The revisions that a child acknowledged until it was dead."""
    assert child.stdout is not None
    said = child.stdout.read().splitlines(keepends=True)
    child.stdout.close()
    child.wait()
    return {int(line) for line in said if line.endswith("\n") and line != "ready\n"}


def run_child(folder: Path, die: str, mode: str = "fast") -> set[int]:
    """Runs a child that dies by itself; the revisions that it acknowledged."""
    return heard(start(folder, mode, die))


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


@dataclass
class Harness:
    """Random kills, each written down: seed and number, mode, when, the revisions before and after, the verdict."""

    folder: Path
    seed: int
    log: Path
    number: int = 0
    total: int = 0
    acknowledged: set[int] = field(default_factory=set)
    waiting: list[str] = field(default_factory=list)  # kills whose verdict the next check gives
    before: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    @property
    def data(self) -> Path:
        """Each check reads all of a folder: none grows without end."""
        return self.folder / f"{self.number // 20}"

    def kill(self, mode: str, when: str) -> None:
        """Starts a child and kills it: amid `opening`, `commits`, or commits with a `backup`."""
        child = start(self.data, mode, f"backups:{self.data}-backups" if when == "backup" else "")
        after = self.chance.uniform(0.0, 0.15 if when == "opening" else 0.4)
        if when != "opening":
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
        time.sleep(after)
        child.send_signal(signal.SIGKILL)
        said = heard(child)
        self.acknowledged |= said
        self.total += len(said)
        self.number += 1
        self.waiting.append(
            f"seed {self.seed} kill {self.number:4} {mode:7} {when:8} after {after:.3f} s, {len(said):3} acknowledged"
        )

    def judge(self) -> None:
        """Opens what the kills left, and holds it and each backup against what had been acknowledged."""
        folder = self.folder / f"{(self.number - 1) // 20}"
        verdict = "NOT SOUND"
        revision = -1
        try:
            assert verify(folder).problems == ()
            revision = check(folder, self.acknowledged)
            for made in (self.folder / f"{folder.name}-backups").glob("*"):
                if made.suffix != ".partial":
                    assert verify(made).problems == (), made
            verdict = "sound"
        finally:
            with self.log.open("a") as log:
                for line in self.waiting:
                    log.write(f"{line}, revision {self.before} -> {revision}: {verdict}\n")
        self.waiting.clear()
        self.before = revision
        if folder != self.data:
            self.before, self.acknowledged = 0, set()
            shutil.rmtree(folder)
            shutil.rmtree(self.folder / f"{folder.name}-backups", ignore_errors=True)


@pytest.mark.parametrize("kills", [5, pytest.param(900, marks=[pytest.mark.long, pytest.mark.timeout(7200)])])
def test_nothing_acknowledged_is_lost_or_torn(tmp_path: Path, kills: int) -> None:
    log = Path(os.environ.get("AMBIT_KILL_LOG", tmp_path / "kills.txt"))
    harness = Harness(tmp_path, kills, log)
    plans = (("commits",), ("commits", "opening", "opening"), ("backup",))
    for turn in itertools.count():
        for when in plans[turn % len(plans)]:
            if harness.number < kills and (when == "commits" or harness.number % 20):
                harness.kill(("fast", "durable")[turn // 2 % 2], when)
        if harness.waiting:
            harness.judge()
        if harness.number >= kills:
            break
    assert harness.total > kills
    assert log.read_text().count(": sound") >= kills


@pytest.mark.parametrize("stage", ["torn", "log", "ledger", "half", "extended", "store"])
def test_a_kill_between_any_two_stages_is_made_good(tmp_path: Path, stage: str) -> None:
    acknowledged = run_child(tmp_path, f"{stage}:5")
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


@pytest.mark.parametrize("stage", ["_complete", "apply"])
@pytest.mark.parametrize("is_done", [False, True])
def test_a_start_that_is_killed_amid_making_good_is_made_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str, is_done: bool
) -> None:
    """Before and after each of the two things that it does: what it leaves is interrupted, and no tampering."""
    acknowledged = run_child(tmp_path, "log:5")
    do = getattr(recovery, stage)

    def killed(*arguments: object) -> None:
        if is_done:
            do(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(recovery, stage, killed)
    with pytest.raises(KeyboardInterrupt):
        Owner(tmp_path)
    monkeypatch.undo()
    found = verify(tmp_path)
    assert found.problems == ()
    assert {p.record for p in found.interrupted} == (
        set() if (stage, is_done) == ("apply", True) else {"commit 5"}
    )
    assert check(tmp_path, acknowledged) == 5


def test_the_check_of_this_test_sees_a_graph_that_is_torn(tmp_path: Path) -> None:
    run_child(tmp_path, "store:5")
    owner = Owner(tmp_path)
    (graph,) = [q for q in owner._quads.quads(graph_of("r5"))][:1]
    owner._quads._store.remove(graph)
    owner.close()
    assert [p.record for p in verify(tmp_path).problems] == [f"graph {graph_of('r5')}"]
    assert record("r5", [], None).graphs == ()
