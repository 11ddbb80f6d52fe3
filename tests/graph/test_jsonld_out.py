"""JSON-LD that leaves a view, read by rdflib, and rdflib's JSON-LD, read by us: the graphs are the same."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Store
from rdflib import BNode, Graph, URIRef
from rdflib import Literal as RdflibLiteral
from rdflib.collection import Collection
from rdflib.compare import isomorphic
from rdflib.term import Identifier

from ambit.graph.rdf.parsing import read_rdf
from ambit.graph.terms import DefaultGraph, Quad, to_nquads
from ambit.graph.views.child import _guarded, _Sheet

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib warns of itself

EX = "http://example.org/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
EVERYTHING = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
iris = st.builds(
    lambda n: URIRef(EX + n), st.sampled_from(["a", "b", "c", "päth/é", "x#y", "q?a=b&c", "@id"])
)
properties = st.one_of(
    st.builds(lambda n: URIRef(EX + n), st.sampled_from(["p", "q", "p:r", "@type"])),
    st.sampled_from([URIRef(RDF + "type"), URIRef(RDF + "value"), URIRef(RDF + "first")]),
)
blanks = st.builds(lambda n: BNode(f"n{n}"), st.integers(0, 3))
plain = st.one_of(
    st.builds(RdflibLiteral, texts),
    st.builds(
        lambda text, tag: RdflibLiteral(text, lang=tag), texts, st.sampled_from(["de", "en-us", "zh-hans-cn"])
    ),
    st.builds(lambda text: RdflibLiteral(text, datatype=URIRef(EX + "datatype")), texts),
)
literals = st.one_of(
    plain,
    st.sampled_from(
        [
            RdflibLiteral(text, datatype=URIRef(kind), normalize=False)
            for kind, values in {
                XSD + "integer": ("1", "01", "-0", "10000000000000000000000"),
                XSD + "decimal": ("1.5", "1", "01.50"),
                XSD + "double": ("1e0", "1E400", "NaN", "-INF", "0.1"),
                XSD + "boolean": ("true", "0"),
                XSD + "date": ("1900-01-01",),
                XSD + "string": ("", "x"),
            }.items()
            for text in values
        ]
    ),
)


@st.composite
def graphs(draw: st.DrawFn, literals: st.SearchStrategy[RdflibLiteral]) -> Graph:
    """Triples and well-formed lists, among IRIs and blank nodes."""
    graph = Graph()
    subjects = st.one_of(iris, blanks)
    objects = st.one_of(iris, blanks, literals)
    for triple in draw(st.lists(st.tuples(subjects, properties, objects), max_size=10)):
        graph.add(triple)
    for number, items in enumerate(draw(st.lists(st.lists(objects, max_size=4), max_size=2))):
        head: Identifier = BNode(f"list{number}") if items else URIRef(RDF + "nil")
        if items:
            Collection(graph, head, list(items))
        graph.add((draw(subjects), draw(properties), head))  # type: ignore[arg-type]
    return graph


def ours(graph: Graph) -> Store:
    """The graph in a store as a view holds it."""
    store = Store()
    text = graph.serialize(format="nt").encode()
    store.extend(Quad(*triple) for triple in read_rdf(text, name="generated", syntax="ntriples"))
    return store


def theirs(triples: Any) -> Graph:
    """Our triples as rdflib reads them, literals as they are written."""
    data = to_nquads(Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in triples)
    return Graph().parse(data=data, format="nt")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(graphs(literals))
def test_what_a_query_constructs_is_read_back_by_another(graph: Graph) -> None:
    store = ours(graph)
    head, body = _guarded(lambda: store.query(EVERYTHING), "jsonld", "jsonld", _Sheet(10_000_000))
    assert head == {"kind": "graph"}
    assert isinstance(json.loads(body), list), "expanded form"
    held = theirs(quad.triple for quad in store)
    assert isomorphic(Graph().parse(data=body, format="json-ld"), held)
    assert isomorphic(theirs(read_rdf(body, name="x.jsonld", syntax="jsonld")), held)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(graphs(plain), st.booleans())  # rdflib writes numbers as JSON has them
def test_what_another_writes_is_read_by_us(graph: Graph, with_context: bool) -> None:
    context = {"ex": EX, "xsd": XSD, "p": {"@id": EX + "p"}, "q": {"@id": EX + "q", "@type": "@id"}}
    options: dict[str, Any] = {"context": context} if with_context else {}
    for odd in [t for t in graph.triples((None, URIRef(RDF + "type"), None)) if not isinstance(t[2], URIRef)]:
        graph.remove(odd)  # rdflib writes these, too, as `@type`, which takes IRIs
    text = graph.serialize(format="json-ld", **options).encode()
    assert isomorphic(
        theirs(read_rdf(text, name="x.jsonld", syntax="jsonld", base=EX)),
        Graph().parse(data=text, format="json-ld"),
    )
