"""What rules say of a question, and what was decided of it, kept for as long as that is true."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, TypeVar

from ...graph.terms import NamedNode
from ...graph.views.calls import Worker
from ...graph.vocabulary import AMBIT
from ..rulebase.asking import Asked, Circumstances, Said, ask_each, dated
from ..rulebase.lacking import lacks
from .answers import Answers, key_of
from .kept import Kept, Key
from .policy import Policy
from .questions import Question, Verdict, told_of
from .standing import until_of

_T = TypeVar("_T")

FEW: Final = 256
_KEPT: Final = 20_000  # decisions in the cache; past that it is emptied
_VERDICTS: Final = 100_000  # and single compartments
_TRIES: Final = 3  # evaluations overtaken by a commit, before commits are held off


class Hearing(Policy):
    """Asks the rules of a policy; a change of it forgets what they said.

    `few` are the compartments up to which a clearance is asked for in one batch, and past which in two. `held` are
    the seconds for which commits wait at most for who has been overtaken by them again and again.
    """

    few = FEW
    held = 1.0

    def __init__(
        self,
        worker: Worker,
        *,
        server_site: str,
        deadline: float = 2.0,
        hire: Callable[[], Worker] | None = None,
    ):
        super().__init__(worker, server_site=server_site, deadline=deadline, hire=hire)
        self.answers = Answers()
        self._kept = Kept(_KEPT)
        self._verdicts = Kept(_VERDICTS)

    def _turn(self) -> None:
        self._kept.forget()
        self._verdicts.forget()
        self.answers.forget()
        super()._turn()

    def settled(self, evaluate: Callable[[], _T]) -> _T:
        """What `evaluate` gives when no change of policy came while it ran, nor was half taken in.

        To be called where no lock is held that a commit waits for. Where commits overtook it again and again they
        wait for it, for `held` seconds: what takes longer raises `Unavailable`, so that nobody's question keeps a
        revocation from coming into force.
        """
        for _ in range(_TRIES):
            with self.lock:
                epoch = self.epoch
            result = evaluate()
            with self.lock:
                if epoch == self.epoch:
                    return result
        with self._mending, self.lock, self._hurry.of(self.held):
            return evaluate()

    def said(self, asked: Sequence[Asked], question: Question) -> list[Said]:
        """What rules say, in one batch; what fails says so. Raises `Unavailable` as `rules` does."""
        return self.said_each([(one, question) for one in asked])

    def said_each(
        self, asked: Sequence[tuple[Asked, Question]], *, deadline: float | None = None
    ) -> list[Said]:
        """As `said`, each for a question of its own; these have the same facts of a request.

        A rule that can say nothing, as governance is, is not asked, nor one of which it is known what it says.
        """
        self._hurry.left(self.held)
        around = {key: self.circumstances(question) for key, question in {id(q): q for _, q in asked}.items()}
        keys = [key_of(one, q, around[id(q)].site, around[id(q)].facts) for one, q in asked]
        with self.lock:
            epoch = self.epoch
            found = [
                self.answers.get(k, one) or (Said(one) if self._is_silent(one, q) else None)
                for k, (one, q) in zip(keys, asked, strict=True)
            ]
        put = [(one, around[id(q)]) for (one, q), known in zip(asked, found, strict=True) if known is None]
        deadline = self.deadline if deadline is None else min(deadline, self.deadline)
        rest = iter(ask_each(self.rules, put, deadline=deadline))
        said = [next(rest) if known is None else known for known in found]
        with self.lock:
            for k, one in zip(keys, said, strict=True) if epoch == self.epoch else ():
                self.answers.put(k, one)
        return [
            dated(one, self.facts.moments, question.now)
            for one, (_, question) in zip(said, asked, strict=True)
        ]

    def _is_silent(self, one: Asked, question: Question) -> bool:
        if one.rule.failing or not self.in_memory.takes(one.rule):
            return False
        known = {
            "actor": one.actor,
            "site": one.site or question.site or self.server_site,
            "purpose": question.purpose or AMBIT.NO_PURPOSE,
        }
        terms = {name: NamedNode(known[name]) for name in one.bound if name in known}
        if one.among is not None and len(one.among) == 1:
            terms["compartment"] = NamedNode(one.among[0])
        return lacks(one.rule.text, terms, self.facts)

    def minds_shape(self, user: str) -> bool:
        """Whether the shape of what a user (empty: any) asks may matter: a rule asks, and the user has some approval."""
        if not self.force.asks or not user:
            return self.force.asks
        return bool(self.facts.subjects(AMBIT.IS_GRANTED_TO, NamedNode(user)))

    def circumstances(self, question: Question) -> Circumstances:
        """What is bound in every rule of a question."""
        site = question.site or self.server_site
        return Circumstances(question.purpose, site, question.now, told_of(question))

    def kept(self, key: Key, now: datetime) -> object | None:
        """What the cache holds and still is true; a clock that went back asks anew where time was read."""
        return self._kept.get(key, now)

    def keep(
        self,
        key: Key,
        epoch: int,
        now: datetime,
        said: Sequence[Said],
        value: object,
        *ends: datetime | None,
    ) -> None:
        """Puts `value` into the cache if nothing failed and it is known until when the answers hold.

        `epoch` is that from before the rules were asked: a policy that has changed since keeps nothing.
        """
        until, sure = until_of(said, ends)
        failed = any(one.failure and not one.asked.rule.failing for one in said)
        if sure and not failed and (until is None or now < until):
            with self.lock:
                if epoch == self.epoch:
                    held = self._verdicts if isinstance(value, Verdict) else self._kept
                    held.put(key, now, until, value)

    def kept_facts(self, q: Question) -> object:
        """What of a request's facts and of its shape belongs to a cache's key."""
        told = (q.facts, q.chain.agents) if self.force.reads_request else None  # as `told_of`
        return (told, q.pattern if q.pattern and self.minds_shape(q.chain.user) else "")

    def key(self, q: Question, *more: str) -> Key:
        """Under what an answer is kept: all that it may hang on, but for the time."""
        return (q.chain, q.purpose, q.action, q.site, self.kept_facts(q), *more)

    def holders_key(self, q: Question, compartment: str) -> Key:
        """The same where the user does not matter."""
        return ("holders", q.chain.agents, q.purpose, q.action, q.site, self.kept_facts(q), compartment)
