"""Decisions in process over a million relations, groups nested eight deep, under the shipped rules.

`python -m benchmarks checks`. Cold: the question was not asked since the last change of governance.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ambit.graph.terms import NamedNode, Quad, Triple
from ambit.graph.vocabulary import AMBIT, PROV, RDF, node
from ambit.graph.words import Chain, Delta, Placed, Role
from ambit.reasoning.deciding.decide import Decider
from ambit.reasoning.explaining.explain import explain

from .beside.company import Asked, Company, company, questions
from .beside.own import BASE, FILE, decider, question
from .figures import Figure, percentile, table, timed

PEOPLE, FOLDERS = 20_000, 230_000
CHECKS, CLEARANCES, HOLDERS, EXPLANATIONS = 2_000, 200, 50, 50
AGENT = BASE + "helper"


def main() -> None:
    """Prints the table."""
    made = company(PEOPLE, FOLDERS)
    built, _ = decider(made)
    try:
        _register(built)
        built.deadline = 600.0  # the worker takes the world in first
        built.check(*question(questions(made, 1)[0]))
        built.deadline = 2.0
        print(table(f"Decisions in process, {made.relations:,} relations", _figures(built, made)), flush=True)
    finally:
        built.close()


def _figures(built: Decider, made: Company) -> list[Figure]:
    asked = questions(made, CHECKS)
    _turn(built)
    figures = _spread(
        "a cold check of one compartment", _each(asked, _checking(built)), "ms", "3 ms", "10 ms"
    )
    wrong = [one for one in asked if built.check(*question(one)).is_permitted != made.answer(one)]
    if wrong:
        raise SystemExit(f"{len(wrong)} checks are not as in plain Python, the first {wrong[0]}")
    warm = [1000 * one for one in _each(asked, _checking(built))]
    figures += _spread("the same, warm", warm, "µs", "10 µs")
    through = _each(asked[: CHECKS // 4], _checking(built, AGENT))
    figures += _spread("a cold check through an agent", through, "ms")
    batch = [question(one) for one in asked[:50]]
    figures += [
        Figure("50 cold checks of several people at once", _turned(built, lambda: built.checks(batch)), "ms")
    ]
    figures += _clearances(built, made, asked)
    pairs = [question(one) for one in asked[:HOLDERS]]
    holding = [1000 * timed(lambda pair=pair: built.holders(*pair)) for pair in pairs]  # type: ignore[misc]
    figures += _spread("all who hold one compartment, cold", holding, "ms")
    permits = [question(one) for one in asked if made.answer(one)][:EXPLANATIONS]
    why = [1000 * timed(lambda q=q, c=c: explain(built, q, [c])) for q, c in permits]  # type: ignore[misc]
    return figures + _spread("an explanation of a permit", why, "ms", "10 ms")


def _clearances(built: Decider, made: Company, asked: Sequence[Asked]) -> list[Figure]:
    people = list({one.person: question(one)[0] for one in asked}.values())[:CLEARANCES]
    _turn(built)
    cold = [1000 * timed(lambda q=q: built.decide(q)) for q in people]  # type: ignore[misc]
    sizes = [len(built.decide(q).clearance.compartments) for q in people]
    warm = [1e6 * timed(lambda q=q: built.decide(q)) for q in people for _ in range(50)]  # type: ignore[misc]
    return [
        *_spread("a clearance from cold", cold, "ms", "5 ms"),
        Figure("compartments in it", sizes, ""),
        *_spread("a warm decision", warm, "µs", "10 µs"),
    ]


def _checking(built: Decider, *agents: str) -> Callable[[Asked], float]:
    def check(asked: Asked) -> float:
        what, compartment = question(asked)
        what = replace(what, chain=Chain(what.chain.user, agents))
        return 1000 * timed(lambda: built.check(what, compartment))

    return check


def _each(asked: Iterable[Asked], check: Callable[[Asked], float]) -> list[float]:
    return [check(one) for one in asked]


def _turned(built: Decider, work: Callable[[], object], runs: int = 20) -> list[float]:
    """Milliseconds of some runs, nothing being known before each."""
    found = []
    for _ in range(runs):
        _turn(built)
        found.append(1000 * timed(work))
    return found


def _turn(built: Decider) -> None:
    """Changes governance by a triple that no rule asks for: nothing that was decided is known any more."""
    _commit(built, [Triple(NamedNode(BASE + f"note{random.random()}"), node(PROV.VALUE), node(AMBIT.OPEN))])


def _register(built: Decider) -> None:
    """An agent that may inherit from the company's one source, for every purpose below the widest."""
    me = NamedNode(AGENT)
    _commit(
        built,
        [
            Triple(me, node(RDF.TYPE), node(AMBIT.AGENT)),
            Triple(me, node(AMBIT.IS_OWNED_BY), NamedNode(BASE + "p0")),
            Triple(me, node(AMBIT.IS_REGISTERED_FOR), NamedNode(BASE + "service")),
            Triple(me, node(AMBIT.READS_SOURCE), NamedNode(BASE + "drive")),
            *(
                Triple(me, node(AMBIT.READS_SENSITIVITY), NamedNode(AMBIT.NAMESPACE + word))
                for word in ("Internal", "Personal", "Payment")
            ),
        ],
    )


def _commit(built: Decider, triples: Sequence[Triple]) -> None:
    quads = [Quad(t.subject, t.predicate, t.object, NamedNode(FILE)) for t in triples]
    revision = built.policy_revision + 1
    built.on_delta(Delta(revision, (), [Placed(q, "", Role.GOVERNANCE) for q in quads], policy=True))


def _spread(what: str, runs: Sequence[float], unit: str, median: str = "", last: str = "") -> list[Figure]:
    """The median with its spread, and the 99th percentile."""
    return [
        Figure(what, runs, unit, median),
        Figure(f"{what}, 99th percentile", [percentile(runs, 0.99)], unit, last),
    ]


if __name__ == "__main__":
    main()
