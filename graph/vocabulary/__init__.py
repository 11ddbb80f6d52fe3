"""The terms that code may name: closed sets of constants, so that a misspelt term fails at import.

IRIs as plain `str`; `node(AMBIT.OPEN)` gives the RDF term.
"""

from functools import cache

from ..terms import NamedNode
from .own import AMBIT
from .standards import DCAT, DCTERMS, DPV, FOAF, ORG, OWL, PROV, RDF, RDFS, RML, RR, SH, SKOS, XSD

__all__ = [
    "AMBIT",
    "DCAT",
    "DCTERMS",
    "DPV",
    "FOAF",
    "ORG",
    "OWL",
    "PROV",
    "RDF",
    "RDFS",
    "RML",
    "RR",
    "SH",
    "SKOS",
    "XSD",
    "node",
]


@cache
def node(iri: str) -> NamedNode:
    """The RDF term of a constant."""
    return NamedNode(iri)
