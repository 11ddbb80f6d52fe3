"""A GraphQL list of 50 customers with nested orders, on a view, through the gate: `python -m benchmarks.graphql`.

Beside it the same rows by one SPARQL query with JSON results, and the same field when the view has just changed, so
that the schema's facts are read anew. Without HTTP and the ledger: those are measured with the demo.
"""

import tempfile
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import orjson

from ambit.graph.compartments import clearance_of, compartment_of
from ambit.graph.sparql.gate import admit
from ambit.graph.store.owner import Owner
from ambit.graph.terms import Literal, NamedNode, Triple
from ambit.graph.views.views import Views
from ambit.graph.vocabulary import RDF, SH, XSD
from ambit.graph.words import Chain, Change, Clearance, Label, Record, RecordGraph
from ambit.server.schema import eyes as words
from ambit.server.schema.cache import SchemaCache
from ambit.server.schema.execute import Graphql

from .figures import Figure, table

CUSTOMERS, ORDERS, RUNS = 200, 6, 100
EX, SOURCE = "https://acme.example/shop#", "urn:shop"
LABEL = Label(SOURCE, "urn:internal", frozenset({"urn:eu"}), frozenset({"urn:all"}))
QUERY = (
    "{ customers(first: 50) { totalCount nodes { iri name city hasOrder { iri total placedOn status } } } }"
)
SAME = f"""SELECT ?s ?name ?city ?order ?total ?on ?status WHERE {{
  {{ SELECT ?s WHERE {{ ?s a <{EX}Customer> }} ORDER BY STR(?s) LIMIT 50 }}
  ?s <{EX}name> ?name ; <{EX}city> ?city ; <{EX}hasOrder> ?order .
  ?order <{EX}total> ?total ; <{EX}placedOn> ?on ; <{EX}status> ?status }}"""


@dataclass
class Viewing:
    """Eyes on a view, through the gate, without anything else that a request does."""

    views: Views
    clearance: Clearance
    chain: Chain = field(default_factory=lambda: Chain("urn:user"))
    purpose: str | None = None
    run: str = "urn:run"
    decision: str = "urn:decision"
    queries: int = 0
    fresh: bool = False
    states: set[int] = field(default_factory=set)

    def revision(self) -> str:
        return uuid.uuid4().hex if self.fresh else "r"

    def deployments(self) -> Sequence[str]:
        return ()

    def select(self, query: str) -> Sequence[words.Row]:
        self.queries += 1
        answer = self.views.query(self.clearance, admit(query), format="json")
        self.states.add(answer.revision)
        rows: list[words.Row] = orjson.loads(answer.body)["results"]["bindings"]
        return rows

    def counted(self, query: str) -> Sequence[words.Row]:
        return self.select(query)

    def returned(
        self, said: Mapping[str, Collection[str]], links: Iterable[tuple[str, str, words.Term]]
    ) -> None:
        """Looked up behind the answer, by the server."""

    def shapes(self, query: str) -> Sequence[words.Row]:
        return self.select(query)


def customer(number: int) -> Iterator[Triple]:
    """One customer and their orders."""

    def said(subject: str, name: str, value: NamedNode | Literal) -> Triple:
        return Triple(NamedNode(subject), NamedNode(EX + name), value)

    def a(subject: str, name: str) -> Triple:
        return Triple(NamedNode(subject), NamedNode(RDF.TYPE), NamedNode(EX + name))

    iri = f"https://acme.example/customer/{number:05}"
    yield a(iri, "Customer")
    yield said(iri, "name", Literal(f"Customer {number}"))
    yield said(iri, "city", Literal(f"City {number % 17}"))
    for part in range(ORDERS):
        order = f"https://acme.example/order/{number:05}-{part}"
        yield said(iri, "hasOrder", NamedNode(order))
        yield a(order, "Order")
        yield said(order, "total", Literal(f"{number}.{part + 1}", datatype=NamedNode(XSD.DECIMAL)))
        yield said(order, "placedOn", Literal(f"2026-01-{part + 1:02}", datatype=NamedNode(XSD.DATE)))
        yield said(order, "status", Literal("paid"))


def shapes() -> Iterator[Triple]:
    """What is single."""
    for owner, names in (("Customer", ("name", "city")), ("Order", ("total", "placedOn", "status"))):
        shape = NamedNode(f"{EX}{owner}Shape")
        yield Triple(shape, NamedNode(SH.TARGET_CLASS), NamedNode(EX + owner))
        for name in names:
            part = NamedNode(f"{EX}{owner}Shape-{name}")
            yield Triple(shape, NamedNode(SH.PROPERTY), part)
            yield Triple(part, NamedNode(SH.PATH), NamedNode(EX + name))
            yield Triple(part, NamedNode(SH.MAX_COUNT), Literal(1))


def record(name: str, triples: Iterable[Triple]) -> Record:
    graph = RecordGraph(f"{SOURCE}/{name}#internal", frozenset(triples), label=LABEL)
    return Record(f"{SOURCE}/{name}", SOURCE, (graph,))


def measure(eyes: Viewing) -> list[Figure]:
    """The figures, taken turn by turn."""
    graphql = Graphql(SchemaCache(), b"a key of sixteen bytes or more")
    listed, plain, anew = [], [], []

    def whole(target: list[float]) -> None:
        begun = perf_counter()
        response = graphql.execute(eyes, QUERY)  # type: ignore[arg-type]  (it classifies and searches nothing)
        target.append(1000 * (perf_counter() - begun))
        nodes = response["data"]["customers"]["nodes"]
        assert (len(nodes), len(nodes[0]["hasOrder"])) == (50, ORDERS)

    whole([])
    eyes.queries = 0
    whole([])
    queries = eyes.queries
    for _ in range(RUNS):
        whole(listed)
        begun = perf_counter()
        eyes.select(SAME)
        plain.append(1000 * (perf_counter() - begun))
    eyes.fresh = True
    for _ in range(RUNS // 10):
        whole(anew)
    return [
        Figure("50 customers with nested orders", listed, "ms", "15 ms"),
        Figure("SPARQL queries for it", [queries], "", "3"),
        Figure("the same rows by one SPARQL query", plain, "ms"),
        Figure("50 customers, the view just changed", anew, "ms"),
    ]


def main() -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as folder:
        owner = Owner(Path(folder))
        views = Views(owner, limit=2)
        try:
            records = [record(str(number), customer(number)) for number in range(CUSTOMERS)]
            owner.commit(Change((*records, record("shapes", shapes()))))
            eyes = Viewing(views, clearance_of([compartment_of(LABEL)]))
            print(table("GraphQL", measure(eyes)))
        finally:
            views.close()
            owner.close()


if __name__ == "__main__":
    main()
