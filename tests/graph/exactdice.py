"""Choices from a seed: the same at every run, in whatever process."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Draws numbers below a bound, and with them all else."""

    def __init__(self, seed: int):
        self._random = random.Random(seed)

    def below(self, bound: int) -> int:
        """A number from 0 to `bound` - 1."""
        return self._random.randrange(bound)

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices."""
        return choices[self.below(len(choices))]

    def once_in(self, number: int) -> bool:
        """Whether the one in `number` came."""
        return self.below(number) == 0

    def some(self, choices: Sequence[T], least: int, most: int) -> list[T]:
        """From `least` to `most` different choices, in any order."""
        left = list(choices)
        count = min(least + self.below(most - least + 1), len(left))
        return [left.pop(self.below(len(left))) for _ in range(count)]
