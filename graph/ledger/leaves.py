"""A ledger as somebody may read it, up to a size: entries as exact bytes, roots, proofs that were checked."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from .files import LedgerFiles
from .index import damaged
from .merkle import is_consistent, is_included, leaf_hash
from .proofs import Tree

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Leaves:
    """The first `size` entries of a ledger. Every method raises `Unavailable` where it is damaged.

    `anchor` is the tree as it is known without what was stored for it: size and root. `mend` has what was
    stored made anew; it is called once where a proof does not hold.
    """

    size: int
    tree: Tree
    anchor: tuple[int, bytes]
    bodies: Callable[[Sequence[int]], Iterator[bytes]]
    numbers_of: Callable[[str], Sequence[int]]
    mend: Callable[[], None]

    def root(self, size: int) -> bytes:
        """The tree hash of the first `size` entries, the start of the tree that is known."""

        def root() -> bytes | None:
            found, (end, whole) = self.tree.root(size), self.anchor
            if size == 0 or (size == end and found == whole):
                return found
            proof = self.tree.consistency(size, end) if size < end else []
            return found if is_consistent(size, end, found, whole, proof) else None

        return self._sure(root)

    def inclusion(self, index: int, size: int) -> tuple[bytes, list[bytes]]:
        """An entry's bytes, and the proof that it is in the tree of the first `size`; `ValueError` where it is not."""
        root = self.root(size)
        (body,) = self.bodies([index])

        def proof() -> list[bytes] | None:
            found = self.tree.inclusion(index, size)
            return found if is_included(leaf_hash(body), index, size, found, root) else None

        return body, self._sure(proof)

    def consistency(self, first: int, size: int) -> list[bytes]:
        """The proof that the tree of `first` entries is the start of that of `size`; `ValueError` where it is not."""
        roots = self.root(first), self.root(size)

        def proof() -> list[bytes] | None:
            found = self.tree.consistency(first, size)
            return found if is_consistent(first, size, *roots, found) else None

        return self._sure(proof)

    def _sure(self, make: Callable[[], T | None]) -> T:
        found = make()
        if found is None:
            self.mend()
            found = make()
        if found is None:
            raise damaged("a proof does not lead to the head that is known")
        return found


def whole(ledger: LedgerFiles, size: int) -> Leaves:
    """All entries, up to the first `size`."""
    frontier = ledger.frontier()
    tree = Tree(frontier.size, ledger.tree().read)
    return Leaves(
        size,
        tree,
        (frontier.size, frontier.root()),
        ledger.bodies,
        lambda run: [number for number in ledger.numbers_of(run) if number < size],
        ledger.forget_index,
    )
