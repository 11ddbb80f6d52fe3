"""A disk, an engine or a signal that fails once, at each place where that can cost what was acknowledged."""

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from storeworld import change, graph_of, label, record, triple

from ambit.graph.errors import Unavailable
from ambit.graph.flushes import Flushes
from ambit.graph.store import commitlog, lasting, quadstore
from ambit.graph.store.commitlog import frames, log_segments
from ambit.graph.store.locks import StateLock
from ambit.graph.store.owner import Owner
from ambit.graph.store.quadstore import QuadStore
from ambit.graph.store.verify import verify

Patch = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def no_clock(monkeypatch: Patch) -> None:
    """No flush but those that commits ask for."""
    monkeypatch.setattr(lasting, "FLUSH_EVERY", 3600.0)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Owner]]:
    """Opens the owner of the data folder, and closes it in the end."""
    owners: list[Owner] = []

    def make(folder: Path = tmp_path / "data", *, durable: bool = True) -> Owner:
        owners.append(Owner(folder, durable=durable))
        return owners[-1]

    yield make
    for owner in owners:
        owner.close()


def commit(owner: Owner, name: str, value: str = "1", count: int = 1) -> int:
    triples = [triple(name, value), *(triple(f"{name}-{n}", value) for n in range(1, count))]
    return owner.commit(change(record(name, triples, label("a"), digest=value))).revision


def logged(folder: Path) -> list[int]:
    """The numbers of a log's frames."""
    paths = [path for _, path in log_segments(folder / "commits")]
    return [int(orjson.loads(frame.header)["revision"]) for path in paths for frame in frames(path)]


def cut(owner: Owner, to: Path, store: Path) -> Path:
    """What a power cut leaves that took the store back to an earlier one."""
    shutil.copytree(owner.folder, to, ignore=shutil.ignore_patterns("lock", "store"))
    shutil.copytree(store, to / "store")
    return to


def fails(*_: Any, **__: Any) -> Any:
    raise OSError(5, "Input/output error")


def fail_once(monkeypatch: Patch, part: str) -> None:
    """The next flush of a file whose path has `part` fails; the system tells of it once."""
    real, left = os.fsync, [1]

    def fsync(file: int) -> None:
        if left and part in str(Path(f"/proc/self/fd/{file}").readlink()):
            left.clear()
            fails()
        real(file)

    monkeypatch.setattr(os, "fsync", fsync)


def refused(owner: Owner, name: str = "refused", count: int = 1) -> str:
    with pytest.raises(Unavailable) as caught:
        commit(owner, name, count=count)
    return caught.value.code


def test_a_flush_that_fails_when_the_log_turns_takes_back_nothing_acknowledged(
    opened: Callable[..., Owner], monkeypatch: Patch
) -> None:
    owner = opened()
    assert [commit(owner, name) for name in "ab"] == [1, 2]
    owner._commits._segment_bytes = 1
    fail_once(monkeypatch, ".log")
    assert refused(owner) == "log-unwritable"
    assert logged(owner.folder) == [1, 2]
    assert refused(owner) == "store-stopped", "a failed flush ends all promises"


def test_a_log_that_cannot_turn_goes_on_in_the_old_file(
    opened: Callable[..., Owner], monkeypatch: Patch
) -> None:
    owner = opened(durable=False)
    commit(owner, "a")
    owner._commits._segment_bytes = 1
    real = os.open
    with monkeypatch.context() as full:
        full.setattr(os, "open", lambda p, *a, **k: fails() if str(p).endswith(".log") else real(p, *a, **k))
        assert refused(owner) == "log-unwritable"
        strange = real(owner.folder / "strange", os.O_RDWR | os.O_CREAT, 0o600)
    assert strange != owner._commits._file
    assert [commit(owner, name) for name in "bc"] == [2, 3]
    assert os.fstat(strange).st_size == 0
    os.close(strange)
    assert [delta.revision for delta in owner.changes(0)] == [1, 2, 3]
    assert len(log_segments(owner.folder / "commits")) == 3


@pytest.mark.parametrize("left", [[0, 1, 3], [0, 1, 1, 2, 3], [0, 1, 2], [1, 2, 3]])
def test_a_number_that_the_log_lacks_or_has_twice_is_told(
    opened: Callable[..., Owner], monkeypatch: Patch, left: list[int]
) -> None:
    owner = opened(durable=False)
    for name in "abcd":
        commit(owner, name)
    path = log_segments(owner.folder / "commits")[0][1]
    raw, found = path.read_bytes(), []
    for frame in frames(path):
        found.append(raw[: frame.size])
        raw = raw[frame.size :]
    path.write_bytes(b"".join(found[number] for number in left))
    monkeypatch.setattr(commitlog.Chained, "fault", lambda *_: "")  # the seals would tell most of it, too
    with pytest.raises(Unavailable) as caught:
        list(owner.changes(0))
    assert caught.value.code == "log-damaged"


def test_a_half_written_frame_that_cannot_be_taken_back_ends_the_log(
    opened: Callable[..., Owner], monkeypatch: Patch
) -> None:
    owner = opened()
    commit(owner, "a")

    def half(file: int, data: bytes) -> None:
        os.write(file, bytes(data)[:50])
        fails()

    with monkeypatch.context() as broken:
        broken.setattr(commitlog, "write_all", half)
        broken.setattr(os, "ftruncate", fails)
        assert refused(owner) == "log-unwritable"
    assert refused(owner) == "store-stopped", "nothing is acknowledged behind bytes that are no frame"
    assert owner.revision == 1


def test_a_gap_is_never_written_behind_torn_bytes(opened: Callable[..., Owner], tmp_path: Path) -> None:
    owner = opened()
    commit(owner, "a")
    owner.close()
    store = shutil.copytree(owner.folder / "store", tmp_path / "store")
    path = log_segments(owner.folder / "commits")[0][1]
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    owner = opened()
    assert [commit(owner, name) for name in "bc"] == [2, 3]
    assert logged(owner.folder) == [1, 2, 3]
    assert [delta.revision for delta in owner.changes(1)] == [2, 3]
    left = cut(owner, tmp_path / "cut", store)
    again = opened(left)
    assert [len(again.triples(graph_of(name))) for name in "abc"] == [1, 1, 1]
    again.close()
    said = [problem.reason for problem in verify(left).problems]
    assert any(".torn" in reason for reason in said)
    aside = left / "commits" / "0000000000000001.1.torn"
    assert aside.read_bytes() == raw, "what was there is kept"


@pytest.mark.parametrize("part", ["/ledger/segments/", "/commits/"])
def test_a_flush_that_fails_at_the_clock_ends_all_promises(
    opened: Callable[..., Owner], monkeypatch: Patch, part: str
) -> None:
    owner = opened()
    commit(owner, "a")
    owner.ledger._checkpoint_every = 0
    if part == "/commits/":
        owner._commits._writes += 1
    fail_once(monkeypatch, part)
    with pytest.raises(OSError, match="Input/output"):
        owner.ledger.tick()
    assert refused(owner) == "store-stopped"
    with pytest.raises(Unavailable):
        owner.ledger.append("answer", {"run": "urn:run:1"})


def test_a_large_commit_waits_for_one_that_the_store_could_not_take(
    opened: Callable[..., Owner], monkeypatch: Patch
) -> None:
    monkeypatch.setattr(lasting, "BEHIND", 10)
    owner = opened()
    commit(owner, "a")
    with monkeypatch.context() as waiting:
        waiting.setattr(owner._lasting, "settle", lambda: None)
        commit(owner, "b")
    monkeypatch.setattr(owner._quads, "write", fails)
    assert refused(owner, "large", 20) == "store-unwritable"
    assert owner._quads.number()[0] == 1, "the store is whole up to its number"
    owner.close()
    again = opened()
    assert [len(again.triples(graph_of(name))) for name in ("a", "b", "large")] == [1, 1, 20]


@pytest.mark.parametrize("count", [90, 96, 99, 100, 101])
def test_no_commit_goes_in_as_files_before_its_frame_is_flushed(
    opened: Callable[..., Owner], monkeypatch: Patch, count: int
) -> None:
    """The catalog's own lines count, too."""
    monkeypatch.setattr(quadstore, "BULK", 100)
    owner = opened(durable=False)
    lags: list[float] = []

    class Watched:
        def __init__(self, store: Any):
            self.store = store

        def __getattr__(self, name: str) -> Any:
            if name in ("bulk_extend", "bulk_load"):
                lags.append(owner._commits.lag())
            return getattr(self.store, name)

    real = owner._quads._store
    owner._quads._store = Watched(real)  # type: ignore[assignment]
    commit(owner, "large", count=count)
    owner._quads._store = real
    assert set(lags) <= {0.0}
    assert lags or count < 100


def test_no_catalog_is_left_of_what_could_not_be_flushed(
    opened: Callable[..., Owner], monkeypatch: Patch
) -> None:
    owner = opened()
    commit(owner, "a")
    sizes = (owner._commits._end, owner.ledger._end)
    fail_once(monkeypatch, ".log")
    assert refused(owner) == "flush-failed"
    owner.close()
    assert not (owner.folder / "catalog").exists()
    for name, size in zip(("commits/*.log", "ledger/segments/*.jsonl"), sizes, strict=True):
        os.truncate(next(owner.folder.glob(name)), size)  # what the disk has
    again = opened()
    assert graph_of("refused") not in again._catalog.graphs
    assert commit(again, "refused") == 2


def test_no_catalog_is_left_when_a_part_does_not_close(
    opened: Callable[..., Owner], monkeypatch: Patch
) -> None:
    owner = opened(durable=False)
    commit(owner, "a")
    monkeypatch.setattr(owner._sheets, "close", fails)
    owner.close()
    assert not (owner.folder / "catalog").exists()


@pytest.mark.parametrize("error", [RuntimeError("corruption"), MemoryError(), KeyboardInterrupt()])
def test_whatever_ends_the_write_to_the_store_no_number_is_given_twice(
    opened: Callable[..., Owner], monkeypatch: Patch, error: BaseException
) -> None:
    owner = opened(durable=False)
    commit(owner, "a")

    def ends(*_: Any) -> None:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(owner._quads, "apply", ends)
        with pytest.raises((Unavailable, KeyboardInterrupt)):
            commit(owner, "b")
    assert refused(owner) == "store-stopped"
    assert logged(owner.folder) == [1, 2]
    owner.close()
    again = opened()
    assert (again.revision, len(again.triples(graph_of("b")))) == (2, 1)


def test_what_fails_before_the_store_is_reached_gives_no_number_twice(
    opened: Callable[..., Owner], monkeypatch: Patch
) -> None:
    owner = opened(durable=False)
    commit(owner, "a")
    with monkeypatch.context() as broken:
        broken.setattr(owner._catalog, "change", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            commit(owner, "b")
    assert refused(owner) == "store-stopped"
    assert logged(owner.folder) == [1, 2]


def test_a_flush_between_frame_and_entry_does_not_acknowledge_the_commit(
    opened: Callable[..., Owner], monkeypatch: Patch
) -> None:
    owner = opened()
    commit(owner, "a")
    real = owner._write_ledger

    def between(*arguments: Any) -> None:
        owner._lasting._flushes.settle()
        real(*arguments)

    monkeypatch.setattr(owner, "_write_ledger", between)
    commit(owner, "b")
    assert owner.ledger.flushed == owner.ledger.size
    assert QuadStore.number(owner._quads)[0] == 2, "and the store has it"


def test_the_flusher_outlives_errors_of_the_engine(tmp_path: Path, monkeypatch: Patch) -> None:
    monkeypatch.setattr(lasting, "FLUSH_EVERY", 0.01)
    owner = Owner(tmp_path, durable=True)
    failed, went_on = threading.Event(), threading.Event()

    def broken() -> None:
        failed.set()
        raise RuntimeError("corruption")

    real = owner._quads.reopen
    monkeypatch.setattr(owner._quads, "reopen", lambda: (real(), went_on.set()))
    monkeypatch.setattr(owner._quads, "flush", broken)
    commit(owner, "a")
    assert failed.wait(10)
    assert went_on.wait(10), "the store is opened anew"
    monkeypatch.undo()
    assert owner._lasting._thread.is_alive()
    owner.close()


def test_in_mode_fast_the_store_is_not_flushed_past_its_log(tmp_path: Path, monkeypatch: Patch) -> None:
    monkeypatch.setattr(lasting, "FLUSH_EVERY", 0.01)
    owner = Owner(tmp_path)
    flushed: list[int] = []
    monkeypatch.setattr(owner._quads, "flush", lambda: flushed.append(owner.revision))
    ticked = threading.Event()
    monkeypatch.setattr(owner.ledger, "tick", lambda: ticked.set() if owner._commits.lag() == 0 else None)
    commit(owner, "a")
    ticked.clear()
    assert ticked.wait(10)
    assert flushed == []
    monkeypatch.undo()
    owner.close()


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("the engine")])
def test_who_waits_for_an_interrupted_flush_is_not_told_that_it_was_done(error: BaseException) -> None:
    begun, go, tries, done = threading.Event(), threading.Event(), list[int](), list[int]()

    def flush() -> None:
        begun.set()
        assert go.wait(10)
        tries.append(len(tries) + 1)
        if len(tries) == 2:
            raise error
        done.append(len(tries))

    flushes, told = Flushes(flush), list[str]()

    def wait() -> None:
        try:
            flushes.settle()
            told.append(f"flush {done[-1]}")
        except BaseException as raised:
            told.append(type(raised).__name__)

    threads = [threading.Thread(target=wait) for _ in range(3)]
    threads[0].start()
    assert begun.wait(10)
    for thread in threads[1:]:  # both wait for the second flush
        thread.start()
    while len(flushes._turn._waiters) < 2:  # type: ignore[attr-defined]
        time.sleep(0.001)
    go.set()
    for thread in threads:
        thread.join(10)
    assert sorted(told) in (
        sorted([type(error).__name__, "flush 1", "flush 3"]),
        sorted([type(error).__name__, "flush 3", "flush 3"]),  # the first was told late
    )
    assert not flushes.is_broken


def test_a_writer_that_is_interrupted_while_it_waits_lets_readers_in(
    request: pytest.FixtureRequest,
) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    lock, inside, go, read = StateLock(), threading.Event(), threading.Event(), threading.Event()

    def hold() -> None:
        with lock.shared():
            inside.set()
            assert go.wait(10)

    def look() -> None:
        with lock.shared():
            read.set()

    holder, reader = threading.Thread(target=hold), threading.Thread(target=look, daemon=True)
    holder.start()
    assert inside.wait(10)
    threading.Timer(0.05, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt), lock.exclusive():
        pass
    reader.start()
    assert read.wait(10)
    go.set()
    holder.join()
