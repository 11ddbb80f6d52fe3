"""Eyes over a store of one's own: what `Eyes` promises, with nothing between the query and Oxigraph."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence

from pyoxigraph import Quad, QueryResultsFormat, Store

from ambit.graph.terms import BlankNode, Literal, NamedNode
from ambit.graph.words import Chain, Clearance
from ambit.server.schema import eyes as words

EX = "https://acme.example/shop#"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
XSD = "http://www.w3.org/2001/XMLSchema#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"


class Seeing:
    """Sees every triple it is given. `queries` keeps what was asked of the store."""

    def __init__(self, triples: Iterable[tuple[str, str, object]] = (), *, user: str = "urn:user:ada"):
        self.store = Store()
        self.store.extend(quads(triples))
        self.clearance = Clearance(frozenset({"urn:c"}), "key")
        self.chain = Chain(user, ("urn:agent:helper",))
        self.purpose: str | None = "urn:purpose:support"
        self.run = "urn:ambit:run:1"
        self.decision = "urn:ambit:decision:1"
        self.queries: list[str] = []
        self.classified: list[tuple[dict[str, list[words.Said]], tuple[str, ...]]] = []
        self.compared: list[tuple[tuple[str, ...], int]] = []
        self.token = "r1"
        self.state = 1
        self.states: set[int] = set()
        self.hits: words.Hits = words.Hits((), False)

    def revision(self) -> str:
        return self.token

    def deployments(self) -> Sequence[str]:
        return ["urn:deployment:1"] if self.classified else []

    def select(self, query: str) -> Sequence[words.Row]:
        self.queries.append(query)
        self.states.add(self.state)
        data = self.store.query(query).serialize(format=QueryResultsFormat.JSON)
        rows: list[words.Row] = json.loads(data)["results"]["bindings"]
        return rows

    def counted(self, query: str) -> Sequence[words.Row]:
        return self.select(query)

    def returned(
        self, said: Mapping[str, Collection[str]], links: Iterable[tuple[str, str, words.Term]]
    ) -> None:
        self.given = {(entity, predicate) for entity, predicates in said.items() for predicate in predicates}
        self.linked = {(entity, predicate, value["value"]) for entity, predicate, value in links}

    def shapes(self, query: str) -> Sequence[words.Row]:
        return self.select(query)

    def classify(
        self, texts: Mapping[str, Sequence[words.Said]], labels: Sequence[str]
    ) -> Mapping[str, Sequence[words.Score]]:
        self.classified.append(({iri: list(said) for iri, said in texts.items()}, tuple(labels)))
        return {
            iri: [words.Score(label, 1.0 - place / 10) for place, label in enumerate(labels)]
            for iri in texts
            if "unplaced" not in iri
        }

    def search(self, text: str, first: int, after: str | None) -> words.Hits:
        return self.hits

    def ask(self, question: str, first: int) -> words.Answer:
        cited = tuple(words.Cited(f"urn:page:{n}", f"Sentence {n}.", f"urn:record:{n}") for n in range(first))
        return words.Answer(" ".join(one.quote for one in cited) or "Nothing found", cited)

    def suggest(self, text: str, first: int) -> Sequence[words.Suggestion]:
        return [words.Suggestion("urn:customer:000", f"{text}…", (EX + "Customer",))][:first]

    def similar(self, iris: Sequence[str], first: int) -> Mapping[str, Sequence[words.Near]]:
        self.compared.append((tuple(iris), first))
        others = [f"urn:customer:{n:03}" for n in range(4)]
        return {
            iri: [words.Near(other, 0.5) for other in others if other != iri][:first]
            for iri in iris
            if "order" not in iri
        }

    def explain(self, iri: str, action: str, supposed: words.Supposed = words.AS_IT_IS) -> words.Explained:
        return words.Explained(False, sentence=f"{action} {iri}", missing=("a purpose",))

    def who_can(self, iri: str, action: str, supposed: words.Supposed = words.AS_IT_IS) -> words.Holders:
        return words.Holders((self.chain.user,), ())

    def findings(self, first: int, after: str | None) -> words.Findings:
        found = words.Finding("urn:f:1", "drift", "new", "urn:warning", "urn:r:1", cursor="c1")
        return words.Findings((found,), False, 1)

    def run_of(self, iri: str) -> words.Run | None:
        if iri != self.run:
            return None
        step = words.Step("urn:step:1", site="urn:site:eu", count=3)
        return words.Run(iri, user=self.chain.user, agents=self.chain.agents, steps=(step,))


def quads(triples: Iterable[tuple[str, str, object]]) -> list[Quad]:
    """Triples written as text: IRIs as they are, `_:b` a blank node, other values as `term` has them."""
    return [Quad(subject(s), NamedNode(p), term(o)) for s, p, o in triples]


def subject(text: str) -> NamedNode | BlankNode:
    return BlankNode(text[2:]) if text.startswith("_:") else NamedNode(text)


def term(value: object) -> NamedNode | BlankNode | Literal:
    """A term: RDF terms as they are, numbers and booleans typed, `"…` a plain text, all else an IRI."""
    if isinstance(value, NamedNode | BlankNode | Literal):
        return value
    if isinstance(value, str):
        return Literal(value[1:]) if value.startswith('"') else subject(value)
    assert isinstance(value, bool | int | float)
    return Literal(value)


def decimal(text: str) -> Literal:
    return Literal(text, datatype=NamedNode(XSD + "decimal"))


def day(text: str) -> Literal:
    return Literal(text, datatype=NamedNode(XSD + "date"))


def shop(customers: int = 4, orders: int = 3) -> list[tuple[str, str, object]]:
    """Customers with orders, an ontology that describes them, and a shape that says what is single."""
    said: list[tuple[str, str, object]] = [
        (EX + "Customer", RDF_TYPE, "http://www.w3.org/2002/07/owl#Class"),
        (EX + "Customer", "http://www.w3.org/2004/02/skos/core#definition", '"Who buys.'),
        (EX + "name", RDF_TYPE, "http://www.w3.org/2002/07/owl#FunctionalProperty"),
        (EX + "name", RDFS + "comment", '"What they are called.'),
        (EX + "hasOrder", RDFS + "range", EX + "Order"),
        ("_:shape", "http://www.w3.org/ns/shacl#targetClass", EX + "Order"),
    ]
    for place, path in enumerate((EX + "total", EX + "placedBy", EX + "placedOn")):
        said += [
            ("_:shape", "http://www.w3.org/ns/shacl#property", f"_:p{place}"),
            (f"_:p{place}", "http://www.w3.org/ns/shacl#path", path),
            (f"_:p{place}", "http://www.w3.org/ns/shacl#maxCount", 1),
        ]
    for c in range(customers):
        customer = f"urn:customer:{c:03}"
        said += [
            (customer, RDF_TYPE, EX + "Customer"),
            (customer, EX + "name", f'"Customer {c:03}'),
            (customer, RDFS + "label", f'"Label {c:03}'),
            (customer, EX + "tag", '"a'),
            (customer, EX + "tag", f'"t{c % 3}'),
        ]
        for o in range(orders):
            order = f"urn:order:{c:03}-{o}"
            said += [
                (customer, EX + "hasOrder", order),
                (order, RDF_TYPE, EX + "Order"),
                (order, EX + "total", decimal(f"{c}.{o + 1}")),
                (order, EX + "placedOn", day(f"2026-01-{o + 1:02}")),
                (order, EX + "quantity", o),
                (order, EX + "placedBy", customer),
            ]
    return said
