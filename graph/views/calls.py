"""What is asked of the decision worker and what it says: frozen records, and the worker as a protocol."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from ..terms import Object


@dataclass(frozen=True, slots=True)
class RuleCall:
    """A SELECT with terms bound to variables that it projects (`substitutions=`)."""

    text: str
    bindings: Mapping[str, Object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleFailure:
    """Why one call came to nothing; the others of its batch are not touched by it.

    `is_refused`: the engine said that it does not take the text. Else it may take it the next time.
    """

    reason: str
    is_refused: bool = False


RuleRows: TypeAlias = Sequence[tuple[Object | None, ...]]
"""Solutions in the order of the projection."""


class Rules(Protocol):
    """What is asked: a worker's `rules`, or a decider's, which starts another worker in place of one that died."""

    def __call__(
        self,
        queries: Sequence[RuleCall],
        *,
        facts: bytes = b"",
        patch: tuple[bytes, bytes] | None = None,
        deadline: float,
    ) -> list[RuleRows | RuleFailure]:
        """One result for each query; `facts` and `patch` (out, into) hold for this call only."""


class Worker(Protocol):
    """A process that holds quads and answers SELECTs; `graph.worker.Keeper` is one."""

    def build(self, chunks: Iterable[bytes], revision: int) -> None:
        """Starts anew with these N-Quads."""

    def apply(self, revision: int, out: bytes, into: bytes) -> None:
        """Takes quads out and puts quads in, in order."""

    @property
    def rules(self) -> Rules:
        """Asks it."""

    def check(self) -> None:
        """Raises `Unavailable` when the process has died."""

    def close(self) -> None:
        """Ends the process."""
