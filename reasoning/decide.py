"""Decisions: asked of the rules once, kept until the policy changes. Deciding returns, it never raises.

How answers combine stands in `algebra`. A chain that names an actor twice, an agent that is not registered
or whose registration has expired, or more than eight agents, holds nothing. Whatever fails denies, and is
listed.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeAlias, TypeVar

from ..graph.compartments import clearance_of
from ..graph.errors import RuleInvalid, Unavailable
from ..graph.snapshot import Snapshot
from ..graph.views.calls import RuleCall, RuleFailure, RuleRows, Worker
from ..graph.vocabulary import AMBIT, FOAF
from ..graph.words import Chain, Delta, Role
from .algebra import weigh
from .asking import Asked, Circumstances, Said, ask
from .delegation import chain_stands
from .facts import Facts
from .force import Force, stranger_test
from .questions import Decision, Failure, Holders, Question, Verdict, name_of
from .rules import Loaded, Rule
from .standing import approved, until_of

__all__ = ["Decider", "Decision", "Failure", "Holders", "Question", "Verdict"]

_T = TypeVar("_T")
Key: TypeAlias = tuple[object, ...]

HOPS: Final = 8
_KEPT: Final = 20_000  # decisions in the cache; past that it is emptied
_TRIES: Final = 3  # evaluations overtaken by a commit, before commits are held off


class Decider:
    """The rules in force over the governance graph; thread-safe.

    `worker` is a keeper for this alone; `hire` starts another in its place when it dies, else every decision
    is denied from then on. `deadline` is in seconds for one batch of rules.
    """

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
        self.force = Force()
        self.snapshot: Snapshot | None = None
        self.lock = threading.RLock()
        self._mending = threading.RLock()  # taken before the lock, by whoever starts a worker or may have to
        self._using = threading.Lock()  # taken before both
        self.policy_revision = 0
        self.epoch = 0
        self._revision = -1
        self._behind = False  # whether the worker has missed a commit
        self._is_closed = False
        self._kept: dict[Key, tuple[datetime, datetime | None, object]] = {}
        self._hooks: tuple[Callable[[], None], ...] = ()

    # -- what is decided over

    def start(self, snapshot: Snapshot) -> None:
        """Takes in the governance graph as it is; deltas follow through `on_delta`."""
        with snapshot.frozen(), self.lock:
            self.snapshot = snapshot
            self._revision = snapshot.revision
            self.policy_revision = snapshot.policy_revision
            self.facts = Facts(snapshot.governance())
            self.worker.build([self.facts.nquads()], self._revision)
            self._turn()

    def on_delta(self, delta: Delta) -> None:
        """Takes in a commit; when this returns, no decision of before is given any more."""
        out = [item.quad for item in delta.out if item.role is Role.GOVERNANCE]
        into = [item.quad for item in delta.into if item.role is Role.GOVERNANCE]
        with self.lock:
            if delta.revision <= self._revision:
                return
            self._revision = delta.revision
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
            strangers = stranger_test(loaded.rules, self.rules, self.deadline)
            with self.lock:
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
                    hired.build([self.facts.nquads()], self._revision)
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
        """As the worker's; one that died or missed a commit is replaced, and the other asked, once.

        Raises what starting it and what the worker raises.
        """
        worker = self.worker
        if self._behind:
            worker = self._mend(worker)
        try:
            return worker.rules(queries, facts=facts, patch=patch, deadline=deadline)
        except Unavailable:
            return self._mend(worker).rules(queries, facts=facts, patch=patch, deadline=deadline)

    @property
    def governance(self) -> Facts:
        """The governance graph as decisions see it."""
        return self.facts

    def _turn(self) -> None:
        """A new policy: nothing decided before counts. Always under the lock."""
        self.epoch += 1
        self._kept = {}
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
            kept = self.kept(self._key(question), question.now)
            if isinstance(kept, Decision):
                return kept
            return self.settled(lambda: self._evaluate(question))
        except Exception as error:  # deciding never raises
            return self._nothing(question, Failure("decide", f"{type(error).__name__}: {error}"))

    def at_hand(self, question: Question) -> Decision | None:
        """What is kept of a question; None where rules have to be asked. Waits for nobody."""
        kept = self.kept(self._key(question), question.now)
        return kept if isinstance(kept, Decision) else None

    def check(self, question: Question, compartment: str) -> Verdict:
        """Whether a question holds one compartment: as `decide` says; never raises, any failure denies."""
        decision = self.decide(question)
        return Verdict(
            question,
            compartment,
            compartment in decision.clearance.compartments,
            decision.policy_revision,
            decision.rules,
            decision.until,
            decision.failures,
            decision.epoch,
            decision.mattered,
        )

    def holders(self, question: Question, compartment: str) -> Holders:
        """All users who hold a compartment, each as `decide` says; never raises, any failure denies."""
        try:
            return self.settled(lambda: self._holders(question, compartment))
        except Exception as error:  # deciding never raises
            failure = Failure("holders", f"{type(error).__name__}: {error}")
            return Holders(question, compartment, frozenset(), self.policy_revision, failures=(failure,))

    def _holders(self, question: Question, compartment: str) -> Holders:
        with self.lock:
            users = self.facts.instances(FOAF.PERSON) | {AMBIT.ANONYMOUS}
            revision = self.policy_revision
        found = {
            user: self.check(replace(question, chain=Chain(user, question.chain.agents)), compartment)
            for user in sorted(users)
        }
        return Holders(
            question,
            compartment,
            frozenset(user for user, verdict in found.items() if verdict.is_permitted),
            revision,
            min((v.until for v in found.values() if v.until is not None), default=None),
            tuple(dict.fromkeys(failure for verdict in found.values() for failure in verdict.failures)),
        )

    def settled(self, evaluate: Callable[[], _T]) -> _T:
        """What `evaluate` gives when no change of policy came while it ran, nor was half taken in.

        To be called where no lock is held that a commit waits for.
        """
        for _ in range(_TRIES):
            with self.lock:
                epoch = self.epoch
            result = evaluate()
            with self.lock:
                if epoch == self.epoch:
                    return result
        with self._mending, self.lock:
            return evaluate()

    def said(self, asked: Sequence[Asked], question: Question) -> list[Said]:
        """What rules say, in one batch; never raises: what fails says so."""
        said = ask(self.rules, asked, self.circumstances(question), deadline=self.deadline)
        return [self.facts.moments.dated(one, question.now) for one in said]

    def rules_for(self, action: str) -> list[Rule]:
        """The rules in force that speak of an action and, as governance is, can say something."""
        return [rule for rule in self.force.rules if rule.is_for(action) and self.is_awake(rule)]

    def is_awake(self, rule: Rule) -> bool:
        """Whether governance has all that a rule needs to say anything."""
        return all(self.facts.speaks_of(term) for term in rule.needs)

    def circumstances(self, question: Question) -> Circumstances:
        """What is bound in every rule of a question."""
        return Circumstances(
            question.purpose, question.site or self.server_site, question.now, question.facts
        )

    def possible(self, question: Question) -> frozenset[str]:
        """What would be cleared if every approval stood that rules ask for; never raises."""
        try:
            return self.settled(lambda: self._evaluate(question, as_if_approved=True)).clearance.compartments
        except Exception:  # deciding never raises
            return frozenset()

    def kept(self, key: Key, now: datetime) -> object | None:
        """What the cache holds and still is true; a clock that went back asks anew where time was read."""
        found = self._kept.get(key)
        if found is None or not (found[1] is None or found[0] <= now < found[1]):
            return None
        return found[2]

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
                    if len(self._kept) >= _KEPT:
                        self._kept = {}
                    self._kept[key] = (now, until, value)

    def kept_facts(self, q: Question) -> object:
        """What of a request's facts and of its shape belongs to a cache's key."""
        return (q.facts if self.force.reads_request else None, q.pattern if self.force.asks else "")

    def _key(self, q: Question) -> Key:
        return (q.chain, q.purpose, q.action, q.site, self.kept_facts(q))

    def _evaluate(self, question: Question, *, as_if_approved: bool = False) -> Decision:
        """Asks every rule that speaks of the question's action."""
        with self.lock:
            epoch, policy_revision, hashes = self.epoch, self.policy_revision, self.force.hashes
            known = self.facts.instances(AMBIT.COMPARTMENT)
            broken, expiry = chain_stands(question.chain, question.now, self.facts, HOPS)
            rules = self.rules_for(question.action)
            fields = {r.iri: self.facts.instances(r.over) & known if r.over else known for r in rules}
            opened, approval_ends = (known, None) if as_if_approved else approved(question, self.facts)
        if broken is not None:
            return self._nothing(question, Failure("chain", str(broken)))
        said = self.said(plan(question, rules, self.server_site), question)
        held, gave, mattered = weigh(said, question.chain.agents, known=known, fields=fields, approved=opened)
        until, sure = until_of(said, (expiry, approval_ends))
        until = until if sure else question.now
        failures = tuple(Failure(one.asked.rule.iri, one.failure) for one in said if one.failure)
        clearance = clearance_of(held)
        iri = name_of(question, question.site or self.server_site, clearance, gave, hashes)
        decision = Decision(iri, question, clearance, policy_revision, gave, until, failures, epoch, mattered)
        if not as_if_approved:
            self.keep(self._key(question), epoch, question.now, said, decision, expiry, approval_ends)
        return decision

    def _nothing(self, question: Question, failure: Failure) -> Decision:
        held = clearance_of(())
        iri = name_of(question, question.site or self.server_site, held, (), {})
        revision, epoch = self.policy_revision, self.epoch
        return Decision(iri, question, held, revision, failures=(failure,), epoch=epoch)


def plan(q: Question, rules: Sequence[Rule], server_site: str) -> list[Asked]:
    """Which rule is asked for whom: permits of the user, scopes of the agents, the rest of everybody."""
    user = q.chain.user or AMBIT.ANONYMOUS
    actors = {
        "permit": (user,),
        "ask": (user,),
        "scope": q.chain.agents,
        "require": (user, *q.chain.agents),
        "deny": (user, *q.chain.agents),
    }
    asked = [Asked(rule, actor) for rule in rules for actor in actors.get(rule.effect, ())]
    return asked + [Asked(rule, site=q.site or server_site) for rule in rules if rule.effect == "place"]
