"""Rules answered from governance in memory where they are plain (`evaluating`), and by the worker where not."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Final, TypeAlias

from ...graph.errors import AmbitError
from ...graph.views.calls import RuleCall, RuleFailure, RuleRows
from ..governance.facts import Facts
from .asking import Posed
from .evaluating import Beyond, Work, rows_of

_Results: TypeAlias = list[RuleRows | RuleFailure]

_REMEMBERED: Final = 10_000
"""Rules that are known to be answered; past that all are forgotten."""


class InMemory:
    """Works out what can be, and knows which rules the engine has answered; thread-safe."""

    def __init__(self) -> None:
        self._accepted: dict[str, None] = {}

    def answered(
        self,
        queries: Sequence[RuleCall],
        facts: Facts,
        lock: AbstractContextManager[object],
        far: Callable[[Sequence[RuleCall]], _Results],
    ) -> _Results:
        """One result for each query; `far` asks the worker for those that are not worked out. Raises what that does.

        The lock is held for one rule at a time: a batch that a commit has come into is the caller's to ask again.
        """
        work = Work(facts)
        found = [self._worked_out(one, lock, work) if isinstance(one, Posed) else None for one in queries]
        rest = [query for query, rows in zip(queries, found, strict=True) if rows is None]
        results = far(rest) if rest else []
        if len(results) != len(rest):
            raise AmbitError("the worker answered another number of rules than it was asked")
        for query, result in zip(rest, results, strict=True):
            if isinstance(query, Posed) and not isinstance(result, RuleFailure):
                self._accept(query.plain)
        others = iter(results)
        return [next(others) if rows is None else rows for rows in found]

    def _worked_out(self, query: Posed, lock: AbstractContextManager[object], work: Work) -> RuleRows | None:
        """The rows of a rule; None where the worker must say them."""
        work.told = query.told
        is_accepted = query.plain in self._accepted
        try:
            with lock:
                rows = rows_of(
                    query.plain, query.columns, query.bindings, query.among, work, is_accepted=is_accepted
                )
        except Beyond:
            return None
        return rows if query.most is None or len(rows) <= query.most else None

    def _accept(self, text: str) -> None:
        if text not in self._accepted:
            if len(self._accepted) >= _REMEMBERED:
                self._accepted = {}
            self._accepted[text] = None
