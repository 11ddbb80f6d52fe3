"""What is the same as much else: nothing is concluded past a bound, and no change takes more steps than it has."""

import random

import pytest

from ambit.graph.terms import NamedNode, Triple
from ambit.reasoning.rl.engine import Engine
from ambit.reasoning.rl.equality import MOST_SAME
from ambit.reasoning.rl.terms import SAME, Fact, Terms

Held = list[tuple[Fact, int]]
P = NamedNode("http://example.com/p")


def made(limit: int = 1_000_000) -> tuple[Engine, Terms]:
    terms = Terms()
    return Engine((), terms, equality=True, limit=limit), terms


def link(terms: Terms, one: int, other: int, bit: int = 1) -> tuple[Fact, int]:
    ends = (NamedNode(f"http://example.com/{n}") for n in (one, other))
    return (SAME, *map(terms.id, ends)), bit  # type: ignore[return-value]


def said(terms: Terms, one: int, bit: int = 1) -> tuple[Fact, int]:
    t = Triple(NamedNode(f"http://example.com/{one}"), P, NamedNode("http://example.com/v"))
    return (terms.id(t.predicate), terms.id(t.subject), terms.id(t.object)), bit


def chain(terms: Terms, start: int, count: int, bit: int = 1) -> Held:
    """Links that make `count` things the same."""
    return [link(terms, n, n + 1, bit) for n in range(start, start + count - 1)]


def concluded(engine: Engine) -> dict[Fact, tuple[int, ...]]:
    return {fact: sets for fact, sets in engine.facts() if not engine.asserted(fact)}


@pytest.mark.parametrize("shape", ["chain", "star", "into one"])
def test_of_a_thousand_things_that_are_the_same_nothing_follows_and_few_steps_are_taken(shape: str) -> None:
    engine, terms = made()
    ends = {"chain": lambda n: (n, n + 1), "star": lambda n: (0, n + 1), "into one": lambda n: (n + 1, 0)}[
        shape
    ]
    links = [link(terms, *ends(n)) for n in range(1_000)]
    random.Random(1).shuffle(links)
    links.append(said(terms, 0))
    for out, into in (([], links), (links, [])):
        engine.change(out, into)
        engine.keep()
        assert engine._left > 900_000, "of a million"
        assert concluded(engine) == {}
    assert engine.limited
    assert not engine.is_lost
    assert [*engine.facts()] == []


def test_up_to_the_bound_all_follows_and_past_it_nothing_more() -> None:
    engine, terms = made()
    engine.change((), [*chain(terms, 0, MOST_SAME), said(terms, 0)])
    engine.keep()
    pairs = MOST_SAME * (MOST_SAME - 1) - (MOST_SAME - 1)
    assert len(concluded(engine)) == pairs + MOST_SAME - 1
    assert not engine.limited
    engine.change((), [link(terms, MOST_SAME - 1, MOST_SAME)])
    assert engine.limited
    assert len(concluded(engine)) == pairs + MOST_SAME - 1
    engine.undo()
    engine.change([said(terms, 0)], ())
    assert len(concluded(engine)) == pairs


def test_links_that_a_reader_does_not_know_of_take_nothing_from_it() -> None:
    """Five are the same in one compartment; another has a thousand that are the same as one of these."""
    alone, terms = made()
    own = [*chain(terms, 0, 5), said(terms, 2)]
    alone.change((), own)
    engine = Engine((), terms, equality=True, limit=1_000_000)
    engine.change((), chain(terms, 4, 1_000, 2))
    engine.keep()
    engine.change((), own)
    seen = {fact for fact, sets in concluded(engine).items() if 1 in sets}
    assert seen == set(concluded(alone))
    assert len(seen) > 15


def test_a_change_ends_when_its_steps_do_and_all_that_is_drawn_follows() -> None:
    engine, terms = made(1_000)
    links = [one for n in range(20) for one in chain(terms, 100 * n, MOST_SAME)]
    engine.change((), links)
    assert engine.limited
    assert engine._left > -MOST_SAME * 10
    assert all(engine.asserted(fact) for fact, _ in links)
    drawn = concluded(engine)
    assert drawn
    for _, s, o in drawn:
        one, other = (int(terms.of[t].value.rsplit("/")[-1]) // 100 for t in (s, o))  # type: ignore[attr-defined]
        assert one == other


def test_taking_out_more_than_there_are_steps_for_is_said() -> None:
    engine, terms = made(3_000)
    for n in range(12):
        engine.change((), chain(terms, 100 * n, MOST_SAME))
        engine.keep()
    engine.change([one for n in range(12) for one in chain(terms, 100 * n, MOST_SAME)], ())
    assert engine.is_lost
