"""Reads what one clearance may see of the past out of the commit log, in a process of its own.

`python -m ambit.graph.views.recall` takes one line of JSON: `log` (a folder), `until` and `now` (revisions), `compartments` and
`graphs` (names), and `memory` (bytes that it may take beyond what it takes at its start). It gives N-Quads: the
graphs of these names as they were after `until`, as far as they have stood in one of these compartments ever since
up to `now`, by name, and those that a view merges without a name, too. Parts of other compartments are passed over
unread, and so are conclusions. It ends with status 3 where the log has no such past.
"""

import hashlib
import resource
import sys
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import orjson

from ..errors import Unavailable
from ..store.catalog import Catalog
from ..store.logged import Kind, Stored, parts_of
from ..store.past import frames_until, gap
from ..terms import Quad, from_nquads, to_nquads, to_ntriples
from ..words import MERGED, GraphEntry, Role
from .isolate import address_space

GAP = 3
"""The status where the past is not in the log."""

_TOGETHER = 20_000


def visible(
    stored: Iterable[Stored], until: int, now: int, compartments: frozenset[str], graphs: frozenset[str]
) -> dict[str, dict[Quad, Role]]:
    """By graph, what the frames up to `until` come to, seen through these compartments and graphs.

    A graph that ended or was not seen at any time from then to `now` has no such past: who makes one of its name
    gets nothing of it back. Raises `Unavailable` at a gap, and where the frames end before `now`.
    """
    held: dict[str, dict[Quad, Role]] = {}
    revision = 0
    for one in stored:
        said = orjson.loads(one.header)
        revision = int(said["revision"])
        if revision > until and not held:
            return held
        if said["kind"] == Kind.GAP:
            raise gap(revision)
        if said["kind"] == Kind.COMMIT:
            if revision <= until:
                _take_in(one, held, compartments, graphs)
            for graph in _left(one, compartments, graphs):
                held.pop(graph, None)
    if held and revision < now:
        raise gap(now)
    return held


def _take_in(
    stored: Stored, held: dict[str, dict[Quad, Role]], compartments: frozenset[str], graphs: frozenset[str]
) -> None:
    for quad, _ in _quads(stored, "out", compartments, graphs):
        held.get(quad.graph_name.value, {}).pop(quad, None)  # type: ignore[union-attr]
    for quad, role in _quads(stored, "into", compartments, graphs):
        held.setdefault(quad.graph_name.value, {})[quad] = role  # type: ignore[union-attr]


def _left(stored: Stored, compartments: frozenset[str], graphs: frozenset[str]) -> set[str]:
    """The graphs that a commit ended or put where they are not seen; which of the two, nobody may tell."""
    lines = {
        part["name"]: (part, data)
        for part, data in parts_of(stored.header, stored.body)
        if part["name"] in ("catalog-out", "catalog-into")
    }
    left = graphs & _entries(lines.get("catalog-out")).keys()
    if not left:
        return set()
    entries = _entries(lines.get("catalog-into"))
    return {graph for graph in left if graph not in entries or entries[graph].compartment not in compartments}


def _entries(lines: tuple[dict[str, Any], bytes] | None) -> dict[str, GraphEntry]:
    """The graphs of a commit's catalog lines. Raises `Unavailable` where they are not as they were written."""
    if lines is None:
        return {}
    part, data = lines
    if hashlib.sha256(data).hexdigest() != part["hash"]:
        raise gap(0)
    catalog = Catalog()
    catalog.change((), from_nquads(data))
    return catalog.graphs


def _quads(
    stored: Stored, way: str, compartments: frozenset[str], graphs: frozenset[str]
) -> Iterator[tuple[Quad, Role]]:
    for part, data in parts_of(stored.header, stored.body):
        if part["name"] != way or part["compartment"] not in compartments or part["role"] == Role.INFERRED:
            continue
        if hashlib.sha256(data).hexdigest() == part["hash"]:  # else it was purged
            role = Role(part["role"])
            yield from ((quad, role) for quad in from_nquads(data) if quad.graph_name.value in graphs)  # type: ignore[union-attr]


def _pieces(held: dict[str, dict[Quad, Role]]) -> Iterator[bytes]:
    quads = chain.from_iterable(graph.items() for graph in held.values())
    while piece := list(islice(quads, _TOGETHER)):
        yield to_ntriples(quad.triple for quad, role in piece if role in MERGED)
        yield to_nquads(quad for quad, _ in piece)


def main(asked: dict[str, Any]) -> int:
    """Writes to standard output; the status."""
    most = address_space() + int(asked["memory"])
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # out of memory, the engine aborts
    compartments, graphs = frozenset(asked["compartments"]), frozenset(asked["graphs"])
    try:
        until, now = int(asked["until"]), int(asked["now"])
        held = visible(frames_until(Path(asked["log"]), now), until, now, compartments, graphs)
    except Unavailable:
        return GAP
    for piece in _pieces(held):
        sys.stdout.buffer.write(piece)
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(orjson.loads(sys.stdin.buffer.readline())))
