"""Whether the store keeps the same quads in each of its orders.

Oxigraph keeps each quad six times, sorted by `gspo`, `gpos`, `gosp`, `spog`, `posg` and `ospg`, and those of the
default graph three times more (`dspo`, `dpos`, `dosp`). A query reads the order that fits what it binds, so an order
that lost a quad gives wrong answers to some queries alone. `gspo` is what the commit log is held against; here
the others are held against it: `gpos` and `gosp` graph by graph as sets, the rest by sums of keyed hashes. The
default graph's orders are read along with those that they go with, and have to be empty.

What cannot be seen: a quad that one order has alone under a term which stands in no quad of `gspo`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import Unavailable
from ..ledger.tampering import Problem
from ..terms import DefaultGraph, NamedNode, Quad
from .quadstore import QuadStore

_MODULUS = 1 << 64
NAMED = 20
"""Terms that are named one by one of an order that is wrong; of more there is the number."""

_PARTS: tuple[tuple[str, Callable[[Quad], Any], Callable[[Any], tuple[Any, Any, Any]]], ...] = (
    ("spog", lambda q: q.subject, lambda term: (term, None, None)),
    ("posg", lambda q: q.predicate, lambda term: (None, term, None)),
    ("ospg", lambda q: q.object, lambda term: (None, None, term)),
)
"""Orders by name; the term of a quad that they begin with; the pattern that is looked up in them."""


class Orders:
    """Feed it each graph's quads as `gspo` gives them, then ask for `problems`."""

    def __init__(self, quads: QuadStore, progress: Callable[[int], None] = lambda done: None):
        """`progress` is told how many quads have been read."""
        self._quads = quads
        self._progress = progress
        self._terms: tuple[dict[Any, int], ...] = ({}, {}, {})  # what each order begins with, and its sum
        self._problems: list[Problem] = []
        self._unread: dict[str, str] = {}  # orders in damaged files, and what is said of them
        self.read = 0

    def take(self, graph: str, held: list[Quad]) -> None:
        """Holds the two other orders of one graph against its quads."""
        expected, name = set(held), NamedNode(graph)
        for order, predicates, objects in (
            ("gpos", {q.predicate for q in held}, [None]),
            ("gosp", [None], {q.object for q in held}),
        ):
            found: set[Quad] = set()
            with self._reading(order):
                for p in predicates:
                    for o in objects:
                        found.update(self._quads.pattern(None, p, o, name))
            if order in self._unread:
                continue
            self.read += len(found)
            if found != expected:
                self._wrong(order, f"graph {graph}", len(expected - found), len(found - expected))
        for (_, term_of, _), terms in zip(_PARTS, self._terms, strict=True):
            for quad in held:
                term = term_of(quad)
                terms[term] = (terms.get(term, 0) + _hash(quad)) % _MODULUS
        self._progress(self.read)

    def problems(self) -> list[Problem]:
        """What is wrong with any order."""
        self._default()
        for (order, _, pattern), terms in zip(_PARTS, self._terms, strict=True):
            wrong: list[str] = []
            with self._reading(order):
                wrong = [str(term) for term, total in terms.items() if self._sum(pattern(term)) != total]
            for term in wrong[:NAMED]:
                reason = f"its order {order} does not hold under `{term}` what its order gspo holds"
                self._problems.append(Problem("store", reason))
            if len(wrong) > NAMED:
                reason = f"its order {order} differs under {len(wrong) - NAMED} terms more"
                self._problems.append(Problem("store", reason))
        return self._problems + [Problem("store", f"its order {o}: {why}") for o, why in self._unread.items()]

    @contextmanager
    def _reading(self, order: str) -> Iterator[None]:
        """An order that cannot be read is told once, and the others are read all the same."""
        try:
            yield
        except Unavailable as error:
            self._unread.setdefault(order, error.message)

    def _default(self) -> None:
        """The first order of the default graph; what the others have shows under the terms of `gspo`."""
        number = 0
        with self._reading("dspo"):
            number = sum(1 for _ in self._quads.pattern(None, None, None, DefaultGraph()))
        if number:
            self._problems.append(
                Problem("store", f"its default graph holds {number} quads, and has to be empty")
            )

    def _sum(self, pattern: tuple[Any, Any, Any]) -> int:
        total = 0
        for quad in self._quads.pattern(*pattern, None):
            total += _hash(quad)
            self.read += 1
            if not self.read & 0xFFFF:
                self._progress(self.read)
        return total % _MODULUS

    def _wrong(self, order: str, record: str, lacking: int, more: int) -> None:
        said = [f"{lacking} quads too few" if lacking else "", f"{more} too many" if more else ""]
        reason = f"the store's order {order} has {' and '.join(filter(None, said))}"
        self._problems.append(Problem(record, reason))


def _hash(quad: Quad) -> int:
    """Keyed anew in each process (SipHash with Python's key), so that nobody can make two sets of equal sum."""
    return hash(str(quad))
