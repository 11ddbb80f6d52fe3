"""Decisions: asked of the rules once, kept until the policy changes. Deciding returns, it never raises.

How answers combine stands in `algebra`. A chain that names an actor twice, an agent that is not registered
or whose registration has expired, or more than eight agents, holds nothing. Whatever fails denies, and is
listed.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

from ...graph.errors import RuleInvalid, Unavailable
from ...graph.snapshot import Snapshot
from ...graph.terms import NamedNode
from ...graph.views.calls import RuleCall, RuleFailure, RuleRows, Worker
from ...graph.vocabulary import AMBIT
from ...graph.words import Delta, Role
from ..governance.facts import Facts
from ..rulebase.answering import InMemory
from ..rulebase.asking import Asked, Circumstances, Said, ask_each, dated
from ..rulebase.force import Force, stranger_test
from ..rulebase.lacking import lacks
from ..rulebase.rules import Loaded, Rule
from .answers import Answers, key_of
from .clearing import clearance, nothing
from .ground import plan
from .holding import holders
from .hurry import Hurry
from .kept import Kept, Key
from .questions import Decision, Failure, Holders, Question, Verdict, told_of
from .standing import until_of
from .verdicts import verdicts

__all__ = ["Decider", "Decision", "Failure", "Holders", "Question", "Verdict", "plan"]

_T = TypeVar("_T")

HOPS: Final = 8
FEW: Final = 256
_KEPT: Final = 20_000  # decisions in the cache; past that it is emptied
_VERDICTS: Final = 100_000  # and single compartments
_TRIES: Final = 3  # evaluations overtaken by a commit, before commits are held off


class Decider:
    """The rules in force over the governance graph; thread-safe.

    `worker` is a keeper for this alone; `hire` starts another in its place when it dies, else every decision
    is denied from then on. `deadline` is in seconds for one batch of rules. `few` are the compartments up to
    which a clearance is asked for in one batch, and past which in two. `held` are the seconds for which commits
    wait at most for who has been overtaken by them again and again.
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
        self.worker = worker
        self._hire = hire
        self.server_site = server_site
        self.deadline = deadline
        self.facts = Facts()
        self.in_memory = InMemory()
        self.answers = Answers()
        self.force = Force()
        self.snapshot: Snapshot | None = None
        self.lock = threading.RLock()
        self._mending = threading.RLock()  # taken before the lock, by whoever starts a worker or may have to
        self._using = threading.Lock()  # taken before both
        self._hurry = Hurry()
        self.policy_revision = 0
        self.epoch = 0
        self._revision = -1
        self._behind = False  # whether the worker has missed a commit
        self._with: tuple[int, Callable[[], object]] | None = None  # rules that come with a commit
        self._is_closed = False
        self._kept = Kept(_KEPT)
        self._verdicts = Kept(_VERDICTS)
        self._hooks: tuple[Callable[[], None], ...] = ()

    # -- what is decided over

    def start(self, snapshot: Snapshot) -> None:
        """Takes in the governance graph as it is; deltas follow through `on_delta`."""
        with snapshot.frozen(), self.lock:
            self.snapshot = snapshot
            self._revision = snapshot.revision
            self.policy_revision = snapshot.policy_revision
            self.facts = Facts(snapshot.governance())
            self.worker.build(self.facts.parts(), self._revision)
            self._turn()

    def on_delta(self, delta: Delta) -> None:
        """Takes in a commit; when this returns, no decision of before is given any more."""
        out = [item.quad for item in delta.out if item.role is Role.GOVERNANCE]
        into = [item.quad for item in delta.into if item.role is Role.GOVERNANCE]
        with self.lock:
            if delta.revision <= self._revision:
                return
            self._revision = delta.revision
            if self._with is not None and delta.revision >= self._with[0]:
                put, self._with = self._with[1], None
                put()
            if not out and not into:
                return
            self.policy_revision += 1
            gone, come = self.facts.apply(out, into)
            self._turn()
            try:
                self.worker.apply(delta.revision, gone, come)
            except Exception:  # it must not answer from before: it is started anew before it is asked again
                self._behind = True

    def use(self, loaded: Loaded) -> tuple[RuleInvalid, ...]:
        """Puts rules in force at once, when they have passed the stranger test; decisions go on meanwhile.

        Gives back what was refused. A file that broke keeps its earlier version.
        """
        with self._using:
            strangers = self._tested(loaded.rules)
            with self.lock:
                return self._put(loaded, strangers)

    def use_with(
        self,
        loaded: Loaded,
        commit: Callable[[Callable[[int | None], None]], bool],
        otherwise: Loaded,
    ) -> tuple[RuleInvalid, ...]:
        """As `use`, together with the governance that `commit` brings: no decision sees one without the other.

        `commit` tells, where no other commit can come between, the revision that it is about to make. Where it
        makes none, the rules are put in force when it ends. It tells None when that revision does not come to be,
        and gives whether all came in: where something did not, `otherwise` is put in force instead.
        """
        with self._using:
            strangers = self._tested(loaded.rules)
            refused: list[tuple[RuleInvalid, ...]] = []

            def announced(revision: int | None) -> None:
                with self.lock:
                    put = partial(self._put, loaded, strangers)
                    self._with = None if revision is None else (revision, lambda: refused.append(put()))

            is_whole = False
            try:
                is_whole = commit(announced)
            finally:
                with self.lock:
                    self._with = None
                    if not refused:
                        refused.append(self._put(loaded if is_whole else otherwise, strangers))
            return refused[0]

    def _tested(self, rules: tuple[Rule, ...]) -> dict[str, RuleInvalid]:
        """The stranger test; and the engine reads what is worked out in memory from now on."""
        strangers = stranger_test(rules, self.rules, self.deadline)
        self.in_memory.learn(rules, partial(self.rules, deadline=max(self.deadline, 10.0)))
        return strangers

    def _put(self, loaded: Loaded, strangers: Mapping[str, RuleInvalid]) -> tuple[RuleInvalid, ...]:
        """Always under the lock."""
        refused = self.force.change(loaded, strangers)
        self._turn()
        return refused

    def _mend(self, failed: Worker) -> Worker:
        """The worker in place of one that died or missed a commit, with the facts as they are.

        Of all who met `failed` the first starts it; so nobody ends one that others are asking already.
        """
        with self._mending:
            if self._is_closed:
                raise Unavailable("no rules are asked any more: the server ends")
            if self.worker is not failed and not self._behind:
                return self.worker
            failed = self.worker  # another may have been started meanwhile, and missed a commit
            hired = self._hire() if self._hire is not None else failed
            with ExitStack() as opened:
                if hired is not failed:
                    opened.callback(hired.close)
                with self.lock:
                    hired.build(self.facts.parts(), self._revision)
                    self._behind = False
                    self.worker = hired
                opened.pop_all()
            if hired is not failed:
                failed.close()
            return hired

    def close(self) -> None:
        """Ends the worker; none is started any more."""
        with self._mending:
            self._is_closed = True
            self.worker.close()

    def rules(
        self,
        queries: Sequence[RuleCall],
        *,
        facts: bytes = b"",
        patch: tuple[bytes, bytes] | None = None,
        deadline: float,
    ) -> list[RuleRows | RuleFailure]:
        """As the worker's, who is asked for what is not worked out in memory (`answering`).

        One that died or missed a commit is replaced, and the other asked, once: also where it would not be asked, so
        that nothing is decided without one. Raises what starting it and what the worker raises, and `Unavailable`
        where commits were held off for it long enough.
        """
        deadline = self._hurry.left(deadline)
        worker = self.worker
        if self._behind:
            worker = self._mend(worker)
        try:
            return self._put_to(worker, queries, facts, patch, deadline)
        except Unavailable:
            return self._put_to(self._mend(worker), queries, facts, patch, deadline)

    def _put_to(
        self,
        worker: Worker,
        queries: Sequence[RuleCall],
        facts: bytes,
        patch: tuple[bytes, bytes] | None,
        deadline: float,
    ) -> list[RuleRows | RuleFailure]:
        worker.check()
        patch = patch if patch is not None and any(patch) else None  # only a patched copy is a fresh one
        far = partial(worker.rules, facts=facts, patch=patch, deadline=deadline)
        return self.in_memory.answered(queries, self.facts, self.lock, far) if patch is None else far(queries)

    def facts_at(self, snapshot: Snapshot) -> Facts | None:
        """The governance graph in memory, where it is as in a snapshot; for a check, which no commit overtakes."""
        return self.facts if self._revision == snapshot.revision else None

    @property
    def governance(self) -> Facts:
        """The governance graph as decisions see it."""
        return self.facts

    def _turn(self) -> None:
        """A new policy: nothing decided before counts. Always under the lock."""
        self.epoch += 1
        self._kept.forget()
        self._verdicts.forget()
        self.answers.forget()
        for hook in self._hooks:
            hook()

    def listen(self, hook: Callable[[], None]) -> None:
        """Calls `hook` at each change of the policy, in the midst of it: it only notes that, and returns."""
        with self.lock:
            self._hooks += (hook,)

    # -- deciding

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
        around = {id(question): self.circumstances(question) for _, question in asked}
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

    def rules_for(self, action: str) -> list[Rule]:
        """The rules in force that speak of an action and, as governance is, can say something."""
        return [rule for rule in self.force.rules if rule.is_for(action) and self.is_awake(rule)]

    def is_awake(self, rule: Rule) -> bool:
        """Whether governance has all that a rule needs to say anything."""
        return all(self.facts.speaks_of(term) for term in rule.needs)

    def minds_shape(self, user: str) -> bool:
        """Whether the shape of what a user (empty: any) asks may matter: a rule asks, and the user has some approval."""
        if not self.force.asks or not user:
            return self.force.asks
        return bool(self.facts.subjects(AMBIT.IS_GRANTED_TO, NamedNode(user)))

    def circumstances(self, question: Question) -> Circumstances:
        """What is bound in every rule of a question."""
        site = question.site or self.server_site
        return Circumstances(question.purpose, site, question.now, told_of(question))

    def possible(self, question: Question) -> frozenset[str]:
        """What would be cleared if every approval stood that rules ask for; never raises."""
        try:
            found = self.settled(lambda: clearance(self, question, HOPS, as_if_approved=True))
            return found.clearance.compartments
        except Exception:  # deciding never raises
            return frozenset()

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


def _failure(what: str, error: Exception) -> Failure:
    return Failure(what, f"{type(error).__name__}: {error}")
