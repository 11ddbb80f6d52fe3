"""One pass over the store: its number, its catalog, its graphs and its orders held against what the log comes to."""

from collections.abc import Callable, Collection
from pathlib import Path

from pyoxigraph import RdfFormat, parse

from ..compartments import LABELS, labels_from
from ..errors import Unavailable
from ..ledger.tampering import Problem
from ..terms import to_nquads
from .catalog import Catalog
from .lines import graph_quad
from .logreading import LogReading
from .orders import Orders
from .quadstore import CATALOG, QuadStore
from .runreading import is_of_runs, strange_in_runs
from .sums import Sums, graph_of


def read_store(quads: QuadStore, log: LogReading, read: Callable[[int], None] | None, ledger: Path) -> int:
    """Holds the store's number, its catalog and each of its graphs against the log.

    A commit that waits may be in by half: its graphs are compared as the next start will leave them. Each of
    the store's orders is held against the first, and `read` told how many quads have been read in them; where it
    is None that is left out. Graphs of runs, which no commit wrote, are held against the `ledger`.
    What is wrong is told to the `log`'s problems; gives how many graphs there are. Graphs that damaged files
    hold are told, and the others compared. Raises `Unavailable` where nothing more can be read.
    """
    problems = log.problems
    orders = Orders(quads, read) if read is not None else None
    revision = quads.number()[0]
    is_told = log.gap or any(revision in hole for hole in log.unread)
    if quads.number() != (log.applied, log.policy_revision) and not is_told:
        problems.append(Problem("store", f"it is at revision {revision}, the log at {log.applied}"))
    catalog = Catalog()
    lines = [quad for quad in quads.quads(CATALOG.value) if quad.subject != CATALOG]
    catalog.change((), lines)
    labels = labels_from(
        parse(_as_applied(LABELS, to_nquads(quads.quads(LABELS)), log), format=RdfFormat.N_QUADS)
    )
    projected = {g for g, entry in catalog.graphs.items() if is_of_runs(entry, labels)}
    unlogged = {graph_quad(catalog.graphs[graph], None) for graph in projected}
    waiting = {graph_of(line) for delta in log.waiting for part in delta for line in part}
    held: set[str] = set()
    unread: dict[str, str] = {}  # and why
    sums = Sums()
    for graph in {*quads.graphs(), *waiting, CATALOG.value}:
        try:
            found = quads.quads(graph)
        except Unavailable as error:
            unread[graph], orders = error.message, None  # its orders go by all graphs together
            continue
        log.quads += len(found)
        if orders is not None:
            orders.take(graph, found)
        if graph == CATALOG.value:
            data = to_nquads(line for line in lines if line not in unlogged)
        elif data := to_nquads(found):
            held.add(graph)
        if graph not in projected:
            sums.add(_as_applied(graph, data, log) if graph in waiting else data)
    if unread:
        first = min(unread)
        reason = f"{len(unread)} of its graphs cannot be read, the first `{first}`: {unread[first]}"
        problems.append(Problem("store", reason))
    settled = (held ^ catalog.graphs.keys()) - waiting - unread.keys()
    problems += [Problem(f"graph {g}", _misplaced(g in held)) for g in sorted(settled)]
    problems += [] if log.gap else _differing(sums, log, unread.keys())
    problems += strange_in_runs(quads, projected - unread.keys(), ledger)
    problems += orders.problems() if orders is not None else []
    return len(held)


def _differing(sums: Sums, log: LogReading, but: Collection[str]) -> list[Problem]:
    """The graphs that are not what the log comes to; where a part of it cannot be read, all in one."""
    said = sums.graphs.keys() | log.sums.graphs.keys()
    wrong = [g for g in sorted(said - set(but)) if sums.graphs.get(g) != log.sums.graphs.get(g)]
    if wrong and log.unread:
        reason = f"{len(wrong)} of its graphs, the first `{wrong[0]}`, do not hold what is left of the commit log: what is missing there is not known"
        return [Problem("store", reason)]
    return [Problem(f"graph {g}", "the store does not hold what the commit log says") for g in wrong]


def _misplaced(in_store: bool) -> str:
    here, there = ("store", "catalog") if in_store else ("catalog", "store")
    return f"it is in the {here} and not in the {there}"


def _as_applied(graph: str, data: bytes, log: LogReading) -> bytes:
    """A graph's lines after the commits that wait."""
    lines = set(data.splitlines())
    for out, into in log.waiting:
        lines -= out
        lines |= {line for line in into if graph_of(line) == graph}
    return b"\n".join(lines)
