"""An update without a WHERE, carried out on nothing but the graphs that it concerns: no view, no child, no engine.

Its data and graphs are what the gate has read; nothing that a user wrote is evaluated. Commits wait for it, so it
is done so only where all of its operations together are little work, and it ends at its deadline.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from pyoxigraph import Store

from ..sparql.updates import Changed, Clear, Create, Modify, Operation, Pattern, Transfer, Update
from ..terms import NamedNode, Quad, Triple
from .applying import DEFAULT, Failed, Heed, carry_out
from .cancellation import Cancellation, cancelled
from .process import late
from .worker import refusal

MOST = 5_000
"""Quads in the text of an update that is worked out so."""

WORK = 10_000
"""Quads that its operations may take up in all, each as often as one does: long ones count for more (`weight`)."""

_LONG = 256  # characters for which a quad counts once more


def is_direct(update: Update) -> bool:
    """Whether an update has no WHERE and little data."""
    parts = [one for one in update.operations if isinstance(one, Modify)]
    quads = sum(len(one.delete) + len(one.insert) for one in parts)
    return all(one.where is None for one in parts) and quads <= MOST


def is_little(update: Update, weigh: Callable[[str], int], written: Iterable[str] = ()) -> bool:
    """Whether the operations of a direct update take up no more than `WORK`, counted as the graphs grow by them.

    `weigh` gives a graph's weight as it is now: the sum of `weight` of its triples, anything above `WORK` where
    that is more; `written` are the graphs that CLEAR with a word goes through.
    """
    sizes = _Sizes(weigh, written)
    work = 0
    for operation in update.operations:
        work += 1 + sizes.take(operation)
        if work > WORK:
            return False
    return True


def weight(parts: Triple | Pattern) -> int:
    """What one quad counts for: 1, and more where it is long."""
    return 1 + sum(len(str(part)) for part in (parts.subject, parts.predicate, parts.object)) // _LONG


class _Sizes:
    """What graphs weigh at most in the course of an update; a graph is weighed where it is taken up whole."""

    def __init__(self, weigh: Callable[[str], int], written: Iterable[str]):
        self._weigh = weigh
        self._written = frozenset(written)
        self._sizes: dict[str, int] = {}  # as weighed, or as made by an operation
        self._added: defaultdict[str, int] = defaultdict(int)  # since then

    def take(self, operation: Operation) -> int:
        """What one operation takes up; what it makes of the graphs is what they weigh from here on."""
        match operation:
            case Modify():
                for pattern in operation.insert:
                    self._added[pattern.graph.value if isinstance(pattern.graph, NamedNode) else ""] += (
                        weight(pattern)
                    )
                return sum(map(weight, (*operation.delete, *operation.insert)))
            case Clear() if operation.graph in ("named", "all"):
                return self._clear(DEFAULT if operation.graph == "named" else "")
            case Clear():
                return self._become(operation.graph, 0)
            case Transfer():
                return self._transfer(operation)
            case Create():
                return 0

    def _clear(self, but: str) -> int:
        """CLEAR with a word; what the update itself has made may be among it, and is counted on."""
        made = (self._sizes.keys() | self._added.keys()) - self._written
        gone = sum(1 + self._become(graph, 0) for graph in self._written if graph != but)
        return gone + sum(1 + self._of(graph) for graph in made)

    def _transfer(self, operation: Transfer) -> int:
        """A target keeps what it had where the source is not there, which SILENT passes over."""
        source, target = operation.source, operation.target
        if source == target:
            return 0
        moved, there = self._of(source), self._of(target)
        work = moved
        if operation.verb == "add":
            self._become(target, there + moved)
        else:
            work += self._become(target, max(there, moved))
        if operation.verb == "move":
            work += self._become(source, 0)
        return work

    def _of(self, graph: str) -> int:
        if graph not in self._sizes:
            self._sizes[graph] = self._weigh(graph)
        return self._sizes[graph] + self._added[graph]

    def _become(self, graph: str, weighs: int) -> int:
        """A graph weighs something else from here on; what it weighed."""
        before = self._of(graph)
        self._sizes[graph], self._added[graph] = weighs, 0
        return before


def heeding(ends: float, cancel: Cancellation) -> Heed:
    """What raises `Timeout` once `ends` (monotonic) is past, and `AmbitError` (`cancelled`) once nobody waits."""

    def heed() -> None:
        if cancel.is_cancelled:
            raise cancelled()
        if time.monotonic() >= ends:
            raise late()

    return heed


def carry_out_directly(
    plan: bytes, held: Mapping[str, Iterable[Triple]], *, answer: int, heed: Heed
) -> Changed:
    """What it comes to over the graphs `held` as they are; raises what `Keeper.update` and `heed` raise for it."""
    store = Store()
    for graph, triples in held.items():
        heed()
        name = NamedNode(graph)
        store.extend(Quad(t.subject, t.predicate, t.object, name) for t in triples)
    try:
        head, body = carry_out(store, plan, _ask, answer, heed)
    except Failed as failed:
        raise refusal(failed.code, failed.about) from None
    cut = head["cut"]
    return Changed(body[:cut], body[cut:], frozenset(head["named"]), -1)


def _ask(*_: object) -> object:
    raise TypeError("there is no WHERE to be asked")
