"""Watching: what has come to rest, and folders that are not the ones they were."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from watchdog.events import FileMovedEvent

from ambit.ingest import watch as watching
from ambit.ingest.watch import SETTLE, Watch, _Handler, signature


@pytest.fixture
def watch() -> Iterator[Watch]:
    found = Watch(lambda: None)
    found.start()
    yield found
    found.stop()


def test_a_file_that_still_changes_has_not_settled(tmp_path: Path, watch: Watch) -> None:
    path = tmp_path / "a.md"
    path.write_text("half")
    watch.arm(path, wait=SETTLE)
    path.write_text("whole, at last")
    time.sleep(SETTLE * 1.5)
    assert watch.settled() == {}
    time.sleep(SETTLE * 1.5)
    assert watch.settled() == {path: False}
    assert watch.due() is None


def test_the_two_ends_of_a_move_come_to_rest_together(
    tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it takes to look at the second."""
    before, after = tmp_path / "a.md", tmp_path / "b.md"
    after.write_text("moved")
    monkeypatch.setattr(watching, "signature", lambda path: time.sleep(0.03) or signature(path))
    _Handler(watch).on_any_event(FileMovedEvent(str(before), str(after)))
    began = time.monotonic()
    while not (found := watch.settled()):
        assert time.monotonic() - began < 5
        time.sleep(0.001)
    assert found == {before: False, after: False}


def until_settled(watch: Watch) -> dict[Path, bool]:
    began = time.monotonic()
    while not (found := watch.settled()):
        assert time.monotonic() - began < 5
        time.sleep(0.001)
    return found


def test_what_is_saved_together_is_given_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long one of them takes, within patience; what lies elsewhere waits for nothing."""
    rules, pages = tmp_path / "rules", tmp_path / "pages"
    one, other, page = rules / "permit.rq", rules / "below" / "deny.rq", pages / "a.md"
    watch = Watch(lambda: None, [rules])
    watch.arm(other, wait=60)
    watch.arm(one, page, wait=SETTLE)
    assert until_settled(watch) == {page: False}
    time.sleep(watching.QUIET * 1.5)
    assert watch.settled() == {}
    watch.arm(other, wait=SETTLE)
    assert until_settled(watch) == {one: False, other: False}
    assert watch.due() is None
    monkeypatch.setattr(watching, "PATIENCE", 0.05)
    watch.arm(other, wait=60)
    watch.arm(one, wait=SETTLE)
    assert until_settled(watch) == {one: False}


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
