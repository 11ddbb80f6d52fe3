"""A frame of the commit log counts only where the holder of the ledger's key put it."""

import hashlib
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from storeworld import change, graph_of, label, record, triple

from ambit.graph.errors import Unavailable
from ambit.graph.ledger.seals import NOTHING, Seals, seals_of
from ambit.graph.ledger.segments import segments
from ambit.graph.store.commitlog import frames, log_segments
from ambit.graph.store.logged import Frame, Kind, Logged, Stored, decode, encode, written
from ambit.graph.store.owner import Owner
from ambit.graph.store.recovery import commit_fields
from ambit.graph.store.verify import verify


def fill(folder: Path, values: str = "123") -> None:
    owner = Owner(folder)
    for value in values:
        owner.commit(change(record("r", [triple("x", value)], label("a"))))
    owner.close()


def log_of(folder: Path) -> Path:
    ((_, path),) = log_segments(folder / "commits")
    return path


def stored(folder: Path) -> list[Stored]:
    return list(frames(log_of(folder)))


def forged(folder: Path) -> Frame:
    """A commit that nobody made: the last one with another value."""
    last = stored(folder)[-1]
    header = orjson.loads(last.header)
    body = last.body.replace(b'"3"', b'"9"').replace(b'"2"', b'"3"')
    offset = 0
    for part in header["parts"]:
        part["hash"] = hashlib.sha256(body[offset : offset + part["size"]]).hexdigest()
        offset += part["size"]
    header["revision"] += 1
    text = orjson.dumps(header, option=orjson.OPT_SORT_KEYS)
    return Frame(hashlib.sha256(text).hexdigest(), text, body)


def unsealed(frame: Frame) -> bytes:
    """As the first release wrote frames."""
    header = orjson.loads(frame.header)
    header.pop("form", None)
    text = orjson.dumps(header, option=orjson.OPT_SORT_KEYS)
    data = text + frame.body
    return struct.pack("<4sIQI", b"ACL1", len(text), len(frame.body), zlib.crc32(data)) + data


def with_another_key(folder: Path) -> bytes:
    frame, previous = forged(folder), stored(folder)[-1].seal
    seal = Seals(Ed25519PrivateKey.generate()).seal(previous, frame.header)
    return b"".join(written(frame, previous, seal))


def with_an_old_seal(folder: Path) -> bytes:
    last = stored(folder)[-1]
    return b"".join(written(forged(folder), last.previous, last.seal))


def without_a_seal(folder: Path) -> bytes:
    return unsealed(forged(folder))


def of_another_branch(folder: Path) -> bytes:
    """A genuine frame of the same key and number, which stood behind another one."""
    branch = folder.with_name("branch")
    shutil.copytree(folder, branch)
    fill(branch, "45")
    return b"".join(written(Frame("", *stored(branch)[-1][:2]), *stored(branch)[-1][2:]))


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (with_another_key, "not sealed with this folder's key"),
        (with_an_old_seal, "not sealed with this folder's key"),
        (without_a_seal, "it has no seal"),
        (of_another_branch, "not written behind"),
    ],
)
@pytest.mark.parametrize("entered", [False, True])
def test_a_commit_that_somebody_else_put_at_the_end_is_refused(
    tmp_path: Path, forge: Callable[[Path], bytes], reason: str, entered: bool
) -> None:
    folder = tmp_path / "data"
    fill(folder)
    before = log_of(folder).read_bytes()
    data = forge(folder)
    log_of(folder).write_bytes(before + data)
    if entered:  # whoever writes the log can write the ledger's end, which is not signed yet
        from ambit.graph.ledger.ledger import Ledger

        ledger = Ledger(folder / "ledger", folder / "keys")
        ledger.append("commit", commit_fields(decode(stored(folder)[-1]), forged(folder).digest))
        ledger.close()
    with pytest.raises(Unavailable, match=reason) as caught:
        Owner(folder)
    assert caught.value.code == "log-forged"
    assert "ambit verify" in caught.value.hint
    found = verify(folder).problems
    assert any(p.record.startswith("commit ") and reason in p.reason for p in found)
    if not entered:
        log_of(folder).write_bytes(before)
        assert verify(folder).problems == ()
        owner = Owner(folder)
        assert owner.triples(graph_of("r")) == [triple("x", "3")]
        owner.close()


def test_frames_cannot_change_places_nor_be_left_out(tmp_path: Path) -> None:
    fill(tmp_path)
    whole = [b"".join(written(Frame("", s.header, s.body), s.previous, s.seal)) for s in stored(tmp_path)]
    for order in ((0, 2, 1), (0, 2), (1, 2)):
        log_of(tmp_path).write_bytes(b"".join(whole[n] for n in order))
        reasons = [p.reason for p in verify(tmp_path).problems]
        assert "it was not written behind the one that stands before it" in reasons
    log_of(tmp_path).write_bytes(b"".join(whole))
    assert verify(tmp_path).problems == ()


def test_a_sealed_frame_cannot_pass_for_one_of_the_first_release(tmp_path: Path) -> None:
    fill(tmp_path, "1")
    only = stored(tmp_path)[0]
    data = only.header + only.body  # the ledger knows the hash of this header
    prefix = struct.pack("<4sIQI", b"ACL1", len(only.header), len(only.body), zlib.crc32(data))
    log_of(tmp_path).write_bytes(prefix + data)
    assert [p.reason for p in verify(tmp_path).problems] == ["it has no seal"]


def old_folder(folder: Path, *, entered: int = 3) -> None:
    """Turns a folder into one of the first release, with a log without seals and its ledger's entries."""
    fill(folder)
    from ambit.graph.ledger.ledger import Ledger

    old = [unsealed(Frame("", s.header, s.body)) for s in stored(folder)]
    log_of(folder).write_bytes(b"".join(old))
    shutil.rmtree(folder / "ledger")
    ledger = Ledger(folder / "ledger", folder / "keys")
    for logged in [decode(s) for s in stored(folder)][:entered]:
        ledger.append("commit", commit_fields(logged, logged.digest))
    ledger.close()


def test_a_folder_of_the_first_release_opens_goes_on_and_verifies(tmp_path: Path) -> None:
    old_folder(tmp_path)
    assert verify(tmp_path).problems == ()
    shutil.rmtree(tmp_path / "store")  # so that the log is applied from its beginning
    fill(tmp_path, "45")
    assert [bool(s.seal) for s in stored(tmp_path)] == [False] * 3 + [True] * 2
    assert stored(tmp_path)[3].previous == NOTHING
    assert verify(tmp_path).problems == ()


def test_without_seal_and_ledger_entry_nothing_is_believed(tmp_path: Path) -> None:
    old_folder(tmp_path, entered=2)
    shutil.rmtree(tmp_path / "store")
    assert [p.record for p in verify(tmp_path).problems] == ["commit 3"]
    with pytest.raises(Unavailable) as caught:
        Owner(tmp_path)
    assert caught.value.code == "log-forged"


def test_without_the_key_verify_says_that_seals_were_not_checked(tmp_path: Path) -> None:
    fill(tmp_path)
    (tmp_path / "keys" / "ledger.key").unlink()
    assert [p.record for p in verify(tmp_path).problems] == ["keys"]


def test_a_seal_covers_the_header_and_what_was_before(tmp_path: Path) -> None:
    seals = seals_of(tmp_path)
    header = encode(Logged(1, 0, Kind.GAP)).header
    seal = seals.seal(NOTHING, header)
    assert seals.fits(seal, NOTHING, header)
    assert not seals.fits(seal, seal, header)
    assert not seals.fits(seal, NOTHING, header + b" ")
    assert seals_of(tmp_path).fits(seal, NOTHING, header)
    assert segments(tmp_path) == []
