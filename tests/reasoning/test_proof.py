"""Proofs on generated worlds: enough, nothing too much, and no smaller one; held against the reference."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from madecompanies import turtle
from reference import Cell, Company
from test_decide_reference import companies, questions
from worlds import World, ask, ex, triples

from ambit.graph.terms import NamedNode, Triple
from ambit.graph.vocabulary import AMBIT
from ambit.reasoning.explaining.proof import prove
from ambit.reasoning.explaining.solutions import LABEL
from ambit.reasoning.governance.governance import vocabulary

Asked = tuple[str, list[str], str | None]
Enough = Callable[[frozenset[Triple]], bool]


@dataclass
class Told(Company):
    """A company of some triples alone; what stands above a purpose counts only if it is told."""

    broader: set[tuple[str, str]] = field(default_factory=set)

    def wider(self, purpose: str | None) -> list[str]:
        found, todo = [], [purpose] if purpose else []
        while todo:
            found.append(todo.pop())
            todo += [wide for narrow, wide in self.broader if narrow == found[-1] and wide not in found]
        return found


RELATIONS = {
    "memberOf": "member",
    "subOrganizationOf": "unit",
    "reportsTo": "reports",
    "isOwnedBy": "owned",
    "isSharedWith": "shared",
    "isAssignedTo": "assigned",
    "isRegisteredFor": "registered",
    "readsSource": "sources",
    "readsSensitivity": "sensitivities",
    "isOpenTo": "opened",
    "broader": "broader",
}


def local(term: object) -> str:
    return str(term).strip("<>").rpartition("#")[2].rpartition("/")[2]


def told(stated: frozenset[Triple], cell: Cell) -> Told:
    """What some triples say, and one compartment with its whole label."""
    made = Told(
        set(), set(), set(), set(), set(), set(), set(), set(), set(), set(), set(), set(), set(), frozenset()
    )
    made.cells = [cell]
    for t in stated:
        subject, predicate, value = local(t.subject), local(t.predicate), local(t.object)
        if predicate == "type":
            {"Person": made.people, "Agent": made.agents}.get(value, set()).add(subject)
        elif predicate in RELATIONS:
            getattr(made, RELATIONS[predicate]).add((subject, value))
        elif predicate == "hasJurisdiction" and subject == "home":
            made.home |= {value}
    return made


def is_label(triple: Triple) -> bool:
    return triple.predicate.value in LABEL and local(triple.subject) != "home"


def smallest(universe: frozenset[Triple], enough: Enough) -> int:
    """The size of the smallest sufficient subset: it hits each set without whose triples nothing suffices."""
    cuts: list[frozenset[Triple]] = []
    for size in range(len(universe) + 1):
        while True:
            hitting = hit(cuts, size)
            if hitting is None:
                break
            if enough(hitting):
                return len(hitting)
            grown = hitting
            for triple in sorted(universe - hitting, key=str):
                if not enough(grown | {triple}):
                    grown |= {triple}
            cuts.append(universe - grown)
    raise AssertionError("nothing is enough")


def hit(
    cuts: list[frozenset[Triple]], size: int, taken: frozenset[Triple] = frozenset()
) -> frozenset[Triple] | None:
    """A set of at most so many triples that has one of each cut."""
    open_cuts = [cut for cut in cuts if not cut & taken]
    if not open_cuts:
        return taken
    apart: list[frozenset[Triple]] = []  # each needs a triple of its own
    for cut in sorted(open_cuts, key=len):
        if not any(cut & other for other in apart):
            apart.append(cut)
    if len(taken) + len(apart) <= size:
        for triple in sorted(min(open_cuts, key=len), key=str):
            found = hit(cuts, size, taken | {triple})
            if found is not None:
                return found
    return None


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


@pytest.fixture(scope="module")
def alone() -> Iterator[World]:
    """A world for what is cited alone."""
    world = World()
    yield world
    world.close()


def hold(world: World, alone: World, company: Company, asked: list[Asked]) -> None:
    """One proof: that of the question that holds something through the most agents."""
    unique = {(c.source, c.sensitivity, c.jurisdictions, c.audience): c for c in company.cells}.values()
    company.cells = [
        Cell(f"c{n}", c.source, c.sensitivity, c.jurisdictions, c.audience) for n, c in enumerate(unique)
    ]
    company.expired = set()  # what is absent is held against its own test
    world.become(triples(turtle(company)))
    held = [
        (len(agents), user, agents, purpose)
        for user, agents, purpose in asked
        if company.cleared(user, agents, purpose)
    ]
    event(f"through {max((n for n, *_ in held), default=None)} agents")
    if not held:
        return
    _, user, agents, purpose = max(held, key=lambda one: one[0])
    question = ask(user, *agents, purpose=purpose)
    cell = min(
        (c for c in company.cells if c.name in company.cleared(user, agents, purpose)), key=lambda c: c.name
    )
    proof = prove(world.decider, question, [ex(cell.name)])
    cited = frozenset(one.triple for one in proof.triples)
    event(f"{len(cited)} triples")
    assert all(world.decider.facts.graphs(t) - {"urn:ambit:governance:inferred"} for t in cited), (
        "all is stated"
    )

    def enough(some: frozenset[Triple]) -> bool:
        is_site = any(local(t.object) == "ServerSite" for t in some)
        return is_site and cell.name in told(some, cell).cleared(user, agents, purpose)

    own = frozenset(t for t in cited if not is_label(t) and t not in vocabulary())
    assert enough(own)
    for triple in own:
        assert not enough(own - {triple}), f"without {triple}"
    stated = frozenset(
        t for t in world.decider.facts if world.decider.facts.graphs(t) & {"urn:ambit:governance:file:world"}
    )
    universe = frozenset(t for t in stated if not is_label(t) and t.object != NamedNode(AMBIT.COMPARTMENT))
    assert len(own) == smallest(universe, enough)
    # and by the rules themselves: what is cited, with the label and the vocabulary
    label = {t for t in stated if t.subject == NamedNode(ex(cell.name))}
    alone.become(cited | label)
    assert cell.name in alone.cleared(question)
    assert set(r.iri for r in proof.rules) <= set(alone.decider.decide(question).rules)


SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]


@settings(max_examples=40, deadline=None, suppress_health_check=SLOW, phases=[Phase.reuse, Phase.generate])
@given(companies, questions)
def test_a_proof_is_enough_and_no_smaller_one_is(
    world: World, alone: World, company: Company, asked: list[Asked]
) -> None:
    hold(world, alone, company, asked)


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(max_examples=2000, deadline=None, suppress_health_check=SLOW)
@given(companies, questions)
def test_a_proof_is_enough_and_no_smaller_one_is_for_long(
    world: World, alone: World, company: Company, asked: list[Asked]
) -> None:
    hold(world, alone, company, asked)
