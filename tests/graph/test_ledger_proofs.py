"""Proofs from stored hashes against those from whole lists of leaves, and what is kept beside closed segments."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ambit.graph.errors import Unavailable
from ambit.graph.ledger.files import LedgerFiles
from ambit.graph.ledger.leaves import whole
from ambit.graph.ledger.ledger import Ledger
from ambit.graph.ledger.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    tree_hash,
)
from ambit.graph.ledger.proofs import HASH, Tree, stored_before
from ambit.graph.ledger.segments import segments


def leaves_of(size: int) -> list[bytes]:
    return [leaf_hash(b"%d" % n) for n in range(size)]


def stored(leaves: list[bytes]) -> tuple[Tree, list[tuple[int, int]]]:
    """A tree over leaves, and the reads that are asked of it."""
    nodes, reads = bytearray(), list[tuple[int, int]]()
    Frontier().extend(leaves, nodes)

    def read(leaf: int, level: int) -> bytes:
        reads.append((leaf, level))
        at = (stored_before(leaf) + level) * HASH
        return bytes(nodes[at : at + HASH])

    return Tree(len(leaves), read), reads


@pytest.mark.parametrize("size", range(1, 34))
def test_every_proof_of_small_trees_is_that_of_the_definition(size: int) -> None:
    leaves = leaves_of(size)
    tree, _ = stored(leaves)
    for end in range(1, size + 1):
        assert tree.root(end) == tree_hash(leaves[:end])
        for index in range(end):
            assert tree.inclusion(index, end) == inclusion_proof(index, leaves[:end])
        for first in range(1, end + 1):
            assert tree.consistency(first, end) == consistency_proof(first, leaves[:end])


@given(st.integers(1, 3_000), st.data())
@settings(max_examples=60, deadline=None)
def test_proofs_of_any_tree_are_those_of_the_definition_and_read_few_hashes(
    size: int, data: st.DataObject
) -> None:
    leaves = leaves_of(size)
    tree, reads = stored(leaves)
    end = data.draw(st.integers(1, size))
    index, first = data.draw(st.integers(0, end - 1)), data.draw(st.integers(1, end))
    assert tree.inclusion(index, end) == inclusion_proof(index, leaves[:end])
    assert tree.consistency(first, end) == consistency_proof(first, leaves[:end])
    assert len(reads) <= 4 * end.bit_length()
    assert tree.frontier().root() == tree_hash(leaves)


@given(st.lists(st.integers(0, 40), max_size=8))
@settings(deadline=None)
def test_a_frontier_takes_leaves_in_groups_as_it_takes_them_singly(groups: list[int]) -> None:
    leaves = leaves_of(sum(groups))
    single, grouped, noted = Frontier(), Frontier(), Frontier()
    start, nodes = 0, bytearray()
    for count in groups:
        part = leaves[start : start + count]
        start += count
        for leaf in part:
            single.append(leaf)
        grouped.absorb(part)
        noted.extend(part, nodes)
        assert single.roots == grouped.roots == noted.roots
    assert len(nodes) == stored_before(start) * HASH


@pytest.mark.parametrize("size", [0, 4, 7])
def test_what_the_tree_never_held_has_no_proof(size: int) -> None:
    tree, _ = stored(leaves_of(size))
    for index, end in ((size, size), (-1, size), (0, size + 1)):
        with pytest.raises(ValueError, match="index"):
            tree.inclusion(index, end)
    for first, end in ((0, size), (size, size - 1), (size + 1, size + 1)):
        with pytest.raises(ValueError, match="neither empty nor larger"):
            tree.consistency(first, end)


def open_ledger(folder: Path) -> Ledger:
    return Ledger(folder / "ledger", folder / "keys", segment_size=10)


def fill(ledger: Ledger, count: int) -> None:
    for number in range(ledger.size, ledger.size + count):
        ledger.append("request", {"run": f"urn:ambit:run:{number:04d}"})


def leaves_in(folder: Path) -> list[bytes]:
    lines = [line for _, path in segments(folder / "ledger") for line in path.read_bytes().splitlines()]
    return [leaf_hash(line[65:]) for line in lines]


def check(ledger: LedgerFiles, folder: Path) -> None:
    leaves = leaves_in(folder)
    tree = ledger.tree()
    assert tree.size == len(leaves)
    for size in range(1, len(leaves) + 1, 3):
        root = tree_hash(leaves[:size])
        assert tree.root(size) == root
        for index in range(0, size, 5):
            assert is_included(leaves[index], index, size, tree.inclusion(index, size), root)
        for first in range(1, size + 1, 4):
            proof = tree.consistency(first, size)
            assert is_consistent(first, size, tree_hash(leaves[:first]), root, proof)


def test_a_ledger_proves_its_entries_across_segments_and_starts(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    for count in (1, 9, 14, 13):
        fill(ledger, count)
        check(ledger, tmp_path)
    check(LedgerFiles.read(tmp_path / "ledger"), tmp_path)  # beside it
    ledger.close()
    ledger = open_ledger(tmp_path)
    fill(ledger, 6)
    check(ledger, tmp_path)
    ledger.close()


@pytest.mark.parametrize("harm", ["missing", "short", "all", "unwritable"])
def test_an_index_that_is_gone_is_made_anew(tmp_path: Path, harm: str) -> None:
    ledger = open_ledger(tmp_path)
    fill(ledger, 47)
    ledger.close()
    (tmp_path / "ledger" / "index" / f"{40:016d}.nodes").unlink()  # of the segment that is not closed
    files = sorted((tmp_path / "ledger" / "index").iterdir())
    assert [path.name for path in files][:2] == ["0000000000000000.nodes", "0000000000000000.offsets"]
    was = {path: path.read_bytes() for path in files}
    for path in files if harm in ("all", "unwritable") else files[2:4]:
        path.write_bytes(b"x" * 7) if harm == "short" else path.unlink()
    if harm == "unwritable":
        files[0].parent.rmdir()
        files[0].parent.write_text("a file where the folder would be")
    ledger = open_ledger(tmp_path)
    check(ledger, tmp_path)
    assert list(ledger.bodies([3, 12, 13, 46])) == [
        line[65:]
        for number, line in enumerate(
            line for _, path in segments(tmp_path / "ledger") for line in path.read_bytes().splitlines()
        )
        if number in (3, 12, 13, 46)
    ]
    ledger.close()
    if harm != "unwritable":
        assert {path: path.read_bytes() for path in files} == was


def test_bodies_and_runs_are_found_in_all_segments(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    fill(ledger, 25)
    ledger.append("answer", {"run": "urn:ambit:run:0003", "handed": ["urn:" + "x" * 1_500] * 50})
    assert ledger.numbers_of("urn:ambit:run:0003") == [3, 25]
    assert ledger.numbers_of("urn:ambit:run:0024") == [24]
    assert ledger.numbers_of("urn:ambit:run:9") == []
    (body,) = ledger.bodies([25])
    assert leaf_hash(body) == ledger.tree().leaf(25)
    ledger.close()


def test_an_entry_that_was_changed_is_not_given(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    fill(ledger, 25)
    _, path = segments(tmp_path / "ledger")[0]
    path.write_bytes(path.read_bytes().replace(b"run:0004", b"run:0005"))
    with pytest.raises(Unavailable, match="entry 4 does not match its hash"):
        list(ledger.bodies([3, 4]))
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))
    ledger.forget_index()
    with pytest.raises(Unavailable, match="9 entries stand where 10 were written"):
        ledger.tree().root(10)
    ledger.close()


def test_what_is_kept_beside_segments_is_believed_only_where_it_leads_to_the_head(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ambit.graph.ledger.files.MEND_EVERY", 0.0)
    ledger = open_ledger(tmp_path)
    fill(ledger, 47)
    leaves = whole(ledger, 47)
    proofs = [leaves.consistency(size, 47) for size in range(1, 47)]
    earlier = [leaves.consistency(size, 41) for size in range(1, 42)]
    included = [leaves.inclusion(index, 47) for index in range(47)]
    kept = sorted((tmp_path / "ledger" / "index").glob("*.nodes"))
    for path in kept:
        data = path.read_bytes()
        for at in range(0, len(data), 32):
            path.write_bytes(data[:at] + bytes(32) + data[at + 32 :])
            index = at // 64 % 46
            assert leaves.inclusion(index, 47) == included[index]
            assert leaves.consistency(index + 1, 47) == proofs[index]
            assert leaves.consistency(index % 40 + 1, 41) == earlier[index % 40]
            path.write_bytes(data)
    for path in sorted((tmp_path / "ledger" / "index").glob("*.offsets")):
        data = path.read_bytes()
        for shift in (1, 2, 200):
            path.write_bytes(
                data[:32] + (int.from_bytes(data[32:40], "little") + shift).to_bytes(8, "little") + data[40:]
            )
            assert leaves.inclusion(int(path.stem) + 4, 47) == included[int(path.stem) + 4]
    _, segment = segments(tmp_path / "ledger")[1]
    lines = segment.read_bytes().splitlines(keepends=True)
    segment.write_bytes(b"".join([*lines[:2], lines[3], *lines[3:]]))  # and now the segment itself
    ledger.forget_index()
    with pytest.raises(Unavailable, match="does not lead to the head"):
        leaves.consistency(11, 47)
    ledger.close()


def test_entries_that_belong_together_stand_together(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    fill(ledger, 3)
    assert ledger.append_many([("step", {"run": f"urn:{n}"}) for n in range(4)]) == 3
    assert ledger.append_many([]) == -1
    assert [e.fields["run"] for e in ledger.entries(3)] == [f"urn:{n}" for n in range(4)]
    with pytest.raises(ValueError, match="never texts"):
        ledger.append_many([("step", {"run": "urn:ok"}), ("step", {"run": "not a name"})])
    assert ledger.size == 7
    ledger.close()
