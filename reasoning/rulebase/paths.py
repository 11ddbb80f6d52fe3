"""Property paths (SPARQL 1.1 §9), and the triples of governance that lead along one.

A path is read into a small automaton: states, and steps between them by a predicate, forwards or backwards.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from ...graph.terms import Literal, Object, Triple
from ...graph.vocabulary import node
from ..governance.facts import Facts
from .tokens import Token, iri_of

Step: TypeAlias = tuple[str, bool]
"""A predicate, and whether it is gone backwards."""

Route: TypeAlias = tuple[Triple, ...]
"""The triples of one way from a term to another, in order."""

_Place: TypeAlias = tuple[Object, int]

ALTERNATIVES: Final = 8
"""Routes given at most, the shortest first."""
LONGER: Final = 2
"""Triples by which a route may be longer than the shortest."""
_STEPS: Final = 256  # of a path's automaton: several optional ones in a row have a step from each to each
_SEEN: Final = 20_000  # steps looked at in one search; what lies beyond is not found


class Unreadable(Exception):
    """A part of a rule that is not taken apart."""


@dataclass(frozen=True, slots=True)
class Path:
    """An automaton that begins in state 0; `steps` are (state, predicate, backwards, state)."""

    steps: tuple[tuple[int, str, bool, int], ...]
    ends: frozenset[int]

    @property
    def is_empty(self) -> bool:
        """Whether it leads from every term to itself."""
        return 0 in self.ends

    @property
    def predicate(self) -> str | None:
        """The predicate of a path that is one step forwards; None for every other."""
        one = len(self.steps) == 1 and not self.is_empty and self.steps[0]
        return one[1] if one and not one[2] and one[3] != 0 else None


def step_of(path: Path) -> str | None:
    """The predicate that leads from its start to its end in one step forwards, if only one does."""
    firsts = {
        predicate
        for state, predicate, back, end in path.steps
        if state == 0 and not back and end in path.ends
    }
    return firsts.pop() if len(firsts) == 1 else None


def one_or_more(*predicates: str, back: tuple[str, ...] = ()) -> Path:
    """One step or more, by any of some predicates, or by one of `back` backwards."""
    steps = [*((p, False) for p in predicates), *((p, True) for p in back)]
    return Path(tuple(sorted((state, *step, 1) for step in steps for state in (0, 1))), frozenset({1}))


def read_path(tokens: Sequence[Token], known: Mapping[str, str]) -> Path:
    """The path that some tokens are; raises `Unreadable` for a negated property set, and one of many steps."""
    made = _Maker()
    reader = _Reader(tokens, known, made)
    start = made.state()
    end = reader.alternative(start, backwards=False)
    return made.path(start, {end})


def routes(facts: Facts, start: Object, path: Path, end: Object) -> list[Route]:
    """Ways from one term to another, the shortest first, none of them through a term and state twice."""
    if path.is_empty and start == end:
        return [()]
    after: defaultdict[int, list[tuple[str, bool, int]]] = defaultdict(list)
    for state, predicate, backwards, then in path.steps:
        after[state].append((predicate, backwards, then))
    came, shortest = _explore(facts, start, end, path, after)
    if shortest is None:
        return []
    found: set[Route] = set()
    for state in path.ends:
        _back((end, state), (start, 0), came, shortest + LONGER, found)
    return sorted(found, key=lambda route: (len(route), [str(t) for t in route]))[:ALTERNATIVES]


def _explore(
    facts: Facts,
    start: Object,
    end: Object,
    path: Path,
    after: Mapping[int, list[tuple[str, bool, int]]],
) -> tuple[Mapping[_Place, list[tuple[_Place, Triple]]], int | None]:
    """By what each place is reached, breadth first, and the length of the shortest way to the end."""
    came: defaultdict[_Place, list[tuple[_Place, Triple]]] = defaultdict(list)
    depth: dict[_Place, int] = {(start, 0): 0}
    todo = deque([(start, 0)])
    shortest: int | None = None
    looked = 0
    while todo and looked < _SEEN:
        here, state = todo.popleft()
        length = depth[here, state] + 1
        if shortest is not None and length > shortest + LONGER:
            break
        for predicate, backwards, then in after.get(state, ()):
            for there, edge in _edges(facts, here, predicate, backwards):
                looked += 1
                came[there, then].append(((here, state), edge))
                if shortest is None and there == end and then in path.ends:
                    shortest = length
                if (there, then) not in depth:
                    depth[there, then] = length
                    todo.append((there, then))
    return came, shortest


def _back(
    at: _Place,
    start: _Place,
    came: Mapping[_Place, list[tuple[_Place, Triple]]],
    longest: int,
    found: set[Route],
) -> None:
    """Follows what led to a place back to the start."""
    todo: list[tuple[_Place, Route, frozenset[_Place]]] = [(at, (), frozenset({at}))]
    looked = 0
    while todo and looked < _SEEN:
        place, route, passed = todo.pop()
        looked += 1
        if place == start and route:
            found.add(route)
            continue
        if len(route) < longest:
            todo += [
                (before, (edge, *route), passed | {before})
                for before, edge in came.get(place, ())
                if before not in passed
            ]


def _edges(facts: Facts, here: Object, predicate: str, backwards: bool) -> Iterator[tuple[Object, Triple]]:
    if backwards:
        for subject in facts.subjects(predicate, here):
            yield subject, Triple(subject, node(predicate), here)
    elif not isinstance(here, Literal):
        for value in facts.objects(here, predicate):
            yield value, Triple(here, node(predicate), value)


class _Maker:
    """Collects states and steps, and takes the empty steps out at the end."""

    def __init__(self) -> None:
        self.steps: list[tuple[int, str, bool, int]] = []
        self.empty: defaultdict[int, set[int]] = defaultdict(set)
        self._states = 0

    def state(self) -> int:
        self._states += 1
        return self._states - 1

    def step(self, start: int, step: Step) -> int:
        end = self.state()
        self.steps.append((start, *step, end))
        return end

    def path(self, start: int, ends: set[int]) -> Path:
        """States renumbered from the start, which is 0; raises `Unreadable` for a path of many steps."""
        reach = {state: self._closure(state) for state in range(self._states)}
        names = {start: 0}
        todo, steps = [start], set()
        while todo:
            state = todo.pop()
            for begin, predicate, backwards, end in self.steps:
                if begin in reach[state]:
                    if end not in names:
                        names[end] = len(names)
                        todo.append(end)
                    steps.add((names[state], predicate, backwards, names[end]))
            if len(steps) > _STEPS:
                raise Unreadable("a path with more steps than are looked at")
        return Path(
            tuple(sorted(steps)),
            frozenset(name for state, name in names.items() if reach[state] & ends),
        )

    def _closure(self, state: int) -> set[int]:
        seen, todo = {state}, [state]
        while todo:
            new = self.empty.get(todo.pop(), set()) - seen
            seen |= new
            todo += new
        return seen


class _Reader:
    """Recursive descent over a path's grammar; each method goes from a state to another."""

    def __init__(self, tokens: Sequence[Token], known: Mapping[str, str], made: _Maker):
        self._tokens = tokens
        self._known = known
        self._made = made
        self._at = 0

    def _next(self) -> str:
        token = self._tokens[self._at] if self._at < len(self._tokens) else None
        return token.text if token is not None and token.kind == "sign" else ""

    def alternative(self, start: int, *, backwards: bool) -> int:
        ends = [self._sequence(start, backwards)]
        while self._next() == "|":
            self._at += 1
            ends.append(self._sequence(start, backwards))
        if len(ends) == 1:
            return ends[0]
        end = self._made.state()
        for one in ends:
            self._made.empty[one].add(end)
        return end

    def _sequence(self, start: int, backwards: bool) -> int:
        """Elements in a row; gone backwards, the last one first."""
        parts = [self._skipped()]
        while self._next() == "/":
            self._at += 1
            parts.append(self._skipped())
        after = self._at
        at = start
        for place in reversed(parts) if backwards else parts:
            self._at = place
            at = self._element(at, backwards)
        self._at = after
        return at

    def _skipped(self) -> int:
        """The place of an element, and on behind it: unread, for else the time doubles with each bracket in another."""
        place, depth = self._at, 0
        while self._next() == "^":
            self._at += 1
        while True:
            depth += (self._next() == "(") - (self._next() == ")")
            self._at += 1
            if depth == 0 or self._at >= len(self._tokens):
                break
        if self._next() in ("?", "*", "+"):
            self._at += 1
        return place

    def _element(self, start: int, backwards: bool) -> int:
        if self._next() == "^":
            self._at += 1
            backwards = not backwards
        begin = self._made.state()
        self._made.empty[start].add(begin)
        end = self._primary(begin, backwards)
        if self._next() in ("?", "*", "+"):
            sign = self._next()
            self._at += 1
            if sign != "+":
                self._made.empty[begin].add(end)
            if sign != "?":
                self._made.empty[end].add(begin)
        out = self._made.state()  # what comes behind does not lead back in
        self._made.empty[end].add(out)
        return out

    def _primary(self, start: int, backwards: bool) -> int:
        if self._next() == "(":
            self._at += 1
            end = self.alternative(start, backwards=backwards)
            self._at += 1
            return end
        token = self._tokens[self._at] if self._at < len(self._tokens) else None
        iri = iri_of(token, self._known) if token is not None else None
        if iri is None:
            raise Unreadable("a path of any predicate")
        self._at += 1
        return self._made.step(start, (iri, backwards))
