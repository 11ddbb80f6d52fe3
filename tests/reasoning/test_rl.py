"""OWL 2 RL over facts in compartments: what each clearance sees is what owlrl says of what it leaves, at any time."""

import random
from collections.abc import Iterator

import pytest
from rlworld import (
    CLASHING,
    COMPARTMENTS,
    TYPE,
    Axioms,
    World,
    engine,
    fact,
    facts,
    owlrl_says,
    visible,
)

from ambit.graph.terms import NamedNode, Triple
from ambit.graph.vocabulary import OWL, RDF, RDFS, node
from ambit.reasoning.rl.axioms import rules
from ambit.reasoning.rl.engine import Engine
from ambit.reasoning.rl.sets import FREE, join
from ambit.reasoning.rl.terms import Fact, Terms

Held = list[tuple[Triple, int]]


def axioms_of(rng: random.Random, most: int = 9) -> Axioms:
    """Some axioms, sometimes with what cannot be."""
    axioms = Axioms(rng)
    for _ in range(rng.randrange(2, most + 1)):
        axioms.add()
    if rng.random() < 0.4:
        for _ in range(2):
            axioms.public |= CLASHING[rng.choice(list(CLASHING))](axioms)
    return axioms


def asserted(terms: Terms, held: Held) -> list[tuple[Fact, int]]:
    return [(fact(terms, t), 1 << compartment) for t, compartment in held]


def worlds(seeds: range, most: int) -> Iterator[tuple[int, Axioms, Held, int]]:
    """A world for each seed, and some clearances of each; `most` axioms, and some facts more."""
    for seed in seeds:
        rng = random.Random(seed)
        axioms = axioms_of(rng, most)
        held = [
            (t, rng.randrange(COMPARTMENTS))
            for t in facts(rng, rng.randrange(3, most + 3), equal=rng.random() < 0.4)
        ]
        for clearance in {*rng.sample(range(1 << COMPARTMENTS), 2), (1 << COMPARTMENTS) - 1}:
            yield seed, axioms, list(dict.fromkeys(held)), clearance


def compare(seeds: range, most: int = 9) -> int:
    """Holds the engine against owlrl over the filtered worlds; gives how many conclusions were compared."""
    cases = list(worlds(seeds, most))
    says = owlrl_says(World.left(axioms, held, clearance) for _, axioms, held, clearance in cases)
    compared = 0
    for (seed, axioms, held, clearance), (wanted, is_wrong) in zip(cases, says, strict=True):
        terms = Terms()
        made = engine(axioms, terms)
        made.change((), asserted(terms, held))
        found, clashes = visible(made, terms, clearance)
        assert found == wanted, (seed, clearance)
        assert clashes == is_wrong, (seed, clearance)
        compared += len(wanted - {t for t, _ in held})
    return compared


def replay(seed: int) -> int:
    """Graphs that come, change their compartment and go: at each step all is as if made anew."""
    rng = random.Random(seed)
    axioms, terms = axioms_of(rng), Terms()
    made = engine(axioms, terms)
    graphs: dict[int, Held] = {}
    conclusions = 0
    for _ in range(6):
        out: Held = []
        into: Held = []
        for graph in rng.sample(range(8), rng.randrange(1, 4)):
            compartment = rng.randrange(COMPARTMENTS)
            new = facts(rng, rng.randrange(5), equal=rng.random() < 0.5)
            out += graphs.get(graph, [])
            graphs[graph] = [(t, compartment) for t in dict.fromkeys(new)]
            into += graphs[graph]
        before = state(made)
        made.change(asserted(terms, out), asserted(terms, into))
        if rng.random() < 0.5:  # the commit fails, and is tried again
            told = {touched: (old, mask) for touched, old, mask in made.changed()}
            after = state(made)
            for one in before[0].keys() | after[0].keys():
                if before[0].get(one) != after[0].get(one):
                    assert as_set(told[one][0]) == before[0].get(one)
            made.undo()
            assert state(made) == before, seed
            made.change(asserted(terms, out), asserted(terms, into))
        made.keep()
        fresh = engine(axioms, terms)
        fresh.change((), asserted(terms, [one for held in graphs.values() for one in held]))
        assert state(made) == state(fresh), seed
        conclusions += len(state(made)[0])
    return conclusions


def as_set(sets: tuple[int, ...] | None) -> frozenset[int] | None:
    return None if sets is None else frozenset(sets)


def state(
    made: Engine,
) -> tuple[dict[Fact, frozenset[int]], dict[Fact, int], dict[tuple[Fact, int], int], int]:
    return (
        {one: frozenset(sets) for one, sets in made.facts()},
        dict(made._base.held),
        dict(made._base._more),
        made._size,
    )


@pytest.mark.parametrize("start", range(0, 60, 20))
def test_each_clearance_sees_what_owlrl_says_of_what_it_leaves(start: int) -> None:
    assert compare(range(start, start + 20), 6) > 40


@pytest.mark.long
@pytest.mark.parametrize("start", range(10_000, 12_000, 50))
def test_each_clearance_of_many_worlds(start: int) -> None:
    assert compare(range(start, start + 50))


def test_what_comes_and_goes_leaves_what_would_be_made_anew() -> None:
    assert sum(replay(seed) for seed in range(90)) > 10_000


def test_what_is_still_the_same_one_way_round_is_found_again() -> None:
    """`a` is the same as `b` as stated and by a functional property; then the property goes, and what `b` is."""
    ex, terms = "http://example.com/", Terms()
    a, b, c, p, kind = (NamedNode(ex + name) for name in "abcpK")
    axiom = Triple(p, node(RDF.TYPE), node(OWL.FUNCTIONAL_PROPERTY))
    made = Engine(rules({axiom: FREE}, terms), terms, equality=True, limit=1_000)
    stays = [Triple(a, node(OWL.SAME_AS), b), Triple(a, TYPE, kind), Triple(c, p, a)]
    goes = [Triple(c, p, b), Triple(b, TYPE, kind)]
    made.change((), asserted(terms, [(t, 0) for t in (*stays, *goes)]))
    made.keep()
    made.change(asserted(terms, [(t, 0) for t in goes]), ())
    assert made.sets(fact(terms, Triple(b, TYPE, kind))) == (1,)
    assert made.sets(fact(terms, Triple(c, p, b))) == (1,)


def test_what_follows_by_a_public_axiom_needs_no_narrow_one() -> None:
    """`p` is below `q`; both are transitive, `q` by an axiom in a compartment of its own."""
    terms = Terms()
    a, b, c, p, q = (NamedNode("http://example.com/" + name) for name in "abcpq")
    transitive = node(OWL.TRANSITIVE_PROPERTY)
    axioms = {
        Triple(p, TYPE, transitive): FREE,
        Triple(q, TYPE, transitive): (2,),
        Triple(p, node(RDFS.SUB_PROPERTY_OF), q): FREE,
    }
    made = Engine(rules(axioms, terms), terms, equality=False, limit=1_000)
    made.change((), asserted(terms, [(Triple(a, p, b), 0), (Triple(b, p, c), 0), (Triple(c, q, a), 0)]))
    assert made.sets(fact(terms, Triple(a, q, c))) == (1,)
    assert made.sets(fact(terms, Triple(b, q, a))) == (3,)


def test_at_most_eight_sets_of_a_fact_are_held_and_each_suffices() -> None:
    terms = Terms()
    p = NamedNode("http://example.com/p")
    axiom = Triple(p, node(RDF.TYPE), node(OWL.TRANSITIVE_PROPERTY))
    made = Engine(rules({axiom: FREE}, terms), terms, equality=False, limit=1_000)
    a, z, *between = (NamedNode(f"http://example.com/n{n}") for n in range(14))
    ways = [((Triple(a, p, m), 2 * n), (Triple(m, p, z), 2 * n + 1)) for n, m in enumerate(between)]
    made.change((), asserted(terms, [one for way in ways for one in way]))
    made.keep()
    through = fact(terms, Triple(a, p, z))
    held = set(made.sets(through) or ())
    assert len(held) == 8 and held < {3 << 2 * n for n in range(12)}
    for n, way in enumerate(ways):  # those that were left out come in when others go
        made.change(asserted(terms, list(way)), ())
        made.keep()
        rest = {3 << 2 * other for other in range(n + 1, 12)}
        now = set(made.sets(through) or ())
        assert now <= rest and len(now) == min(8, len(rest))


def test_larger_sets_keep_no_smaller_one_out_and_one_compartment_always_counts() -> None:
    """What others may read, of compartments of theirs, comes first."""
    terms = Terms()
    p = NamedNode("http://example.com/p")
    axiom = Triple(p, TYPE, node(OWL.TRANSITIVE_PROPERTY))
    made = Engine(rules({axiom: FREE}, terms), terms, equality=False, limit=1_000)
    a, z, *between = (NamedNode(f"http://example.com/n{n}") for n in range(46))
    through = fact(terms, Triple(a, p, z))

    def way(n: int, *places: int) -> None:
        steps = [a, *between[4 * n : 4 * n + len(places) - 1], z]
        made.change(
            (),
            asserted(
                terms, [(Triple(s, p, o), c) for s, o, c in zip(steps, steps[1:], places, strict=False)]
            ),
        )

    for n in range(9):
        way(n, 10 + 3 * n, 11 + 3 * n, 12 + 3 * n)
    assert len(made.sets(through) or ()) == 8
    way(9, 1, 2)
    assert 0b110 in (made.sets(through) or ()), "larger sets do not count against it"
    for c in range(40, 52):
        made.change((), asserted(terms, [(Triple(a, p, z), c)]))
    held = made.sets(through) or ()
    assert all(1 << c in held for c in range(40, 52))
    assert 0b110 in held


@pytest.mark.timeout(10)
def test_what_many_compartments_assert_is_joined_in_no_time() -> None:
    one, other = (tuple(1 << n for n in range(start, start + 1000)) for start in (0, 999))
    held = join(one, other)
    assert held[0] == 1 << 999, "the one that both have"
    assert len(held) == 9 and all(mask.bit_count() == 2 for mask in held[1:])


def test_where_more_sets_suffice_than_are_held_each_that_is_held_does() -> None:
    """A dense graph in twelve compartments whose edges come and go; what a set suffices for is reached inside it."""
    rng, terms = random.Random(5), Terms()
    p, *nodes = (NamedNode(f"http://example.com/{name}") for name in "pabcdef")
    axiom = Triple(p, TYPE, node(OWL.TRANSITIVE_PROPERTY))
    made = Engine(rules({axiom: FREE}, terms), terms, equality=False, limit=10_000)
    held: list[tuple[Triple, int]] = []
    full = 0
    for _ in range(60):
        out = [held.pop(rng.randrange(len(held))) for _ in range(min(len(held), rng.randrange(4)))]
        new = {
            (Triple(rng.choice(nodes), p, rng.choice(nodes)), rng.randrange(12))
            for _ in range(rng.randrange(5))
        }
        into = [one for one in new if one not in held and one not in out]
        held += into
        made.change(asserted(terms, out), asserted(terms, into))
        made.keep()
        for (_, s, o), sets in made.facts():
            full += len(sets) >= 8
            for mask in sets:
                inside = [(fact(terms, t)[1:]) for t, where in held if mask >> where & 1]
                assert o in reached(s, inside)
    assert full > 50, "some have more"


def reached(start: int, edges: list[tuple[int, int]]) -> set[int]:
    found: set[int] = set()
    fresh = {start}
    while fresh:
        fresh = {end for begin, end in edges if begin in fresh} - found
        found |= fresh
    return found


@pytest.mark.long
@pytest.mark.parametrize("start", range(10_000, 15_000, 500))
def test_what_comes_and_goes_for_long(start: int) -> None:
    for seed in range(start, start + 500):
        replay(seed)
