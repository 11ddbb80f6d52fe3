"""Policy cases: each file one world and two lists, what is allowed in it and what is denied.

A case is a node in `:allowed` or `:denied`: a user, agents (`ambit:agent`), a purpose, an action, a time, and the
compartments that must, or must not, be cleared.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from worlds import CASES, EX, NOW, World

from ambit.graph.terms import Literal, NamedNode, Quad, from_turtle
from ambit.graph.vocabulary import AMBIT, PROV
from ambit.graph.words import Chain
from ambit.reasoning.decide import Question
from ambit.reasoning.standing import time_of

FILES = sorted(CASES.glob("*.trig"))


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


def read(path: Path) -> dict[str, list[Quad]]:
    found: dict[str, list[Quad]] = {}
    for quad in from_turtle(path.read_bytes()):
        found.setdefault(str(quad.graph_name).strip("<>").removeprefix(EX), []).append(quad)
    return found


def cases(quads: list[Quad]) -> Iterator[tuple[str, Question, frozenset[str]]]:
    by_case: dict[str, dict[str, list[NamedNode | Literal]]] = {}
    for quad in quads:
        assert isinstance(quad.object, NamedNode | Literal)
        by_case.setdefault(str(quad.subject), {}).setdefault(quad.predicate.value, []).append(quad.object)
    for name, said in by_case.items():
        one = {predicate: [term.value for term in terms] for predicate, terms in said.items()}
        times = said.get(PROV.STARTED_AT_TIME)
        assert len(one[AMBIT.USER]) == 1 and len(one.get(AMBIT.AGENT_ROLE, ())) < 2, name
        question = Question(
            Chain(one[AMBIT.USER][0], tuple(one.get(AMBIT.AGENT_ROLE, ()))),
            one.get(AMBIT.PURPOSE, [None])[0],  # type: ignore[list-item]
            one.get(AMBIT.ACTION, ["read"])[0],
            now=time_of(times[0]) if times else NOW,
        )
        yield name, question, frozenset(one[AMBIT.CLEARED])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_case(world: World, path: Path) -> None:
    graphs = read(path)
    assert set(graphs) == {"given", "allowed", "denied"}
    world.become(quad.triple for quad in graphs["given"])
    known = {iri.removeprefix(EX) for iri in world.decider.facts.instances(AMBIT.COMPARTMENT)}
    for name, question, wanted in cases(graphs["allowed"]):
        assert {iri.removeprefix(EX) for iri in wanted} <= world.cleared(question), name
    for name, question, unwanted in cases(graphs["denied"]):
        names = {iri.removeprefix(EX) for iri in unwanted}
        assert names <= known and not names & world.cleared(question), name


def test_there_are_cases() -> None:
    assert FILES
