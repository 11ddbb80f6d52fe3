"""The catalog's copy comes to the catalog in the store, and counts for nothing where anything has changed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store
from storeworld import SOURCE, change, label, record, triple

from ambit.graph.store.catalog import Catalog
from ambit.graph.store.catalogfile import CatalogFile
from ambit.graph.store.lines import joint_quad
from ambit.graph.store.owner import Owner
from ambit.graph.store.quadstore import CATALOG, QuadStore
from ambit.graph.words import Change, Hints, Record, RecordGraph, Role

HINTS = Hints(
    SOURCE, "urn:open", frozenset({"urn:eu"}), frozenset({"DE", "FR"}), frozenset({"urn:a", "urn:b"})
)


def filled(data: Path) -> Owner:
    owner = Owner(data)
    owner.commit(change(record("one", [triple("a")], label("a")), record("two", [triple("b")], None)))
    graphs = (
        RecordGraph("urn:x#é", frozenset({triple("c")}), HINTS, Role.DATA, label("b")),
        RecordGraph("urn:ambit:inferred:x", frozenset({triple("d")}), None, Role.INFERRED, label("b")),
    )
    owner.commit(
        Change(
            (Record("urn:x", SOURCE, graphs, "digest", "file:7"), Record("urn:bad", SOURCE, quarantined=True))
        )
    )
    owner.commit(change(record("one", [triple("z")], label("a"))))
    return owner


def state(catalog: Catalog) -> dict[str, object]:
    held = {name: value for name, value in vars(catalog).items() if name not in ("_alike", "joints")}
    held["joints"] = dict(catalog.joints.known())
    return held | {"order": {name: set(value) for name, value in held.items() if isinstance(value, dict)}}


def opened(data: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, object], bool]:
    """The catalog of a start, and whether the store was read for it."""
    read: list[str] = []
    quads = QuadStore.quads
    with monkeypatch.context() as watched:
        watched.setattr(QuadStore, "quads", lambda self, graph: (read.append(graph), quads(self, graph))[1])
        owner = Owner(data)
        found = state(owner._catalog)
    owner.close()
    return found, CATALOG.value in read


def test_a_start_takes_the_copy_and_has_the_same_catalog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = filled(tmp_path)
    expected = state(owner._catalog)
    owner.close()
    assert opened(tmp_path, monkeypatch) == (expected, False)
    (tmp_path / "catalog").unlink()
    assert opened(tmp_path, monkeypatch) == (expected, True)


def test_after_a_kill_the_store_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path).close()
    owner = Owner(tmp_path)
    assert not (tmp_path / "catalog").exists(), "what is no more true of a running server is not there"
    owner.close()


def _flip(data: Path) -> None:
    file = data / "catalog"
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes(raw)


def _swap_key(data: Path) -> None:
    (data / "keys" / "ledger.key").unlink()


def _write_past_the_owner(data: Path) -> None:
    store = Store(str(data / "store"))
    store.add(Quad(NamedNode("urn:q"), NamedNode("urn:p"), Literal("1"), NamedNode("urn:g")))
    store.flush()


@pytest.mark.parametrize("damage", [_flip, _swap_key, _write_past_the_owner])
def test_what_does_not_fit_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None]
) -> None:
    owner = filled(tmp_path)
    expected = state(owner._catalog)
    owner.close()
    damage(tmp_path)
    assert opened(tmp_path, monkeypatch) == (expected, True)


def test_a_copy_from_before_a_recovered_commit_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log has a commit that the store lacks: the copy is of the store without it."""
    owner = filled(tmp_path)
    owner.close()
    copy = (tmp_path / "catalog").read_bytes()
    owner = Owner(tmp_path)
    monkeypatch.setattr(owner, "_write_store", lambda logged: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        owner.commit(change(record("late", [triple("late")], label("a"))))
    owner._broken = "killed"
    owner.close()
    assert not (tmp_path / "catalog").exists()
    (tmp_path / "catalog").write_bytes(copy)
    found, read = opened(tmp_path, monkeypatch)
    assert read
    assert f"{SOURCE}/late" in found["records"]  # type: ignore[operator]


def test_a_copy_at_other_numbers_is_not_taken(tmp_path: Path) -> None:
    owner = filled(tmp_path)
    numbers = [owner.revision, owner.policy_revision, owner.projected()]
    owner.close()
    copy = (tmp_path / "catalog").read_bytes()
    key = owner.ledger._key.private_bytes_raw()
    assert not CatalogFile(tmp_path, key).take(Catalog(), [numbers[0] + 1, *numbers[1:]])
    (tmp_path / "catalog").write_bytes(copy)
    assert CatalogFile(tmp_path, key).take(Catalog(), numbers)


def test_joints_are_in_the_copy(tmp_path: Path) -> None:
    catalog = Catalog()
    catalog.change((), [joint_quad("urn:ambit:joint:1", ["urn:c1", "urn:c2"])])
    CatalogFile(tmp_path, b"key").leave(catalog, [1, 0, 0])
    other = Catalog()
    assert CatalogFile(tmp_path, b"key").take(other, [1, 0, 0])
    assert other.joints.members("urn:ambit:joint:1") == {"urn:c1", "urn:c2"}
    assert other.joints.covered(frozenset({"urn:c1", "urn:c2"})) >= {"urn:ambit:joint:1"}
