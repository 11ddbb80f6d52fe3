"""Which sort of view answers for a clearance: one rule, from sizes and from what was asked lately.

- *own*: a keeper with exactly this clearance. It answers everything; it takes a process for each clearance: 8.5 MB
  and 365 bytes a triple, and the time to start it and to build.
- *shared*: a keeper with a part that many clearances have in common; what one has beyond it is put into the child
  of its query, 30 to 50 microseconds a triple where a forked child's pages are copied. So a private part is small.
  Kept are its texts: about 100 bytes a triple.

A third sort, on disk, was measured and left out: `docs/decisions/no-views-on-disk.md`.
"""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass

from .recent import Recent

PRIVATE = 2_000
"""Triples that a private part may hold: a tenth of a second for the first query of a child."""

SHARERS = 4
"""Clearances with a part in common before it is shared, at least."""

PROCESS = 23_000
"""Triples that take as much memory as a keeper without any, which is 8.5 MB."""

TIERS = 32
"""Common parts that are weighed."""

COUNTED = 500
"""Sharers above that are not told apart."""


@dataclass(frozen=True, slots=True)
class Own:
    """A keeper for one clearance."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A keeper for all clearances with this part in common."""

    common: frozenset[str]


Sort = Own | Shared


@dataclass(frozen=True, slots=True)
class Asked:
    """What the rule looks at."""

    compartments: frozenset[str]  # of the clearance
    recent: Recent  # the clearances asked for lately, this one among them
    standing: Collection[frozenset[str]]  # common parts of shared views that have room
    size: Callable[[str], int]  # triples of a compartment, or some number above `PRIVATE`
    limit: int  # live views
    is_pressed: bool  # live views take more than half the memory that they may


Rule = Callable[[Asked], Sort]


def choose(asked: Asked) -> Sort:
    """The sort of view for a query that names no graph; one that does needs an own view.

    A standing shared view serves a clearance when what that has beyond the common part is small (`PRIVATE`); of
    several the one that leaves the least. Else a part is shared from when half as many clearances have it as there
    may be views, under memory pressure from `SHARERS` on: a few clearances keep views of their own, for these
    isolate better. Small clearances with nothing in common share a view without a common part, once there are more
    of them than there may be views.
    """
    fitting = [common for common in asked.standing if common <= asked.compartments]
    for common in sorted(fitting, key=len, reverse=True):
        if _total(asked, asked.compartments - common, PRIVATE) <= PRIVATE:
            return Shared(common)
    best = _cheapest(asked)
    return Own() if best is None else Shared(best)


def own(asked: Asked) -> Sort:
    """A view of its own for each clearance."""
    return Own()


def _cheapest(asked: Asked) -> frozenset[str] | None:
    """The common part that costs least memory: the private part is there for each clearance, the common once.

    Weighed are the most popular compartments, tier by tier of equal popularity.
    """
    tiers: dict[int, set[str]] = defaultdict(set)
    for compartment in asked.compartments:
        tiers[asked.recent.popularity(compartment)].add(compartment)
    wanted = SHARERS if asked.is_pressed else max(SHARERS, asked.limit // 2)
    common: frozenset[str] = frozenset()
    costs: dict[frozenset[str], float] = {}
    for tier in [frozenset(), *(tiers[number] for number in sorted(tiers, reverse=True))][:TIERS]:
        common |= tier
        sharers = asked.recent.sharers(common, COUNTED)
        if sharers < wanted or not (common or sharers > asked.limit):
            continue
        private = _total(asked, asked.compartments - common, PRIVATE)
        if private <= PRIVATE:
            costs[common] = private + (PROCESS + _total(asked, common, PROCESS)) / sharers
    return min(costs, key=lambda part: costs[part]) if costs else None


def _total(asked: Asked, compartments: Collection[str], most: int) -> int:
    """The triples of compartments together; counting ends above `most`."""
    total = 0
    for compartment in compartments:
        total += asked.size(compartment)
        if total > most:
            break
    return total
