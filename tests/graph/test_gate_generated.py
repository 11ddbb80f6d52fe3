"""What the gate prints means to the engine what the query meant: over generated queries of every feature.

What SPARQL allows and the gate refuses would be told here: no generated query is refused, whatever is in it.
"""

import pytest
from exactanswers import Said, multiset, said
from exactdice import Dice
from exactquery import drawn_query
from exactstage import EVERYBODY, serialized
from exactworld import World, drawn_world
from pyoxigraph import Store

from ambit.graph.sparql.gate import admit


def _same(queries: range) -> None:
    world = World()
    world.take(drawn_world(Dice(queries.start)))
    store = world.store(EVERYBODY, None)
    refused = 0
    for seed in queries:
        asked = drawn_query(Dice(seed))
        admitted = admit(asked.bare)
        expected, got = (_answer(store, text) for text in (asked.bare, admitted.text))
        if expected is None or got is None:
            assert expected is got, (asked.bare, admitted.text)
            refused += 1
            continue
        ours, theirs = (multiset(answer.rows, world.blanks()) for answer in (got, expected))
        assert (set(ours) == set(theirs)) if asked.is_set else (ours == theirs), (asked.bare, admitted.text)
    assert refused <= 1, "the engine takes nearly all"


def _answer(store: Store, text: str) -> Said | None:
    """None where the engine knows better what SPARQL is, as with a blank node in EXISTS in brackets in IF."""
    try:
        return said(*serialized(store.query(text)))
    except SyntaxError:
        return None


def test_the_printed_query_means_the_same() -> None:
    _same(range(400))


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_printed_query_means_the_same_at_length() -> None:
    for start in range(10_000, 40_000, 500):
        _same(range(start, start + 500))
