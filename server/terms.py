"""From a term of SPARQL results (JSON) to one of RDF."""

from ..graph.terms import BaseDirection, BlankNode, Literal, NamedNode
from .schema.eyes import Term

_DIRECTIONS = {direction.value: direction for direction in (BaseDirection.LTR, BaseDirection.RTL)}


def term_of(term: Term) -> NamedNode | BlankNode | Literal:
    """The same term; raises `ValueError` for an IRI that is none."""
    kind, value = term["type"], term["value"]
    if kind == "uri":
        return NamedNode(value)
    if kind == "bnode":
        return BlankNode(value)
    if "xml:lang" in term:
        return Literal(value, language=term["xml:lang"], direction=_DIRECTIONS.get(term.get("its:dir", "")))
    return Literal(value, datatype=NamedNode(term["datatype"])) if "datatype" in term else Literal(value)
