"""Mode durable: what is acknowledged is on disk, commits share flushes, and the store is never ahead of its log."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from disks import Disk
from storeworld import SOURCE, change, graph_of, label, record, triple

from ambit.graph.errors import Unavailable
from ambit.graph.flushes import Flushes
from ambit.graph.ledger.checkpoints import read_checkpoints
from ambit.graph.store.commitlog import log_segments, tail_of
from ambit.graph.store.lasting import Lasting
from ambit.graph.store.owner import Owner
from ambit.graph.store.verify import verify
from ambit.graph.store.written import Written
from ambit.graph.terms import Literal, Triple, to_ntriples
from ambit.graph.words import Hints, Record, RecordGraph, Role


@pytest.fixture(autouse=True)
def no_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """No flush but those that commits ask for."""
    monkeypatch.setattr("ambit.graph.store.lasting.FLUSH_EVERY", 3600.0)
    monkeypatch.setattr(Lasting, "stop", lambda self: (self._stopping.set(), None)[1])


def commit(owner: Owner, name: str, value: str) -> int:
    return owner.commit(change(record(name, [triple(name, value)], label("a")))).revision


def test_one_commit_flushes_log_and_ledger_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(tmp_path, monkeypatch)
    owner = Owner(tmp_path, durable=True)
    disk.calls.clear()
    for value in "123":
        commit(owner, "r", value)
    assert disk.calls == ["commits/0000000000000001.log", "ledger/segments/0000000000000000.jsonl"] * 3
    owner.ledger.append("request", {"run": "urn:run:1"})
    assert disk.count("commits") == 3, "what is on disk is not flushed again"
    assert disk.count("ledger") == 4
    owner.close()


def test_commits_at_the_same_time_share_flushes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(tmp_path, monkeypatch, slow=0.02)
    owner = Owner(tmp_path, durable=True)
    heard: list[int] = []
    owner.listen(lambda delta: heard.append(delta.revision))
    disk.calls.clear()

    def work(name: str) -> None:
        for value in "12345":
            revision = commit(owner, name, value)
            log = tmp_path / "commits" / "0000000000000001.log"
            with log.open("rb") as file:
                on_disk = file.read(disk.flushed["commits/0000000000000001.log"])
            (tmp_path / f"{name}.log").write_bytes(on_disk)
            assert tail_of(tmp_path / f"{name}.log").revision >= revision, (
                "acknowledged before it was on disk"
            )
            assert owner.revision >= revision

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work, f"r{n}") for n in range(8)]:
            done.result()
    assert owner.revision == 40
    assert heard == list(range(1, 41)), "listeners hear in order"
    # a round between a commit's frame and its entry flushes the log, and the next one the ledger alone
    assert disk.count("commits") <= disk.count("ledger") <= 20, "40 commits, at most half as many flushes"
    owner.close()
    assert verify(tmp_path).problems == ()


def test_an_answer_waits_for_the_commits_that_it_can_have_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(tmp_path, monkeypatch)
    owner = Owner(tmp_path, durable=True)
    seen, told = threading.Event(), threading.Event()
    commit(owner, "r", "1")

    def held(name: str) -> None:
        if name.startswith("commits"):
            seen.set()
            assert told.wait(10)

    disk.before = held
    with ThreadPoolExecutor(2) as pool:
        committing = pool.submit(commit, owner, "r", "2")
        assert seen.wait(10)
        assert owner.triples(graph_of("r")) == [triple("r", "2")]  # it is seen before it is on disk
        answering = pool.submit(owner.ledger.append, "answer", {"run": "urn:run:1"})
        time.sleep(0.05)
        assert not answering.done(), "an answer left before the commit that it saw was on disk"
        assert not committing.done()
        disk.before = lambda name: None
        told.set()
        committing.result(10)
        answering.result(10)
    owner.close()


def test_the_store_is_never_ahead_of_the_flushed_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(tmp_path, monkeypatch, slow=0.002)
    owner = Owner(tmp_path, durable=True)
    seen = []

    def look(name: str) -> None:
        path = tmp_path / "commits" / "0000000000000001.log"
        flushed = disk.flushed.get("commits/0000000000000001.log", 0)
        copy = tmp_path / "flushed.log"
        copy.write_bytes(path.read_bytes()[:flushed])
        seen.append((owner._quads.number()[0], tail_of(copy).revision))

    disk.before = look
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: commit(owner, f"r{n % 5}", str(n)), range(40)))
    monkeypatch.setattr("ambit.graph.store.lasting.BEHIND", 100)
    many = frozenset(triple(f"n{n}") for n in range(101))
    owner.commit(change(record("large", many, label("b"))))
    assert len(seen) > 20
    assert all(stored <= logged for stored, logged in seen)
    disk.before = lambda name: None
    owner.close()
    assert verify(tmp_path).problems == ()


def test_in_mode_fast_what_the_engine_puts_in_as_files_is_flushed_to_the_log_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(tmp_path, monkeypatch)
    owner = Owner(tmp_path)
    real, seen = owner._quads.apply, []

    def look(*arguments: Any) -> None:
        flushed = disk.flushed.get("commits/0000000000000001.log", 0)
        seen.append(flushed == (tmp_path / "commits" / "0000000000000001.log").stat().st_size)
        real(*arguments)

    monkeypatch.setattr(owner._quads, "apply", look)
    commit(owner, "r", "1")
    monkeypatch.setattr("ambit.graph.store.quadstore.BULK", 100)
    owner.commit(change(record("large", [triple(f"n{n}") for n in range(101)], label("b"))))
    assert seen == [False, True]
    owner.close()


def test_what_comes_as_text_is_held_like_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = Owner(tmp_path, durable=True)
    monkeypatch.setattr(owner._quads, "write", lambda until: None)  # so that it stays in memory
    said = [triple("x"), triple("y")]
    graph = RecordGraph(graph_of("r"), Written(to_ntriples(said)), Hints(SOURCE), Role.DATA, label("a"))
    owner.commit(change(Record(f"{SOURCE}/r", SOURCE, (graph,), "d")))
    assert set(owner.triples(graph_of("r"))) == set(said)
    assert owner._quads.number() == (0, 0)
    owner.close()
    again = Owner(tmp_path)
    assert set(again.triples(graph_of("r"))) == set(said)
    again.close()
    assert verify(tmp_path).problems == ()


def test_after_a_failed_flush_nothing_is_promised_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(tmp_path, monkeypatch)
    owner = Owner(tmp_path, durable=True)
    commit(owner, "r", "1")

    def full(name: str) -> None:
        raise OSError(28, "No space left on device")

    disk.before = full
    with pytest.raises(Unavailable) as caught:
        commit(owner, "r", "2")
    assert caught.value.code == "flush-failed"
    disk.before = lambda name: None
    with pytest.raises(Unavailable) as caught:
        commit(owner, "r", "3")
    assert caught.value.code == "store-stopped"
    with pytest.raises(Unavailable):
        owner.ledger.append("answer", {"run": "urn:run:1"})
    owner.close()
    again = Owner(tmp_path)
    assert again.revision == 2, "the system had it after all; it was not acknowledged"
    again.close()
    assert verify(tmp_path).problems == ()


def test_who_waits_is_covered_by_a_flush_that_began_after(monkeypatch: pytest.MonkeyPatch) -> None:
    written, flushed = [], [0]
    lock = threading.Lock()

    def flush() -> None:
        with lock:
            covered = len(written)
        time.sleep(0.002)
        flushed[0] = covered

    flushes = Flushes(flush)

    def work(_: int) -> None:
        with lock:
            written.append(0)
            mine = len(written)
        flushes.settle()
        assert flushed[0] >= mine

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(200)))


def test_in_mode_fast_commits_wait_for_a_disk_that_is_slower_than_the_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(tmp_path, monkeypatch)
    owner = Owner(tmp_path)
    disk.calls.clear()
    commit(owner, "r", "1")
    assert disk.calls == []
    monkeypatch.setattr("ambit.graph.store.lasting.WINDOW", 0.0)
    commit(owner, "r", "2")
    assert disk.count("commits") == 1
    owner.close()


@pytest.mark.parametrize("durable", [False, True])
def test_an_owner_that_is_closed_has_signed_all(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, durable: bool
) -> None:
    owner = Owner(tmp_path, durable=durable)
    commit(owner, "r", "1")
    owner.ledger.append("request", {"run": "urn:run:1"})
    owner.close()
    assert caplog.records == []
    checkpoints, wrong = read_checkpoints(tmp_path / "ledger" / "checkpoints.jsonl")
    assert (checkpoints[-1].size, wrong) == (2, [])


def value_of(triples: list[Triple]) -> int:
    (only,) = triples
    assert isinstance(only.object, Literal)
    return int(only.object.value)


@pytest.mark.parametrize("cuts", [3, pytest.param(100, marks=[pytest.mark.long, pytest.mark.timeout(1800)])])
def test_a_power_cut_takes_nothing_that_was_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cuts: int
) -> None:
    chance = random.Random(cuts)
    for number in range(cuts):
        folder, left = tmp_path / f"{number}", tmp_path / f"{number}-left"
        with monkeypatch.context() as patch:
            acknowledged = run_until_cut(folder, left, patch, chance)
        found = verify(left)
        assert found.problems == (), "a power cut is no tampering"
        owner = Owner(left, durable=True)
        revisions = {delta.revision for delta in owner.changes(0)}
        for name, (revision, value) in acknowledged.items():
            assert revision in revisions
            assert value_of(owner.triples(graph_of(name))) >= value
        commit(owner, "after", "1")
        owner.close()
        after = verify(left)
        assert (after.problems, after.interrupted) == ((), ())


def run_until_cut(
    folder: Path, left: Path, patch: pytest.MonkeyPatch, chance: random.Random
) -> dict[str, tuple[int, int]]:
    """Commits from four threads until power is cut amid a flush; what had been acknowledged then, by record."""
    disk = Disk(folder, patch, slow=0.002)
    owner = Owner(folder, durable=True)
    acknowledged: dict[str, tuple[int, int]] = {}
    at_cut: dict[str, tuple[int, int]] = {}
    moment, keep_store = chance.randint(1, 40), chance.random() < 0.7
    over = threading.Event()
    calls = iter(range(1, 10_000))

    def look(name: str) -> None:
        if next(calls) == moment:
            at_cut.update(acknowledged)
            disk.cut(left, chance, keep_store=keep_store)
            over.set()

    disk.before = look

    def work(name: str) -> None:
        value = 0
        while not over.is_set():
            value += 1
            acknowledged[name] = (commit(owner, name, str(value)), value)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work, f"r{n}") for n in range(4)]:
            done.result()
    owner.close()
    return at_cut


def test_the_watched_disk_forgets_what_was_not_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the power cut of these tests takes in mode fast: else they could not fail."""
    folder = tmp_path / "data"
    disk = Disk(folder, monkeypatch)
    owner = Owner(folder)
    commit(owner, "r", "1")
    disk.cut(tmp_path / "left", random.Random(1), keep_store=False)
    owner.close()
    ((_, path),) = log_segments(tmp_path / "left" / "commits")
    assert path.stat().st_size < (folder / "commits" / path.name).stat().st_size
