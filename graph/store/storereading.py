"""One pass over the store: its number, its catalog, its graphs and its orders held against what the log comes to."""

from collections.abc import Callable, Iterable, Iterator

from ..ledger.tampering import Problem
from ..terms import Quad, to_nquads
from ..vocabulary import AMBIT
from .catalog import Catalog
from .logreading import LogReading
from .orders import Orders
from .quadstore import CATALOG, QuadStore
from .sums import Sums, graph_of


def read_store(
    quads: QuadStore, log: LogReading, read: Callable[[int], None] | None
) -> tuple[list[Problem], int]:
    """Holds the store's number, its catalog and each of its graphs against the log.

    A commit that waits may be in by half: its graphs are compared as the next start will leave them. Each of
    the store's orders is held against the first, and `read` told how many quads have been read in them; where it
    is None that is left out.
    Gives what is wrong, and how many graphs there are.
    """
    problems = []
    orders = Orders(quads, read) if read is not None else None
    if quads.number() != (log.applied, log.policy_revision) and not log.gap:
        revision = quads.number()[0]
        problems.append(Problem("store", f"it is at revision {revision}, the log at {log.applied}"))
    catalog = Catalog()
    lines = [quad for quad in quads.quads(CATALOG.value) if quad.subject != CATALOG]
    catalog.change((), lines)
    projected = {g for g, entry in catalog.graphs.items() if entry.source == AMBIT.PROVENANCE}
    waiting = {graph_of(line) for delta in log.waiting for part in delta for line in part}
    held: set[str] = set()
    sums = Sums()
    for graph in {*quads.graphs(), *waiting, CATALOG.value}:
        found = quads.quads(graph)
        log.quads += len(found)
        if orders is not None:
            orders.take(graph, found)
        if graph == CATALOG.value:
            data = to_nquads(_logged_lines(lines, projected))
        elif data := to_nquads(found):
            held.add(graph)
        if graph not in projected:
            sums.add(_as_applied(graph, data, log) if graph in waiting else data)
    settled = (held ^ catalog.graphs.keys()) - waiting
    problems += [Problem(f"graph {g}", _misplaced(g in held)) for g in sorted(settled)]
    if not log.gap:
        for graph in sorted(sums.graphs.keys() | log.sums.graphs.keys()):
            if sums.graphs.get(graph) != log.sums.graphs.get(graph):
                problems.append(Problem(f"graph {graph}", "the store does not hold what the commit log says"))
    return problems + (orders.problems() if orders is not None else []), len(held)


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


def _logged_lines(lines: Iterable[Quad], projected: set[str]) -> Iterator[Quad]:
    """The catalog's lines that commits wrote: all but those of projected graphs."""
    names = {f"<{graph}>" for graph in projected}
    return (quad for quad in lines if str(quad.subject) not in names)
