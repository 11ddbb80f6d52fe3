"""The ledger: grouped appends, what a kill leaves, and what a changed byte shows."""

import errno
import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from ambit.graph.errors import Unavailable
from ambit.graph.ledger.checkpoints import public_key, read_checkpoints, signing_key
from ambit.graph.ledger.ledger import Ledger
from ambit.graph.ledger.merkle import leaf_hash, tree_hash
from ambit.graph.ledger.notes import Notes, changed_notes
from ambit.graph.ledger.segments import segments
from ambit.graph.ledger.tampering import Problem, Reading
from ambit.graph.ledger.turns import Ticket, Turns


def open_ledger(folder: Path, **settings: object) -> Ledger:
    return Ledger(folder / "ledger", folder / "keys", **settings)  # type: ignore[arg-type]


def fill(folder: Path, count: int, **settings: object) -> None:
    ledger = open_ledger(folder, **settings)
    for number in range(count):
        assert ledger.append("request", {"run": f"urn:ambit:run:{number:04d}"}) == number
    ledger.close()


def read(folder: Path) -> Reading:
    reading = Reading(folder / "ledger", folder / "keys")
    for _ in reading:
        pass
    return reading


def problems(folder: Path) -> list[Problem]:
    return read(folder).problems


def test_entries_come_back_in_order_and_from_any_number(tmp_path: Path) -> None:
    fill(tmp_path, 25, segment_size=10)
    ledger = open_ledger(tmp_path, segment_size=10)
    assert ledger.append("answer", {"status": 200}) == 25
    for since in (0, 9, 10, 17, 24, 25, 26):
        assert [e.number for e in ledger.entries(since)] == list(range(since, 26))
    assert next(iter(ledger.entries(25))).fields == {"status": 200}
    ledger.close()
    assert len(segments(tmp_path / "ledger")) == 3
    assert problems(tmp_path) == []


def test_the_head_is_the_tree_hash_of_the_lines(tmp_path: Path) -> None:
    fill(tmp_path, 23, segment_size=10)
    leaves = [
        leaf_hash(line[65:])
        for _, path in segments(tmp_path / "ledger")
        for line in path.read_bytes().splitlines()
    ]
    ledger = open_ledger(tmp_path, segment_size=10)
    assert ledger.head() == (23, tree_hash(leaves).hex())
    ledger.close()


@pytest.mark.parametrize("durable", [False, True])
def test_threads_share_writes_and_each_gets_its_own_number(tmp_path: Path, durable: bool) -> None:
    ledger = open_ledger(tmp_path, durable=durable, segment_size=50)
    got: dict[int, str] = {}

    def work(name: int) -> None:
        for turn in range(30):
            got[ledger.append("request", {"run": f"urn:{name}:{turn}"})] = f"urn:{name}:{turn}"

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {e.number: e.fields["run"] for e in ledger.entries()} == got
    assert sorted(got) == list(range(240))
    ledger.close()
    assert problems(tmp_path) == []


def test_texts_are_refused_and_notes_stay_outside(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    with pytest.raises(ValueError, match="never texts"):
        ledger.append("request", {"query": "SELECT * WHERE { ?s ?p ?o }"})
    with pytest.raises(ValueError, match="never texts"):
        ledger.append("request", {"deep": [{"name": "Ada Lovelace"}]})
    ledger.append("request", {"run": "urn:r"}, notes={"query": "SELECT the secret"})
    (entry,) = ledger.entries()
    day, note = entry.at[:10], entry.fields["note"]
    assert ledger.notes.of_day(day) == {note: {"query": "SELECT the secret"}}
    for _, path in segments(tmp_path / "ledger"):
        assert b"secret" not in path.read_bytes()
    ledger.notes.purge(day, {note})
    assert ledger.notes.of_day(day) == {}
    ledger.close()
    assert problems(tmp_path) == []


def test_every_flipped_byte_names_the_record_it_stands_in(tmp_path: Path) -> None:
    fill(tmp_path, 12, segment_size=5)
    first = 0
    for _, path in segments(tmp_path / "ledger"):
        data = path.read_bytes()
        for position in range(len(data)):
            changed = bytearray(data)
            changed[position] ^= 0x01
            path.write_bytes(changed)
            record = first + data[:position].count(b"\n")
            assert problems(tmp_path)[0].record == f"ledger {record}", (position, problems(tmp_path))
        path.write_bytes(data)
        first += data.count(b"\n")
    assert problems(tmp_path) == []


def rehash(line: bytes) -> bytes:
    return leaf_hash(line[65:]).hex().encode() + b" " + line[65:]


@pytest.mark.parametrize(
    ("edit", "record"),
    [
        (lambda ls: ls[:3] + ls[4:], "ledger 3"),
        (lambda ls: [*ls[:3], ls[4], ls[3], *ls[5:]], "ledger 3"),
        (lambda ls: ls[:6], "ledger 6"),
        (lambda ls: [*ls[:3], ls[2], *ls[3:]], "ledger 3"),
    ],
    ids=["deleted", "swapped", "truncated", "inserted"],
)
def test_edited_files_name_the_first_bad_record(tmp_path: Path, edit, record: str) -> None:  # type: ignore[no-untyped-def]
    fill(tmp_path, 8)
    ((_, path),) = segments(tmp_path / "ledger")
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join(edit(lines)) + b"\n")
    assert problems(tmp_path)[0].record == record


def test_a_changed_record_with_a_new_hash_is_found_by_the_signed_head(tmp_path: Path) -> None:
    fill(tmp_path, 4)
    fill_more = open_ledger(tmp_path)
    for number in range(4):
        fill_more.append("answer", {"status": number})
    fill_more.close()
    ((_, path),) = segments(tmp_path / "ledger")
    lines = path.read_bytes().splitlines()
    lines[5] = rehash(lines[5].replace(b'"status":1', b'"status":7'))
    path.write_bytes(b"\n".join(lines) + b"\n")
    assert [p.record for p in problems(tmp_path)] == ["ledger 5"]
    nodes = tmp_path / "ledger" / "index" / f"{0:016d}.nodes"
    for kept in (nodes.read_bytes()[::-1], nodes.read_bytes()[:-200], b""):  # which nobody signed
        nodes.write_bytes(kept)
        (problem,) = problems(tmp_path)
        assert problem.record == "ledger 4"
        assert "up to 7" in problem.reason


@pytest.mark.parametrize("changed", [2, 9, 10, 24, 30, 33])
def test_a_changed_record_is_named_in_whichever_segment_it_stands(tmp_path: Path, changed: int) -> None:
    fill(tmp_path, 17, segment_size=10)
    ledger = open_ledger(tmp_path, segment_size=10)
    for number in range(17, 34):
        ledger.append("request", {"run": f"urn:ambit:run:{number:04d}"})
    ledger.close()
    path = segments(tmp_path / "ledger")[changed // 10][1]
    lines = path.read_bytes().splitlines()
    lines[changed % 10] = rehash(lines[changed % 10].replace(b"urn:ambit:run:", b"urn:ambit:rum:"))
    path.write_bytes(b"\n".join(lines) + b"\n")
    assert problems(tmp_path)[0].record == f"ledger {changed}"


def test_a_signature_of_another_key_counts_for_nothing(tmp_path: Path) -> None:
    fill(tmp_path, 4)
    other = tmp_path / "other"
    fill(other, 4)
    (tmp_path / "ledger" / "checkpoints.jsonl").write_bytes(
        (other / "ledger" / "checkpoints.jsonl").read_bytes()
    )
    assert "not signed by our key" in problems(tmp_path)[0].reason


def test_a_checkpoint_kept_elsewhere_shows_a_ledger_rolled_back(tmp_path: Path) -> None:
    fill(tmp_path, 4)
    ((_, path),) = segments(tmp_path / "ledger")
    old = path.read_bytes(), (tmp_path / "ledger" / "checkpoints.jsonl").read_bytes()
    ledger = open_ledger(tmp_path)
    ledger.append("answer", {"status": 200})
    kept = ledger.checkpoint()
    ledger.close()
    path.write_bytes(old[0])
    (tmp_path / "ledger" / "checkpoints.jsonl").write_bytes(old[1])
    assert problems(tmp_path) == []
    reading = Reading(tmp_path / "ledger", tmp_path / "keys", [kept])
    assert list(reading)
    assert reading.problems[0].record == "ledger 4"


def test_a_torn_tail_is_closed_as_aborted(tmp_path: Path) -> None:
    fill(tmp_path, 3)
    ((_, path),) = segments(tmp_path / "ledger")
    with path.open("ab") as file:
        file.write(b"0123456789 torn")
    assert [p.record for p in read(tmp_path).interrupted] == ["ledger 3"]
    ledger = open_ledger(tmp_path)
    assert [e.kind for e in ledger.entries(3)] == ["aborted"]
    ledger.close()
    assert (problems(tmp_path), read(tmp_path).interrupted) == ([], [])


def test_a_failed_write_fails_its_appends_and_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = open_ledger(tmp_path)
    ledger.append("request", {"run": "urn:1"})

    def full(file: int, data: bytes) -> None:
        import os

        os.write(file, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("ambit.graph.ledger.ledger.write_all", full)
        with pytest.raises(Unavailable, match="cannot be written"):
            ledger.append("request", {"run": "urn:2"})
    assert ledger.append("request", {"run": "urn:3"}) == 1
    assert [e.fields["run"] for e in ledger.entries()] == ["urn:1", "urn:3"]
    ledger.close()
    assert problems(tmp_path) == []


def test_a_note_that_a_kill_cut_short_is_not_the_beginning_of_the_next(tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    first = notes.put("2026-11-28", {"query": "ASK {}"})
    with (tmp_path / "2026-11-28.jsonl").open("ab") as file:
        file.write(b'{"name":"x","salt":')
    second = Notes(tmp_path).put("2026-11-28", {"query": "ASK { }"})
    assert Notes(tmp_path).of_day("2026-11-28") == {first: {"query": "ASK {}"}, second: {"query": "ASK { }"}}


def test_the_head_is_signed_when_it_is_old(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, checkpoint_every=0.0)
    ledger.append("request", {"run": "urn:1"})
    ledger.tick()
    ledger.tick()
    checkpoints, wrong = read_checkpoints(tmp_path / "ledger" / "checkpoints.jsonl")
    assert [c.size for c in checkpoints] == [1]
    assert not wrong
    ledger.close()
    with pytest.raises(Unavailable, match="closed"):
        ledger.append("request", {"run": "urn:2"})


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    key = signing_key(tmp_path / "keys")
    again = signing_key(tmp_path / "keys")
    assert key.private_bytes_raw() == again.private_bytes_raw()
    assert (tmp_path / "keys" / "ledger.key").stat().st_mode & 0o077 == 0
    public = public_key(tmp_path / "keys")
    assert public is not None
    assert public.public_bytes_raw() == key.public_key().public_bytes_raw()


class Full:
    """A disk that takes half of the next write to one file and then no more."""

    def __init__(self, patch: pytest.MonkeyPatch, name: str):
        self._write, self._name = os.write, name
        patch.setattr("os.write", self.write)

    def write(self, file: int, data: bytes) -> int:
        if Path(f"/proc/self/fd/{file}").readlink().name != self._name:
            return self._write(file, data)
        self._write(file, bytes(data)[: len(data) // 2])
        raise OSError(errno.ENOSPC, "no space left on device")


@pytest.mark.parametrize("goes_back", [True, False])
def test_a_disk_that_is_full_at_a_signature_spoils_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, goes_back: bool
) -> None:
    ledger = open_ledger(tmp_path)
    heads = tmp_path / "ledger" / "checkpoints.jsonl"
    for number in range(3):
        ledger.append("request", {"run": f"urn:{number}"})
        if number != 1:
            ledger.checkpoint()
            continue
        before = heads.read_bytes()
        with monkeypatch.context() as patch:
            Full(patch, heads.name)
            if not goes_back:
                patch.setattr("os.ftruncate", lambda *a: (_ for _ in ()).throw(OSError(errno.EIO, "no")))
            for _ in range(2):
                with pytest.raises(OSError, match="no"):
                    ledger.checkpoint()
        if goes_back:
            assert heads.read_bytes() == before
        assert ledger.checkpoint().size == 2
    ledger.close()
    checkpoints, wrong = read_checkpoints(heads)
    assert ([c.size for c in checkpoints], wrong) == ([1, 2, 3], [])
    assert problems(tmp_path) == []


def test_heads_that_are_taken_away_are_written_on(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    heads = tmp_path / "ledger" / "checkpoints.jsonl"
    for number in range(2):
        ledger.append("request", {"run": f"urn:{number}"})
        ledger.checkpoint()
        heads.rename(tmp_path / f"kept{number}")
    assert [c.size for n in range(2) for c in read_checkpoints(tmp_path / f"kept{n}")[0]] == [1, 2]
    ledger.close()


@pytest.mark.parametrize("step", ["open", "sync_folder"])
def test_a_segment_that_cannot_be_begun_leaves_the_one_before_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    ledger = open_ledger(tmp_path, segment_size=3)
    for number in range(3):
        ledger.append("request", {"run": f"urn:{number}"})
    opened = os.open

    def refusing(path: object, *rest: int) -> int:
        if str(path).endswith(f"{3:016d}.jsonl"):
            raise OSError(errno.EMFILE, "too many open files")
        return opened(path, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        if step == "open":
            patch.setattr("os.open", refusing)
        else:
            patch.setattr("ambit.graph.ledger.ledger.sync_folder", lambda path: os.close(-1))
        for _ in range(2):
            with pytest.raises(Unavailable):
                ledger.append("request", {"run": "urn:3"})
    stranger = tmp_path / "stranger"
    files = [os.open(stranger, os.O_RDWR | os.O_CREAT) for _ in range(3)]  # such numbers as were free
    assert ledger.append("request", {"run": "urn:3"}) == 3
    ledger.append("request", {"run": "urn:4"})
    for file in files:
        os.close(file)
    assert stranger.read_bytes() == b""
    assert [e.fields["run"] for e in ledger.entries()] == [f"urn:{n}" for n in range(5)]
    ledger.close()
    assert [first for first, _ in segments(tmp_path / "ledger")] == [0, 3]
    assert problems(tmp_path) == []


@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN PUBLIC KEY-----\n"])
def test_a_public_key_that_a_power_cut_took_is_told_and_made_again(
    tmp_path: Path, content: bytes | None
) -> None:
    fill(tmp_path, 2)
    public = tmp_path / "keys" / "ledger.pub"
    said = public.read_bytes()
    public.unlink() if content is None else public.write_bytes(content)
    assert [p.record for p in problems(tmp_path)] == ["ledger checkpoints"]
    fill_on = open_ledger(tmp_path)
    fill_on.append("request", {"run": "urn:2"})
    fill_on.close()
    assert public.read_bytes() == said
    assert problems(tmp_path) == []


@pytest.mark.parametrize("bodies", [(), ((b"request", b"{}"),)])
@pytest.mark.parametrize("handed", [False, True], ids=["while it waits", "as the turn comes"])
def test_who_is_interrupted_while_it_waits_holds_up_nobody(bodies: tuple[object, ...], handed: bool) -> None:
    turns, first, late = Turns(), Ticket(), Ticket(bodies)  # type: ignore[arg-type]
    batch = turns.take(first)

    class Interrupted:
        def acquire(self) -> None:
            if handed:
                turns.give(batch)
            raise KeyboardInterrupt

        def release(self) -> None:
            pass

    late.woken = Interrupted()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        turns.take(late)
    if not handed:
        turns.give(batch)
    done = threading.Thread(target=lambda: turns.give(turns.take(Ticket())), daemon=True)
    done.start()
    done.join(5)
    assert not done.is_alive()
    with turns.alone():
        pass


NOTED = [([("request", {"run": f"urn:{n}"})], {"query": f"SELECT the secret {n}"}) for n in range(3)]


def day_of(ledger: Ledger) -> Path:
    (file,) = (ledger.folder / "notes").glob("*.jsonl")
    return file


@pytest.mark.parametrize("is_purged", [False, True])
def test_no_note_stays_of_what_is_not_entered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_purged: bool
) -> None:
    """Neither of one entry nor of several runs; the notes around them stay."""
    ledger = open_ledger(tmp_path)
    ledger.append("request", {"run": "urn:first"}, notes={"query": "ASK {}"})
    (note,) = ledger.notes.of_day(day_of(ledger).stem)
    put_many = ledger.notes.put_many

    def putting(day: str, texts: Sequence[Mapping[str, str]]) -> list[str]:
        names = put_many(day, texts)
        ledger.notes.purge(day, {"another"})  # writes the file anew: nothing is where it was put
        return names

    with monkeypatch.context() as patch:
        if is_purged:
            ledger.notes.put(day_of(ledger).stem, {"query": "another"})
            patch.setattr(ledger.notes, "put_many", putting)
        Full(patch, "0000000000000000.jsonl")
        for _ in range(2):
            with pytest.raises(Unavailable):
                ledger.append_runs(NOTED)
            with pytest.raises(Unavailable):
                ledger.append("request", {"run": "urn:1"}, notes={"query": "SELECT the secret"})
    with pytest.raises(ValueError, match="texts"):
        ledger.append_runs([*NOTED, ([("request", {"run": "two words"})], {"query": "SELECT the secret"})])
    assert b"secret" not in day_of(ledger).read_bytes()
    assert note in ledger.notes.of_day(day_of(ledger).stem)
    ledger.append_runs(NOTED)
    said = ledger.notes.of_day(day_of(ledger).stem)
    assert all(e.fields["note"] in said for e in ledger.entries() if e.kind == "request")
    assert list(changed_notes(ledger.folder / "notes")) == []
    ledger.close()
    assert problems(tmp_path) == []


def test_what_was_entered_keeps_its_note_where_the_write_failed_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fails amid a write, and again as that is undone: the next start finds entries that are whole."""
    ledger = open_ledger(tmp_path)

    def fails(file: int, data: bytes) -> None:
        os.write(file, data[: data.index(b"\n", data.index(b"\n") + 1) + 5])
        raise OSError(errno.EIO, "input/output error")

    def stays(file: int, size: int) -> None:
        raise OSError(errno.EIO, "input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("ambit.graph.ledger.ledger.write_all", fails)
        patch.setattr("ambit.graph.ledger.ledger.os.ftruncate", stays)
        with pytest.raises(Unavailable):
            ledger.append_runs(NOTED)
    with pytest.raises(Unavailable):
        ledger.append("request", {"run": "urn:1"}, notes={"query": "of nothing that is entered"})
    ledger.close()
    again = open_ledger(tmp_path)
    entered = [entry for entry in again.entries() if entry.kind == "request"]
    said = again.notes.of_day(day_of(again).stem)
    assert [said[str(entry.fields["note"])] for entry in entered] == [texts for _, texts in NOTED[:2]]
    assert b"of nothing" not in day_of(again).read_bytes()
    again.close()


def test_no_note_stays_of_notes_of_which_some_do_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = open_ledger(tmp_path)
    ledger.append("request", {"run": "urn:first"}, notes={"query": "ASK {}"})
    with monkeypatch.context() as patch:
        Full(patch, day_of(ledger).name)
        with pytest.raises(Unavailable):
            ledger.append_runs(NOTED)
    assert b"secret" not in day_of(ledger).read_bytes()
    ledger.append_runs(NOTED)
    assert len(ledger.notes.of_day(day_of(ledger).stem)) == 4
    ledger.close()
