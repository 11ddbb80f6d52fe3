"""What is decided over: the governance graph, the rules in force, and who answers them."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

from ...graph.errors import RuleInvalid, Unavailable
from ...graph.snapshot import Snapshot
from ...graph.views.calls import RuleCall, RuleFailure, RuleRows, Worker
from ...graph.views.cancellation import Cancellation
from ...graph.words import Delta, Role
from ..governance.facts import Facts
from ..rulebase.answering import InMemory
from ..rulebase.force import Force, stranger_test
from ..rulebase.refusing import without
from ..rulebase.rules import Loaded, Rule
from .hurry import Hurry


class Policy:
    """The rules in force over the governance graph; thread-safe.

    `worker` is a keeper for this alone; `hire` starts another in its place when it dies, else every rule fails
    from then on. `deadline` is in seconds for one batch of rules.
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
        self.in_memory = InMemory()
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
        self._hooks: tuple[Callable[[], None], ...] = ()

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
        """Puts rules in force at once, where the engine takes them and they have passed the stranger test.

        Decisions go on meanwhile. Gives back what was refused. A file that broke keeps its earlier version.
        """
        with self._using:
            loaded = self.taken(loaded)
            strangers = stranger_test(loaded.rules, self.rules, self.deadline)
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
            loaded, otherwise = self.taken(loaded), self.taken(otherwise)
            strangers = stranger_test(loaded.rules, self.rules, self.deadline)
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

    def taken(self, loaded: Loaded) -> Loaded:
        """The same without the rules that the engine refuses; it has read all, also those that are not asked yet."""
        far = partial(self.rules, deadline=max(self.deadline, 10.0))
        return without(loaded, self.in_memory.learn(loaded.rules, far))

    def learn(self, texts: Iterable[str]) -> None:
        """Has the engine read some queries over nothing, so that they are worked out in memory where they can be."""
        self.in_memory.learn_texts(texts, partial(self.rules, deadline=self.deadline))

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

    @contextmanager
    def wanted(self, cancel: Cancellation) -> Iterator[None]:
        """Has what the block asks end when nobody wants the answer any more; raises as `Hurry.wanted` does."""
        with self._hurry.wanted(cancel):
            yield

    def facts_at(self, snapshot: Snapshot) -> Facts | None:
        """The governance graph in memory, where it is as in a snapshot; for a check, which no commit overtakes."""
        return self.facts if self._revision == snapshot.revision else None

    def _turn(self) -> None:
        """A new policy: nothing decided before counts. Always under the lock."""
        self.epoch += 1
        for hook in self._hooks:
            hook()

    def listen(self, hook: Callable[[], None]) -> None:
        """Calls `hook` at each change of the policy, in the midst of it: it only notes that, and returns."""
        with self.lock:
            self._hooks += (hook,)

    def rules_for(self, action: str) -> list[Rule]:
        """The rules in force that speak of an action and, as governance is, can say something."""
        return [rule for rule in self.force.rules if rule.is_for(action) and self.is_awake(rule)]

    def is_awake(self, rule: Rule) -> bool:
        """Whether governance has all that a rule needs to say anything."""
        return all(self.facts.speaks_of(term) for term in rule.needs)
