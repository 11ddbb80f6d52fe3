"""A query on a view beside the same query on a bare pyoxigraph store, over the same 100,000 triples."""

import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pyoxigraph import QueryResultsFormat, Store

from ambit.graph.compartments import clearance_of, compartment_of
from ambit.graph.sparql.gate import Admitted, admit
from ambit.graph.store.owner import Owner
from ambit.graph.terms import Literal, NamedNode, Quad, Triple
from ambit.graph.views.views import Views
from ambit.graph.words import Change, Clearance, Label, Record, RecordGraph

from .figures import Figure, table, timed

RECORDS = 10_000
RUNS = 15
SOURCE = "https://example.org/src"
LABEL = Label(SOURCE, "urn:open", frozenset({"urn:eu"}), frozenset({"urn:team"}))
P = "https://example.org/p/"

SHAPES = {
    "one entity": f"SELECT ?p ?o {{ <{SOURCE}/4711> ?p ?o }}",
    "join of three": f"SELECT ?a ?n {{ ?a <{P}knows> ?b . ?b <{P}team> <{P}t7> . ?a <{P}name> ?n }}",
    "count by group": f"SELECT ?t (COUNT(*) AS ?n) {{ ?a <{P}team> ?t }} GROUP BY ?t",
    "count all": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "path of any length": f"SELECT (COUNT(?b) AS ?n) {{ <{SOURCE}/12> <{P}knows>+ ?b }}",
    "not exists": f"SELECT (COUNT(*) AS ?n) {{ ?a <{P}team> <{P}t3> FILTER NOT EXISTS {{ ?x <{P}knows> ?a }} }}",
    "order and limit": f"SELECT ?a ?n {{ ?a <{P}name> ?n }} ORDER BY ?n LIMIT 10",
    "20,000 rows": f"SELECT ?a ?b {{ ?a <{P}knows> ?b }}",
}


def _records(seed: int) -> Iterator[Record]:
    """Ten triples each: a name, a team, two acquaintances, six values."""
    chance = random.Random(seed)
    for number in range(RECORDS):
        iri = f"{SOURCE}/{number}"
        said = {
            ("name", Literal(f"name {chance.randrange(10**6)}")),
            ("team", NamedNode(f"{P}t{number % 50}")),
        }
        while len(said) < 4:
            said.add(("knows", NamedNode(f"{SOURCE}/{chance.randrange(RECORDS)}")))
        said |= {(f"v{place}", Literal(str(chance.randrange(10**6)))) for place in range(6)}
        triples = frozenset(Triple(NamedNode(iri), NamedNode(P + name), value) for name, value in said)
        yield Record(iri, SOURCE, (RecordGraph(f"{iri}#open", triples, None, label=LABEL),), "d")


@contextmanager
def _worlds() -> Iterator[tuple[Owner, Views, Store]]:
    records = list(_records(1))
    bare = Store()
    bare.extend(
        Quad(t.subject, t.predicate, t.object) for r in records for graph in r.graphs for t in graph.triples
    )
    with tempfile.TemporaryDirectory() as folder:
        owner = Owner(Path(folder))
        views = Views(owner)
        owner.listen(views.on_delta)
        for start in range(0, RECORDS, 500):
            owner.commit(Change(tuple(records[start : start + 500])))
        try:
            yield owner, views, bare
        finally:
            views.close()
            owner.close()


def _ratios(
    views: Views, bare: Store, clearance: Clearance, query: Admitted
) -> tuple[list[float], list[float]]:
    """Bare milliseconds and the view's share of them, taken in turn so that both see the same machine."""

    def on_view() -> object:
        return views.query(clearance, query, deadline=60).body

    def on_bare() -> object:
        return bare.query(query.text).serialize(format=QueryResultsFormat.JSON)

    on_view()
    on_bare()
    pairs = [(_settled(on_bare), _settled(on_view)) for _ in range(RUNS)]
    return [first * 1000 for first, _ in pairs], [second / first for first, second in pairs]


def _settled(work: Callable[[], object]) -> float:
    """The time of one call: for short ones the mean of many, as a timer sees nothing in one."""
    once = timed(work)
    times = max(1, min(200, int(0.02 / once)))
    return timed(lambda: [work() for _ in range(times)]) / times


def main() -> None:
    """Prints the table."""
    clearance = clearance_of([compartment_of(LABEL)])
    figures = []
    with _worlds() as (owner, views, bare):
        building = timed(lambda: views.query(clearance, admit("ASK {}"), deadline=60))
        figures.append(Figure("build of the view, 100,000 triples", [building], "s"))
        for name, text in SHAPES.items():
            first, ratios = _ratios(views, bare, clearance, admit(text))
            figures.append(Figure(f"{name}: bare pyoxigraph", first, "ms"))
            figures.append(Figure(f"{name}: view over bare", ratios, "times", "<= 1.2"))
        forked = []
        query = admit(SHAPES["one entity"])
        for number in range(RUNS):
            said = frozenset({Triple(NamedNode("urn:x"), NamedNode("urn:p"), Literal(str(number)))})
            owner.commit(
                Change((Record("urn:x", SOURCE, (RecordGraph("urn:x#open", said, None, label=LABEL),), "d"),))
            )
            forked.append(timed(lambda: views.query(clearance, query, deadline=60)) * 1000)
        figures.append(Figure("one entity, right after a commit: with delta and fork", forked, "ms"))
    print(table("A query on a view", figures))


if __name__ == "__main__":
    main()
