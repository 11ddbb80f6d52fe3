"""Watching: what has come to rest, and folders that are not the ones they were."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ambit.ingest.watch import SETTLE, Watch


@pytest.fixture
def watch() -> Iterator[Watch]:
    found = Watch(lambda: None)
    found.start()
    yield found
    found.stop()


def test_a_file_that_still_changes_has_not_settled(tmp_path: Path, watch: Watch) -> None:
    path = tmp_path / "a.md"
    path.write_text("half")
    watch.arm(path, SETTLE)
    path.write_text("whole, at last")
    time.sleep(SETTLE * 1.5)
    assert watch.settled() == {}
    time.sleep(SETTLE * 1.5)
    assert watch.settled() == {path: False}
    assert watch.due() is None


def test_a_folder_made_again_is_another_one(tmp_path: Path, watch: Watch) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    assert watch.follow([folder]) == [folder]
    assert watch.follow([folder]) == []
    folder.rename(tmp_path / "away")
    folder.mkdir()
    assert watch.follow([folder]) == [folder]
    (folder / "x").write_text("x")
    began = time.monotonic()
    while watch.due() is None:
        assert time.monotonic() - began < 5
        time.sleep(0.01)
    folder.joinpath("x").unlink()
    folder.rmdir()
    assert watch.follow([folder]) == [folder]
    assert watch.follow([]) == []
