"""The smallest union, held against all unions there are."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambit.graph.terms import NamedNode, Triple
from ambit.reasoning.explaining.choosing import choose

P = NamedNode("urn:p")
TRIPLES = [Triple(NamedNode(f"urn:{n}"), P, P) for n in range(6)]
options = st.lists(st.frozensets(st.sampled_from(TRIPLES), max_size=4), min_size=1, max_size=4)


def weight(triple: Triple) -> int:
    return 1 if triple == TRIPLES[0] else 10


@given(st.lists(options, max_size=4))
def test_nothing_weighs_less(parts: list[list[frozenset[Triple]]]) -> None:
    chosen = choose([[(ground, ground) for ground in part] for part in parts], weight)
    assert all(one in part for one, part in zip(chosen, parts, strict=True))

    def cost(picked: tuple[frozenset[Triple], ...]) -> int:
        return sum(weight(t) for t in frozenset[Triple]().union(*picked))

    assert cost(tuple(chosen)) == min(cost(picked) for picked in product(*parts))


def test_what_looks_best_alone_is_not_always_taken() -> None:
    a, b, c, d = (frozenset({t}) for t in TRIPLES[1:5])
    parts = [[(a, "a"), (c | d, "cd")], [(b, "b"), (c | d, "cd")], [(a | c | d, "acd"), (c | d, "cd")]]
    assert choose(parts, weight) == ["cd", "cd", "cd"]


def test_a_part_without_options_is_none() -> None:
    with pytest.raises(ValueError, match="no option"):
        choose([[(frozenset(), "a")], []], weight)
