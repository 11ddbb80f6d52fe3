"""What rules said of all compartments, kept while the policy stands: it is the same for each purpose that they do not read.

A rule that reads the time is asked each time, and what it says of some compartments alone is not kept.
"""

from collections.abc import Mapping
from typing import Final, TypeAlias

from ...graph.terms import Triple
from ..governance.facts import Facts
from ..rulebase.asking import Asked, Said
from .alike import Alike
from .questions import Question

Key: TypeAlias = tuple[object, ...]

_ROWS: Final = 400_000
"""Rows that are kept together; past that all are forgotten."""
_LARGE: Final = 20_000
"""Rows past which an answer is kept apart, so that it drives no other out."""
_LARGE_ROWS: Final = 200_000
"""Rows that such answers have together; the last is kept whatever it has."""


class Answers:
    """Of one policy; its owner locks, and forgets at each turn."""

    def __init__(self) -> None:
        self._said: dict[Key, Said] = {}
        self._alike: dict[frozenset[str], Alike] = {}
        self._rows = 0
        self._large: dict[Key, Said] = {}
        self._large_rows = 0

    def forget(self) -> None:
        """A new policy: nothing of before counts."""
        self._forget_small()
        self._large, self._large_rows = {}, 0

    def _forget_small(self) -> None:
        self._said, self._alike, self._rows = {}, {}, 0

    def get(self, key: Key | None, one: Asked) -> Said | None:
        """What was said."""
        found = self._said.get(key, self._large.get(key)) if key is not None else None
        return found.again(one) if found is not None else None

    def put(self, key: Key | None, said: Said) -> None:
        """Keeps what was said, unless that is a failure."""
        if key is None or said.failure or key in self._said or key in self._large:
            return
        if len(said.rows) > _LARGE:
            if self._large_rows + len(said.rows) > _LARGE_ROWS:
                self._large, self._large_rows = {}, 0
            self._large[key] = said
            self._large_rows += len(said.rows)
            return
        if self._rows > _ROWS:
            self._forget_small()
        self._said[key] = said
        self._rows += len(said.rows) + 10

    def alike(self, compartments: frozenset[str], facts: Facts) -> Alike:
        """Which of some compartments rules can tell apart."""
        found = self._alike.get(compartments)
        if found is None:
            if self._rows > _ROWS:
                self._forget_small()
            found = self._alike[compartments] = Alike(compartments, facts)
            self._rows += len(compartments)
        return found


def key_of(one: Asked, question: Question, site: str, told: frozenset[Triple]) -> Key | None:
    """All that what a rule says may hang on; None where it is not kept."""
    rule = one.rule
    if one.among is not None or rule.failing or "now" in rule.reads:
        return None
    read: Mapping[str, object] = {"purpose": question.purpose, "site": site, "request": told}
    return (
        rule.text,
        rule.effect,
        one.actor,
        one.site,
        one.of_all,
        *(read[name] for name in sorted(rule.reads)),
    )
