"""Quads that are committed and not in the store yet: read as if they were.

A store that runs behind its log is made good at the next start; one that runs ahead of it is not. So in durable
mode the store gets a commit only when log and ledger are on disk; and where the store takes no more, what is
read stays whole.
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from ..terms import NamedNode, Object, Quad, Subject, Triple, to_ntriples
from ..vocabulary import RDF, node
from .logged import Logged
from .quadstore import QuadStore
from .recovery import net

_TYPE = node(RDF.TYPE)


class _Over:
    """What lies over the store: commits in order, and for each quad that they touch whether it is there."""

    def __init__(self, commits: Iterable[Logged]):
        self.commits: list[Logged] = []
        self.state: dict[Quad, bool] = {}
        self.by_triple: dict[Triple, dict[Quad, None]] = defaultdict(dict)
        self.by_graph: dict[str, dict[Quad, None]] = defaultdict(dict)
        self.by_subject: dict[Subject, dict[Quad, None]] = defaultdict(dict)
        for logged in commits:
            self.add(logged)

    def add(self, logged: Logged) -> None:
        out, into = net(logged.delta.out, logged.delta.into)
        self.commits.append(logged)
        for is_there, quads in ((False, (*out, *logged.catalog_out)), (True, (*into, *logged.catalog_into))):
            for quad in quads:
                self.state[quad] = is_there
                self.by_triple[quad.triple][quad] = None
                self.by_graph[_graph(quad)][quad] = None
                self.by_subject[quad.subject][quad] = None


class AheadQuads(QuadStore):
    """The owner's store, with what is held back from it on top.

    A commit is held under the state's exclusive lock. `write` goes on beside readers: what they see does not
    change by it, since a commit that is in the store and also over it reads the same.
    """

    def __init__(self, folder: Path):
        super().__init__(folder)
        self._over: _Over | None = None
        self._swap = threading.Lock()

    @property
    def is_holding(self) -> bool:
        """Whether something is held that the store does not have."""
        return self._over is not None

    def hold(self, logged: Logged) -> None:
        """Takes a commit up without writing it."""
        with self._swap:
            if self._over is None:
                self._over = _Over(())
            self._over.add(logged)

    def write(self, until: int) -> None:
        """Writes what is held up to a revision. Raises `OSError`; then it is still held."""
        with self._swap:
            commits = [c for c in self._over.commits if c.revision <= until] if self._over else []
        if not commits:
            return
        written = _Over(commits)
        last = commits[-1]
        self.apply(
            [quad for quad, is_there in written.state.items() if not is_there],
            [quad for quad, is_there in written.state.items() if is_there],
            (last.revision, last.policy_revision),
            self.number(),
        )
        with self._swap:
            assert self._over is not None  # noqa: S101 — only this method empties it
            left = self._over.commits[len(commits) :]
            self._over = _Over(left) if left else None

    # In each of these what is held is looked at before the store: what `write` moves in between is seen twice,
    # and never not at all.

    def triples(self, graph: str) -> list[Triple]:
        return [quad.triple for quad in self.quads(graph)]

    def quads(self, graph: str) -> list[Quad]:
        over = self._over
        found = super().quads(graph)
        if over is None or graph not in over.by_graph:
            return found
        held = over.by_graph[graph]
        return [q for q in found if q not in held] + [q for q in held if over.state[q]]

    def text(self, graph: str) -> bytes:
        over = self._over
        if over is None or graph not in over.by_graph:
            return super().text(graph)
        return to_ntriples(self.triples(graph))

    def size(self, graph: str, most: int) -> int:
        over = self._over
        if over is None or graph not in over.by_graph:
            return super().size(graph, most)
        held = over.by_graph[graph]
        found = (q for q in super().pattern(None, None, None, NamedNode(graph)) if q not in held)
        return sum(1 for _ in islice(chain((q for q in held if over.state[q]), found), most))

    def match(self, s: Subject | None, p: NamedNode | None, o: Object | None) -> Iterator[Quad]:
        over = self._over
        found = super().match(s, p, o)
        return found if over is None else _amended(found, over, s, p, o)

    def graphs_holding(self, triples: Iterable[Triple]) -> set[str]:
        over, asked = self._over, list(triples)
        found = super().graphs_holding(asked)
        if over is not None:
            for graph in {_graph(quad) for t in asked for quad in over.by_triple.get(t, ())}:
                name = NamedNode(graph)
                here = any(self._has(Quad(t.subject, t.predicate, t.object, name), over) for t in asked)
                (found.add if here else found.discard)(graph)
        return found

    def graphs_saying(self, subjects: Iterable[NamedNode], predicates: Iterable[NamedNode]) -> set[str]:
        over, about, using = self._over, set(subjects), set(predicates)
        found = super().graphs_saying(about, using)
        touched: dict[str, list[Quad]] = defaultdict(list)
        for quad in (q for s in about for q in over.by_subject.get(s, ())) if over is not None else ():
            if quad.predicate in using:
                touched[_graph(quad)].append(quad)
        for graph, held in touched.items():
            here = any(self._has(quad, over) for quad in held) or (
                graph in found and self._says_more(graph, about, using, set(held))
            )
            (found.add if here else found.discard)(graph)
        return found

    def _says_more(
        self, graph: str, about: set[NamedNode], using: set[NamedNode], gone: Collection[Quad]
    ) -> bool:
        """Whether the store has one in a graph besides these; only what is asked for is read."""
        name = NamedNode(graph)
        return any(
            q not in gone
            for s in about
            for p in using
            for q in super(AheadQuads, self).pattern(s, p, None, name)
        )

    def terms(self, graphs: Iterable[str]) -> Counter[str]:
        over, asked = self._over, list(graphs)
        if over is None:
            return super().terms(asked)
        found = super().terms([graph for graph in asked if graph not in over.by_graph])
        for graph in asked:
            for triple in self.triples(graph) if graph in over.by_graph else ():
                found[triple.predicate.value] += 1
                if triple.predicate == _TYPE and isinstance(triple.object, NamedNode):
                    found[triple.object.value] += 1
        return found

    def holds_only(self, graph: str, quads: Collection[Quad]) -> bool:
        over = self._over
        if over is None or graph not in over.by_graph:
            return super().holds_only(graph, quads)
        held = set(quads)
        return all(quad in held for quad in self.quads(graph))

    def __contains__(self, quad: Quad) -> bool:
        return self._has(quad, self._over)

    def _has(self, quad: Quad, over: _Over | None) -> bool:
        held = over.state.get(quad) if over is not None else None
        return super().__contains__(quad) if held is None else held


def _amended(
    found: Iterator[Quad], over: _Over, s: Subject | None, p: NamedNode | None, o: Object | None
) -> Iterator[Quad]:
    if s is not None and p is not None and o is not None:
        held = list(over.by_triple.get(Triple(s, p, o), ()))
    else:
        held = [q for q in over.state if _fits(q.subject, s) and _fits(q.predicate, p) and _fits(q.object, o)]
    touched = set(held)
    yield from (quad for quad in found if quad not in touched)
    yield from (quad for quad in held if over.state[quad])


def _fits(term: object, wanted: object) -> bool:
    return wanted is None or term == wanted


def _graph(quad: Quad) -> str:
    assert isinstance(quad.graph_name, NamedNode)  # noqa: S101 — the default graph stays empty
    return quad.graph_name.value
