"""What may be asked of a ledger: heads, entries, proofs, as the doors and the command line give them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..graph.errors import Invalid, NotFound
from ..graph.ledger.heads import Head
from ..graph.ledger.leaves import Leaves

COUNT = 1_000
"""Entries that one answer may hold."""
BYTES = 4_000_000
"""Bytes of entries after which an answer ends."""


@dataclass(frozen=True, slots=True)
class Audit:
    """The ledger that somebody may read; `sign` makes a head of a size and a root."""

    origin: str
    leaves: Leaves
    sign: Callable[[str, int, bytes], Head]

    def head(self, size: int | None) -> Head:
        """The signed head of the first `size` entries, or of all."""
        size = self._size("size", size)
        return self.sign(self.origin, size, self.leaves.root(size))

    def lines(self, start: int, count: int) -> Iterator[bytes]:
        """The exact bytes of entries from number `start` on, each with a line's end; fewer where they are long."""
        if not 1 <= count <= COUNT:
            raise unfit("`count` does not fit", f"ask for 1 to {COUNT} entries")
        given = 0
        for body in self.leaves.bodies(range(start, min(start + count, self.leaves.size))):
            given += len(body) + 1
            if given > BYTES and given > len(body) + 1:
                return
            yield body + b"\n"

    def inclusion(self, run: str | None, index: int | None, size: int | None) -> dict[str, Any]:
        """That a run's entries, or the one at an index, are in the tree of the first `size`.

        Raises `NotFound` where that tree has none, whoever's it is.
        """
        size = self._size("size", size)
        found = self.leaves.numbers_of(run) if run is not None else [index or 0]
        proved = [(place, *self.leaves.inclusion(place, size)) for place in found if place < size]
        if not proved:
            raise NotFound("there is no such entry in your ledger at that size")
        entries = [
            {"index": place, "entry": body.decode(), "proof": [part.hex() for part in proof]}
            for place, body, proof in proved
        ]
        return self._said({"size": size, "entries": entries}, size)

    def consistency(self, first: int, second: int | None) -> dict[str, Any]:
        """That the tree of the first entries is the start of that of `second`, or of all."""
        second = self._size("to", second)
        if not 1 <= first <= second:
            raise unfit("`from` does not fit", f"ask from 1 to {second}, the size to which it is proved")
        proof = [part.hex() for part in self.leaves.consistency(first, second)]
        return self._said({"from": first, "to": second, "proof": proof}, second)

    def _said(self, proved: dict[str, Any], size: int) -> dict[str, Any]:
        return {"origin": self.origin, **proved, "checkpoint": self.head(size).note().decode()}

    def _size(self, name: str, size: int | None) -> int:
        if size is not None and size > self.leaves.size:
            raise unfit(f"`{name}` does not fit", f"your ledger has {self.leaves.size} entries")
        return self.leaves.size if size is None else size


def unfit(message: str, hint: str) -> Invalid:
    """The refusal of a question that does not fit."""
    return Invalid(message, code="invalid-argument", hint=hint)
