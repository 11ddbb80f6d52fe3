"""Generated worlds and queries, and what a graph from which the hidden data was deleted says to them."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import rdflib
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Quad, QueryResultsFormat, QueryTriples, RdfFormat, Store
from storeworld import SOURCE, label

from ambit.graph.compartments import clearance_of, compartment_of
from ambit.graph.terms import BlankNode, Literal, NamedNode, Triple
from ambit.graph.words import MERGED, Change, Clearance, Record, RecordGraph, Role

N = NamedNode
LABELS = [label(name) for name in "abcd"]
XSD = "http://www.w3.org/2001/XMLSchema#"
NODES: list[NamedNode | BlankNode] = [
    N("urn:n0"),
    N("urn:n1"),
    N("urn:n2"),
    N("urn:n3"),
    BlankNode("b0"),
    BlankNode("b1"),
]
PREDICATES = [N("urn:p0"), N("urn:p1"), N("urn:p2")]
LITERALS = [
    Literal("x"),
    Literal("x", language="en"),
    Literal("x", language="de"),
    Literal("1", datatype=N(XSD + "integer")),
    Literal("2", datatype=N(XSD + "integer")),
]
RECORDS = range(5)
GRAPHS = [f"{SOURCE}/{number}#{part}" for number in RECORDS for part in "ab"]
ROLES = [Role.DATA] * 8 + [Role.ONTOLOGY, Role.INFERRED, Role.SYSTEM, Role.GOVERNANCE]


def name_of(graph: str, role: Role) -> str:
    """Roles other than data and ontology lie under Ambit's own names."""
    return graph if role in (Role.DATA, Role.ONTOLOGY) else "urn:ambit:t:" + graph.removeprefix(SOURCE + "/")


ALL_GRAPHS = GRAPHS + [name_of(graph, Role.SYSTEM) for graph in GRAPHS]

# some triples that many graphs share, and many that few do
SHARED = [Triple(NODES[i % 3], PREDICATES[i % 2], [*NODES[:2], LITERALS[1]][i % 3]) for i in range(6)]
triples = st.one_of(
    st.sampled_from(SHARED),
    st.builds(
        Triple, st.sampled_from(NODES), st.sampled_from(PREDICATES), st.sampled_from([*NODES[:5], *LITERALS])
    ),
)


@st.composite
def records(draw: st.DrawFn, number: int) -> Record:
    """One record: withdrawn, or with one or two graphs under labels of their own, or without a label."""
    graphs = []
    for part in "ab"[: draw(st.sampled_from([0, 1, 1, 2, 2]))]:
        role = draw(st.sampled_from(ROLES))
        where = draw(st.sampled_from([*LABELS, *LABELS, None]))
        said = frozenset(draw(st.lists(triples, min_size=1, max_size=6)))
        graphs.append(RecordGraph(name_of(f"{SOURCE}/{number}#{part}", role), said, None, role, where))
    return Record(f"{SOURCE}/{number}", SOURCE, tuple(graphs), str(draw(st.integers(0, 10**9))))


worlds = st.tuples(*(records(number) for number in RECORDS))
changes = st.lists(
    st.sampled_from(list(RECORDS)).flatmap(records), min_size=1, max_size=3, unique_by=lambda r: r.iri
)
clearances = st.sets(st.integers(0, len(LABELS) - 1)).map(
    lambda numbers: clearance_of(compartment_of(LABELS[number]) for number in numbers)
)


@dataclass(frozen=True)
class Asked:
    """A query, cut where a dataset clause goes, and the dataset."""

    head: str
    tail: str
    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    has_dataset: bool = False
    by_protocol: bool = False
    is_easy: bool = False  # rdflib says the same of it

    @property
    def text(self) -> str:
        """With the dataset in the text, unless the protocol carries it."""
        clause = "".join(f"FROM <{g}> " for g in self.default) + "".join(
            f"FROM NAMED <{g}> " for g in self.named
        )
        return self.head + " " + ("" if self.by_protocol else clause) + self.tail


def _shape(head: str, tail: str, easy: bool = False) -> tuple[str, str, bool]:
    return head, tail, easy


SHAPES = [
    _shape("SELECT *", "WHERE { ?s ?p ?o }", True),
    _shape("SELECT *", "WHERE { ?s P0 ?o . ?o P1 ?v }", True),
    _shape("SELECT ?a ?b", "WHERE { ?a P0 ?x . ?b P1 ?x }", True),
    _shape("SELECT *", "WHERE { ?s P0 ?o OPTIONAL { ?o P1 ?v } }", True),
    _shape("SELECT *", "WHERE { ?s P0 ?o MINUS { ?s P1 ?v } }", True),
    _shape("SELECT ?s", "WHERE { ?s P0 ?o FILTER NOT EXISTS { ?o ?q ?s } }", True),
    _shape("SELECT ?s", "WHERE { ?s P0 ?o FILTER EXISTS { ?s P1 ?v } }", True),
    _shape("SELECT *", "WHERE { ?s (P0|P1)+ ?o }", True),
    _shape("SELECT *", "WHERE { NODE (P0/P1?)* ?o }"),
    _shape("SELECT *", "WHERE { ?s ^P0/!P1 ?o }"),
    _shape("SELECT (COUNT(*) AS ?n)", "WHERE { ?s ?p ?o }", True),
    _shape("SELECT (COUNT(DISTINCT ?o) AS ?n)", "WHERE { ?s P0 ?o }", True),
    _shape("SELECT ?p (COUNT(*) AS ?n)", "WHERE { ?s ?p ?o } GROUP BY ?p HAVING (COUNT(*) > 1)"),
    _shape("SELECT (SUM(?o) AS ?n)", "WHERE { ?s ?p ?o FILTER isNumeric(?o) }"),
    _shape("SELECT ?s ?n", "WHERE { { SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s } ?s P0 ?x }"),
    _shape("SELECT ?s ?o", "WHERE { ?s P0 ?o FILTER(isIRI(?s) && isIRI(?o)) } ORDER BY ?s DESC(?o) LIMIT 2"),
    _shape("SELECT ?o", "WHERE { ?s ?p ?o FILTER(lang(?o) = 'en') }", True),
    _shape("SELECT *", "WHERE { GRAPH ?g { ?s ?p ?o } }"),
    _shape("SELECT ?g", "WHERE { GRAPH ?g {} }"),
    _shape("SELECT ?g (COUNT(*) AS ?n)", "WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"),
    _shape("SELECT *", "WHERE { GRAPH <GRAPH0> { ?s ?p ?o } }"),
    _shape("ASK", "WHERE { GRAPH <GRAPH0> {} }"),
    _shape("SELECT *", "WHERE { ?s P0 ?o GRAPH ?g { ?o ?q ?s } }"),
    _shape("SELECT ?s", "WHERE { ?s P0 ?o FILTER NOT EXISTS { GRAPH ?g { ?s P0 ?o } } }"),
    _shape("SELECT *", "WHERE { { ?s P0 ?o } UNION { GRAPH ?g { ?s P1 ?o } } }"),
    _shape("DESCRIBE NODE", ""),
    _shape("DESCRIBE ?s", "WHERE { ?s P0 ?o }"),
    _shape("CONSTRUCT { ?o P0 ?s }", "WHERE { ?s P1 ?o FILTER(!isLiteral(?o)) }"),
    _shape("ASK", "WHERE { NODE ?p ?o }", True),
]


@st.composite
def queries(draw: st.DrawFn) -> Asked:
    """One of the shapes with terms filled in, a third of them over a dataset of their own."""
    head, tail, easy = draw(st.sampled_from(SHAPES))
    first, second = draw(st.permutations(PREDICATES))[:2]
    fill = {
        "P0": str(first),
        "P1": str(second),
        "NODE": str(draw(st.sampled_from(NODES[:4]))),
        "GRAPH0": draw(st.sampled_from(ALL_GRAPHS)),
    }
    for place, term in fill.items():
        head, tail = head.replace(place, term), tail.replace(place, term)
    if draw(st.integers(0, 2)):
        return Asked(head, tail, is_easy=easy)
    graph = st.one_of(st.sampled_from(GRAPHS), st.sampled_from([*ALL_GRAPHS, "urn:nowhere"]))
    default = tuple(draw(st.one_of(st.lists(graph, max_size=5, unique=True), st.permutations(GRAPHS))))
    named = tuple(draw(st.lists(graph, max_size=5, unique=True)))
    if not default + named:
        return Asked(head, tail, is_easy=easy)
    return Asked(head, tail, default, named, True, draw(st.booleans()))


@dataclass
class Deleted:
    """A world that only knows what stands in it: records, graphs, labels. Slow, and obviously right."""

    records: dict[str, Record] = field(default_factory=dict)

    def take(self, change: Change) -> None:
        """Each record is replaced whole."""
        self.records.update({record.iri: record for record in change.records})

    def permitted(self, clearance: Clearance) -> Mapping[str, RecordGraph]:
        """The graphs that are left when all others are deleted."""
        return {
            graph.graph: graph
            for record in self.records.values()
            for graph in record.graphs
            if graph.label is not None and compartment_of(graph.label) in clearance.compartments
        }

    def store(self, clearance: Clearance, asked: Asked) -> Store:
        """A plain store with the dataset of the query, over what is left."""
        left = self.permitted(clearance)
        if asked.has_dataset:
            default, named = ([g for g in graphs if g in left] for graphs in (asked.default, asked.named))
        else:
            default, named = [g for g in left if left[g].role in MERGED], list(left)
        store = Store()
        for graph in default:
            store.extend(Quad(t.subject, t.predicate, t.object) for t in left[graph].triples)
        for graph in named:
            store.extend(Quad(t.subject, t.predicate, t.object, N(graph)) for t in left[graph].triples)
        return store

    def answer(self, clearance: Clearance, asked: Asked) -> Counter[str]:
        """What bare Oxigraph says, as a multiset."""
        results = self.store(clearance, asked).query(f"{asked.head} {asked.tail}")
        if isinstance(results, QueryTriples):
            return multiset("graph", results.serialize(format=RdfFormat.N_TRIPLES) or b"")
        return multiset("solutions", results.serialize(format=QueryResultsFormat.JSON) or b"")


def multiset(kind: str, body: bytes) -> Counter[str]:
    """An answer's rows or triples, each with its number."""
    if kind == "graph":
        return Counter(body.decode().splitlines())
    said = json.loads(body)
    if "boolean" in said:
        return Counter([json.dumps(said["boolean"])])
    return Counter(json.dumps(row, sort_keys=True) for row in said["results"]["bindings"])


def nameless(rows: Counter[str]) -> Counter[str]:
    """The same with blank nodes that have no names: rdflib gives them its own."""
    bare: Counter[str] = Counter()
    for row, number in rows.items():
        terms = json.loads(row)
        if isinstance(terms, dict):
            for term in terms.values():
                if term["type"] == "bnode":
                    term["value"] = ""
        bare[json.dumps(terms, sort_keys=True)] += number
    return bare


def rdflib_answer(store: Store, asked: Asked) -> Counter[str]:
    """What rdflib says of the default graph of `store`."""
    graph = rdflib.Graph()
    for quad in store.quads_for_pattern(None, None, None, DefaultGraph()):
        graph.add((_plain(quad.subject), _plain(quad.predicate), _plain(quad.object)))
    body = graph.query(f"{asked.head} {asked.tail}").serialize(format="json")
    said = json.loads(body or b"")
    if "boolean" in said:
        return Counter([json.dumps(said["boolean"])])
    return Counter(json.dumps(row, sort_keys=True) for row in said["results"]["bindings"])


def _plain(term: object) -> rdflib.term.IdentifiedNode | rdflib.Literal:
    match term:
        case NamedNode():
            return rdflib.URIRef(term.value)
        case BlankNode():
            return rdflib.BNode(term.value)
        case Literal():
            datatype = None if term.language or term.datatype.value == XSD + "string" else term.datatype.value
            return rdflib.Literal(
                term.value, lang=term.language, datatype=datatype and rdflib.URIRef(datatype)
            )
    raise TypeError(term)
