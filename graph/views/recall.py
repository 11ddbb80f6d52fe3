"""Reads what one clearance may see of the past out of the commit log, in a process of its own.

`python -m ambit.graph.views.recall` takes one line of JSON: `log` (a folder), `until` (a revision), `compartments` and
`graphs` (names), and `memory` (bytes that it may take beyond what it takes at its start). It gives N-Quads: the graphs of these names as they were then, as far as they were in one of
these compartments then, by name, and those that a view merges without a name, too. Parts of other compartments
are passed over unread, and so are conclusions. It ends with status 3 where the log has no such past.
"""

import hashlib
import resource
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from ..errors import Unavailable
from ..store.logged import Kind, Stored, parts_of
from ..store.past import frames_until, gap
from ..terms import Quad, from_nquads, to_nquads, to_ntriples
from ..words import MERGED, Role
from .isolate import address_space

GAP = 3
"""The status where the past is not in the log."""

_TOGETHER = 20_000


def visible(
    stored: Iterable[Stored], compartments: frozenset[str], graphs: frozenset[str]
) -> dict[Quad, Role]:
    """What frames come to, seen through these compartments and graphs. Raises `Unavailable` at a gap."""
    held: dict[Quad, Role] = {}
    for one in stored:
        said = orjson.loads(one.header)
        if said["kind"] == Kind.GAP:
            raise gap(int(said["revision"]))
        if said["kind"] == Kind.COMMIT:
            for quad, _ in _quads(one, "out", compartments, graphs):
                held.pop(quad, None)
            held.update(_quads(one, "into", compartments, graphs))
    return held


def _quads(
    stored: Stored, way: str, compartments: frozenset[str], graphs: frozenset[str]
) -> Iterator[tuple[Quad, Role]]:
    for part, data in parts_of(stored.header, stored.body):
        if part["name"] != way or part["compartment"] not in compartments or part["role"] == Role.INFERRED:
            continue
        if hashlib.sha256(data).hexdigest() == part["hash"]:  # else it was purged
            role = Role(part["role"])
            yield from ((quad, role) for quad in from_nquads(data) if quad.graph_name.value in graphs)  # type: ignore[union-attr]


def _pieces(held: dict[Quad, Role]) -> Iterator[bytes]:
    quads = iter(held.items())
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
        held = visible(frames_until(Path(asked["log"]), int(asked["until"])), compartments, graphs)
    except Unavailable:
        return GAP
    for piece in _pieces(held):
        sys.stdout.buffer.write(piece)
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(orjson.loads(sys.stdin.buffer.readline())))
