"""The owner: what survives a restart, a torn tail, a lost log, a full disk; who may open; who may read."""

import os
import threading
from pathlib import Path

import pytest
from storeworld import SOURCE, change, graph_of, label, record, triple

from ambit.graph.compartments import clearance_of, compartment_of
from ambit.graph.errors import Unavailable
from ambit.graph.ledger.seals import seals_of
from ambit.graph.store.commitlog import CommitLog, log_segments
from ambit.graph.store.logged import Frame, Logged
from ambit.graph.store.owner import Owner
from ambit.graph.store.verify import verify
from ambit.graph.terms import BlankNode, Literal, NamedNode, Triple
from ambit.graph.words import MERGED, Change, Hints, Record, RecordGraph, Role

A, B = compartment_of(label("a")), compartment_of(label("b"))


def reasons(folder: Path) -> list[str]:
    return [f"{p.record}: {p.reason}" for p in verify(folder).problems]


def test_all_that_the_owner_knows_survives_a_restart(tmp_path: Path) -> None:
    hints = Hints(SOURCE, "urn:s", frozenset({"urn:eu"}), frozenset({"DE"}), frozenset({"urn:team"}))
    odd = Triple(BlankNode("b1"), NamedNode("urn:p"), Literal('a "quoted"\nline', language="en"))
    graph = RecordGraph(graph_of("r"), frozenset({odd, triple("x")}), hints, Role.DATA, label("a"))
    first = Record(f"{SOURCE}/r", SOURCE, (graph,), "digest", "file.csv:3", quarantined=True)
    owner = Owner(tmp_path)
    owner.commit(change(first, record("q", [triple("x")], label("b"))))
    before = [list(owner.entries()), owner.revision, owner.policy_revision, owner.last_changed(A)]
    deltas = list(owner.changes(0))
    owner.close()
    assert reasons(tmp_path) == []
    owner = Owner(tmp_path)
    assert [sorted(owner.entries(), key=str), *before[1:]] == [sorted(before[0], key=str), *before[1:]]  # type: ignore[call-overload]
    assert [owner.revision, owner.policy_revision, owner.last_changed(A)] == before[1:]
    assert owner.hints(graph_of("r")) == hints
    assert owner.label(A) == label("a")
    assert owner.digest(first.iri) == "digest"
    assert owner.location(first.iri) == "file.csv:3"
    assert owner.is_quarantined(first.iri)
    assert set(owner.triples(graph_of("r"))) == graph.triples
    assert list(owner.changes(0)) == deltas
    assert list(owner.changes(1)) == []
    owner.commit(change(Record(first.iri, SOURCE)))
    assert owner.match(odd.subject, None, None, MERGED) == []
    owner.close()
    assert reasons(tmp_path) == []


def test_handed_is_looked_up_inside_the_clearance(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    both = [triple("x")]
    owner.commit(change(record("a", both, label("a")), record("b", [*both, triple("y")], label("b"))))
    shared = triple("x")
    held = owner.holders(shared.subject, shared.predicate, shared.object, clearance_of({A}).compartments)
    assert held == {A}
    each = frozenset({A, B})
    assert owner.holding([shared, triple("y"), triple("z", ']}<>"\\\n')], {}, each) == each
    assert owner.holding([shared, triple("y")], {}, frozenset({A})) == {A}
    assert owner.holding([triple("y")], {}, frozenset({A})) == owner.holding([], {}, each) == frozenset()
    says = shared.predicate.value
    assert owner.holding([], {"https://example.org/x": {says}}, each) == each
    assert owner.holding([], {"https://example.org/x": {says}}, frozenset({A})) == {A}
    assert owner.holding([], {"https://example.org/y": {says, "urn:p"}}, each) == {B}
    assert owner.holding([], {"https://example.org/y": {"urn:p"}}, each) == frozenset()
    owner.close()


def test_a_second_server_is_refused_and_says_who_holds_the_folder(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    with pytest.raises(Unavailable, match=f"in use by process {os.getpid()}") as caught:
        Owner(tmp_path)
    assert caught.value.code == "folder-locked"
    owner.close()
    Owner(tmp_path).close()


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unavailable) as caught:
        Owner(tmp_path / "file")
    assert caught.value.code == "folder-unwritable"


def test_a_torn_tail_of_the_log_is_closed_as_aborted(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    owner.commit(change(record("r", [triple("x")], label("a"))))
    owner.close()
    ((_, path),) = log_segments(tmp_path / "commits")
    whole = path.read_bytes()
    with path.open("ab") as file:
        file.write(whole[: len(whole) // 2])
    owner = Owner(tmp_path)
    assert owner.revision == 2
    assert [e.kind for e in owner.ledger.entries()][-1] == "aborted"
    assert owner.commit(change(record("r", [triple("y")], label("a")))).revision == 3
    assert [d.revision for d in owner.changes(0)] == [1, 3]
    owner.close()
    assert reasons(tmp_path) == []


def test_a_store_further_than_its_log_starts_and_says_so(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    for value in "123":
        owner.commit(change(record("r", [triple("x", value)], label("a"))))
    owner.close()
    ((_, path),) = log_segments(tmp_path / "commits")
    path.write_bytes(path.read_bytes()[:-10])
    owner = Owner(tmp_path)
    assert owner.revision == 3
    assert owner.triples(graph_of("r")) == [triple("x", "3")]
    assert owner.commit(change(record("r", [triple("x", "4")], label("a")))).revision == 4
    with pytest.raises(Unavailable, match="damaged"):
        list(owner.changes(0))
    assert [d.revision for d in owner.changes(3)] == [4]
    owner.close()
    owner = Owner(tmp_path)
    assert owner.revision == 4
    owner.close()
    assert any("commit 3" in reason for reason in reasons(tmp_path))


def test_the_log_goes_on_in_a_new_segment_and_is_read_across(tmp_path: Path) -> None:
    seals = seals_of(tmp_path / "keys")
    log = CommitLog(tmp_path, seals, segment_bytes=1)
    from ambit.graph.store.logged import encode

    for revision in range(1, 6):
        log.append(revision, encode(Logged(revision, 0)))
    assert len(log_segments(tmp_path)) == 5
    assert [f.revision for f in log.since(2, 4)] == [3, 4]
    log.close()
    again = CommitLog(tmp_path, seals)
    assert again.revision == 5
    again.close()


class FullDisk(Owner):
    """Fails where it is told to, as a full disk does."""

    at = ""

    def _write_ledger(self, logged: Logged, frame: Frame) -> None:
        if self.at == "ledger":
            raise Unavailable("the ledger cannot be written: no space left on device")
        super()._write_ledger(logged, frame)


def test_without_its_ledger_entry_a_commit_is_taken_back(tmp_path: Path) -> None:
    owner = FullDisk(tmp_path)
    owner.commit(change(record("r", [triple("x")], label("a"))))
    owner.at = "ledger"
    with pytest.raises(Unavailable):
        owner.commit(change(record("r", [triple("y")], label("a"))))
    owner.at = ""
    assert owner.triples(graph_of("r")) == [triple("x")]
    assert owner.commit(change(record("r", [triple("z")], label("a")))).revision == 2
    owner.close()
    assert reasons(tmp_path) == []


@pytest.mark.parametrize("durable", [False, True])
def test_a_store_that_cannot_be_written_takes_no_more_and_the_next_start_applies_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, durable: bool
) -> None:
    owner = Owner(tmp_path, durable=durable)
    owner.commit(change(record("r", [triple("x")], label("a"))))
    heard: list[int] = []
    owner.listen(lambda delta: heard.append(delta.revision))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(owner._quads, "apply", full)
    with pytest.raises(Unavailable) as caught:
        owner.commit(change(record("r", [triple("y")], label("b"))))
    assert caught.value.code == "store-unwritable"
    with pytest.raises(Unavailable, match="takes no commits") as caught:
        owner.commit(change(record("r", [triple("z")], label("a"))))
    assert caught.value.code == "store-stopped"
    assert owner.triples(graph_of("r")) == [triple("y")], "it is committed, and read whole"
    assert heard == [2]
    owner.close()
    found = verify(tmp_path)
    assert (found.problems, [p.record for p in found.interrupted]) == ((), ["commit 2"])
    owner = Owner(tmp_path)
    assert owner.triples(graph_of("r")) == [triple("y")]
    owner.close()
    assert verify(tmp_path).interrupted == ()


def test_readers_beside_a_writer_see_whole_commits(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    names = ["a", "b", "c"]

    def state(value: int) -> Change:
        return change(
            *(record(n, [triple("x", str(value)), triple("y", str(value))], label(n)) for n in names)
        )

    owner.commit(state(0))
    wrong: list[object] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            with owner.frozen() as revision:
                values = {t.object for n in names for t in owner.triples(graph_of(n))}
                if len(values) != 1 or owner.revision != revision or len(owner.entries()) != 4:
                    wrong.append(values)
            alone = {t.object for t in owner.triples(graph_of("a"))}
            if len(alone) != 1:
                wrong.append(alone)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for value in range(1, 60):
        owner.commit(state(value))
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    with owner.frozen(), pytest.raises(RuntimeError, match="cannot change it"):
        owner.commit(state(61))
    owner.close()


def test_a_listener_reads_the_committed_state_and_hears_in_order(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    heard: list[tuple[int, list[Triple]]] = []
    owner.listen(lambda delta: heard.append((delta.revision, owner.triples(graph_of("r")))))
    for value in "12":
        owner.commit(change(record("r", [triple("x", value)], label("a"))))
    assert heard == [(1, [triple("x", "1")]), (2, [triple("x", "2")])]
    owner.close()


def test_no_clearance_holds_the_name_of_no_compartment() -> None:
    with pytest.raises(ValueError, match="none"):
        clearance_of({""})
    assert clearance_of({"b", "a"}).key == clearance_of(["a", "b", "a"]).key
