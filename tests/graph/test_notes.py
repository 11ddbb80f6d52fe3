"""Notes that are taken back, and what a power cut leaves of them: never a text, nor what looks like tampering."""

import os
import random
from pathlib import Path

import pytest

from ambit.graph.ledger.ledger import Ledger
from ambit.graph.ledger.notes import RECENT, Notes, changed_notes

DAY = "2026-03-01"
SECTOR = 512
"""Bytes that a disk writes whole or not at all."""


class Written:
    """What is written into a file of notes, in order; None where it is flushed."""

    def __init__(self, patch: pytest.MonkeyPatch, path: Path):
        self.ops: list[tuple[int, bytes] | None] = []
        self._path, self._write, self._fsync = path, os.write, os.fsync
        patch.setattr(os, "write", self.write)
        patch.setattr(os, "fsync", self.fsync)

    def _is_it(self, file: int) -> bool:
        return Path(f"/proc/self/fd/{file}").readlink() == self._path

    def write(self, file: int, data: bytes) -> int:
        if self._is_it(file):
            self.ops.append((os.lseek(file, 0, os.SEEK_CUR), bytes(data)))
        return self._write(file, data)

    def fsync(self, file: int) -> None:
        if self._is_it(file):
            self.ops.append(None)
        self._fsync(file)

    def cut(self, whole: bytes, chance: random.Random) -> bytes:
        """What is left of `whole` when power goes at some time: what was flushed, and some sectors of the rest."""
        ops = self.ops[: chance.randint(0, len(self.ops))]
        flushed = max((n for n, op in enumerate(ops, 1) if op is None), default=0)
        left = bytearray(whole)
        for op in filter(None, ops[:flushed]):
            left[op[0] : op[0] + len(op[1])] = op[1]
        after = bytearray(left)
        for op in filter(None, ops[flushed:]):
            after[op[0] : op[0] + len(op[1])] = op[1]
        odds = chance.random()
        for start in range(0, len(left), SECTOR):
            if chance.random() < odds:
                left[start : start + SECTOR] = after[start : start + SECTOR]
        return bytes(left)


def put(notes: Notes, *lengths: int) -> list[str]:
    return notes.put_many(DAY, [{"query": "SELECT " + "{ ?s ?p 'x' } " * length} for length in lengths])


def test_what_a_power_cut_leaves_of_a_note_that_is_taken_back_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes, file = Notes(tmp_path / "notes"), tmp_path / "notes" / f"{DAY}.jsonl"
    names = put(notes, 3, 200, 1, 90, 3, 300)
    whole, chance = file.read_bytes(), random.Random(7)
    with monkeypatch.context() as patch:
        written = Written(patch, file)
        notes.take_back(DAY, names[1:5])
    assert notes.of_day(DAY).keys() == {names[0], names[5]} and file.stat().st_size == len(whole)
    partly = 0
    for number in range(150):
        ledger = tmp_path / f"cut{number}" / "ledger"
        (ledger / "notes").mkdir(parents=True)
        left = ledger / "notes" / file.name
        left.write_bytes(written.cut(whole, chance))
        assert list(changed_notes(left.parent)) == []
        there = Notes(left.parent).of_day(DAY)
        partly += sum(bool(line.strip()) for line in left.read_bytes().splitlines()) > len(there)
        started = Ledger(ledger, ledger.parent / "keys")
        assert started.notes.of_day(DAY) == there and {names[0], names[5]} <= there.keys() <= {*names}
        started.close()
        lines = left.read_bytes().splitlines(keepends=True)
        assert len(lines) == 6 and sum(bool(line.strip()) for line in lines) == len(there)
        assert list(changed_notes(left.parent)) == []
    assert partly > 40


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace(b"SELECT", b"DELETE"),
        lambda line: b" " + line.replace(b"SELECT", b"DELETE"),
        lambda line: line.replace(b"SELECT", b"      "),
        lambda line: line[:-600] + b" " * 599 + b"\n",
        lambda line: b"x" + line[1:],
    ],
    ids=["another word", "behind a blank", "a word less", "without its end", "without its brace"],
)
def test_a_note_that_was_changed_is_told_and_left_as_it_is(tmp_path: Path, change: object) -> None:
    notes = Notes(tmp_path / "ledger" / "notes")
    put(notes, 3, 100, 3)
    file = tmp_path / "ledger" / "notes" / f"{DAY}.jsonl"
    first, second, third = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(first + change(second) + third)  # type: ignore[operator]
    before = file.read_bytes()
    for _ in range(2):
        assert list(changed_notes(file.parent)) == [(file.name, 2)]
        Ledger(tmp_path / "ledger", tmp_path / "keys").close()
        assert file.read_bytes() == before


def test_of_a_long_file_the_end_alone_is_looked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the first line there, of which the beginning is not read, is not taken for one that begins with a blank."""
    monkeypatch.setattr("ambit.graph.ledger.notes.RECENT", 2_000)
    assert RECENT > 2_000
    notes, file = Notes(tmp_path), tmp_path / f"{DAY}.jsonl"
    put(notes, 600, 100)
    first, second = file.read_bytes().splitlines(keepends=True)
    for left in (first + b" " + second[1:], b" " + second[1:] + first):
        for inner in range(20):  # wherever the end begins
            file.write_bytes(left + b"\n" * inner)
            Notes(tmp_path).finish_blanking()
            blank = b" " * (len(second) - 1) + b"\n"
            assert (
                file.read_bytes()
                == left.replace(b" " + second[1:], blank if left.startswith(first) else b" " + second[1:])
                + b"\n" * inner
            )
