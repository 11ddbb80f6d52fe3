"""Graphs that no commit wrote: what the store says of runs, held against the ledger that it was made from."""

import re
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from ..ledger.merkle import leaf_hash
from ..ledger.notes import Notes
from ..ledger.own import named
from ..ledger.projection import KINDS, triples_of
from ..ledger.runs import PREFIX, RUNS_OF, provenance_graph
from ..ledger.segments import HASH_WIDTH, Entry, lines, parse_body, segments
from ..ledger.tampering import Problem
from ..terms import NamedNode, Triple
from ..vocabulary import AMBIT, node
from ..words import GraphEntry, Label, Role
from .quadstore import QuadStore, respelled

_NAME = re.compile(re.escape(PREFIX) + r"(?P<day>\d{4}-\d{2}-\d{2}):(?P<user>[0-9a-f]{32})", re.ASCII)
_DAY = slice(7, 17)
"""Where an entry's day stands in its JSON."""
_OFFSET = 40
"""Bits of a line's place that say where in its segment it begins."""


def is_of_runs(entry: GraphEntry, labels: Mapping[str, Label]) -> bool:
    """Whether a graph is one that runs are projected into: by its name, its role, and its user's own label."""
    said, label = _NAME.fullmatch(entry.graph), labels.get(entry.compartment or "")
    return (
        said is not None
        and label is not None
        and (entry.role, entry.record, entry.source) == (Role.SYSTEM, entry.graph, AMBIT.PROVENANCE)
        and (label.source, label.sensitivity) == (AMBIT.PROVENANCE, AMBIT.INTERNAL)
        and label.audience == {RUNS_OF + said["user"], AMBIT.ADMINISTRATORS}
    )


def strange_in_runs(quads: QuadStore, graphs: Iterable[str], ledger: Path) -> list[Problem]:
    """The graphs of runs that hold what does not follow from the ledger's entries of that day and user.

    What they lack is no problem: days are dropped when their time is over. The text of a query is held against
    its note; where that was purged it cannot be.
    """
    wanted = sorted(graphs)
    if not wanted:
        return []
    runs, problems = _Runs(ledger, wanted), []
    for graph in wanted:
        try:
            (follows,) = respelled([frozenset(runs.triples(graph))])
        except (
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
        ) as error:  # an entry or a note that we never wrote
            problems.append(Problem(f"graph {graph}", f"what it should follow from cannot be read: {error}"))
            continue
        strange = [t for t in quads.triples(graph) if t not in follows and not runs.is_purged(t)]
        if strange:
            reason = f"{len(strange)} of its statements do not follow from the ledger"
            problems.append(Problem(f"graph {graph}", reason))
    return problems


class _Runs:
    """The ledger's entries by the graph that they are projected into, read without a look at its index."""

    def __init__(self, ledger: Path, graphs: Collection[str]):
        self._notes = Notes(ledger / "notes")
        self._segments = [path for _, path in segments(ledger)]
        self._places: dict[str, array[int]] = {graph: array("Q") for graph in graphs}
        self._texts: tuple[str, dict[str, dict[str, str]]] = ("", {})  # of the day that is read
        self._purged: set[str] = set()  # runs of a graph whose texts are gone
        self._since = min(graphs)[len(PREFIX) :][:10].encode()
        graph_of: dict[str, str] = {}  # by run
        for place, body in self._bodies():
            kind, run, user = named(body)
            if kind == "request" and user:
                graph_of[run] = provenance_graph(body[_DAY].decode(errors="replace"), user)
            if kind in KINDS and (places := self._places.get(graph_of.get(run, ""))) is not None:
                places.append(place)
            elif kind == "request":
                graph_of.pop(run, None)

    def triples(self, graph: str) -> Iterator[Triple]:
        """What follows for a graph; ask for one day after the other."""
        self._purged.clear()
        day = graph[len(PREFIX) :].partition(":")[0]
        if self._texts[0] != day:
            self._texts = (day, self._notes.of_day(day))
        for entry in self._entries(graph):
            note = str(entry.fields.get("note", ""))
            if note and note not in self._texts[1]:
                self._purged.add(str(entry.fields.get("run")))
            yield from triples_of(entry, self._texts[1].get(note, {}))

    def is_purged(self, triple: Triple) -> bool:
        """Whether a statement may be a text of the graph asked for last whose note was purged."""
        subject = triple.subject
        return (
            triple.predicate == node(AMBIT.QUERY_TEXT)
            and isinstance(subject, NamedNode)
            and subject.value in self._purged
        )

    def _entries(self, graph: str) -> Iterator[Entry]:
        for place in self._places[graph]:
            with self._segments[place >> _OFFSET].open("rb") as file:
                file.seek(place & (1 << _OFFSET) - 1)
                yield parse_body(file.readline()[HASH_WIDTH + 1 :])

    def _bodies(self) -> Iterator[tuple[int, bytes]]:
        """Each entry since the first day, and where its line begins; those that are none are told of the ledger."""
        for number, path in enumerate(self._segments):
            place = number << _OFFSET
            for line in lines(path):
                body = line[HASH_WIDTH + 1 : -1]
                if body[_DAY] >= self._since and leaf_hash(body).hex().encode() == line[:HASH_WIDTH]:
                    with suppress(ValueError):
                        parse_body(body)
                        yield place, body
                place += len(line)
