"""Whose turn it is to have a past read: each subject one at a time, one subject after the other."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(eq=False, slots=True)
class Turn:
    """A place in the line."""

    subject: str


@dataclass(slots=True)
class Line:
    """Who waits and for whom is read; under the lock of whoever has it. `places`: how many at once."""

    places: int
    waiting: list[Turn] = field(default_factory=list)
    reading: list[str] = field(default_factory=list)

    def is_next(self, turn: Turn, may: Callable[[str], bool]) -> bool:
        """Whether a place is free, and nobody is before it who could have it; `may`: what else a subject needs."""
        if len(self.reading) >= self.places:
            return False
        able = (one for one in self.waiting if one.subject not in self.reading and may(one.subject))
        return next(able, None) is turn

    def begin(self, subject: str) -> None:
        """Takes a place; who waits of the same subject goes behind all others."""
        self.reading.append(subject)
        self.waiting.sort(key=lambda turn: turn.subject == subject)

    def end(self, subject: str) -> None:
        """Gives it back."""
        self.reading.remove(subject)
