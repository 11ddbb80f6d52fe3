"""What a projection comes to in the store: quads that no commit wrote, in graphs the catalog must know."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..terms import NamedNode, Quad, Subject
from ..words import Delta, GraphEntry, Placed
from .catalog import Catalog
from .lines import graph_quad
from .quadstore import QuadStore


@dataclass(frozen=True, slots=True)
class Projection:
    """Graphs with the quads that they are to hold besides what they hold, and graphs that go."""

    count: int  # how many ledger entries have been projected with these
    graphs: tuple[tuple[GraphEntry, tuple[Quad, ...]], ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Projected:
    """What is written, and what the views are told: a delta at the present revision."""

    delta: Delta
    out: tuple[Quad, ...]
    into: tuple[Quad, ...]
    catalog_out: tuple[Quad, ...]
    catalog_into: tuple[Quad, ...]


def work_out(projection: Projection, catalog: Catalog, quads: QuadStore, revision: int) -> Projected:
    """The difference to what is there, so that projecting again changes nothing."""
    into: list[Placed] = []
    lines: list[Quad] = []
    for entry, wanted in projection.graphs:
        known = catalog.graphs.get(entry.graph)
        new = list(dict.fromkeys(wanted)) if known is None else _missing(wanted, entry.graph, quads)
        into += _placed(new, known or entry)
        if known is None and new:
            lines.append(graph_quad(entry, None))
    going = [catalog.graphs[g] for g in projection.gone if g in catalog.graphs]
    out = [placed for entry in going for placed in _placed(quads.quads(entry.graph), entry)]
    forgotten = [graph_quad(entry, None) for entry in going]
    return Projected(
        Delta(revision, tuple(out), tuple(into)),
        (*(p.quad for p in out), *forgotten),
        (*(p.quad for p in into), *lines),
        tuple(forgotten),
        tuple(lines),
    )


def _missing(wanted: Sequence[Quad], graph: str, quads: QuadStore) -> list[Quad]:
    """Those that a graph lacks. Most are of a run that it has not met: what it says nothing of lacks all."""
    name, met = NamedNode(graph), dict[Subject, bool]()
    lacking: list[Quad] = []
    for quad in dict.fromkeys(wanted):
        about = quad.subject
        if (is_met := met.get(about)) is None:
            is_met = met[about] = next(quads.pattern(about, None, None, name), None) is not None
        if not is_met or quad not in quads:
            lacking.append(quad)
    return lacking


def _placed(quads: Iterable[Quad], entry: GraphEntry) -> Sequence[Placed]:
    return [Placed(quad, entry.compartment or "", entry.role) for quad in quads]
