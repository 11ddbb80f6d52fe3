"""Backup beside a writer, restore whole and to a point: the same dataset by RDFC-1.0, and a history that verifies."""

import hashlib
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from pyoxigraph import CanonicalizationAlgorithm, Dataset
from storeworld import SOURCE, change, graph_of, label, record, triple

from ambit.graph.errors import Invalid, Unavailable
from ambit.graph.ledger.branches import KIND, Left, restore_of
from ambit.graph.ledger.checkpoints import Checkpoint
from ambit.graph.ledger.heads import origin_of
from ambit.graph.ledger.ledger import Ledger
from ambit.graph.ledger.merkle import leaf_hash
from ambit.graph.ledger.seals import seals_of
from ambit.graph.ledger.segments import now, segments
from ambit.graph.store.backup import backup
from ambit.graph.store.commitlog import CommitLog, log_segments
from ambit.graph.store.owner import Owner
from ambit.graph.store.quadstore import CATALOG
from ambit.graph.store.recovery import net
from ambit.graph.store.restore import restore
from ambit.graph.store.verify import verify
from ambit.graph.terms import BlankNode, Literal, NamedNode, Quad, Triple, to_nquads
from ambit.graph.words import Hints, Record, RecordGraph, Role


def rdfc(quads: Iterable[Quad]) -> str:
    """The hash of a dataset as RDFC-1.0 canonicalizes it (RDF Dataset Canonicalization §4.4)."""
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return hashlib.sha256(b"\n".join(sorted(to_nquads(dataset).splitlines()))).hexdigest()


def dataset_of(owner: Owner) -> list[Quad]:
    graphs = [graph for graph in owner._quads.graphs() if graph != CATALOG.value]
    return [quad for graph in graphs for quad in owner._quads.quads(graph)]


def as_of(owner: Owner, revision: int) -> set[Quad]:
    """The dataset as the deltas say that it was, worked out plainly."""
    quads: set[Quad] = set()
    for delta in owner.changes(0):
        if delta.revision <= revision:
            out, into = net(delta.out, delta.into)
            quads = (quads - out) | into
    return quads


def odd(value: str) -> Record:
    """A record with blank nodes, a language and a datatype."""
    one, other, says = BlankNode("one"), BlankNode("other"), NamedNode("urn:p")
    triples = frozenset(
        {
            Triple(one, says, other),
            Triple(other, says, Literal(value, language="de")),
            Triple(one, says, Literal("007", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer"))),
        }
    )
    graph = RecordGraph(graph_of("odd"), triples, Hints(SOURCE), Role.DATA, label("b"))
    return Record(f"{SOURCE}/odd", SOURCE, (graph,), value)


def fill(owner: Owner, values: Iterable[int]) -> None:
    for value in values:
        owner.ledger.append("request", {"run": f"urn:run:{value}"}, notes={"query": f"ASK {{}} # {value}"})
        where = label("ab"[value % 2])
        owner.commit(
            change(record(f"r{value % 3}", [triple("x", str(value)), triple("y")], where), odd(str(value)))
        )


@pytest.fixture
def owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Owner]:
    """Small segments, so that a copy crosses many."""
    for kind, name, value in ((CommitLog, "segment_bytes", 20_000), (Ledger, "segment_size", 40)):
        assert kind.__init__.__kwdefaults__ is not None
        monkeypatch.setitem(kind.__init__.__kwdefaults__, name, value)
    owner = Owner(tmp_path / "data")
    yield owner
    owner.close()


def test_what_is_restored_is_what_was_there(tmp_path: Path, owner: Owner) -> None:
    fill(owner, range(1, 30))
    assert len(log_segments(tmp_path / "data" / "commits")) > 2
    said = backup(tmp_path / "data", tmp_path / "backup")
    assert (said.revision, said.entries) == (29, 58)
    assert (verify(tmp_path / "backup").problems, verify(tmp_path / "backup").backup) == ((), True)
    made = restore(tmp_path / "backup", tmp_path / "restored")
    assert (made.revision, made.entries, made.left) == (29, 59, 0)
    found = verify(tmp_path / "restored")
    assert (found.problems, found.interrupted, found.revision) == ((), (), 29)
    again = Owner(tmp_path / "restored")
    assert rdfc(dataset_of(again)) == rdfc(dataset_of(owner)) == rdfc(as_of(owner, 29))
    assert again.entries() != [] and sorted(again.entries(), key=str) == sorted(owner.entries(), key=str)
    assert again.policy_revision == owner.policy_revision
    entry = next(e for e in again.ledger.entries() if e.kind == "request")
    assert again.ledger.notes.named(entry.at[:10], [str(entry.fields["note"])]) != {}
    fill(again, range(30, 33))
    again.close()
    assert verify(tmp_path / "restored").problems == ()
    assert not list(tmp_path.glob("*.partial"))


def test_backups_beside_writers_are_each_a_moment_of_the_history(tmp_path: Path, owner: Owner) -> None:
    over = threading.Event()
    count = iter(range(1, 10_000))

    def write() -> None:
        while not over.is_set():
            fill(owner, [next(count)])

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    made = []
    try:
        for number in range(2):
            time.sleep(0.15)
            before = owner.revision
            said = backup(tmp_path / "data", tmp_path / f"backup{number}")
            assert before <= said.revision <= owner.revision
            made.append(said.revision)
    finally:
        over.set()
        for writer in writers:
            writer.join()
    assert made == sorted(set(made)), "there was load"
    for number, revision in enumerate(made):
        restored = restore(tmp_path / f"backup{number}", tmp_path / f"restored{number}")
        assert restored.revision == revision
        again = Owner(tmp_path / f"restored{number}")
        assert rdfc(dataset_of(again)) == rdfc(as_of(owner, revision))
        again.close()


def test_a_point_in_time_is_the_state_then(tmp_path: Path, owner: Owner) -> None:
    fill(owner, range(1, 11))
    time.sleep(0.005)
    moment = now()
    time.sleep(0.005)
    owner.ledger.append("request", {"run": "urn:run:later"})
    fill(owner, range(11, 21))
    kept = owner.ledger.checkpoint()
    backup(tmp_path / "data", tmp_path / "backup")
    for name, made in (
        ("time", restore(tmp_path / "backup", tmp_path / "time", at=moment)),
        ("revision", restore(tmp_path / "backup", tmp_path / "revision", revision=10)),
    ):
        assert made.revision == 10
        again = Owner(tmp_path / name)
        assert rdfc(dataset_of(again)) == rdfc(as_of(owner, 10))
        assert [d.revision for d in again.changes(0)] == list(range(1, 11))
        runs = [e.fields["run"] for e in again.ledger.entries() if e.kind == "request"]
        later = ["urn:run:later", "urn:run:11"] if name == "revision" else []
        assert runs == [f"urn:run:{n}" for n in range(1, 11)] + later
        fill(again, range(50, 60))
        again.close()
        (problem,) = verify(tmp_path / name, [kept]).problems
        assert problem.record == f"ledger {made.entries - 1}"
        assert "left the history that this head is of" in problem.reason
        assert f"`--restored {made.restored}`" in problem.reason
        found = verify(tmp_path / name, [kept], restored=[restore_of(made.restored)])
        assert found.problems == ()
        assert [w.record for w in found.warnings] == [f"ledger {made.entries - 1}"]
        assert verify(tmp_path / name).warnings == ()
        others = [f"{made.entries}@{made.restored.split('@')[1]}", f"{made.entries - 1}@{now()}"]
        assert verify(tmp_path / name, [kept], restored=map(restore_of, others)).problems == (problem,)


@pytest.mark.parametrize("text", ["", "12", "@", "12@2026-11-28", "-1@2026-11-28T06:39:13.080Z"])
def test_what_names_no_restore_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        restore_of(text)
    assert caught.value.code == "invalid-argument"


def rewritten(folder: Path, number: int) -> None:
    """What the holder of disk and key can do: change an entry and sign what follows anew."""
    ((_, path),) = segments(folder / "ledger")
    lines = path.read_bytes().splitlines(keepends=True)
    body = lines[number][65:-1].replace(b"urn:alice", b"urn:mallory")
    assert body != lines[number][65:-1]
    lines[number] = leaf_hash(body).hex().encode() + b" " + body + b"\n"
    path.write_bytes(b"".join(lines))
    (folder / "ledger" / "checkpoints.jsonl").unlink()
    shutil.rmtree(folder / "ledger" / "index")
    Owner(folder).close()


def test_the_history_since_a_restore_is_held_to_account_as_any_other(tmp_path: Path, owner: Owner) -> None:
    fill(owner, range(1, 11))
    early = owner.ledger.sign(origin_of(owner.ledger.key), *whole_head(owner.ledger), 0)
    backup(tmp_path / "data", tmp_path / "backup")
    folder = tmp_path / "restored"
    made = restore(tmp_path / "backup", folder, revision=5)
    again = Owner(folder)
    for number in range(5):
        again.ledger.append("request", {"run": f"urn:run:{number}", "user": "urn:alice"})
    kept = again.ledger.checkpoint()
    note = again.ledger.sign(origin_of(again.ledger.key), kept.size, kept.root, 0)
    again.ledger.append("request", {"run": "urn:run:last"})
    again.close()
    known = [restore_of(made.restored)]
    found = verify(folder, [kept, note, early], restored=known)
    assert (found.problems, len(found.warnings)) == ((), 1)
    rewritten(folder, kept.size - 1)
    assert verify(folder).problems == ()
    for heads in ([kept], [note]):
        for restores in ([], known):
            found = verify(folder, heads, restored=restores)
            assert len(found.problems) == 1 and found.warnings == (), (heads, restores)
    assert "hold it against the backup" in verify(folder, [note], restored=known).problems[0].reason


def whole_head(ledger: Ledger) -> tuple[int, bytes]:
    size, root = ledger.head()
    return size, bytes.fromhex(root)


def test_who_holds_the_key_cannot_explain_kept_heads_away(tmp_path: Path, owner: Owner) -> None:
    fill(owner, range(1, 5))
    kept = owner.ledger.checkpoint()
    owner.close()
    other = tmp_path / "other"
    shutil.copytree(tmp_path / "data" / "keys", other / "keys")
    another = Owner(other)
    seals = seals_of(other / "keys")
    number = another.ledger.append(KIND, Left(0, kept.size, kept.root.hex(), 0).fields(seals))
    fill(another, range(1, 9))
    (entry,) = list(another.ledger.entries(number))[:1]
    another.close()
    assert verify(other).problems == ()
    (problem,) = verify(other, [kept]).problems
    assert f"--restored 0@{entry.at}" in problem.reason


def test_a_head_of_no_history_is_a_problem_after_a_restore_too(tmp_path: Path, owner: Owner) -> None:
    fill(owner, range(1, 11))
    kept = owner.ledger.checkpoint()
    backup(tmp_path / "data", tmp_path / "backup")
    made = restore(tmp_path / "backup", tmp_path / "restored", revision=5)
    from ambit.graph.ledger.checkpoints import sign, signing_key

    roots = (bytes(32), *kept.roots[1:])
    other = sign(Checkpoint(kept.size, roots, kept.at), signing_key(tmp_path / "data" / "keys"))
    for known in ([], [restore_of(made.restored)]):
        (problem,) = verify(tmp_path / "restored", [other], restored=known).problems
        assert problem.record == f"ledger {made.entries - 1}"


def test_nobody_without_the_key_can_say_that_a_history_was_left(tmp_path: Path, owner: Owner) -> None:
    fill(owner, range(1, 6))
    kept = owner.ledger.checkpoint()
    owner.close()
    ((_, path),) = segments(tmp_path / "data" / "ledger")
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:8]))
    (tmp_path / "data" / "ledger" / "checkpoints.jsonl").write_bytes(b"")
    ledger = Ledger(tmp_path / "data" / "ledger", tmp_path / "data" / "keys")
    said = {"entries": 8, "of": kept.size, "root": kept.root.hex(), "revision": 4, "seal": "0" * 64}
    ledger.append("restored", said)
    ledger.close()
    found = verify(tmp_path / "data", [kept])
    assert any(p.record.startswith("ledger ") for p in found.problems)
    assert found.warnings == ()


@pytest.mark.parametrize("point", [{"revision": 99}, {"revision": 0}, {"at": "2001-01-01T00:00:00.000Z"}])
def test_a_point_that_there_is_not_is_refused(tmp_path: Path, owner: Owner, point: dict[str, object]) -> None:
    fill(owner, [1])
    backup(tmp_path / "data", tmp_path / "backup")
    with pytest.raises(Invalid) as caught:
        restore(tmp_path / "backup", tmp_path / "restored", **point)  # type: ignore[arg-type]
    assert caught.value.code == "no-such-revision"
    assert not (tmp_path / "restored").exists()


def test_nothing_is_written_over_and_a_backup_is_no_data_folder(tmp_path: Path, owner: Owner) -> None:
    fill(owner, [1])
    backup(tmp_path / "data", tmp_path / "backup")
    for work in (
        lambda: backup(tmp_path / "data", tmp_path / "backup"),
        lambda: restore(tmp_path / "backup", tmp_path / "data"),
        lambda: backup(tmp_path / "data", tmp_path / "data" / "inside"),
    ):
        with pytest.raises(Invalid) as caught:
            work()
        assert caught.value.code == "target-exists"
    for source in (tmp_path / "data", tmp_path):
        with pytest.raises(Invalid) as caught:
            restore(source, tmp_path / "restored")
        assert caught.value.code == "no-backup"
    with pytest.raises(Invalid) as caught:
        backup(tmp_path, tmp_path / "other")
    assert caught.value.code == "no-data"
    with pytest.raises(Unavailable) as refused:
        Owner(tmp_path / "backup")
    assert refused.value.code == "is-backup"


def test_a_damaged_backup_is_refused(tmp_path: Path, owner: Owner) -> None:
    fill(owner, range(1, 6))
    backup(tmp_path / "data", tmp_path / "backup")
    ((_, path),) = log_segments(tmp_path / "backup" / "commits")
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    with pytest.raises(Unavailable) as caught:
        restore(tmp_path / "backup", tmp_path / "restored")
    assert caught.value.code == "backup-damaged"
    assert not list(tmp_path.glob("restored*"))


def test_a_log_with_a_gap_is_not_backed_up(tmp_path: Path, owner: Owner) -> None:
    fill(owner, range(1, 4))
    owner.close()
    ((_, path),) = log_segments(tmp_path / "data" / "commits")
    path.write_bytes(path.read_bytes()[:-10])
    again = Owner(tmp_path / "data")
    fill(again, [4])
    with pytest.raises(Unavailable) as caught:
        backup(tmp_path / "data", tmp_path / "backup")
    assert caught.value.code == "log-damaged"
    assert not list(tmp_path.glob("backup*"))
    again.close()


def test_a_backup_that_was_killed_does_not_look_whole_and_the_next_one_takes_its_place(
    tmp_path: Path, owner: Owner
) -> None:
    fill(owner, range(1, 10))
    code = (
        "import os, sys; from pathlib import Path; import ambit.graph.store.backup as b\n"
        "b._copy_log = lambda *a: (print('log', flush=True), sys.stdin.read())\n"
        "b.backup(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "data"), str(tmp_path / "backup")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None and child.stdin is not None
    assert child.stdout.readline() == b"log\n"
    with pytest.raises(Unavailable) as caught:
        backup(tmp_path / "data", tmp_path / "backup")
    assert caught.value.code == "target-unwritable"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    child.stdin.close()
    assert not (tmp_path / "backup").exists()
    assert (tmp_path / "backup.partial").is_dir()
    with pytest.raises(Invalid):
        restore(tmp_path / "backup.partial", tmp_path / "restored")
    assert backup(tmp_path / "data", tmp_path / "backup").revision == 9
    shutil.rmtree(tmp_path / "data")
    assert restore(tmp_path / "backup", tmp_path / "restored").revision == 9
