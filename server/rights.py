"""The right that a request began under, and whether it still is the right while the work runs and at its end."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from ..graph.errors import Refused
from ..graph.views.worker import Cancellation
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
        self._running: dict[Right, Decision] = {}  # with the decision under which each was last found to hold
        self._policy = threading.Event()
        self._giving = threading.Lock()
        decider.listen(self._turned)
        threading.Thread(target=self._watch, name="ambit-rights", daemon=True).start()

    def question(self, identity: Identity, header: str | None, action: str) -> tuple[Question, bool]:
        """What is to be decided now, and whether its purpose is only declared; raises `PurposeRefused`."""
        decider = self._decider
        purpose, declared = resolve(identity.purposes, header, identity.chain, decider.facts)
        return Question(identity.chain, purpose, action, decider.server_site, datetime.now(UTC)), declared

    @contextmanager
    def watched(self, right: Right) -> Iterator[None]:
        """Has the work that the block does cancelled as soon as a change of the policy takes the right away."""
        self._running[right] = right.decision
        try:
            yield
        finally:
            del self._running[right]

    @contextmanager
    def giving(self, right: Right, *, held: bool) -> Iterator[bool]:
        """Whether a piece may be given now; the block gives it, at once and without waiting for anybody.

        That is exact: no commit that changes the policy returns while a block runs, and a block that begins
        afterwards gets False until `hold` has found that a watched right still stands. `held`: it just has,
        so that a right which rules give for the moment only is good for this piece.
        """
        with self._giving:
            latest = self._running.get(right, right.decision)
            yield (
                not right.cancel.is_cancelled
                and latest.epoch == self._decider.epoch
                and (held or latest.until is None or datetime.now(UTC) < latest.until)
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
            fresh = latest.until is None or datetime.now(UTC) < latest.until
            if fresh and self._decider.epoch == latest.epoch:
                return True
            question, _ = self.question(right.identity, right.header, right.question.action)
        except Refused:
            return False
        if question.purpose != right.question.purpose:
            return False
        now = self._decider.decide(question)
        if not before.clearance.compartments <= now.clearance.compartments:
            return False
        if right in self._running:
            self._running[right] = now
        return True

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
