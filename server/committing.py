"""The one path of a write: what it comes to, whether it may be, the checks, one commit.

All of it is decided and worked out under the writer's lock, at the commit: a right that went meanwhile writes
nothing, and nothing comes between what was read and what is written.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeAlias

from ..graph.errors import AmbitError, TooLarge
from ..graph.snapshot import Snapshot
from ..graph.terms import Triple
from ..graph.vocabulary import AMBIT
from ..graph.words import DEFAULT, Change, Record, RecordGraph
from .leave import Leave, refused
from .request import Request


@dataclass(frozen=True, slots=True)
class Difference:
    """What shall go out of one graph and come in."""

    out: frozenset[Triple] = frozenset()
    into: frozenset[Triple] = frozenset()


Work: TypeAlias = Callable[[Leave], dict[str, Difference]]
"""What is to be done, by graph, worked out under the writer's lock; may raise."""


def held(request: Request, graph: str) -> frozenset[Triple]:
    """What a graph says now, as the caller sees it."""
    owner = request.layers.owner
    entry = owner.entry(graph)
    is_seen = entry is not None and entry.compartment in request.clearance.compartments
    return frozenset(owner.triples(graph)) if is_seen else frozenset()


def commit(request: Request, work: Work, touched: Callable[[], frozenset[str]] = frozenset) -> None:
    """Works out what is to be done, decides it, checks it and commits it, all under the writer's lock.

    `touched` gives the compartments that it read. Raises what `work` and the checks raise, and `Refused`.
    """

    actions: dict[str, str] = {}

    def change(snapshot: Snapshot) -> Change:
        leave = Leave(request)
        stand(request, leave)
        differences = work(leave)
        need_few(request, differences)
        if sum(len(d.out) + len(d.into) for d in differences.values()) > request.limits.write_quads:
            raise TooLarge(
                f"more than {request.limits.write_quads} quads would change",
                hint="the setting limits.write_quads bounds it",
            )
        records = [
            record
            for graph, difference in sorted(differences.items())
            if (record := _record(request, leave, graph, difference, touched(), actions)) is not None
        ]
        actor = request.chain.user or AMBIT.ANONYMOUS
        return Change(tuple(records), actor, request.run, request.clearance.compartments)

    try:
        request.layers.owner.revise(change)
    except AmbitError as error:
        request.wrote = error.code == "delivery-failed"  # it is committed all the same
        raise
    request.wrote = True
    request.written = actions
    request.renew()


def need_few(request: Request, graphs: Collection[str]) -> None:
    """Raises `TooLarge` for more graphs than one write may have: all others wait while each is decided and written."""
    most = request.limits.write_graphs
    if len(graphs) > most:
        raise TooLarge(
            f"the write is to more than {most} graphs",
            hint="do it in several updates, or raise the setting limits.write_graphs",
        )


def stand(request: Request, leave: Leave) -> None:
    """Raises where nobody waits for the write any more, or may have it."""
    request.identity.check_expiry()
    if not leave.holds():
        request.cancel.cancel()  # it is made anew, under the right that is now
    if request.cancel.is_cancelled:
        raise AmbitError("the write was cancelled", code="cancelled")


def _record(
    request: Request,
    leave: Leave,
    graph: str,
    difference: Difference,
    touched: frozenset[str],
    actions: dict[str, str],
) -> Record | None:
    """A graph as it shall be, if the caller may make it so; None where it stays as it is.

    Notes in `actions` what becomes of it.
    """
    before = held(request, graph)
    after = (before - difference.out) | difference.into
    if after == before:
        leave.need_any((graph,))
        return None
    action = "write"
    if graph != DEFAULT and not (before and after):
        action = "delete" if before else "create"
    if not leave.may(action, graph):
        raise refused(graph)
    leave.need_strict(graph, touched)
    actions[graph] = action
    label = request.layers.write_labels.of(graph)
    kept = (RecordGraph(graph, after, label=label),) if after else ()
    return Record(graph, AMBIT.WRITES, kept)
