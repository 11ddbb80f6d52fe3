"""Sets of quads held against each other without keeping them: a sum of hashes for each graph."""

import hashlib

_MODULUS = 1 << 256


class Sums:
    """For each graph the sum of the hashes of its quads: two sets are equal when their sums are.

    Adding and taking out work in any order and need no memory of the quads (a multiset hash modulo 2^256).
    """

    def __init__(self) -> None:
        self.graphs: dict[str, int] = {}
        self.count = 0

    def add(self, nquads: bytes, sign: int = 1) -> None:
        """Takes in (`sign` 1) or out (-1) the quads of N-Quads that we wrote: one form for each quad."""
        lines = nquads.splitlines()
        self.count += sign * len(lines)
        for line in lines:
            graph = graph_of(line)
            one = int.from_bytes(hashlib.sha256(line).digest(), "big") * sign
            total = (self.graphs.get(graph, 0) + one) % _MODULUS
            if total:
                self.graphs[graph] = total
            else:
                self.graphs.pop(graph, None)


def graph_of(line: bytes) -> str:
    """The graph of a line of N-Quads that we wrote."""
    return line[line.rindex(b"<") + 1 : line.rindex(b">")].decode()
