"""What is the same for every resource that one caller asks of for one subject and action, while a policy stands.

A question with which nothing is stated comes down to sets: its parts, what the caller may ask about, and what the
subject holds. The latter two are kept here, so that a question about another resource looks nothing up but its parts.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Generic, TypeVar

from ...reasoning.deciding.questions import Decision
from .asking import Asked
from .known import holds

T = TypeVar("T")

SEAT: Final = 1_500
"""Bytes that a seat takes but for the texts that it is kept under, near enough."""


@dataclass(frozen=True, slots=True)
class _Noted(Generic[T]):
    value: T
    made: datetime
    until: datetime | None


@dataclass(slots=True, eq=False)
class Seat:
    """A question but for its resource; `epoch` is of the policy by which it was made. `bytes`: what it takes.

    It is found under that policy alone, and is given nothing that was looked up when another had come.
    """

    asked: Asked | None
    epoch: int
    bytes: int
    covered: frozenset[str] | None = None  # about which an enforcement point may ask
    subjects: tuple[str, ...] | None = None
    _decisions: dict[str, _Noted[Decision]] = field(default_factory=dict)

    def at(self, now: datetime) -> Asked | None:
        """The question, to be decided at a time."""
        return self.asked.at(now) if self.asked is not None else None

    def decided(
        self, what: str, now: datetime, look_up: Callable[[], Decision], epoch: Callable[[], int]
    ) -> Decision:
        """A decision that still is true, of `what` this seat asks; looked up where there is none.

        `epoch` gives that of the policy now. What failed is asked again.
        """
        kept = self._decisions.get(what)
        if kept is not None and holds(kept.made, now, kept.until):
            return kept.value
        found = look_up()
        if not found.failures and epoch() == self.epoch:
            self._decisions[what] = _Noted(found, now, found.until)
        return found
