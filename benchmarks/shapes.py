"""Queries on a view beside the same on a bare pyoxigraph store in memory with the same triples, in one run.

Ten shapes over a generated enterprise, LUBM's fourteen over generated data, the building of a view, and joins
over a list of permitted graphs. The child that runs a query says how long it took: that, and nothing of the hop
between the processes, is held against bare. The hop is a line of its own: what an empty query takes beyond it.
`python -m benchmarks.shapes [TRIPLES [UNIVERSITIES]]`
"""

import sys
from time import perf_counter

from pyoxigraph import NamedNode, Quad, QueryResultsFormat, RdfFormat, Store, parse

from ambit.graph.sparql.gate import admit
from ambit.graph.views.worker import Answer
from ambit.graph.words import MERGED

from . import enterprise, lubm
from .figures import Figure, table, timed
from .worlds import World, world

TRIPLES, UNIVERSITIES, RUNS = 1_000_000, 1, 7
PERMITTED = 1_000
BUDGET = 1.0  # seconds that one query may take together


def _compare(made: World, text: str) -> tuple[list[float], list[float]]:
    """Milliseconds bare, and how many times that the engine takes on the view."""
    query = admit(text)

    def view() -> Answer:
        return made.views.query(made.clearance, query, deadline=120)

    def bare() -> bytes:
        return made.bare.query(query.text).serialize(format=QueryResultsFormat.JSON) or b""

    assert sorted(view().body) == sorted(bare())
    once = timed(bare)
    times = max(1, min(100, int(0.02 / once)))
    milliseconds, ratios = [], []
    for _ in range(max(3, min(RUNS, int(BUDGET / (once * times))))):
        first = timed(lambda: [bare() for _ in range(times)]) / times
        second = sum(view().seconds for _ in range(times)) / times
        milliseconds.append(first * 1000)
        ratios.append(second / first)
    return milliseconds, ratios


def _hop(made: World) -> Figure:
    """What an answer takes beyond the engine."""
    beyond = []
    for _ in range(200):
        begun = perf_counter()
        answer = made.views.query(made.clearance, admit("ASK {}"), deadline=60)
        beyond.append((perf_counter() - begun - answer.seconds) * 1000)
    return Figure("an answer beyond the engine: lease, two frames", beyond, "ms")


def _figures(made: World, queries: dict[str, str]) -> list[Figure]:
    figures = [_hop(made)]
    for name, text in queries.items():
        milliseconds, ratios = _compare(made, text)
        figures.append(Figure(f"{name}: bare", milliseconds, "ms"))
        figures.append(Figure(f"{name}: view over bare", ratios, "times", "<= 1.1"))
    return figures


def _building(made: World) -> list[Figure]:
    """A view from nothing to its first answer, beside `bulk_extend` of the same quads."""
    quads = [Quad(q.subject, q.predicate, q.object) for q in made.bare]
    first = timed(lambda: made.views.query(made.clearance, admit("ASK {}"), deadline=600))
    rates, ratios = [], []
    for _ in range(3):
        for view in [*made.views._views.values()]:
            made.views._drop(view)
        bare = timed(lambda: Store().bulk_extend(quads))
        built = timed(lambda: made.views.query(made.clearance, admit("ASK {}"), deadline=600))
        rates.append(made.triples / built)
        ratios.append(bare / built)
    return [
        Figure("building the view, first time", [made.triples / first], "triples/s"),
        Figure("building the view again", rates, "triples/s"),
        Figure("building the view, of bare bulk_extend", ratios, "times", ">= 0.8"),
    ]


def _lists(made: World) -> list[Figure]:
    """A join on a view of 1,000 graphs, beside a list of these graphs given to the engine."""
    entries = [e for e in made.owner.entries() if e.role in MERGED and e.compartment][::40][:PERMITTED]
    permitted = [NamedNode(entry.graph) for entry in entries]
    everything = Store()
    for entry in made.owner.entries():
        if entry.role in MERGED:
            everything.bulk_extend(
                Quad(q.subject, q.predicate, q.object, NamedNode(entry.graph))
                for q in parse(made.owner.text(entry.graph), format=RdfFormat.N_TRIPLES)
            )
    view = Store()
    for graph in permitted:
        view.extend(
            Quad(q.subject, q.predicate, q.object)
            for q in everything.quads_for_pattern(None, None, None, graph)
        )
    text = f"SELECT (COUNT(*) AS ?n) {{ ?x <{enterprise.P}state> ?s . ?x <{enterprise.P}total> ?v . ?x <{enterprise.P}due> ?d }}"

    def listed() -> object:
        return everything.query(text, default_graph=permitted, named_graphs=permitted).serialize(
            format=QueryResultsFormat.JSON
        )  # type: ignore[arg-type]

    def on_view() -> object:
        return view.query(text).serialize(format=QueryResultsFormat.JSON)

    assert listed() == on_view()
    pairs = [(timed(listed), timed(on_view)) for _ in range(RUNS)]
    return [
        Figure(f"a join over a list of {len(permitted):,} graphs", [one * 1000 for one, _ in pairs], "ms"),
        Figure("the list over the view", [one / two for one, two in pairs], "times", ">= 20"),
    ]


def main(triples: int = TRIPLES, universities: int = UNIVERSITIES) -> None:
    """Prints the tables."""
    begun = perf_counter()
    with world(enterprise.rows(triples)) as made:
        filled = perf_counter() - begun
        figures = [Figure(f"bringing {made.triples:,} triples in, twice", [filled], "s"), *_building(made)]
        print(table("A view of an enterprise", [*figures, *_figures(made, enterprise.queries())]), flush=True)
    with world(enterprise.rows(min(triples, 400_000))) as made:
        print(table("A view beside a list of graphs", _lists(made)), flush=True)
    with world(lubm.rows(universities)) as made:
        print(table(f"LUBM, {made.triples:,} triples", _figures(made, lubm.queries())), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
