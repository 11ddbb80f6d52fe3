"""Generated yards: worlds for rules of all shapes, and how they are asked."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import product
from random import Random

import sorts
from agreement import CHUNK, Asking, Made, iri
from smaller import without_one
from worlds import NOW, ex
from yard import AGENTS, Yard

from ambit.graph.words import Chain
from ambit.reasoning.deciding.questions import Question

PEOPLE = [f"p{n}" for n in range(5)]
GROUPS = [f"g{n}" for n in range(4)]
THINGS = [f"t{n}" for n in range(3)]
SOURCES = ["s0", "askable"]
SITES = ["home", "away"]
PURPOSES = ["care", "sale", None]
CHAINS = ((), (), (), ("a0",), ("a0",), ("a0", "a1"), ("a0", "a0"))


def made(random: Random) -> Made:
    """A yard of a few people and compartments, which lie about the bounds of small chunks."""
    everybody = PEOPLE
    people = random.sample(everybody, random.choice((1, 2, 3, 4, 5, 5)))
    return of(generate(random, everybody, people, random.randint(1, 6)), everybody)


def wide(random: Random, users: int, cells: int) -> Made:
    """A yard with exactly so many whom a compartment may be held by, and so many compartments."""
    everybody = [f"p{n}" for n in range(users - 2)]
    found = generate(random, everybody, everybody, cells)
    found.people.discard("a0")
    return of(found, everybody)


def of(found: Yard, everybody: Sequence[str]) -> Made:
    """A yard, and how it is asked."""
    return Made(
        found.turtle(),
        list(found.sources),
        (*everybody, *everybody, "owner", "a0", "Anonymous"),
        (*(found.people - set(AGENTS)), "Anonymous"),
        lambda random: asking(found, random),
        sorts.of_yard(found, CHUNK),
        lambda: (of(less, everybody) for less in without_one(found)),
    )


def asking(found: Yard, random: Random) -> Asking:
    """A question of a yard."""
    agents = random.choice(CHAINS)
    purpose = random.choice(PURPOSES)
    site = random.choice(("home", "home", "home", "home", "away"))
    now = NOW + timedelta(hours=random.choice((0, 0, 2)))
    return Asking(
        lambda user: Question(
            Chain(iri(user), tuple(map(ex, agents))),
            purpose and ex(purpose),
            site="" if site == "home" else ex(site),
            now=now,
        ),
        lambda user, cell: found.holds(user, list(agents), purpose, site, now, cell),
        (agents, purpose, site, now),
    )


def generate(random: Random, everybody: Sequence[str], people: Sequence[str], cells: int) -> Yard:
    """A world; of everybody who is spoken of only `people` are known to be persons."""
    each = max(1, len(everybody) // len(PEOPLE))

    def some(left: Sequence[str], right: Sequence[str], most: int) -> set[tuple[str, str]]:
        return {(random.choice(left), random.choice(right)) for _ in range(random.randint(0, most))}

    anchors = [*GROUPS, *THINGS, "Everybody", "World"]
    names = [f"c{n}" for n in range(cells)]
    return Yard(
        {*people, "owner", *random.choice(([], [], ["a0"]))},  # who is an agent, too, asks for nobody
        {
            "memberOf": some([*everybody, *GROUPS], GROUPS, 14 * each) | some(AGENTS, GROUPS, 1),
            "subOrganizationOf": some(GROUPS, GROUPS, 3),
            "hasAudience": {(cell, random.choice(anchors)) for cell, _ in product(names, range(2))},
            "openFor": some(THINGS, ["care", "sale"], 3),
            "lentTo": some(THINGS, GROUPS, 4),
            "fancies": some(everybody, [*THINGS, *GROUPS], 4 * each),
            "excludes": some([*GROUPS, *THINGS, "World", "Everybody"], GROUPS, 2),
            "isSpared": some(everybody, [*GROUPS, *THINGS, "World"], 4 * each),
            "level": some([*everybody, *AGENTS], ["low"], 20 * each),
            "needs": some(names, ["first", "second"], 3),
            "knows": some([*everybody, *AGENTS], ["first", "second"], 9 * each),
            "isWaived": some(["first", "second"], ["true"], 1),
            "shuns": some([*everybody, *AGENTS], names, 3 * each),
            "readsSource": some(AGENTS, SOURCES, 9),
            "takes": {("home", s) for s in SOURCES if random.random() < 0.9} | some(SITES, SOURCES, 2),
        },
        {name: random.choice(SOURCES) for name in names},
        {name: {kind for kind in ("Secret", "Special", "Odd") if random.random() < 0.2} for name in names},
        [
            (random.choice(everybody), random.choice(THINGS), timedelta(hours=random.choice((-1, 1, 3))))
            for _ in range(random.randint(0, 4))
        ],
        [
            (random.choice(everybody), random.choice(names), random.choice(("care", "sale")))
            for _ in range(random.randint(0, 3))
        ],
    )
