"""The right that a request began under, and whether it still is the right while the work runs and at its end."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from ..graph.errors import Refused
from ..graph.worker import Cancellation
from ..reasoning.decide import Decider
from ..reasoning.purposes import resolve
from ..reasoning.questions import Decision, Question
from .identity import Identity


@dataclass(frozen=True, slots=True, eq=False)
class Right:
    """Who asked with which header, what was decided for it; `cancel` ends the work that is done under it."""

    identity: Identity
    header: str | None
    question: Question
    decision: Decision
    cancel: Cancellation


class Rights:
    """Ends work whose right is gone: rules and governance change, registrations, approvals and tokens expire."""

    def __init__(self, decider: Decider):
        self._decider = decider
        self._running: set[Right] = set()
        self._policy = threading.Event()
        decider.listen(self._policy.set)
        threading.Thread(target=self._watch, name="ambit-rights", daemon=True).start()

    def question(self, identity: Identity, header: str | None, action: str) -> tuple[Question, bool]:
        """What is to be decided now, and whether its purpose is only declared; raises `PurposeRefused`."""
        decider = self._decider
        purpose, declared = resolve(identity.purposes, header, identity.chain, decider.facts)
        return Question(identity.chain, purpose, action, decider.server_site, datetime.now(UTC)), declared

    @contextmanager
    def watched(self, right: Right) -> Iterator[None]:
        """Has the work that the block does cancelled as soon as a change of the policy takes the right away."""
        self._running.add(right)
        try:
            yield
        finally:
            self._running.discard(right)

    def hold(self, right: Right) -> bool:
        """Whether all of it is cleared now, for a token and a purpose that still stand.

        A right that grew holds: the answer is that of the moment when the work began.
        """
        before = right.decision
        try:
            right.identity.check_expiry()
            fresh = before.until is None or datetime.now(UTC) < before.until
            if fresh and self._decider.epoch == before.epoch:
                return True
            question, _ = self.question(right.identity, right.header, right.question.action)
        except Refused:
            return False
        if question.purpose != right.question.purpose:
            return False
        return before.clearance.compartments <= self._decider.decide(question).clearance.compartments

    def _watch(self) -> None:
        while self._policy.wait():
            self._policy.clear()
            for right in self._running.copy():
                if not self.hold(right):
                    right.cancel.cancel()
