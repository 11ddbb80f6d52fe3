"""Generated worlds: the decider agrees with the reference in plain Python on every question."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from madecompanies import PEOPLE, company, turtle
from reference import PURPOSES, Company
from worlds import World, ask, triples

companies = st.randoms(use_true_random=False).map(company)
questions = st.lists(
    st.tuples(
        st.sampled_from([*PEOPLE, "a0"]),
        st.sampled_from([[], [], ["a0"], ["a1"], ["a0", "a1"], ["a0", "a0"]]),
        st.sampled_from(list(PURPOSES)),
    ),
    min_size=8,
    max_size=8,
)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


def agree(world: World, company: Company, asked: list[tuple[str, list[str], str | None]]) -> None:
    world.become(triples(turtle(company)))
    for user, agents, purpose in asked:
        expected = company.cleared(user, agents, purpose)
        event(f"{'something' if expected else 'nothing'} through {len(agents)} agents")
        assert world.cleared(ask(user, *agents, purpose=purpose)) == expected, (user, agents, purpose)


SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]


@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(companies, questions)
def test_agrees_with_the_reference(
    world: World, company: Company, asked: list[tuple[str, list[str], str | None]]
) -> None:
    agree(world, company, asked)
