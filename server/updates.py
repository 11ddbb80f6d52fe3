"""SPARQL 1.1 Update for one request: planned on the caller's view, committed whole or not at all.

The view that an update was worked out on may be overtaken by another commit. What it read, and what it writes,
must then be as it was, else it is worked out anew: so no update is lost, and none acts on what is no longer so.
"""

import secrets
import time
from collections import defaultdict
from contextlib import ExitStack

from ..graph.errors import Busy, QueryRefused
from ..graph.sparql.gate import Dataset, Limits
from ..graph.sparql.updategate import admit_update
from ..graph.sparql.updates import Changed, Clear, Modify, Plan, Transfer, Update, Where, encode
from ..graph.terms import Triple, from_nquads
from ..graph.views.applying import Heed
from ..graph.views.directly import WORK, carry_out_directly, heeding, is_direct, is_little, weight
from ..graph.words import MERGED, Role
from .committing import Difference, commit, held, need_few
from .leave import Leave
from .request import Request

ATTEMPTS = 10
"""How often an update is worked out while others overtake it."""


class _Overtaken(Exception):
    """Something that the update read or writes has changed since, or is more than it was."""


def update(request: Request, text: str, dataset: Dataset | None = None) -> None:
    """Carries out a SPARQL 1.1 Update, whole or not at all; `dataset` is the protocol's (§2.2.3).

    Raises `QueryRefused` and `TooLarge` (the text), `Refused` (`write-refused`, `declassify-needed`,
    `graph-exists`), `NotFound` (CLEAR, DROP, COPY, MOVE and ADD of a graph that is not there), `Invalid`
    (`shape-violation`), `Timeout`, `Busy`.
    """
    asked = admit_update(text, limits=Limits(bytes=request.limits.query_bytes))
    if dataset is not None and asked.has_dataset:
        raise QueryRefused(
            "the request names a dataset, and so does the update",
            hint="leave out using-graph-uri and using-named-graph-uri, or WITH and USING",
        )
    if not asked.operations:
        return
    need_few(request, asked.graphs)
    Leave(request).need_any(asked.graphs)
    ends = time.monotonic() + request.seconds
    request.layers.usage.settled(request.seconds)  # until then all would count as read
    with ExitStack() as waiting:
        for attempt in range(ATTEMPTS):
            try:
                return _attempt(request, asked, dataset, ends)
            except _Overtaken:
                if not attempt:  # one at a time from here on, so that somebody gets through
                    _wait(request, ends, waiting)
    raise Busy("others keep changing what this update works on", hint="try again")


def _wait(request: Request, ends: float, waiting: ExitStack) -> None:
    lock = request.layers.writing
    while not lock.acquire(timeout=0.1):
        if time.monotonic() >= ends or request.cancel.is_cancelled:
            raise Busy("too many updates of the same data at once", hint="try again")
    waiting.callback(lock.release)


def _attempt(request: Request, asked: Update, dataset: Dataset | None, ends: float) -> None:
    layers, clearance = request.layers, request.clearance
    owner = layers.owner
    heed = heeding(ends, request.cancel)
    before = Leave(request)
    direct = is_direct(asked) and _is_little(request, asked, _cleared(before, asked))
    revision, planned = -1, {}
    touched: set[str] = set()
    if not direct:
        with owner.frozen():  # of the commit that the view had at this look, all are told
            revision = layers.views.revision_of(clearance)
            touched |= _touched(request, asked, dataset)
        request.touched |= touched
        plan = _plan(request, _cleared(before, asked), asked, dataset)
        seconds = max(ends - time.monotonic(), 0.001)
        changed = layers.views.update(clearance, plan, deadline=seconds, cancel=request.cancel)
        if changed.revision > revision:  # it may have read what came after the look, and is gone by now
            raise _Overtaken
        planned = _differences(changed)

    def work(leave: Leave) -> dict[str, Difference]:
        heed()  # the lock may have been somebody else's for long
        touched.update(_touched(request, asked, dataset))
        request.touched |= touched
        differences = _differences(_directly(request, leave, asked, heed)) if direct else planned
        leave.need_any(differences)
        targets = {layers.write_labels.compartment(graph) for graph in differences}
        concerned = clearance.compartments & (touched | {one for one in targets if one})
        if not direct and owner.changed_since(concerned, revision):
            raise _Overtaken
        return differences

    commit(request, work, lambda: frozenset(touched))


def _plan(request: Request, cleared: frozenset[str], asked: Update, dataset: Dataset | None) -> bytes:
    """What is to be known: by CLEAR with a word which graphs may be written, by a second operation the merge."""
    owner, seen = request.layers.owner, request.clearance.compartments
    unmerged = [graph for role in frozenset(Role) - MERGED for graph in owner.graphs_as(role, seen)]
    return encode(
        Plan(
            asked,
            cleared,
            frozenset(unmerged if len(asked.operations) > 1 else ()),
            secrets.token_hex(16),
            request.limits.write_quads,
            dataset,
        )
    )


def _directly(request: Request, leave: Leave, asked: Update, heed: Heed) -> Changed:
    """What an update without a WHERE comes to, on the graphs as they are now."""
    cleared = _cleared(leave, asked)
    if not _is_little(request, asked, cleared):  # it was, when nobody waited for it yet
        raise _Overtaken
    sources = {one.source for one in asked.operations if isinstance(one, Transfer)}
    return carry_out_directly(
        _plan(request, cleared, asked, None),
        {graph: held(request, graph) for graph in asked.graphs | sources | cleared},
        answer=request.limits.result_bytes,
        heed=heed,
    )


def _is_little(request: Request, asked: Update, cleared: frozenset[str]) -> bool:
    """Whether all that it does to graphs is little enough for commits to wait for it."""

    def weigh(graph: str) -> int:
        most = WORK + 1
        size = request.layers.owner.size(graph, most)  # counted no further: it may be a large one
        return size if size == most else sum(map(weight, held(request, graph)))

    return is_little(asked, weigh, cleared)


def _cleared(leave: Leave, asked: Update) -> frozenset[str]:
    """The graphs that CLEAR and DROP with a word go through."""
    return leave.written() if _clears_by_word(asked) else frozenset()


def _clears_by_word(asked: Update) -> bool:
    return any(isinstance(one, Clear) and one.graph in ("named", "all") for one in asked.operations)


def _differences(changed: Changed) -> dict[str, Difference]:
    out: dict[str, set[Triple]] = defaultdict(set)
    into: dict[str, set[Triple]] = defaultdict(set)
    for said, sets in ((changed.out, out), (changed.into, into)):
        for quad in from_nquads(said):
            sets[quad.graph_name.value].add(quad.triple)  # type: ignore[union-attr]
    return {
        graph: Difference(frozenset(out[graph]), frozenset(into[graph]))
        for graph in out.keys() | into.keys() | changed.named
    }


def _touched(request: Request, asked: Update, dataset: Dataset | None) -> frozenset[str]:
    """The cleared compartments that its WHEREs, and the graphs that it copies, may have been read from."""
    found: set[str] = set()
    for one in asked.operations:
        if isinstance(one, Modify) and one.where is not None:
            found |= _read(request, one.where, dataset)
        elif isinstance(one, Transfer):
            found |= _compartments(request, frozenset((one.source,)))
    return frozenset(found)


def _read(request: Request, where: Where, dataset: Dataset | None) -> frozenset[str]:
    touched = request.layers.usage.touched(request.clearance, where.query)
    reads = where.reads
    if reads is None and dataset is not None:
        reads = frozenset((*dataset.default, *dataset.named))
    return touched if reads is None else touched & _compartments(request, reads)


def _compartments(request: Request, graphs: frozenset[str]) -> frozenset[str]:
    """The cleared compartments of graphs; of one that the update itself makes, that which it will have."""
    owner = request.layers.owner
    found: set[str] = set()
    for graph in graphs:
        entry = owner.entry(graph)
        held = entry.compartment if entry is not None else request.layers.write_labels.compartment(graph)
        found |= owner.members(held) if held else frozenset()
    return request.clearance.compartments & found
