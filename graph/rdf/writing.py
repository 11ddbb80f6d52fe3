"""A graph written for people and tools: in an order of its own, with the prefixes that it uses."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from pyoxigraph import BlankNode, NamedNode, RdfFormat, Triple, serialize

from ..vocabulary import AMBIT, DCAT, DCTERMS, FOAF, ORG, OWL, PROV, RDF, RDFS, SH, SKOS, XSD

WRITTEN: Final[Mapping[str, RdfFormat]] = {
    "ttl": RdfFormat.TURTLE,
    "nt": RdfFormat.N_TRIPLES,
    "rdfxml": RdfFormat.RDF_XML,
    "jsonld": RdfFormat.JSON_LD,
}
"""What a graph can be written in, by the names that `child.GRAPHS` has."""

_PREFIXES: Final = {
    vocabulary.__name__.lower(): vocabulary.NAMESPACE
    for vocabulary in (AMBIT, DCAT, DCTERMS, FOAF, ORG, OWL, PROV, RDF, RDFS, SH, SKOS, XSD)
}


def write_graph(triples: Iterable[Triple], syntax: str) -> bytes:
    """The same bytes for the same triples, in a syntax of `WRITTEN`: ontologies first, then names, then the rest."""
    ordered = sorted(triples, key=_place)
    return serialize(ordered, format=WRITTEN[syntax], prefixes=prefixes(ordered)) or b""


def prefixes(triples: Iterable[Triple]) -> dict[str, str]:
    """The well-known prefixes that a graph uses; the empty one is for the namespace that it speaks of most."""
    used: set[str] = set()
    subjects: Counter[str] = Counter()
    for triple in triples:
        for term in triple:
            if isinstance(term, NamedNode):
                used.add(_namespace(term.value))
        if isinstance(triple.subject, NamedNode):
            subjects[_namespace(triple.subject.value)] += 1
    found = {name: iri for name, iri in _PREFIXES.items() if iri in used}
    own = [space for space, _ in subjects.most_common() if space and space not in found.values()]
    return found | ({"": own[0]} if own else {})


def _place(triple: Triple) -> tuple[bool, bool, str, bool, str, str]:
    is_blank = isinstance(triple.subject, BlankNode)
    is_type = triple.predicate.value == RDF.TYPE
    is_ontology = is_type and isinstance(triple.object, NamedNode) and triple.object.value == OWL.ONTOLOGY
    return (
        is_blank,
        not is_ontology,
        str(triple.subject),
        not is_type,
        str(triple.predicate),
        str(triple.object),
    )


def _namespace(iri: str) -> str:
    """What stands before the local name."""
    cut = max(iri.rfind("#"), iri.rfind("/")) + 1
    return iri[:cut] if cut > len("https://") else ""
