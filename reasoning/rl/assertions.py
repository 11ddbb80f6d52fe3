"""Who asserts a fact: compartments as one mask, and how many graphs of each."""

from collections.abc import Iterable
from typing import TypeAlias

from .terms import Fact

Asserted: TypeAlias = Iterable[tuple[Fact, int]]
"""Facts with the mask of the one compartment that asserts them, once for each graph that does."""


class Assertions:
    """What is asserted now, and as `keep` was called last."""

    def __init__(self) -> None:
        self.held: dict[Fact, int] = {}
        self.before: dict[Fact, int] = {}  # of those that changed since
        self._more: dict[tuple[Fact, int], int] = {}  # graphs of one compartment beyond the first
        self._more_before: dict[tuple[Fact, int], int] = {}

    def take(self, fact: Fact, bit: int) -> bool:
        """One graph less asserts it; whether it was the compartment's last."""
        key, held = (fact, bit), self.held.get(fact, 0)
        more = self._more.get(key, 0)
        if more:
            self._more_before.setdefault(key, more)
            self._count(key, more - 1)
            return False
        if held & bit:
            self.before.setdefault(fact, held)
            self._set(fact, held & ~bit)
        return bool(held & bit)

    def give(self, fact: Fact, bit: int) -> bool:
        """One graph more asserts it; whether it is the compartment's first."""
        key, held = (fact, bit), self.held.get(fact, 0)
        if held & bit:
            more = self._more.get(key, 0)
            self._more_before.setdefault(key, more)
            self._count(key, more + 1)
            return False
        self.before.setdefault(fact, held)
        self._set(fact, held | bit)
        return True

    def keep(self) -> None:
        """What was changed stays."""
        self.before.clear()
        self._more_before.clear()

    def undo(self) -> None:
        """All is as it was when `keep` was called last."""
        for fact, mask in self.before.items():
            self._set(fact, mask)
        for key, count in self._more_before.items():
            self._count(key, count)
        self.keep()

    def _set(self, fact: Fact, mask: int) -> None:
        if mask:
            self.held[fact] = mask
        else:
            self.held.pop(fact, None)

    def _count(self, key: tuple[Fact, int], count: int) -> None:
        if count:
            self._more[key] = count
        else:
            self._more.pop(key, None)
