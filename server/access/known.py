"""What was looked up for earlier questions, for as long as it is true: on the event loop nothing else is asked.

Looking up waits for commits, and asking rules for the worker; the loop waits for nobody.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias, TypeVar, cast

from ...graph.store.owner import Owner
from ...graph.vocabulary import AMBIT
from ...reasoning.deciding.decide import Decider
from ...reasoning.deciding.questions import Decision, Question
from ..latest import Latest
from ..recall import Recall
from .weighing import weight

T = TypeVar("T")

MOST: Final = 50_000
"""Look-ups that are kept of one policy, or of one revision; past that the least recently used go."""
MOST_BYTES: Final = 64_000_000
"""What these may take with the names that callers gave; past that the least recently used go, too."""

_Looked: TypeAlias = tuple[object]


class Cold(Exception):
    """Something has to be looked up, and whoever asks must not wait."""


class Known:
    """Look-ups by policy and by revision. `waits`: whether what is not known is looked up; else `Cold` is raised."""

    def __init__(
        self,
        decider: Decider,
        owner: Owner,
        recall: Recall,
        *,
        waits: bool = True,
        shared: "Known | None" = None,
    ):
        self.decider = decider
        self.owner = owner
        self._recall = recall
        self._waits = waits
        self._state: _State = shared._state if shared is not None else _State()

    def hasty(self) -> "Known":
        """The same, for who must not wait."""
        return Known(self.decider, self.owner, self._recall, waits=False, shared=self)

    def of_policy(self, key: Hashable, look_up: Callable[[], T]) -> T:
        """What holds as long as governance and rules are as they are; looked up while no commit comes in."""
        epoch = self.decider.epoch
        kept = self._state.policy
        if kept[0] == epoch and (found := kept[1].get(key)) is not None:
            return cast(T, found[0])
        if not self._waits:
            raise Cold
        with self.decider.lock:
            looked = look_up()
            self._state.note_policy(self.decider.epoch, key, looked)
        return looked

    def worked_out(self, key: Hashable, make: Callable[[], T]) -> T:
        """What follows from a key and a policy alone: made at once, and kept as long as the policy."""
        epoch, kept = self.decider.epoch, self._state.policy
        if kept[0] == epoch and (found := kept[1].get(key)) is not None:
            return cast(T, found[0])
        made = make()
        self._state.note_policy(epoch, key, made)
        return made

    def verdict(self, key: Hashable, now: datetime) -> object:
        """What was noted under this policy and still is true; None where nothing was."""
        kept = self._state.policy
        found = kept[1].get(key) if kept[0] == self.decider.epoch else None
        verdict = cast(_Verdict, found[0]) if found is not None else None
        return verdict.value if verdict is not None and holds(verdict.made, now, verdict.until) else None

    def note_verdict(
        self, epoch: int, key: Hashable, value: object, made: datetime, until: datetime | None, *, bytes: int
    ) -> None:
        """Keeps what was found under the policy of `epoch`, and is true until another time; it takes `bytes`."""
        if until is None or made < until:
            self._state.note_policy(epoch, key, _Verdict(value, made, until, bytes))

    def of_revision(self, key: Hashable, look_up: Callable[[], T]) -> T:
        """What holds as long as nothing is committed."""
        revision = self.owner.revision
        kept = self._state.data
        if kept[0] == revision and (found := kept[1].get(key)) is not None:
            return cast(T, found[0])
        if not self._waits:
            raise Cold
        looked = look_up()
        if self.owner.revision == revision:
            self._state.note_data(revision, key, looked)
        return looked

    def decided(self, question: Question) -> Decision:
        """What the rules say of a question."""
        found = self.decider.at_hand(question)
        if found is not None:
            return found
        if not self._waits:
            raise Cold
        return self.decider.decide(question)

    @property
    def has_sessions(self) -> bool:
        """Whether governance keeps anything apart, so that what a user has read counts; it may change at any time."""
        return self.of_policy("apart", lambda: self.decider.facts.speaks_of(AMBIT.IS_KEPT_APART_FROM))

    def session(self, user: str) -> frozenset[str]:
        """What a user has read of that which is kept apart."""
        if not self.has_sessions:
            return frozenset()
        self.need_to_wait()
        return self._recall.read(user)

    def need_to_wait(self) -> None:
        """Raises `Cold` for who must not."""
        if not self._waits:
            raise Cold


def holds(made: datetime, now: datetime, until: datetime | None) -> bool:
    """Whether what was found at one time is still true at another; a clock that went back asks anew."""
    return until is None or made <= now < until


@dataclass(frozen=True, slots=True, eq=False)
class _Verdict:
    value: object
    made: datetime
    until: datetime | None
    bytes: int


_Shelf: TypeAlias = tuple[int, Latest[Hashable, _Looked]]


class _State:
    """The look-ups, each kind with what it belongs to; replaced whole, so that nobody finds what was true before."""

    def __init__(self) -> None:
        self.policy: _Shelf = (-1, _shelf())
        self.data: _Shelf = (-1, _shelf())

    def note_policy(self, epoch: int, key: Hashable, value: object) -> None:
        """Keeps what was looked up under a policy."""
        self.policy = _with(self.policy, epoch, key, value)

    def note_data(self, revision: int, key: Hashable, value: object) -> None:
        """Keeps what was looked up at a revision."""
        self.data = _with(self.data, revision, key, value)


def _with(kept: _Shelf, number: int, key: Hashable, value: object) -> _Shelf:
    shelf = kept if kept[0] == number else (number, _shelf())
    shelf[1].renew(key, (value,))
    return shelf


def _shelf() -> Latest[Hashable, _Looked]:
    return Latest(MOST, weigh=weight, most=MOST_BYTES)
