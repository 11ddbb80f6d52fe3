"""The catalog's lines: what its quads say of each graph, record, compartment and joint.

A record with one graph, as most have, has one line for both; of others the record has one and each graph. What the
first release wrote has a line for each record and each graph throughout.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, overload

import orjson

from ..terms import Literal, NamedNode, Quad, from_nquads, to_nquads
from ..words import GraphEntry, Hints, Role
from .quadstore import CATALOG

GRAPH = NamedNode("urn:ambit:catalog:graph")
RECORD = NamedNode("urn:ambit:catalog:record")
SINGLE = NamedNode("urn:ambit:catalog:single")
CHANGED = NamedNode("urn:ambit:catalog:changed")
JOINT = NamedNode("urn:ambit:catalog:joint")


class RecordEntry(NamedTuple):
    """What the catalog says about a record: what ingest must know to skip what has not changed."""

    record: str
    source: str
    digest: str
    location: str
    quarantined: bool


class Single(NamedTuple):
    """A record and its one graph."""

    record: RecordEntry
    graph: GraphEntry
    hints: Hints | None

    @property
    def said(self) -> dict[str, Any]:
        """What its line says."""
        graph = {"graph": self.graph.graph, **_graph_said(self.graph, self.hints)}
        del graph["record"]  # the line's subject
        return {**graph, **_record_said(self.record)}


def lines_of(record: RecordEntry | None, graphs: Iterable[tuple[GraphEntry, Hints | None]]) -> list[Quad]:
    """A record's line and those of its graphs, or the one for both."""
    given = list(graphs)
    if record is not None and len(given) == 1:
        return [single_quad(Single(record, *given[0]))]
    lines = [graph_quad(entry, hints) for entry, hints in given]
    return [*lines, record_quad(record)] if record is not None else lines


def single_quad(single: Single) -> Quad:
    """The line of a record and its graph."""
    return _line(single.record.record, SINGLE, single.said)


def single_from(record: str, said: Mapping[str, Any]) -> Single:
    """A record and its graph from their line."""
    return Single(
        record_from(record, said),
        graph_from(said["graph"], {**said, "record": record}),
        hints_from(said["hints"]) if "hints" in said else None,
    )


def graph_quad(entry: GraphEntry, hints: Hints | None) -> Quad:
    """A graph's line."""
    return _line(entry.graph, GRAPH, _graph_said(entry, hints))


def graph_from(graph: str, said: Mapping[str, Any]) -> GraphEntry:
    """A graph's entry from its line."""
    return GraphEntry(graph, Role(said["role"]), said["record"], said["source"], said["in"])


def record_quad(entry: RecordEntry) -> Quad:
    """A record's line."""
    return _line(entry.record, RECORD, _record_said(entry))


def record_from(record: str, said: Mapping[str, Any]) -> RecordEntry:
    """A record's entry from its line."""
    return RecordEntry(record, said["source"], said["digest"], said["location"], said["quarantined"])


def _graph_said(entry: GraphEntry, hints: Hints | None) -> dict[str, Any]:
    said = {"role": entry.role.value, "record": entry.record, "source": entry.source, "in": entry.compartment}
    return said if hints is None else {**said, "hints": hints_said(hints)}


def _record_said(entry: RecordEntry) -> dict[str, Any]:
    return {
        "source": entry.source,
        "digest": entry.digest,
        "location": entry.location,
        "quarantined": entry.quarantined,
    }


def hints_said(hints: Hints) -> dict[str, Any]:
    """Hints as a line has them."""
    return {
        "source": hints.source,
        "sensitivity": hints.sensitivity,
        "jurisdictions": sorted(hints.jurisdictions),
        "countries": sorted(hints.countries),
        "anchors": sorted(hints.anchors),
    }


def hints_from(said: Mapping[str, Any]) -> Hints:
    """Hints from a line."""
    return Hints(
        said["source"],
        said["sensitivity"],
        frozenset(said["jurisdictions"]),
        frozenset(said["countries"]),
        frozenset(said["anchors"]),
    )


def changed_quad(compartment: str, revision: int) -> Quad:
    """A compartment's line: the revision that last changed it."""
    return _line(compartment, CHANGED, revision)


def joint_quad(joint: str, members: Iterable[str]) -> Quad:
    """A joint's line: the compartments that one must hold to read what stands in it."""
    return _line(joint, JOINT, sorted(members))


def _line(subject: str, predicate: NamedNode, said: object) -> Quad:
    return Quad(NamedNode(subject), predicate, Literal(_value(said)), CATALOG)


def _value(said: object) -> str:
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()


class Listed(Sequence[Quad]):
    """What a commit puts into the catalog: lines as quads, and records that are new with their graphs.

    Those are written as text at once and taken up as they are: of many, to make quads and to read them again takes
    longer than the rest of the commit. Their names are IRIs.
    """

    def __init__(self, quads: Sequence[Quad], singles: Sequence[Single]):
        self.quads = tuple(quads)
        self.singles = singles
        self.text = "".join(_text(one.record.record, SINGLE, one.said) for one in singles).encode()

    def __len__(self) -> int:
        return len(self.quads) + len(self.singles)

    def __iter__(self) -> Iterator[Quad]:
        yield from self.quads
        yield from from_nquads(self.text)

    @overload
    def __getitem__(self, at: int) -> Quad: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Quad]: ...
    def __getitem__(self, at: int | slice) -> Quad | Sequence[Quad]:
        return tuple(self)[at]


def quads_and_text(lines: Sequence[Quad]) -> tuple[Sequence[Quad], bytes]:
    """Lines of the catalog as quads, and those that stand as text."""
    return (lines.quads, lines.text) if isinstance(lines, Listed) else (lines, b"")


def _text(subject: str, predicate: NamedNode, said: object) -> str:
    """A line as the engine spells it."""
    value = _value(said)
    if not value.isascii() or "\x7f" in value:
        return to_nquads([Quad(NamedNode(subject), predicate, Literal(value), CATALOG)]).decode()
    value = value.replace("\\", "\\\\").replace('"', '\\"')  # JSON has escaped all else
    return f'<{subject}> {predicate} "{value}" {CATALOG} .\n'
