"""RDF terms, re-exported so that no other room imports pyoxigraph, and N-Quads to carry them."""

from collections.abc import Iterable
from typing import TypeAlias

from pyoxigraph import (
    BaseDirection,
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
    serialize,
)

__all__ = [
    "BaseDirection",
    "BlankNode",
    "DefaultGraph",
    "Literal",
    "NamedNode",
    "Object",
    "Quad",
    "Subject",
    "Triple",
    "from_nquads",
    "from_turtle",
    "to_nquads",
    "to_ntriples",
]

Subject: TypeAlias = NamedNode | BlankNode | Triple
Object: TypeAlias = NamedNode | BlankNode | Literal | Triple


def to_nquads(quads: Iterable[Quad]) -> bytes:
    """N-Quads of `quads`, blank node labels kept (RDF 1.1 N-Quads)."""
    data = serialize(quads, format=RdfFormat.N_QUADS)
    return data if data is not None else b""


def to_ntriples(triples: Iterable[Triple]) -> bytes:
    """N-Triples of `triples`, blank node labels kept (RDF 1.1 N-Triples)."""
    return serialize(triples, format=RdfFormat.N_TRIPLES) or b""


def from_nquads(data: bytes) -> list[Quad]:
    """The quads of N-Quads that we wrote ourselves, blank node labels kept; raises `SyntaxError`.

    `Store.load` would rename blank nodes, so that a later removal removes nothing.
    """
    return list(parse(data, format=RdfFormat.N_QUADS))


def from_turtle(data: bytes, *, base: str | None = None) -> list[Quad]:
    """The quads of a Turtle or TriG text; raises `SyntaxError`, which knows the line (`lineno`)."""
    return list(parse(data, format=RdfFormat.TRIG, base_iri=base))
