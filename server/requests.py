"""A governed request, from identity to the closing line in the ledger.

Order: identity, purpose, decision, the ledger's opening entry, the work on the view, a check that the
right still holds, the ledger's closing entry, the answer. If an entry can't be written, nothing is answered.
A right that goes while the work runs ends that work at once.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Generic, TypeVar

import anyio
import structlog
from prometheus_client import Counter, Histogram

from ..graph.clock import BEHIND, CLOCK
from ..graph.errors import AmbitError, Busy, PurposeRefused, Unavailable
from ..graph.views.cancellation import Cancellation
from ..reasoning.deciding.claims import NO_CLAIMS, Claims
from ..reasoning.deciding.questions import Decision, Failure
from .handing import Given
from .identity import Identity, Verifier
from .layers import Layers
from .patterns import Pattern
from .request import Request
from .rights import Right, Rights
from .session import Sessions
from .settings import Settings
from .slots import Slots, Streams
from .streaming import Streamed, Watch

T = TypeVar("T")

log = structlog.get_logger()

ATTEMPTS = 3  # an answer made under a right that has changed meanwhile is made anew this often
ANSWERED = Counter("ambit_requests_total", "requests carried out, by outcome", ["outcome"])
FAILED = Counter("ambit_decision_failures_total", "what failed in deciding, and denied, by part", ["part"])
SECONDS = Histogram("ambit_request_seconds", "time of a request, identity to closing entry")


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """What work came to, and the request under whose right it may leave; None: it was decided as it was committed."""

    result: T
    request: Request | None


class Requests:
    """Opens, carries out and closes requests."""

    def __init__(self, layers: Layers, settings: Settings):
        self.settings = settings
        self.verifier = Verifier(settings)
        self.sessions = Sessions(self.verifier)
        self.limiter = anyio.CapacityLimiter(settings.limits.requests)
        limits = settings.limits
        self.slots = Slots(limits.requests, each=limits.requests_each, waiting=limits.waiting_each)
        self._layers = layers
        self._streams = Streams(each=max(1, limits.requests_each // 2))
        self._rights = Rights(layers.decider, layers.owner)
        layers.owner.listen(self._rights.on_delta)

    def carry_out(
        self,
        identity: Identity,
        purpose: str | None,
        work: Callable[[Request], T],
        *,
        text: str,
        cancel: Cancellation,
        action: str = "read",
        seconds: float | None = None,
        stated: Claims = NO_CLAIMS,
        pattern: Pattern | None = None,
    ) -> T:
        """The result of `answered`."""
        return self.answered(
            identity,
            purpose,
            work,
            text=text,
            cancel=cancel,
            action=action,
            seconds=seconds,
            stated=stated,
            pattern=pattern,
        ).result

    def answered(
        self,
        identity: Identity,
        purpose: str | None,
        work: Callable[[Request], T],
        *,
        text: str,
        cancel: Cancellation,
        action: str = "read",
        seconds: float | None = None,
        stated: Claims = NO_CLAIMS,
        pattern: Pattern | None = None,
    ) -> Answered[T]:
        """What `work` returns under a right that held from its start to its end; `seconds` bounds its queries.

        `stated` is what the request says of itself, to rules; `pattern` gives the shape of what is asked, for
        approvals that stand for one alone.

        What is `Streamed` is returned when its first piece is there; its right is watched until its last.

        Raises `PurposeRefused`, what `work` raises, `Unauthenticated` where the token expired meanwhile, or
        `Unavailable` where the ledger takes no entry.
        """
        with SECONDS.time():
            for _ in range(ATTEMPTS):
                lost = Cancellation()  # of this attempt: the client left, or the right is gone
                with ExitStack() as held:
                    held.enter_context(cancel.killing(lost.cancel))
                    request = self._open(
                        identity, purpose, text, lost, action, seconds, stated, pattern or Pattern()
                    )
                    held.enter_context(self._rights.watched(request.right))
                    result: T | None = None
                    try:
                        result = work(request)
                        is_apart = self._recalls(request, stated)
                    except AmbitError as error:
                        _drop(result)
                        if request.wrote or cancel.is_cancelled or not lost.is_cancelled:
                            self._close(request, error.code)
                            raise
                    except BaseException:
                        _drop(result)
                        self._close(request, "internal")
                        raise
                    else:
                        # a write was decided as it was committed, and is never made twice
                        if request.wrote or (is_apart and self._holds(request.right, result)):
                            if isinstance(result, Streamed):
                                self._begin(result, request, held, cancel)
                            else:
                                self._close(request, "ok")
                            return Answered(result, None if request.wrote else request)
                        _drop(result)
                    self._close(request, "right-changed")
                    identity.check_expiry()
            raise Unavailable("rights kept changing while the answer was made", hint="try again")

    def _recalls(self, request: Request, stated: Claims) -> bool:
        """Notes what was read of what is kept apart; whether it may be answered so."""
        read = request.touched | request.handed
        return self._layers.recall.take(request.question, stated, read, is_written=request.wrote)

    def _holds(self, right: Right, result: object) -> bool:
        """Whether a result may be given, or begun to be."""
        return self._rights.hold(right) and not (
            isinstance(result, Streamed) and self._rights.has_lost(right)
        )

    def may_leave(self, request: Request) -> bool:
        """Whether what was made for it a moment ago may leave now, as far as is known without asking rules."""
        with self._rights.giving(request.right, held=True) as may:
            return may

    def hold(self, request: Request) -> None:
        """Raises where what was made for it may leave no more: `Unauthenticated`, `Unavailable`.

        Its closing entry says that it was answered, and another one then that it was not.
        """
        if not self._rights.hold(request.right):
            self._close(request, "right-changed")
            request.identity.check_expiry()
            raise Unavailable("rights changed as the answer was about to leave", hint="try again")

    def _begin(self, answer: Streamed, request: Request, held: ExitStack, client: Cancellation) -> None:
        """From here on the answer closes its request itself, when its last byte has been given.

        Raises `Busy`, and closes it, where its subject is given too many.
        """
        try:
            held.enter_context(self._streams.of(request.chain.user or ""))
        except Busy as busy:
            answer.drop()
            self._close(request, busy.code)
            raise
        kept = held.pop_all()

        def close(outcome: str) -> None:
            with kept:
                self._close(request, outcome)

        self._layers.ledger.settle()  # what it speaks of is on disk before its first byte leaves
        limits = self.settings.limits
        watch = Watch(
            self._rights, request, client, self.limiter, limits.stall_seconds, limits.stream_seconds
        )
        answer.begin(watch, close)

    def _open(
        self,
        identity: Identity,
        header: str | None,
        text: str,
        cancel: Cancellation,
        action: str,
        seconds: float | None,
        stated: Claims,
        pattern: Pattern,
    ) -> Request:
        layers = self._layers
        run = f"urn:ambit:run:{uuid.uuid4().hex}"
        try:
            facts = stated.triples(layers.recall.read(identity.chain.user))
            question, declared, decision = self._rights.decided(identity, header, action, facts, pattern)
        except PurposeRefused:
            self._refuse(identity, header, text, run)
            raise
        opened = layers.ledger.append(
            "request",
            {
                "run": run,
                "user": identity.chain.user,
                "agents": list(identity.chain.agents),
                "purpose": question.purpose,
                "declared": declared,
                "decision": decision.iri,
                "rules": list(decision.rules),
                "mattered": list(decision.mattered),
                **_frameworks(decision),
                "policy_revision": decision.policy_revision,
                "clearance": decision.clearance.key,
                "request": _hash(text),
                **failed_of(decision.failures),
                **told_of(stated),
            },
            notes=None if identity.anonymous else note_of(text, stated),
        )
        right = Right(identity, header, question, decision, cancel, pattern)
        return Request(layers, self.settings, right, run, opened=opened, seconds=seconds)

    def _refuse(self, identity: Identity, header: str | None, text: str, run: str) -> None:
        """Notes a request whose purpose is refused. The purpose is the caller's text, so its hash stands there."""
        purpose = header if header is not None else " ".join(identity.purposes or ())
        ANSWERED.labels(PurposeRefused.code).inc()
        self._layers.ledger.append(
            "request",
            {
                "run": run,
                "user": identity.chain.user,
                "agents": list(identity.chain.agents),
                "status": PurposeRefused.code,
                "refused": _hash(purpose),
                "request": _hash(text),
            },
            notes=None if identity.anonymous else {"query": text},
        )

    def _close(self, request: Request, outcome: str) -> None:
        ANSWERED.labels(outcome).inc()
        self._layers.ledger.append(
            "answer",
            {
                "run": request.run,
                "user": request.chain.user,
                "status": outcome,
                "touched": sorted(request.touched),
                "handed": sorted(request.handed),
                "result": request.result,
                "deployments": request.called,
                **_written(request),
            },
        )
        if outcome == "ok":
            given = Given(request.returned, request.said)
            self._layers.handing.note(
                request.run, request.chain.user, request.clearance, given, request.touched, request.since
            )


def _drop(result: object) -> None:
    """Lets go of an answer that is not given."""
    if isinstance(result, Streamed):
        result.drop()


def told_of(stated: Claims) -> dict[str, str]:
    """What a request says of itself, as the ledger holds it: IRIs and hashes."""
    said = {"serves": stated.decision, "reason": _hash(stated.reason) if stated.reason else None}
    return {name: value for name, value in said.items() if value}


def _frameworks(decision: Decision) -> dict[str, list[str]]:
    """The regulations of the rules that gave something, and of all that mattered; nothing where there are none."""
    found = {"frameworks": list(decision.frameworks), "applied": list(decision.applied)}
    return {name: words for name, words in found.items() if words}


def note_of(text: str, stated: Claims) -> dict[str, str]:
    """What a request says in words."""
    return {"query": text} | ({"reason": stated.reason} if stated.reason else {})


def _written(request: Request) -> dict[str, list[str]]:
    """Which graphs a write changed, and by what actions; nothing for what only read."""
    if not request.written:
        return {}
    return {"actions": sorted(set(request.written.values())), "written": sorted(request.written)}


def failed_of(failures: Iterable[Failure]) -> dict[str, list[str]]:
    """What failed in deciding, and denied: rules, the chain, deciding itself, the clock; nothing where all went well."""
    listed = list(failures)
    failed = {failure.rule for failure in listed}
    if CLOCK.behind() > BEHIND:
        failed.add("clock")
    for part in failed:
        FAILED.labels(part if ":" not in part else "rule").inc()
    for failure in listed:
        if failure.rule != "chain":  # that is for whoever acts, not for whoever runs the place
            log.warning("a failure denies", part=failure.rule, reason=failure.reason)
    return {"failed": sorted(failed)} if failed else {}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
