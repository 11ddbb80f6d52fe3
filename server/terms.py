"""From a term of SPARQL results (JSON) to one of RDF."""

from ..graph.terms import BlankNode, Literal, NamedNode
from .schema.eyes import Term


def term_of(term: Term) -> NamedNode | BlankNode | Literal:
    """The same term; raises `ValueError` for an IRI that is none."""
    kind, value = term["type"], term["value"]
    if kind == "uri":
        return NamedNode(value)
    if kind == "bnode":
        return BlankNode(value)
    if "xml:lang" in term:
        return Literal(value, language=term["xml:lang"])
    return Literal(value, datatype=NamedNode(term["datatype"])) if "datatype" in term else Literal(value)
