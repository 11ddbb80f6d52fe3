"""The sorts of views side by side: building, memory, joins; thousands of users; how fast a commit reaches views."""

import random
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pyoxigraph import QueryResultsFormat, Store

from ambit.graph.compartments import clearance_of, compartment_of
from ambit.graph.sparql.gate import Admitted, admit
from ambit.graph.store.owner import Owner
from ambit.graph.terms import Literal, NamedNode, Quad, Triple
from ambit.graph.views import frames, sorts
from ambit.graph.views.keeper import IN_VAIN
from ambit.graph.views.views import Views
from ambit.graph.words import Change, Clearance, Label, Record, RecordGraph

from .figures import Figure, percentile, table, timed

SOURCE = "https://example.org/src"
P = "https://example.org/p/"
COMMON = 2_000  # records of ten triples that everybody may read
USERS = 5_000
FOLDER = 20  # triples of a private folder
VIEWS = 50
COMMITS = 20
RUNS = 15

SHAPES = {
    "one entity": f"SELECT ?p ?o {{ <{SOURCE}/471> ?p ?o }}",
    "join of three": f"SELECT ?a ?n {{ ?a <{P}knows> ?b . ?b <{P}team> <{P}t7> . ?a <{P}name> ?n }}",
    "count by group": f"SELECT ?t (COUNT(*) AS ?n) {{ ?a <{P}team> ?t }} GROUP BY ?t",
    "path of any length": f"SELECT (COUNT(?b) AS ?n) {{ <{SOURCE}/12> <{P}knows>+ ?b }}",
    "rows": f"SELECT ?a ?b {{ ?a <{P}knows> ?b }}",
}
SMALL = admit(SHAPES["one entity"])


def _label(name: str) -> Label:
    return Label(SOURCE, "urn:open", frozenset({"urn:eu"}), frozenset({f"urn:team:{name}"}))


EVERYBODY = _label("everybody")


def _entity(number: int, chance: random.Random) -> Iterator[Triple]:
    """Ten triples: a name, a team, three acquaintances, five values."""
    iri = NamedNode(f"{SOURCE}/{number}")
    yield Triple(iri, NamedNode(P + "name"), Literal(f"name {chance.randrange(10**6)}"))
    yield Triple(iri, NamedNode(P + "team"), NamedNode(f"{P}t{number % 50}"))
    for _ in range(3):
        yield Triple(iri, NamedNode(P + "knows"), NamedNode(f"{SOURCE}/{chance.randrange(COMMON)}"))
    for place in range(5):
        yield Triple(iri, NamedNode(f"{P}v{place}"), Literal(str(chance.randrange(10**6))))


def _record(name: str, triples: Iterator[Triple], label: Label) -> Record:
    iri = f"{SOURCE}/{name}"
    return Record(iri, SOURCE, (RecordGraph(f"{iri}#g", frozenset(triples), None, label=label),), "d")


def _folder(user: int, chance: random.Random) -> Record:
    """A private folder: two entities of a user's own, with the predicates that the common part has."""
    numbers = (COMMON + 2 * user, COMMON + 2 * user + 1)
    return _record(f"user{user}", (t for n in numbers for t in _entity(n, chance)), _label(f"user{user}"))


@contextmanager
def _world(users: int) -> Iterator[tuple[Owner, Store]]:
    """A company: a common part and private folders; and the common part with one folder in a bare store."""
    chance = random.Random(1)
    common = [_record(str(number), _entity(number, chance), EVERYBODY) for number in range(COMMON)]
    folders = [_folder(user, chance) for user in range(users)]
    bare = Store()
    bare.extend(
        Quad(t.subject, t.predicate, t.object)
        for record in [*common, folders[0]]
        for graph in record.graphs
        for t in graph.triples
    )
    with tempfile.TemporaryDirectory() as folder:
        owner = Owner(Path(folder))
        records = common + folders
        for start in range(0, len(records), 500):
            owner.commit(Change(tuple(records[start : start + 500])))
        try:
            yield owner, bare
        finally:
            owner.close()


def _cleared(user: int) -> Clearance:
    return clearance_of([compartment_of(EVERYBODY), compartment_of(_label(f"user{user}"))])


def shared(asked: sorts.Asked) -> sorts.Sort:
    """What everybody may read is common."""
    return sorts.Shared(asked.compartments & {compartment_of(EVERYBODY)})


@contextmanager
def _views(owner: Owner, rule: sorts.Rule, limit: int = 16) -> Iterator[Views]:
    views = Views(owner, limit=limit, rule=rule)
    owner.listen(views.on_delta)
    try:
        yield views
    finally:
        views.close()
        owner._listeners.remove(views.on_delta)


def _times(views: Views, users: Iterable[int]) -> list[float]:
    """Milliseconds of a small query of each user in turn."""
    return [timed(lambda user=user: views.query(_cleared(user), SMALL, deadline=60)) * 1000 for user in users]


def _percentiles(name: str, times: list[float]) -> list[Figure]:
    return [Figure(f"{name}, p{share}", [percentile(times, share / 100)], "ms") for share in (50, 95)]


def _beside() -> list[Figure]:
    """Own and shared views of the same clearance, queries over bare."""
    with _world(users=50) as (owner, bare):
        return [
            figure
            for name, rule in (("own", sorts.own), ("shared", shared))
            for figure in _one_sort(name, rule, owner, bare)
        ]


def _one_sort(name: str, rule: sorts.Rule, owner: Owner, bare: Store) -> Iterator[Figure]:
    with _views(owner, rule) as views:
        first, second = _times(views, range(2))
        yield Figure(f"{name}: first answer; process and 20,020 triples", [first], "ms")
        yield Figure(f"{name}: first answer of a second user", [second], "ms")
        yield Figure(f"{name}: memory of keepers for two users", [sum(views.live().values()) / 1e6], "MB")
        for shape, text in SHAPES.items():
            query = admit(text)

            def on_view(query: Admitted = query) -> object:
                return views.query(_cleared(0), query, deadline=60).body

            def on_bare(query: Admitted = query) -> object:
                return bare.query(query.text).serialize(format=QueryResultsFormat.JSON)

            ratios = [(1 / _mean(on_bare)) * _mean(on_view) for _ in range(RUNS)]
            yield Figure(f"{name}: {shape}, over bare", ratios, "times", "<= 1.2")


def _mean(work: Callable[[], object]) -> float:
    """The time of one call: of short ones the mean of many."""
    times = max(1, min(200, int(0.02 / timed(work))))
    return timed(lambda: [work() for _ in range(times)]) / times


def _thousands() -> list[Figure]:
    """Users with private folders, by the rule and within the bounds that are set when nothing is said."""
    with _world(USERS) as (owner, _), _views(owner, sorts.choose) as views:
        first = _times(views, range(USERS))
        chance = random.Random(2)
        again = _times(views, [chance.randrange(USERS) for _ in range(USERS)])
        figures = _percentiles(f"{USERS:,} users, first query of each", first)
        figures += _percentiles(f"{USERS:,} users, a query of somebody", again)
        figures.append(Figure("keepers", [len(views.live())], "processes", "<= 16"))
        figures.append(Figure("their memory", [sum(views.live().values()) / 1e6], "MB", "<= 2000"))
    return figures


def _reach() -> list[Figure]:
    """From the call of a commit of 20 triples to the last of 50 live views that has it, and to its return."""
    figures = []
    for name, rule in (("own", sorts.own), ("shared", shared)):
        with _world(users=VIEWS) as (owner, _), _views(owner, rule, limit=VIEWS) as views:

            def ask(views: Views = views) -> None:
                _times(views, range(VIEWS))

            ask()
            if rule is sorts.own:
                figures += _commits(f"{name}, each of {VIEWS} asked between commits", owner, views, 0, ask)
                _commits("", owner, views, COMMITS, rounds=IN_VAIN)
            figures += _commits(f"{name}, {VIEWS} clearances", owner, views, COMMITS + IN_VAIN)
    return figures


def _commits(
    name: str,
    owner: Owner,
    views: Views,
    first: int,
    ask: Callable[[], None] = lambda: None,
    rounds: int = COMMITS,
) -> list[Figure]:
    returned, reached = [], []
    for number in range(first, first + rounds):
        ask()
        time.sleep(0.2)  # whatever the last commit leaves to do is done
        records = [
            _record(place, _entity(10**6 * (2 + number) + at, random.Random(number)), EVERYBODY)
            for at, place in enumerate("xy")
        ]
        begun = time.perf_counter()
        owner.commit(Change(tuple(records)))
        returned.append((time.perf_counter() - begun) * 1000)
        _applied(views)
        reached.append((time.perf_counter() - begun) * 1000)
    return [
        Figure(f"{name}: a commit of 20 triples returns", returned, "ms"),
        Figure(f"{name}: the last of {len(views.live())} keepers has it", reached, "ms", "<= 20"),
    ]


def _applied(views: Views) -> None:
    """Returns when each keeper has said that it has applied all that was handed to it."""
    keepers = [view.keeper for view in views._views.values() if view.keeper is not None]
    for keeper in keepers:
        keeper._number += 1
        keeper._outbox.put({"do": "say", "number": keeper._number})
    for keeper in keepers:
        while frames.receive(keeper._control)[0]["number"] != keeper._number:
            pass


def main() -> None:
    """Prints the tables."""
    print(table("Sorts of views side by side", _beside()))
    print(table("Private folders", _thousands()))
    print(table("A commit reaches the views", _reach()))


if __name__ == "__main__":
    main()
