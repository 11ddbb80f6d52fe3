"""What rdflib says of a query: a second opinion, written by other people in another language.

It is asked where it is right. Known to differ from the standard, and left out (rdflib 7.6): functions and
comparisons over ill-typed or unusual literals, zero-length paths, `MINUS` and `OPTIONAL` inside of groups that bind
late, `VALUES` with `UNDEF`, `EXISTS`, datasets by `FROM` (it fetches them), sub-SELECTs.
"""

import json

import rdflib
from exactanswers import Said, of_json
from exactquery import Asked
from pyoxigraph import DefaultGraph, Store

from ambit.graph.terms import BlankNode, Literal, NamedNode

EASY = frozenset()


def is_easy(asked: Asked) -> bool:
    """Whether rdflib is right about it, and quick."""
    return asked.dataset is None and asked.used <= EASY


def rdflib_said(store: Store, asked: Asked) -> Said:
    """What rdflib says over the content of `store`."""
    dataset = rdflib.Dataset(default_union=False)
    for quad in store:
        graph = dataset if isinstance(quad.graph_name, DefaultGraph) else dataset.graph(rdflib.URIRef(quad.graph_name.value))
        graph.add((_term(quad.subject), _term(quad.predicate), _term(quad.object)))
    body = dataset.query(asked.bare).serialize(format="json")
    return of_json(json.loads(body or b""))


def _term(term: object) -> rdflib.term.IdentifiedNode | rdflib.Literal:
    match term:
        case NamedNode():
            return rdflib.URIRef(term.value)
        case BlankNode():
            return rdflib.BNode(term.value)
        case Literal():
            plain = term.language or term.datatype.value == str(rdflib.XSD.string)
            datatype = None if plain else rdflib.URIRef(term.datatype.value)
            return rdflib.Literal(term.value, lang=term.language, datatype=datatype, normalize=False)
    raise TypeError(term)
