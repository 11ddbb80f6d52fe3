"""Rules answered from governance in memory where they are plain (`evaluating`), and by the worker where not.

What the engine refuses fails, and a denial that fails takes all away. So a rule is worked out here only once the engine
has taken its text: when it is put in force, when a proof first takes it apart, or when the worker is first asked for it.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Final, TypeAlias

from ...graph.errors import AmbitError
from ...graph.views.calls import RuleCall, RuleFailure, RuleRows
from ..governance.facts import Facts
from .asking import Posed
from .evaluating import Beyond, Work, planned, rows_of
from .rules import Rule
from .scoping import over

_Results: TypeAlias = list[RuleRows | RuleFailure]

_REMEMBERED: Final = 10_000
"""Rules that the engine is known to take; past that all are forgotten."""

_NOTHING: Final = "FROM <urn:ambit:nothing>"


class InMemory:
    """Works out what can be, and knows which rules the engine takes; thread-safe."""

    def __init__(self) -> None:
        self._accepted: dict[str, None] = {}

    def learn(
        self, rules: Iterable[Rule], far: Callable[[Sequence[RuleCall]], Sequence[RuleRows | RuleFailure]]
    ) -> dict[str, str]:
        """Asks the worker which rules the engine takes, over nothing; why it does not take the others, by their texts.

        What it cannot say now it says when it is asked.
        """
        return self.learn_texts([rule.text for rule in rules if not rule.failing], far)

    def learn_texts(
        self, texts: Iterable[str], far: Callable[[Sequence[RuleCall]], Sequence[RuleRows | RuleFailure]]
    ) -> dict[str, str]:
        """The same of queries by their texts."""
        texts = [text for text in dict.fromkeys(texts) if text not in self._accepted]
        refused: dict[str, str] = {}
        with suppress(Exception):  # then the rule or the worker fails again, where that denies
            said = far([RuleCall(over(text, _NOTHING)) for text in texts]) if texts else []
            for text, result in zip(texts, said, strict=True):
                if not isinstance(result, RuleFailure):
                    self._accept(text)
                elif result.is_refused:
                    refused[text] = result.reason
        return refused

    def takes(self, rule: Rule) -> bool:
        """Whether the engine is known to take a rule: what it says can be told without it."""
        return rule.text in self._accepted

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
        if query.plain not in self._accepted or work.left <= 0:
            return None
        work.told = query.told
        planned(query.plain, query.bindings, query.among)  # without the lock
        try:
            with lock:
                rows = rows_of(query.plain, query.columns, query.bindings, query.among, work)
        except Beyond:
            return None
        return rows if query.most is None or len(rows) <= query.most else None

    def _accept(self, text: str) -> None:
        if text not in self._accepted:
            if len(self._accepted) >= _REMEMBERED:
                self._accepted = {}
            self._accepted[text] = None
