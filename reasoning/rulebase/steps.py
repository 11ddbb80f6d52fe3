"""The steps by which a rule is worked out in memory: from some solutions to those that go on from them.

Only IRIs are looked up and compared. A literal may be found, where no other pattern speaks of its variable.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
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
        """Raises `Beyond` for what would be too much; that is not done, and not paid for."""
        if steps > self.left:
            raise Beyond
        self.left -= steps

    def ends(self, subject: Key, predicate: str) -> Collection[Key]:
        """The objects of a subject's predicate; paid for before they are read, for there may be a million."""
        self.spend(self.facts.breadth(predicate, start=subject) or 1)
        return self.facts.ends(subject, predicate)

    def starts(self, predicate: str, value: Key) -> Collection[Key]:
        """The subjects whose predicate has this value, likewise."""
        self.spend(self.facts.breadth(predicate, end=value) or 1)
        return self.facts.starts(predicate, value)


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
        found: list[Solution] = []
        for one in solutions:
            first, last = one.get(start.name, start.iri), one.get(end.name, end.iri)
            if first is not None and last is not None:
                if work.facts.holds(first, predicate, last):
                    found.append(one)
            elif first is not None:
                found += _with(one, end, work.ends(first, predicate))
            elif last is not None:
                found += _with(one, start, work.starts(predicate, last))
            else:
                found += _all(work, one, start, predicate, end)
        return found

    return step


def _all(work: Work, solution: Solution, start: Place, predicate: str, end: Place) -> Iterator[Solution]:
    work.spend(work.facts.breadth(predicate))
    for triple in work.facts.of(predicate):
        work.spend(1)
        for one in _with(solution, start, (key(triple.subject),)):
            yield from _with(one, end, (key(triple.object),))


def telling(start: Place, predicate: str, end: Place) -> Step:
    """A triple pattern over the request's facts."""

    def step(work: Work, solutions: list[Solution]) -> list[Solution]:
        said = [(key(t.subject), key(t.object)) for t in work.told if t.predicate.value == predicate]
        found: list[Solution] = []
        for one in solutions:
            first, last = one.get(start.name, start.iri), one.get(end.name, end.iri)
            work.spend(len(said))
            for s, o in said:
                if first in (None, s) and last in (None, o):
                    begun = _with(one, start, (s,)) if first is None else (one,)
                    found += (e for b in begun for e in (_with(b, end, (o,)) if last is None else (b,)))
        return found

    return step


def walking(start: Place, path: Path, end: Place) -> Step:
    """A property path; with both ends open it is `Beyond`."""
    forth = _by_state((begin, predicate, back, then) for begin, predicate, back, then in path.steps)
    back = _by_state((then, predicate, not back, begin) for begin, predicate, back, then in path.steps)

    def step(work: Work, solutions: list[Solution]) -> list[Solution]:
        found: list[Solution] = []
        for one in solutions:
            first, last = one.get(start.name, start.iri), one.get(end.name, end.iri)
            near = last if first is None else first
            if near is None:
                raise Beyond
            if first is None:
                reached = _visited(work, back, [(near, state) for state in path.ends])
                there = [term for term, state in reached if state == 0]
            else:
                reached = _visited(work, forth, [(near, 0)])
                there = [term for term, state in reached if state in path.ends]
            if path.is_empty and len(there) < 2 and not work.facts.mentions(near):
                raise Beyond  # what governance does not mention leads to itself, or not even there
            if first is not None and last is not None:
                found += (one,) if last in there else ()
            else:
                found += _with(one, start if first is None else end, there)
        return found

    return step


_ByState: TypeAlias = Mapping[int, Sequence[tuple[str, bool, int]]]


def _by_state(steps: Iterable[tuple[int, str, bool, int]]) -> _ByState:
    found: dict[int, list[tuple[str, bool, int]]] = {}
    for begin, predicate, back, then in steps:
        found.setdefault(begin, []).append((predicate, back, then))
    return found


def _visited(work: Work, steps: _ByState, todo: list[tuple[Key, int]]) -> Collection[tuple[Key, int]]:
    """The terms and states to which a path leads, from some of them."""
    seen = dict.fromkeys(todo)
    while todo:
        here, state = todo.pop()
        if not isinstance(here, str):
            raise Beyond
        for predicate, back, then in steps.get(state, ()):
            there = work.starts(predicate, here) if back else work.ends(here, predicate)
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


def filtering(condition: Condition, weight: int) -> Step:
    """A FILTER: what is an error does not hold. `weight` is what it takes for a solution, what it asks to exist aside."""

    def step(work: Work, solutions: list[Solution]) -> list[Solution]:
        work.spend(len(solutions) * weight)
        return [one for one in solutions if condition(work, one)]

    return step


def existing(steps: Sequence[Step]) -> Condition:
    """An EXISTS."""
    return lambda work, solution: bool(run(steps, work, [solution]))


def _with(solution: Solution, place: Place, values: Collection[Key]) -> list[Solution]:
    """The solution with each of some terms at a place that is open."""
    if not place.is_free and not _IRIS.issuperset(map(type, values)):
        raise Beyond
    name = place.name
    return [{**solution, name: value} for value in values]
