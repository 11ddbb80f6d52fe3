"""The right that a request began under, and whether it still is the right while the work runs and at its end."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..graph.clock import CLOCK
from ..graph.errors import Refused
from ..graph.snapshot import Snapshot
from ..graph.terms import NamedNode, Triple
from ..graph.views.cancellation import Cancellation
from ..graph.words import Delta, Role
from ..reasoning.deciding.decide import Decider
from ..reasoning.deciding.purposes import resolve
from ..reasoning.deciding.questions import Decision, Question
from .identity import Identity
from .patterns import Pattern


@dataclass(frozen=True, slots=True, eq=False)
class Right:
    """Who asked with which header, what was decided for it; `cancel` ends the work that is done under it."""

    identity: Identity
    header: str | None
    question: Question
    decision: Decision
    cancel: Cancellation
    pattern: Pattern = field(default_factory=Pattern)


class Rights:
    """Ends work whose right is gone: rules and governance change, registrations, approvals and tokens expire.

    Ends answers in pieces, too, from whose clearance a graph was taken. Register `on_delta` with the owner
    after the views: what begins under a right that was not yet watched then, sees the commit.
    """

    def __init__(self, decider: Decider, owner: Snapshot):
        self._decider = decider
        self._owner = owner
        self._running: dict[Right, Decision] = {}  # with the decision under which each was last found to hold
        self._taken: set[Right] = set()  # those running from whose clearance a graph was taken
        self._policy = threading.Event()
        self._giving = threading.Lock()
        decider.listen(self._turned)
        threading.Thread(target=self._watch, name="ambit-rights", daemon=True).start()

    def question(
        self,
        identity: Identity,
        header: str | None,
        action: str,
        facts: frozenset[Triple] = frozenset(),
        pattern: Pattern | None = None,
    ) -> tuple[Question, bool]:
        """What is to be decided now, and whether its purpose is only declared; raises `PurposeRefused`."""
        decider = self._decider
        with decider.lock:  # a commit is seen whole
            purpose, declared = resolve(identity.purposes, header, identity.chain, decider.facts)
            is_minded = pattern is not None and decider.minds_shape(identity.chain.user)
        shape = pattern() if pattern is not None and is_minded else ""
        now = CLOCK.now()
        return Question(identity.chain, purpose, action, decider.server_site, now, facts, shape), declared

    def decided(
        self,
        identity: Identity,
        header: str | None,
        action: str,
        facts: frozenset[Triple] = frozenset(),
        pattern: Pattern | None = None,
    ) -> tuple[Question, bool, Decision]:
        """As `question`, with what is decided on it by the same policy: none changes between the two."""

        def evaluate() -> tuple[Question, bool, Decision]:
            question, declared = self.question(identity, header, action, facts, pattern)
            return question, declared, self._decider.decide(question)

        return self._decider.settled(evaluate)

    @contextmanager
    def watched(self, right: Right) -> Iterator[None]:
        """Has the work that the block does cancelled as soon as a change of the policy takes the right away."""
        self._running[right] = right.decision
        try:
            yield
        finally:
            with self._giving:
                del self._running[right]
                self._taken.discard(right)

    @contextmanager
    def giving(self, right: Right, *, held: bool) -> Iterator[bool]:
        """Whether a piece may be given now; the block gives it, at once and without waiting for anybody.

        That is exact: no commit that changes the policy, or takes a graph from the clearance, returns while a
        block runs. A block that begins after a change of the policy gets False until `hold` has found that a
        watched right still stands; after a graph was taken, none gets True. `held`: it just has been found,
        so that a right which rules give for the moment only is good for this piece.
        """
        with self._giving:
            latest = self._running.get(right, right.decision)
            yield (
                not right.cancel.is_cancelled
                and right not in self._taken
                and latest.epoch == self._decider.epoch
                and (held or latest.until is None or CLOCK.now() < latest.until)
                and not right.identity.is_expired
            )

    def hold(self, right: Right) -> bool:
        """Whether all of it is cleared now, for a token and a purpose that still stand.

        A right that grew holds: the answer is that of the moment when the work began.
        """
        before = right.decision
        latest = self._running.get(right, before)
        try:
            right.identity.check_expiry()
            fresh = latest.until is None or CLOCK.now() < latest.until
            if fresh and self._decider.epoch == latest.epoch:
                return True
            asked = right.question
            question, _, now = self.decided(
                right.identity, right.header, asked.action, asked.facts, right.pattern
            )
        except Refused:
            return False
        if question.purpose != right.question.purpose:
            return False
        if not before.clearance.compartments <= now.clearance.compartments:
            return False
        with self._giving:  # a right that has ended meanwhile stays away
            if right in self._running:
                self._running[right] = now
        return True

    def has_lost(self, right: Right) -> bool:
        """Whether a graph was taken from the clearance since the watched work began: it may be in its answer."""
        return right in self._taken

    def on_delta(self, delta: Delta) -> None:
        """Notes which running work was cleared for a graph that a commit took away; before it is acknowledged.

        That is a graph which has left the clearance: relabelled, withdrawn or replaced by its quarantine. Values
        that change in a graph that stays do not count, for an answer is that of the moment when it began. Nor
        do conclusions: who may read what was concluded may read each of its premises, which count.
        """
        if not delta.out or not self._running:
            return
        out = {(q.graph_name, at) for q, at, role in delta.out if role is not Role.INFERRED}
        moves = {(at, self._place(graph.value)) for graph, at in out if isinstance(graph, NamedNode)}
        moves = {(before, after) for before, after in moves if before != after}
        if not moves:
            return
        within = self._owner.within
        for right in list(self._running):
            held = right.decision.clearance.compartments
            if any(within(before, held) and not within(after, held) for before, after in moves):
                with self._giving:
                    if right in self._running:
                        self._taken.add(right)

    def _place(self, graph: str) -> str | None:
        entry = self._owner.entry(graph)
        return entry.compartment if entry is not None else None

    def _turned(self) -> None:
        """The policy has changed, and its commit has not returned: what is being given is waited for."""
        with self._giving:
            self._policy.set()

    def _watch(self) -> None:
        while self._policy.wait():
            self._policy.clear()
            for right in list(self._running):
                if not self.hold(right):
                    right.cancel.cancel()
