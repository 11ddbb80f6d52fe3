"""The server's side of a keeper: asks its children, and tells what became of them.

Used for each view and, over the governance graph alone, as the decision worker.
"""

import contextlib
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..errors import AmbitError, NotFound, QueryRefused, Refused, TooLarge
from ..sparql.updates import Changed
from ..terms import Object
from . import frames
from .calls import RuleCall, RuleFailure, RuleRows
from .cancellation import Cancellation, cancelled
from .carried import decode_rows, encode_bindings
from .courtesy import COURTESY
from .leases import Leased, Part
from .process import KeeperGone, Process, late

if TYPE_CHECKING:
    from ..sparql.gate import Dataset

__all__ = ["Answer", "Keeper", "KeeperGone", "Piece", "RuleCall", "RuleFailure", "RuleRows"]

GRACE = 0.3  # seconds after which the server kills a child that its own timer has not

SLOW = 0.1  # seconds without an answer after which, again and again, it is looked whether a child is at work
BUSY = 0.02  # seconds of a processor that it has had since: then it runs behind others, for most are done by then

PIECE = 64_000  # bytes of a piece of an answer, and at most 8 kB more: what the engine writes at once

WHOLE = 64_000_000  # bytes of an answer that is held whole

Kind = Literal["solutions", "boolean", "graph"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query came to, serialised, and the revision that the view had."""

    kind: Kind
    body: bytes
    revision: int
    seconds: float = 0.0  # that the engine took, and the writing of the answer


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an answer, in the order of its bytes, and the revision that the view had."""

    kind: Kind
    body: bytes
    revision: int
    is_last: bool


class Keeper(Process):
    """A process that holds quads and answers queries in children of its own."""

    def query(
        self,
        text: str,
        *,
        format: str = "json",
        deadline: float,
        dataset: "Dataset | None" = None,
        bindings: Mapping[str, Object] | None = None,
        cancel: Cancellation | None = None,
        since: int | None = None,
        beside: Callable[[], Part] | None = None,
    ) -> Answer:
        """Answers one query in a child; `deadline` in seconds, `bindings` are terms for projected variables.

        `beside` says what the default graph holds for this query beside what the keeper does.

        `dataset` is taken as it stands, instead of what the text says; of its graphs those count that are
        held. Raises `QueryRefused` (`query-syntax`, `query-failed`), `Timeout`, `TooLarge`, `Busy`,
        `Unavailable`, and `AmbitError` (`cancelled`).
        """
        ends = time.monotonic() + deadline
        head, asked = _question(text, format, dataset, bindings)
        with self.child(ends, cancel, since, beside=beside) as child:
            self._put(child, {**head, "most": WHOLE}, asked, ends)
            self._heed(child, ends)
            reply, body = self._receive(child, ends, cancel)
            child.is_reusable = not reply["last"]
        if "error" in reply:
            raise refusal(reply["error"], reply["message"])
        return Answer(reply["kind"], body, child.revision, reply["took"])

    def stream(
        self,
        text: str,
        *,
        format: str = "json",
        deadline: float,
        dataset: "Dataset | None" = None,
        bindings: Mapping[str, Object] | None = None,
        cancel: Cancellation | None = None,
        piece: int = PIECE,
        beside: Callable[[], Part] | None = None,
    ) -> Generator[Piece, None, None]:
        """Answers one query piece by piece, as they are asked for; its child waits for whoever takes them.

        `deadline` is for the first piece and for all the time that the engine works: not for the time in which
        nobody takes a piece. Raises what `query` raises, also in the midst of an answer. To close the iterator
        ends the child.
        """
        ends = could_end = time.monotonic() + deadline
        head, asked = _question(text, format, dataset, bindings)
        with self.child(ends, cancel, None, beside=beside) as child:
            self._put(child, {**head, "piece": piece}, asked, ends)
            self._heed(child, ends)
            while True:
                reply, body = self._receive(child, ends, cancel, could_end)
                if not reply.get("more"):
                    child.is_reusable = not reply["last"]
                    break
                COURTESY.takes_long(child)  # whoever reads so much waits for those who ask for little
                with child.resting():
                    yield Piece(reply["kind"], body, child.revision, is_last=False)
                ends = time.monotonic() + reply["left"]
        if "error" in reply:
            raise refusal(reply["error"], reply["message"])
        yield Piece(reply["kind"], body, child.revision, is_last=True)

    def update(self, plan: bytes, *, deadline: float, cancel: Cancellation | None = None) -> Changed:
        """Carries out an update (`updates.encode`) on a fresh child's copy, which is thrown away.

        What is held stays as it is: what it comes to is handed back. Raises what `query` raises, `NotFound`
        and `Refused` (`graph-exists`) for operations that fail.
        """
        ends = time.monotonic() + deadline
        with self.child(ends, cancel, None, fresh=True) as child:
            self._send(child, {"do": "update"}, plan, ends)
            reply, body = self._receive(child, ends, cancel)
        if "error" in reply:
            raise refusal(reply["error"], reply["message"])
        out, into = body[: reply["cut"]], body[reply["cut"] :]
        return Changed(out, into, frozenset(reply["named"]), child.revision)

    def rules(
        self,
        queries: Sequence[RuleCall],
        *,
        facts: bytes = b"",
        patch: tuple[bytes, bytes] | None = None,
        deadline: float,
    ) -> list[RuleRows | RuleFailure]:
        """One result for each query, all over the same content; `deadline` in seconds, for all together.

        `facts` (N-Quads) are there for this call only; `patch` (out, into) is applied in a child that is
        thrown away. A query that crashes, or takes half of the time left to it and others, fails alone.
        Raises `Busy`, `Timeout` (no child in time), `Unavailable`.
        """
        ends = time.monotonic() + deadline
        results: list[RuleRows | RuleFailure] = []
        version = None
        while len(results) < len(queries):
            if results and time.monotonic() >= ends:
                return results + [RuleFailure("timeout")] * (len(queries) - len(results))
            with self.child(ends, None, None, fresh=patch is not None) as child:
                if version not in (None, child.version):
                    results.clear()  # what was said before a commit does not mix with what is said after
                version = child.version
                rest = queries[len(results) :]
                child.is_reusable = self._ask_rules(child, rest, facts, patch or (b"", b""), ends, results)
        return results

    def _ask_rules(
        self,
        child: Leased,
        queries: Sequence[RuleCall],
        facts: bytes,
        patch: tuple[bytes, bytes],
        ends: float,
        results: list[RuleRows | RuleFailure],
    ) -> bool:
        """Asks until a query ends the child: its failure is then the last result. Whether the child lives."""
        texts = [query.text.encode() for query in queries]
        parts = [facts, *patch, encode_bindings([query.bindings for query in queries]), *texts]
        head = {"do": "rules", "cuts": [len(part) for part in parts]}
        self._send(child, head, b"".join(parts), ends)
        for _ in queries:
            began = time.monotonic()
            try:
                reply, body = self._receive(child, ends, None)
            except KeeperGone:
                raise
            except AmbitError as error:
                is_late = time.monotonic() >= (began + ends) / 2 - 0.01  # the child's own timer, see there
                results.append(RuleFailure(late().message if is_late else error.message))
                return False
            if "error" in reply:
                results.append(
                    RuleFailure(reply["message"] or reply["error"], reply["error"] in ("syntax", "engine"))
                )
            else:
                results.append(decode_rows(reply["kind"], body))
        try:
            reply, _ = self._receive(child, ends, None)
        except AmbitError:
            return False
        return not reply["last"] and not any(patch)

    def _put(self, child: Leased, head: frames.Head, asked: bytes, ends: float) -> None:
        """Sends a query, and before the first what it is to see beside the keeper's content."""
        owed, child.owed = child.owed, b""
        self._send(child, {**head, "cuts": [*head["cuts"], len(owed)]}, asked + owed, ends)

    def _send(self, child: Leased, head: frames.Head, body: bytes, ends: float) -> None:
        seconds = max(ends - time.monotonic(), 0.001)
        with contextlib.suppress(frames.Gone, TimeoutError):  # `_receive` says why
            child.send({**head, "seconds": seconds}, body, seconds)

    def _heed(self, child: Leased, ends: float) -> None:
        """Has a child that works for longer than most run behind the others, once there are any."""
        worked = None
        while child.is_silent(max(0.0, min(SLOW, ends - time.monotonic()))):
            if time.monotonic() >= ends:
                return
            before, worked = worked, child.worked()
            if before is not None and worked - before >= BUSY:
                return COURTESY.takes_long(child)

    def _receive(
        self, child: Leased, ends: float, cancel: Cancellation | None, could_end: float | None = None
    ) -> tuple[frames.Head, bytes]:
        """The next frame. A child that has died from `could_end` on (else `ends`) has died of its own timer."""
        try:
            head, body, _ = frames.receive(child.sock, ends=ends + GRACE, limit=self.most)
            return head, body
        except TimeoutError:
            raise late() from None
        except frames.Gone:
            if cancel is not None and cancel.is_cancelled:
                raise cancelled() from None
            if time.monotonic() >= (ends if could_end is None else could_end) - 0.01:
                raise late() from None
            self.check()
            raise QueryRefused(
                "the engine broke down over the query",
                hint="it needs more memory or depth than a query may take: the setting limits.query_memory bounds it",
                code="query-failed",
            ) from None


def _question(
    text: str, format: str, dataset: "Dataset | None", bindings: Mapping[str, Object] | None
) -> tuple[frames.Head, bytes]:
    """A query as a child takes it."""
    data, bound = text.encode(), encode_bindings([bindings or {}])
    graphs = None if dataset is None else [list(dataset.default), list(dataset.named)]
    return {"do": "query", "format": format, "dataset": graphs, "cuts": [len(data), len(bound)]}, data + bound


def refusal(error: str, message: str) -> AmbitError:
    """What a child's error is to whoever asked."""
    match error:
        case "syntax":
            return QueryRefused(message, code="query-syntax")
        case "full":
            return TooLarge("the answer has more bytes than it may", hint="ask for less, or page by LIMIT")
        case "many":
            return TooLarge(
                f"the update changes more than {message} quads",
                hint="do it in several updates: the setting limits.write_quads bounds it",
            )
        case "absent":
            return NotFound(f"there is no graph `{message}`", hint="with SILENT this is no failure")
        case "exists":
            return Refused(
                f"the graph `{message}` is there already",
                hint="with SILENT this is no failure",
                code="graph-exists",
            )
        case "format":
            return QueryRefused("the answer cannot be written in this format", code="query-format")
        case _:
            return QueryRefused(message, code="query-failed")
