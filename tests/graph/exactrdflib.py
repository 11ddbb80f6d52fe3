"""What rdflib says of a query: a second opinion, by other people in another language.

It is asked where it is right and quick. Left out is what it is known (7.6) to see otherwise than the standard:
functions over values that do not fit (it sums IRIs to 0), comparing and spelling of unusual literals, `VALUES`
without a row, paths that may be empty, negated sets in paths, `GRAPH ?g {}`, `UNDEF`, `EXISTS` and
`OPTIONAL` beside each other, `DISTINCT` in aggregates, groups of nothing, what a
sub-SELECT keeps to itself, `FROM`, which it fetches. And alternatives
in paths, and GRAPH around a sub-SELECT, where it is right and the engine is not: what two alternatives find the
engine gives once, and the graph's variable it leaves unbound.
"""

import json
import re
import warnings

import rdflib
from exactanswers import Said, of_json
from exactquery import Asked
from pyoxigraph import Store

from ambit.graph.terms import BlankNode, Literal, NamedNode

EASY = frozenset(
    name.strip()
    for line in """
    SELECT; SELECT *; ASK; DISTINCT; a; variable predicate; object lists; predicate-object lists; nested groups
    UNION; LIMIT; OFFSET; code point escape; long strings; blank nodes in patterns; collections
    blank node property lists; FILTER; BOUND; ISBLANK; COUNT; NOT EXISTS
    BASE; path: sequence; path: one or more; OPTIONAL
    """.strip().splitlines()
    for name in line.split(";")
)
MOST = 300  # triples in a dataset, and rows of an answer
SPELLED = re.compile(r"\^\^|(?<![\w:/.])[+-]?(\d*\.\d|\d+[eE]|0\d|\+\d)")
"""A value with a spelling of its own: rdflib compares the spelling, the engine's store the value."""
COUNTED = re.compile(r"COUNT\s*\(\s*(DISTINCT\s*[^\s*?$]|(?!DISTINCT)[^\s*?$])", re.IGNORECASE)
"""What is counted is computed: where that fails for one row the engine gives no count, rdflib that of the others."""


def is_easy(asked: Asked) -> bool:
    """Whether rdflib is right about it, and quick."""
    is_odd = SPELLED.search(asked.bare) or COUNTED.search(asked.bare)
    return asked.dataset is None and asked.used <= EASY and not is_odd


def rdflib_said(store: Store, asked: Asked) -> Said:
    """What rdflib says over the content of `store`."""
    dataset = rdflib.Dataset(default_union=False)
    for quad in store:
        named = isinstance(quad.graph_name, NamedNode)
        graph = dataset.graph(rdflib.URIRef(quad.graph_name.value)) if named else dataset.default_graph
        graph.add((_term(quad.subject), _term(quad.predicate), _term(quad.object)))
    with warnings.catch_warnings():  # of rdflib, which calls what it has deprecated itself
        warnings.filterwarnings("ignore", message=r"Dataset\.", category=DeprecationWarning)
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
