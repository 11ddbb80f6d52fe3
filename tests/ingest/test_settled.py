"""A file is read as one save left it, or not at all."""

import os
import time
from pathlib import Path

import pytest

from ambit.graph.errors import SourceInvalid, TooLarge
from ambit.ingest import settled
from ambit.ingest.settled import Unsettled, read_settled
from ambit.ingest.watch import CREATED


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "o.ttl"
    path.write_text("whole")
    return path


def test_who_writes_is_waited_for_however_long_it_pauses(file: Path) -> None:
    assert read_settled(file, 10) == b"whole"
    for mode in ("r+", "a", "w"):
        with file.open(mode):
            with pytest.raises(Unsettled):
                read_settled(file, 10)
            with file.open() as reader:  # who reads does not matter
                reader.read()
    with file.open(), pytest.raises(FileNotFoundError):
        read_settled(file.with_name("none"), 10)


def test_a_writer_that_comes_while_it_is_read_waits(file: Path) -> None:
    handle = os.open(file, os.O_RDONLY)
    assert settled._lease(handle)
    with pytest.raises(BlockingIOError):
        os.open(file, os.O_WRONLY | os.O_NONBLOCK)
    os.close(handle)
    os.close(os.open(file, os.O_WRONLY | os.O_NONBLOCK))


def test_what_changes_while_it_is_read_is_not_taken(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def grow(handle: int) -> bool:
        with file.open("a") as writer:
            writer.write("more")
        return True

    def swap(handle: int) -> bool:
        other = file.with_name("other")
        other.write_text("other")
        other.replace(file)
        return True

    for meanwhile in (grow, swap):
        monkeypatch.setattr(settled, "_lease", meanwhile)
        with pytest.raises(Unsettled):
            read_settled(file, 10)


def test_without_leases_a_file_has_to_stand_still(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("fcntl.F_SETLEASE")
    os.utime(file, (0, 0))  # the time that is set is of no account
    with pytest.raises(Unsettled):
        read_settled(file, 10)
    time.sleep(CREATED * 1.5)
    assert read_settled(file, 10) == b"whole"


def test_what_is_too_large_or_no_file_is_refused(file: Path) -> None:
    with pytest.raises(TooLarge):
        read_settled(file, 4)
    with pytest.raises(SourceInvalid, match="no regular file"):
        read_settled(file.parent, 4)
