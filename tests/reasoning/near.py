"""The decision worker in this process: Oxigraph asked as a keeper's child asks it, without a fork for each commit.

For runs of very many worlds. That a keeper says the same is checked by running it over worlds of the same seeds.
"""

from collections.abc import Iterable, Sequence

from pyoxigraph import QuerySolutions, RdfFormat, Store, Variable, parse

from ambit.graph import holding
from ambit.graph.views.calls import RuleCall, RuleFailure, RuleRows

_REMOVED = 20_000
"""Quads taken out of the engine's store after which it is made anew: it keeps what was in it, and slows down."""


class Near:
    """A worker over a store of its own; it minds no deadline."""

    def __init__(self) -> None:
        self._store = Store()
        self._removed = 0

    def build(self, chunks: Iterable[bytes], revision: int) -> None:
        self._store = Store()
        for chunk in chunks:
            holding.load(self._store, chunk)

    def apply(self, revision: int, out: bytes, into: bytes) -> None:
        holding.change(self._store, out, into)
        self._forget(out.count(b"\n"))

    def _forget(self, removed: int) -> None:
        self._removed += removed
        if self._removed > _REMOVED:
            self._store, self._removed = holding.anew(self._store), 0

    def rules(
        self,
        queries: Sequence[RuleCall],
        *,
        facts: bytes = b"",
        patch: tuple[bytes, bytes] | None = None,
        deadline: float,
    ) -> list[RuleRows | RuleFailure]:
        out, into = patch or (b"", b"")
        gone = [quad for quad in parse(out, format=RdfFormat.N_QUADS) if quad in self._store]
        come = [quad for quad in parse(into + facts, format=RdfFormat.N_QUADS) if quad not in self._store]
        holding.take_out(self._store, gone)
        self._store.extend(come)
        try:
            return [self._answer(query) for query in queries]
        finally:
            holding.take_out(self._store, come)
            self._store.extend(gone)
            self._forget(len(come) + len(gone))

    def _answer(self, query: RuleCall) -> RuleRows | RuleFailure:
        bound = {Variable(name): term for name, term in query.bindings.items()}
        try:
            found = self._store.query(query.text, substitutions=bound)
            assert isinstance(found, QuerySolutions)
            return [tuple(solution) for solution in found]
        except (SyntaxError, OSError, RuntimeError, ValueError) as error:
            return RuleFailure(str(error))

    def check(self) -> None:
        pass

    def close(self) -> None:
        pass
