"""`verify` names what was changed, wherever it was."""

import errno
import os
import shutil
import subprocess
import sys
from itertools import accumulate
from pathlib import Path

import pytest
from pyoxigraph import Store
from storeworld import SOURCE, change, graph_of, label, record, triple
from tamperingstory import ambit_verify

from ambit.graph.errors import Invalid, Unavailable
from ambit.graph.ledger.notes import Notes
from ambit.graph.ledger.segments import segments
from ambit.graph.store.commitlog import frames, log_segments
from ambit.graph.store.owner import Owner
from ambit.graph.store.past import frames_until
from ambit.graph.store.verify import verify
from ambit.graph.terms import NamedNode, Quad

KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, os.getcwd())
from storeworld import change, label, record, triple
from ambit.graph.store.owner import Owner
Owner(Path(sys.argv[1])).commit(change(record("r", [triple("z")], label("a"))))
os._exit(0)
"""
"""A process that commits and ends without closing anything."""


def fill(folder: Path, values: str = "123") -> None:
    owner = Owner(folder)
    for value in values:
        owner.commit(change(record("r", [triple("x", value), triple("y")], label("a"))))
        owner.ledger.append("request", {"run": f"urn:run:{value}"})
    owner.close()


def test_a_clean_folder_has_no_problems(tmp_path: Path) -> None:
    fill(tmp_path)
    found = verify(tmp_path)
    assert (found.problems, found.entries, found.revision, found.graphs, found.live) == ((), 6, 3, 2, False)


def files_of(folder: Path) -> dict[str, bytes]:
    files = (p for p in folder.rglob("*") if p.is_file() and p.name != "lock")  # which says who holds it
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


@pytest.mark.parametrize("killed", [False, True])
def test_nothing_is_changed_by_being_looked_at(tmp_path: Path, killed: bool) -> None:
    folder = tmp_path / "data"
    fill(folder)
    if killed:  # what the last commit wrote stands in the engine's log alone
        subprocess.run([sys.executable, "-c", KILLED, str(folder)], check=True, cwd=Path(__file__).parent)
    before = files_of(folder)
    found = verify(folder)
    assert (found.problems, found.interrupted, found.revision) == ((), (), 4 if killed else 3)
    assert files_of(folder) == before
    shutil.rmtree(folder / "store")
    found = verify(folder)
    assert found.problems == () and len(found.interrupted) == found.revision
    assert not (folder / "store").exists()


def test_beside_a_running_server_ledger_and_log_are_read(tmp_path: Path) -> None:
    fill(tmp_path)
    owner = Owner(tmp_path)
    owner.commit(change(record("r", [triple("z")], label("a"))))
    found = verify(tmp_path)
    assert (found.problems, found.revision, found.live) == ((), 4, True)
    owner.close()


def make_read_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a read-only mount, for root, too."""
    opened = os.open

    def refuse(path: str | Path, flags: int, *rest: int) -> int:
        if flags & (os.O_RDWR | os.O_WRONLY | os.O_CREAT) and Path(path).is_relative_to(folder):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return opened(path, flags, *rest)

    monkeypatch.setattr(os, "open", refuse)


@pytest.mark.parametrize("locked", [False, True])
def test_a_folder_that_cannot_be_written_is_no_running_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    fill(tmp_path)
    owner = Owner(tmp_path) if locked else None  # beside the mount
    make_read_only(tmp_path, monkeypatch)
    found = verify(tmp_path)
    monkeypatch.undo()
    assert (found.problems, found.warnings) == ((), ())
    assert (found.live, found.graphs) == ((True, 0) if owner else (False, 2))
    if owner:
        owner.close()


def test_where_no_lock_can_be_taken_the_store_is_read_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path)
    (tmp_path / "lock").unlink()
    make_read_only(tmp_path, monkeypatch)
    found = verify(tmp_path)
    assert (found.problems, found.live, found.graphs) == ((), False, 2)
    assert [w.record for w in found.warnings] == ["folder"]
    store = tmp_path / "store"
    monkeypatch.undo()
    smuggle(store, graph_of("r"))
    make_read_only(tmp_path, monkeypatch)
    assert [p.record for p in verify(tmp_path).problems] == [f"graph {graph_of('r')}"]


def smuggle(folder: Path, graph: str) -> None:
    """Puts a quad into the store past the owner."""
    store, quad = Store(str(folder)), triple("smuggled")
    store.add(Quad(quad.subject, quad.predicate, quad.object, NamedNode(graph)))
    store.flush()
    del store


@pytest.mark.parametrize("place", range(0, 2000, 37))
def test_every_flipped_byte_of_the_log_is_found(tmp_path: Path, place: int) -> None:
    fill(tmp_path)
    ((_, path),) = log_segments(tmp_path / "commits")
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    assert verify(tmp_path).problems[0].record.startswith("commit ")


def test_a_length_that_no_file_has_is_found(tmp_path: Path) -> None:
    """The highest byte of the length of the second frame's body."""
    fill(tmp_path)
    ((_, path),) = log_segments(tmp_path / "commits")
    data = bytearray(path.read_bytes())
    first = next(frames(path)).size
    data[first + 15] = 0xFF
    path.write_bytes(data)
    assert "commit 2" in {problem.record for problem in verify(tmp_path).problems}


def places(folder: Path) -> list[int]:
    """Where each frame of the only file of a log begins."""
    ((_, path),) = log_segments(folder / "commits")
    return [0, *accumulate(stored.size for stored in frames(path))]


@pytest.mark.parametrize("within", [0, 40, 100, -1])
@pytest.mark.parametrize("behind", [False, True])
def test_a_damaged_frame_is_told_once_and_what_stands_behind_it_is_read(
    tmp_path: Path, within: int, behind: bool
) -> None:
    fill(tmp_path, "123456")
    ((_, path),) = log_segments(tmp_path / "commits")
    begin = places(tmp_path)
    flip(path, begin[2] + within if within >= 0 else begin[3] + within)
    if behind:
        flip(path, begin[5] - 1)
    found = verify(tmp_path)
    wanted = ["commit 3", "commit 5"] if behind else ["commit 3"]
    assert [p.record for p in found.problems] == [*wanted, "store"]
    assert ("no frame begins" if within == 0 else "checksum") in found.problems[0].reason
    assert (found.revision, found.graphs) == (6, 2)


def test_a_frame_whose_length_is_damaged_is_told_with_what_cannot_be_read_behind_it(tmp_path: Path) -> None:
    fill(tmp_path, "123456")
    ((_, path),) = log_segments(tmp_path / "commits")
    flip(path, places(tmp_path)[2] + 4)
    found = verify(tmp_path)
    assert [p.record for p in found.problems] == ["commit 3", "store"]
    assert found.problems[0].reason.endswith("; of commits 3 to 6 nothing can be read")
    owner = Owner(tmp_path)  # which goes on behind a gap
    owner.commit(change(record("r", [triple("z")], label("a"))))
    assert verify(tmp_path).problems  # beside it, too
    owner.close()
    said = [(p.record, p.reason) for p in verify(tmp_path).problems]
    assert [record for record, _ in said] == ["commit 3", "commit 6"] and "3 to 6" in said[0][1]


def test_each_start_on_a_log_that_lost_the_past_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fill(tmp_path, "123456")
    ((_, path),) = log_segments(tmp_path / "commits")
    whole = path.read_bytes()
    assert Owner(tmp_path).close() is None and not caplog.records
    flip(path, places(tmp_path)[2] + 100)
    for _ in range(2):
        owner = Owner(tmp_path)
        owner.commit(change(record("r", [triple("z")], label("a"))))
        owner.close()
        (said,) = caplog.records
        assert said.levelname == "WARNING" and path.name in said.message and "backup" in said.message
        assert [(file, error.code) for file, error in owner.damage] == [(path, "log-damaged")]
        caplog.clear()
    assert path.read_bytes() != whole


def test_the_command_names_what_is_wrong_with_a_log_that_lost_the_past(tmp_path: Path) -> None:
    fill(tmp_path / "data", "123456")
    ((_, path),) = log_segments(tmp_path / "data" / "commits")
    flip(path, places(tmp_path / "data")[2] + 100)
    Owner(tmp_path / "data").close()
    status, said = ambit_verify(tmp_path, kept=False)
    assert status == 1 and said.startswith("commit 3: the frame does not match its checksum")


def test_no_past_is_told_from_around_a_frame_that_is_damaged(tmp_path: Path) -> None:
    fill(tmp_path, "123456")
    ((_, path),) = log_segments(tmp_path / "commits")
    begin, whole = places(tmp_path), path.read_bytes()
    path.write_bytes(whole[: begin[3]])
    path.with_name(f"{4:016d}.log").write_bytes(whole[begin[3] :])
    assert len(list(frames_until(tmp_path / "commits"))) == 6
    flip(path, begin[1] + 100)
    with pytest.raises(Unavailable) as caught:
        list(frames_until(tmp_path / "commits"))
    assert caught.value.code == "log-damaged"
    assert [p.record for p in verify(tmp_path).problems] == ["commit 2", "store"]


def test_a_damaged_frame_that_was_neither_signed_nor_stored_is_what_a_power_cut_leaves(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    fill(folder)
    shutil.copytree(folder, tmp_path / "before")
    begin = places(folder)[-1]
    owner = Owner(folder)
    for value in "45":
        owner.commit(change(record("r", [triple("x", value)], label("a"))))
    owner.close()
    for name in ("store", "ledger/checkpoints.jsonl"):
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(tmp_path / "before" / "store", folder / "store")
    shutil.copy(tmp_path / "before" / "ledger" / "checkpoints.jsonl", folder / "ledger")
    ((_, path),) = log_segments(folder / "commits")
    flip(path, begin + 100)
    found = verify(folder)
    assert found.problems == () and "checksum" in found.interrupted[0].reason
    Owner(folder).close()
    found = verify(folder)
    assert (found.problems, found.interrupted) == ((), ())


def test_a_note_that_was_changed_is_named_and_one_that_was_purged_is_no_problem(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    for text in "abcd":
        owner.ledger.append("request", {"run": f"urn:run:{text}"}, {"query": f"SELECT {text}"})
    names = [str(entry.fields["note"]) for entry in owner.ledger.entries()]
    (path,) = (tmp_path / "ledger" / "notes").iterdir()
    owner.ledger.notes.purge(path.stem, [names[0]])
    owner.close()
    assert verify(tmp_path).problems == ()
    whole = path.read_bytes()
    second = whole.index(b"\n") + 1
    for place in range(second, whole.index(b"\n", second)):
        flip(path, place)
        assert [(p.record, p.reason[:6]) for p in verify(tmp_path).problems] == [
            (f"notes {path.name}", "line 2")
        ]
        assert set(Notes(path.parent).of_day(path.stem)) == {names[1], names[3]}
        path.write_bytes(whole)
    for cut in (1, 2, 40):  # as a kill cuts it short
        path.write_bytes(whole[:-cut])
        assert verify(tmp_path).problems == ()
    path.write_bytes(whole[:-1].replace(b"SELECT d", b"SELECT x"))
    assert [p.reason[:6] for p in verify(tmp_path).problems] == ["line 3"], "a whole note, and another one"
    path.write_bytes(whole[:-1])
    flip(path, second)
    Notes(path.parent).purge(path.stem, [names[2]])
    assert [names[1].encode() in line for line in path.read_bytes().splitlines()] == [True]


def test_a_flipped_byte_of_the_ledger_names_the_record(tmp_path: Path) -> None:
    fill(tmp_path)
    ((_, path),) = segments(tmp_path / "ledger")
    lines = path.read_bytes().splitlines(keepends=True)
    lines[3] = lines[3].replace(b"urn:run:2", b"urn:run:7")
    path.write_bytes(b"".join(lines))
    assert [p.record for p in verify(tmp_path).problems] == ["ledger 3"]


def test_a_log_written_anew_is_not_the_one_the_ledger_speaks_of(tmp_path: Path) -> None:
    fill(tmp_path / "one")
    fill(tmp_path / "other")
    ((_, path),) = log_segments(tmp_path / "one" / "commits")
    ((_, other),) = log_segments(tmp_path / "other" / "commits")
    path.write_bytes(other.read_bytes())
    reasons = [p.reason for p in verify(tmp_path / "one").problems]
    assert sum("ledger entry" in reason for reason in reasons) == 3
    assert sum("not sealed with this folder's key" in reason for reason in reasons) == 3


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (graph_of("r"), "does not hold what the commit log says"),
        ("https://example.org/smuggled", "not in the catalog"),
    ],
)
def test_a_quad_put_into_the_store_past_the_owner_is_found(tmp_path: Path, graph: str, expected: str) -> None:
    fill(tmp_path)
    smuggle(tmp_path / "store", graph)
    problems = verify(tmp_path).problems
    assert {p.record for p in problems} == {f"graph {graph}"}
    assert any(expected in p.reason for p in problems)


def test_another_compartment_in_the_catalog_is_found(tmp_path: Path) -> None:
    fill(tmp_path)
    store = Store(str(tmp_path / "store"))
    (line,) = store.quads_for_pattern(
        NamedNode(f"{SOURCE}/r"), NamedNode("urn:ambit:catalog:single"), None, None
    )
    store.remove(line)
    from ambit.graph.terms import Literal

    assert isinstance(line.object, Literal)
    moved = Literal(
        line.object.value.replace('"in":"urn:ambit:compartment:', '"in":"urn:ambit:compartment:0')
    )
    store.add(Quad(line.subject, line.predicate, moved, line.graph_name))
    store.flush()
    del store
    assert [p.record for p in verify(tmp_path).problems] == ["graph urn:ambit:catalog"]


def test_a_commit_that_waits_hides_nothing_else(tmp_path: Path) -> None:
    fill(tmp_path)
    kept = {p: p.read_bytes() for p in sorted((tmp_path / "store").iterdir()) if p.is_file()}
    owner = Owner(tmp_path)
    owner.commit(change(record("r", [triple("z")], label("a"))))
    owner.close()
    for path in (tmp_path / "store").iterdir():
        path.unlink()
    for path, data in kept.items():  # the store as it was before the last commit
        path.write_bytes(data)
    found = verify(tmp_path)
    assert (found.problems, [p.record for p in found.interrupted]) == ((), ["commit 4"])
    smuggle(tmp_path / "store", graph_of("r"))
    assert [p.record for p in verify(tmp_path).problems] == [f"graph {graph_of('r')}"]


@pytest.mark.parametrize("cut", [1, 5, 60])
def test_a_last_line_cut_short_is_no_problem_and_a_changed_line_end_is(tmp_path: Path, cut: int) -> None:
    fill(tmp_path)
    ((_, path),) = segments(tmp_path / "ledger")
    whole = path.read_bytes()
    checkpoints = tmp_path / "ledger" / "checkpoints.jsonl"
    checkpoints.write_bytes(b"")  # what a signature covers is missed, however it went
    path.write_bytes(whole[:-1] + b"x")
    assert [p.record for p in verify(tmp_path).problems] == ["ledger 5"]
    path.write_bytes(whole + whole.splitlines(keepends=True)[-1][:-cut])
    found = verify(tmp_path)
    assert (found.problems, [p.record for p in found.interrupted]) == ((), ["ledger 6"])


def flip(path: Path, place: int) -> None:
    """Changes one bit of a file."""
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def test_a_store_whose_files_are_damaged_is_named_and_all_else_is_read(tmp_path: Path) -> None:
    fill(tmp_path / "whole")
    files = [*(tmp_path / "whole" / "store").glob("*.sst"), *(tmp_path / "whole" / "store").glob("MANIFEST*")]
    assert len(files) > 5
    for file in files:
        folder = Path(shutil.copytree(tmp_path / "whole", tmp_path / file.name))
        (folder / "catalog").unlink()
        flip(folder / "store" / file.name, 20)
        found = verify(folder)
        assert {p.record for p in found.problems} == {"store"}
        assert all("cannot be" in p.reason and "orruption" in p.reason for p in found.problems)
        assert (found.entries, found.revision) == (6, 3)


def test_a_key_that_is_none_is_named_by_verify_and_refused_at_start(tmp_path: Path) -> None:
    fill(tmp_path / "whole")
    file = tmp_path / "whole" / "keys" / "ledger.key"
    whole = file.read_bytes()
    named = 0
    changed = {bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]) for at in range(0, len(whole), 7)}
    for data in (b"", whole[:60], *sorted(changed)):
        file.write_bytes(data)
        found = verify(tmp_path / "whole")
        # a changed byte may leave the key what it was, such as one of the line's end
        assert {p.record for p in found.problems} <= {"keys"} and len(found.problems) <= 1
        assert (found.entries, found.revision, found.graphs) == (6, 3, 2)
        if found.problems:
            with pytest.raises(Unavailable) as caught:
                Owner(tmp_path / "whole")
            assert caught.value.code == "ledger-key"
            named += 1
    assert named > 10


def test_a_graph_in_a_damaged_file_is_named_and_the_others_are_compared(tmp_path: Path) -> None:
    owner = Owner(tmp_path / "whole")
    records = [record(f"r{n}", [triple(f"x{n}", str(n) * 2_000)], label("a")) for n in range(20)]
    owner.commit(change(*records))
    owner.close()
    smuggle(tmp_path / "whole" / "store", graph_of("r0"))
    found: list[set[str]] = []
    for file in (tmp_path / "whole" / "store").glob("*.sst"):
        folder = Path(shutil.copytree(tmp_path / "whole", tmp_path / file.name))
        flip(folder / "store" / file.name, file.stat().st_size // 3)
        found.append({p.record for p in verify(folder).problems})
    assert {"store", f"graph {graph_of('r0')}"} in found and all("store" in records for records in found)


def test_a_start_on_a_damaged_store_is_refused_by_name_and_goes_well_without_it(tmp_path: Path) -> None:
    fill(tmp_path / "whole")
    refused = 0
    for file in (tmp_path / "whole" / "store").glob("*.sst"):
        folder = Path(shutil.copytree(tmp_path / "whole", tmp_path / file.name))
        (folder / "catalog").unlink()
        flip(folder / "store" / file.name, 20)
        try:
            Owner(folder).close()
        except Unavailable as error:
            assert error.code == "store-unreadable" and str(tmp_path) not in error.message.partition(":")[2]
            refused += 1
            shutil.rmtree(folder / "store")  # as the page of the code says
            Owner(folder).close()
            assert verify(folder).problems == ()
    assert refused


def test_a_folder_that_holds_no_data_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        verify(tmp_path)
    assert caught.value.code == "no-data" and "serve it once" in caught.value.hint
