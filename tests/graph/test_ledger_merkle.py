"""The tree hashes of RFC 9162."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambit.graph.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    tree_hash,
)

# the test vectors of certificate-transparency's reference tree: eight inputs and the roots they lead to
INPUTS = [bytes.fromhex(h) for h in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_roots_are_those_of_the_reference_tree() -> None:
    frontier = Frontier()
    assert frontier.root() == EMPTY_ROOT
    for data, root in zip(INPUTS, ROOTS, strict=True):
        frontier.append(leaf_hash(data))
        assert frontier.root().hex() == root


@given(st.integers(1, 70), st.data())
def test_frontier_and_proofs_agree_with_the_definition(size: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(bytes([n])) for n in range(size)]
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    root = tree_hash(leaves)
    assert frontier.root() == root
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, leaves)
    assert is_included(leaves[index], index, size, proof, root)
    assert not is_included(leaf_hash(b"another"), index, size, proof, root)
    assert not is_included(leaves[index], index, size, [*proof, root], root)
    first = data.draw(st.integers(1, size))
    proof = consistency_proof(first, leaves)
    assert is_consistent(first, size, tree_hash(leaves[:first]), root, proof)
    assert not is_consistent(first, size, leaf_hash(b"another"), root, proof)


def test_a_frontier_refuses_roots_that_do_not_fit_its_size() -> None:
    with pytest.raises(ValueError, match="sub-trees"):
        Frontier(3, [b""])
