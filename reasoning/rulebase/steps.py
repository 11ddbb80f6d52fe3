"""The steps by which a rule is worked out in memory: from some solutions to those that go on from them.

Only IRIs are looked up and compared. A literal may be found, where no other pattern speaks of its variable.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from ...graph.terms import Triple
from ..governance.facts import Facts, Key, key
from .conditions import Beyond, Condition, Solution
from .paths import Path

_IRIS: Final = frozenset((str,))

MOST: Final = 20_000
"""Solutions and look-ups that one batch of rules may take here."""


class Work:
    """Over what is worked, and how much may still be done. `told` are the request's facts."""

    __slots__ = ("facts", "left", "told")

    def __init__(self, facts: Facts, told: Collection[Triple] = (), left: int = MOST):
        self.facts = facts
        self.told = told
        self.left = left

    def spend(self, steps: int) -> None:
        """Raises `Beyond` when it has become too much."""
        self.left -= steps
        if self.left < 0:
            raise Beyond


Step: TypeAlias = Callable[[Work, list[Solution]], list[Solution]]


@dataclass(frozen=True, slots=True)
class Place:
    """A variable by its name, or an IRI. `is_free` where no other pattern mentions it: then it may become a literal."""

    name: str = ""
    iri: str | None = None
    is_free: bool = False


def run(steps: Iterable[Step], work: Work, found: list[Solution]) -> list[Solution]:
    """All steps, one after the other."""
    for step in steps:
        if not found:
            break
        found = step(work, found)
        work.spend(len(found) + 1)
    return found


def looking(start: Place, predicate: str, end: Place) -> Step:
    """A triple pattern with one predicate."""

    def step(work: Work, solutions: list[Solution]) -> list[Solution]:
        facts = work.facts
        found: list[Solution] = []
        for one in solutions:
            first, last = one.get(start.name, start.iri), one.get(end.name, end.iri)
            if first is not None and last is not None:
                if facts.holds(first, predicate, last):
                    found.append(one)
            elif first is not None:
                found += _with(work, one, end, facts.ends(first, predicate))
            elif last is not None:
                found += _with(work, one, start, facts.starts(predicate, last))
            else:
                found += _all(work, one, start, predicate, end)
        return found

    return step


def _all(work: Work, solution: Solution, start: Place, predicate: str, end: Place) -> Iterator[Solution]:
    for triple in work.facts.of(predicate):
        for one in _with(work, solution, start, (key(triple.subject),)):
            yield from _with(work, one, end, (key(triple.object),))


def telling(start: Place, predicate: str, end: Place) -> Step:
    """A triple pattern over the request's facts."""

    def step(work: Work, solutions: list[Solution]) -> list[Solution]:
        said = [(key(t.subject), key(t.object)) for t in work.told if t.predicate.value == predicate]
        found: list[Solution] = []
        for one in solutions:
            first, last = one.get(start.name, start.iri), one.get(end.name, end.iri)
            for s, o in said:
                if first in (None, s) and last in (None, o):
                    begun = _with(work, one, start, (s,)) if first is None else (one,)
                    found += (e for b in begun for e in (_with(work, b, end, (o,)) if last is None else (b,)))
        return found

    return step


def walking(start: Place, path: Path, end: Place) -> Step:
    """A property path; with both ends open it is `Beyond`."""

    def step(work: Work, solutions: list[Solution]) -> list[Solution]:
        found: list[Solution] = []
        for one in solutions:
            first, last = one.get(start.name, start.iri), one.get(end.name, end.iri)
            near = last if first is None else first
            if near is None:
                raise Beyond
            there = _reaching(work, path, near) if first is None else _reached(work, path, near)
            if path.is_empty and len(there) < 2 and not work.facts.mentions(near):
                raise Beyond  # what governance does not mention leads to itself, or not even there
            if first is not None and last is not None:
                found += (one,) if last in there else ()
            else:
                found += _with(work, one, start if first is None else end, there)
        return found

    return step


def _reached(work: Work, path: Path, start: Key) -> list[Key]:
    """Where a path leads to from a term."""
    steps = [(begin, predicate, back, then) for begin, predicate, back, then in path.steps]
    return [term for term, state in _visited(work, steps, [(start, 0)]) if state in path.ends]


def _reaching(work: Work, path: Path, end: Key) -> list[Key]:
    """From where a path leads to a term."""
    steps = [(then, predicate, not back, begin) for begin, predicate, back, then in path.steps]
    return [term for term, state in _visited(work, steps, [(end, s) for s in path.ends]) if state == 0]


def _visited(
    work: Work, steps: Sequence[tuple[int, str, bool, int]], todo: list[tuple[Key, int]]
) -> Collection[tuple[Key, int]]:
    seen = dict.fromkeys(todo)
    while todo:
        here, state = todo.pop()
        if not isinstance(here, str):
            raise Beyond
        for begin, predicate, back, then in steps:
            if begin == state:
                facts = work.facts
                there = facts.starts(predicate, here) if back else facts.ends(here, predicate)
                work.spend(len(there))
                new = [place for term in there if (place := (term, then)) not in seen]
                seen.update(dict.fromkeys(new))
                todo += new
    return seen


def choosing(branches: Sequence[Sequence[Step]]) -> Step:
    """A UNION."""

    def step(work: Work, solutions: list[Solution]) -> list[Solution]:
        return [one for branch in branches for one in run(branch, work, solutions)]

    return step


def perhaps(steps: Sequence[Step]) -> Step:
    """An OPTIONAL of patterns."""

    def step(work: Work, solutions: list[Solution]) -> list[Solution]:
        return [more for one in solutions for more in run(steps, work, [one]) or (one,)]

    return step


def filtering(condition: Condition) -> Step:
    """A FILTER: what is an error does not hold."""

    def step(work: Work, solutions: list[Solution]) -> list[Solution]:
        return [one for one in solutions if condition(work, one)]

    return step


def existing(steps: Sequence[Step]) -> Condition:
    """An EXISTS."""
    return lambda work, solution: bool(run(steps, work, [solution]))


def _with(work: Work, solution: Solution, place: Place, values: Collection[Key]) -> list[Solution]:
    """The solution with each of some terms at a place that is open."""
    work.spend(len(values))
    if not place.is_free and not _IRIS.issuperset(map(type, values)):
        raise Beyond
    name = place.name
    return [{**solution, name: value} for value in values]
