"""Terms carried to a child and back as text: nothing that crosses a process border is unpickled."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Triple,
    Variable,
    parse,
    parse_query_results,
    serialize,
)

Term: TypeAlias = NamedNode | BlankNode | Literal | Triple
Rows: TypeAlias = list[tuple[Term | None, ...]]

_NAME = "urn:ambit:binding:"
_IS = NamedNode("urn:ambit:binding")


def encode_bindings(calls: Sequence[Mapping[str, Term]]) -> bytes:
    """The terms bound to variables, call by call, as N-Triples."""
    said = (
        Triple(NamedNode(f"{_NAME}{number}:{name}"), _IS, term)
        for number, bindings in enumerate(calls)
        for name, term in bindings.items()
    )
    return serialize(said, format=RdfFormat.N_TRIPLES) or b""


def decode_bindings(data: bytes, calls: int) -> list[dict[Variable, Term]]:
    """What `encode_bindings` was given, as `substitutions=` takes it."""
    bound: list[dict[Variable, Term]] = [{} for _ in range(calls)]
    for quad in parse(data, format=RdfFormat.N_TRIPLES) if data else ():
        if isinstance(quad.subject, NamedNode):
            number, _, name = quad.subject.value.removeprefix(_NAME).partition(":")
            bound[int(number)][Variable(name)] = quad.object
    return bound


def decode_rows(kind: str, data: bytes) -> Rows:
    """A rule's answer as rows: of the projection, of one triple each, or one empty row for yes."""
    if kind == "graph":
        return [(q.subject, q.predicate, q.object) for q in parse(data, format=RdfFormat.N_TRIPLES)]
    results = parse_query_results(data, format=QueryResultsFormat.JSON)
    if isinstance(results, QuerySolutions):
        return [tuple(solution) for solution in results]
    return [()] if results else []
