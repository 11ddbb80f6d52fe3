"""Small records for the store's tests."""

from collections.abc import Iterable

from ambit.graph.terms import Literal, NamedNode, Triple
from ambit.graph.words import Change, Hints, Label, Record, RecordGraph, Role

SOURCE = "https://example.org/src"


def label(name: str) -> Label:
    """A label of its own for each name."""
    return Label(SOURCE, "urn:open", frozenset({"urn:eu"}), frozenset({f"urn:team:{name}"}))


def triple(name: str, value: str = "1") -> Triple:
    """One triple, told by its name and value."""
    return Triple(
        NamedNode(f"https://example.org/{name}"), NamedNode("https://example.org/says"), Literal(value)
    )


def graph_of(name: str) -> str:
    """The graph of the record of that name."""
    return f"{SOURCE}/{name}#open"


def record(
    name: str, triples: Iterable[Triple], where: Label | None, *, role: Role = Role.DATA, digest: str = "d"
) -> Record:
    """A record with one graph; without triples it is withdrawn."""
    graph = RecordGraph(graph_of(name), frozenset(triples), Hints(SOURCE), role, where)
    return Record(f"{SOURCE}/{name}", SOURCE, (graph,) if graph.triples else (), digest)


def change(*records: Record) -> Change:
    """A change of these records."""
    return Change(records)
