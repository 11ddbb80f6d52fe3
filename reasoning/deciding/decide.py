"""Decisions: asked of the rules once, kept until the policy changes. Deciding returns, it never raises.

How answers combine stands in `algebra`. A chain that names an actor twice, an agent that is not registered
or whose registration has expired, or more than eight agents, holds nothing. Whatever fails denies, and is
listed.
"""

from collections.abc import Sequence
from typing import Final

from .clearing import clearance, nothing
from .ground import plan
from .hearing import Hearing
from .holding import holders
from .questions import Decision, Failure, Holders, Question, Verdict, told_of
from .verdicts import verdicts

__all__ = ["Decider", "Decision", "Failure", "Holders", "Question", "Verdict", "plan"]

HOPS: Final = 8


class Decider(Hearing):
    """Decides over a policy: all compartments of a question, some of them, or all who hold one."""

    def decide(self, question: Question) -> Decision:
        """The clearance of a question; never raises, any failure denies and is listed in `failures`."""
        try:
            kept = self.kept(self.key(question), question.now)
            if isinstance(kept, Decision):
                return kept
            return self.settled(lambda: clearance(self, question, HOPS))
        except Exception as error:  # deciding never raises
            return nothing(self, question, _failure("decide", error))

    def at_hand(self, question: Question) -> Decision | None:
        """What is kept of a question; None where rules have to be asked. Waits for nobody."""
        kept = self.kept(self.key(question), question.now)
        return kept if isinstance(kept, Decision) else None

    def check(self, question: Question, compartment: str) -> Verdict:
        """Whether a question holds one compartment, as `decide` says; never raises, any failure denies.

        From the clearance where that is known, else the rules are asked of this compartment alone.
        """
        return self.checks([(question, compartment)])[0]

    def checks(self, wanted: Sequence[tuple[Question, str]]) -> list[Verdict]:
        """`check` for each of several, all by one policy; one batch for all whose requests have the same facts."""
        wanted = tuple(wanted)
        try:
            found = self._remembered(wanted)
            if found is not None:
                return found
            return self.settled(lambda: self._checks(wanted))
        except Exception as error:  # deciding never raises
            failure = _failure("check", error)
            return [
                Verdict(q, c, False, self.policy_revision, failures=(failure,), epoch=self.epoch)
                for q, c in wanted
            ]

    def _remembered(self, wanted: Sequence[tuple[Question, str]]) -> list[Verdict] | None:
        """All verdicts, if each is kept and they are of one policy."""
        found = [self._kept_verdict(question, compartment) for question, compartment in wanted]
        kept = [verdict for verdict in found if verdict is not None]
        return kept if len(kept) == len(found) and len({one.epoch for one in kept}) < 2 else None

    def _kept_verdict(self, question: Question, compartment: str) -> Verdict | None:
        kept = self._verdicts.get(self.key(question, compartment), question.now)
        if isinstance(kept, Verdict):
            return kept
        decision = self.kept(self.key(question), question.now)
        if not isinstance(decision, Decision):
            return None
        verdict = decision.verdict(compartment)
        with self.lock:
            if verdict.epoch == self.epoch:
                self._verdicts.put(self.key(question, compartment), question.now, verdict.until, verdict)
        return verdict

    def _checks(self, wanted: Sequence[tuple[Question, str]]) -> list[Verdict]:
        with self.lock:
            found = {one: self._kept_verdict(*one) for one in wanted}
        by_facts: dict[object, list[tuple[Question, str]]] = {}
        for one in (one for one, verdict in found.items() if verdict is None):
            by_facts.setdefault(told_of(one[0]), []).append(one)
        for asked in by_facts.values():
            found.update(zip(asked, verdicts(self, asked, HOPS), strict=True))
        return [verdict for one in wanted if (verdict := found[one]) is not None]

    def holders(self, question: Question, compartment: str) -> Holders:
        """All users who hold a compartment, each as `decide` says; never raises, any failure denies."""
        try:
            kept = self.kept(self.holders_key(question, compartment), question.now)
            if isinstance(kept, Holders):
                return kept
            return self.settled(lambda: holders(self, question, compartment, HOPS))
        except Exception as error:  # deciding never raises
            failure = _failure("holders", error)
            return Holders(question, compartment, frozenset(), self.policy_revision, failures=(failure,))

    def possible(self, question: Question) -> frozenset[str]:
        """What would be cleared if every approval stood that rules ask for; never raises."""
        try:
            found = self.settled(lambda: clearance(self, question, HOPS, as_if_approved=True))
            return found.clearance.compartments
        except Exception:  # deciding never raises
            return frozenset()


def _failure(what: str, error: Exception) -> Failure:
    return Failure(what, f"{type(error).__name__}: {error}")
