"""What is held over a store reads as if it were in it: against a store that has it, on generated commits."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ambit.graph.store.ahead import AheadQuads
from ambit.graph.store.logged import Logged
from ambit.graph.store.quadstore import QuadStore
from ambit.graph.store.recovery import apply
from ambit.graph.terms import NamedNode, Quad, Triple
from ambit.graph.vocabulary import RDF
from ambit.graph.words import Delta, Placed, Role

NAMES = [NamedNode(f"urn:{name}") for name in "abc"]
PREDICATES = [NamedNode("urn:p"), NamedNode(RDF.TYPE)]
GRAPHS = [NamedNode(f"urn:g:{name}") for name in "xyz"]
QUADS = st.builds(
    Quad, st.sampled_from(NAMES), st.sampled_from(PREDICATES), st.sampled_from(NAMES), st.sampled_from(GRAPHS)
)
COMMITS = st.lists(st.tuples(st.frozensets(QUADS, max_size=4), st.frozensets(QUADS, max_size=4)), max_size=5)


def logged(revision: int, out: frozenset[Quad], into: frozenset[Quad]) -> Logged:
    delta = Delta(
        revision,
        tuple(Placed(quad, "urn:c", Role.DATA) for quad in sorted(out, key=str)),
        tuple(Placed(quad, "urn:c", Role.DATA) for quad in sorted(into, key=str)),
    )
    return Logged(revision, 0, delta=delta)


def seen(store: QuadStore) -> list[object]:
    """All that can be asked of a store."""
    triples = [Triple(s, p, o) for s in NAMES for p in PREDICATES for o in NAMES]
    quads = [Quad(t.subject, t.predicate, t.object, g) for t in triples for g in GRAPHS]
    names = [graph.value for graph in GRAPHS]
    patterns = [
        (s, p, o) for s in (None, *NAMES[:2]) for p in (None, *PREDICATES) for o in (None, *NAMES[:2])
    ]
    return [
        [sorted(map(str, store.triples(graph))) for graph in names],
        [sorted(map(str, store.quads(graph))) for graph in names],
        [sorted(store.text(graph).splitlines()) for graph in names],
        [sorted(str(q) for q in store.match(*pattern) if q.graph_name in GRAPHS) for pattern in patterns],
        [quad in store for quad in quads],
        [sorted(store.graphs_holding(triples[n : n + 2])) for n in range(0, len(triples), 2)],
        [sorted(store.graphs_saying([s], [p])) for s in NAMES for p in PREDICATES],
        [store.holds_only(graph, quads[::2]) for graph in names],
        store.terms(names),
        [store.size(graph, most) for graph in names for most in (2, 100)],
        [sorted(store.graphs_saying(NAMES[:2], PREDICATES))],
    ]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stores")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(COMMITS, st.integers(0, 5), st.integers(0, 5))
def test_what_is_held_reads_as_if_it_were_in(
    stores: tuple[AheadQuads, QuadStore],
    commits: list[tuple[frozenset[Quad], frozenset[Quad]]],
    held_from: int,
    until: int,
) -> None:
    ahead, plain = stores
    empty(ahead), empty(plain)
    for number, (out, into) in enumerate(commits, start=1):
        one = logged(number, out, into)
        apply(one, plain)
        if number <= held_from:
            apply(one, ahead)
        else:
            ahead.hold(one)
    assert seen(ahead) == seen(plain)
    ahead.write(until)
    assert seen(ahead) == seen(plain)
    ahead.write(len(commits))
    assert ahead._over is None
    assert seen(ahead) == seen(plain)


def test_only_what_is_asked_for_is_read_of_a_graph_that_is_touched(
    stores: tuple[AheadQuads, QuadStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each commit that is held touches the catalog, which has a line for each record."""
    ahead, _ = stores
    empty(ahead)
    said = [Quad(name, PREDICATES[0], NAMES[0], GRAPHS[0]) for name in NAMES]
    apply(logged(1, frozenset(), frozenset(said)), ahead)
    ahead.hold(logged(2, frozenset(said[:1]), frozenset()))
    monkeypatch.setattr(QuadStore, "quads", lambda self, graph: pytest.fail("a whole graph was read"))
    assert ahead.graphs_saying(NAMES, PREDICATES) == {GRAPHS[0].value}
    assert ahead.graphs_saying(NAMES[:1], PREDICATES) == set()


def empty(store: QuadStore) -> None:
    store._store.clear()
    if isinstance(store, AheadQuads):
        store._over = None


@pytest.fixture(scope="module")
def stores(folders: Path) -> tuple[AheadQuads, QuadStore]:
    return AheadQuads(folders / "ahead"), QuadStore(folders / "plain")
