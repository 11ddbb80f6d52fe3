"""A rule as nested look-ups: from one of its premises through the others to its head.

Each function here returns a function; what is left to do at a fact is a look-up for each premise. A premise is
looked up by what is known by then: both ends, one of them, or, last, neither.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, TypeAlias, TypeVar

from .rules import Atom, Rule
from .sets import FREE, Sets, join
from .terms import CLASH, Fact, Terms

Sink: TypeAlias = Callable[[int, int, int, Sets | None], None]
"""Takes a conclusion (predicate, subject, object) and what suffices for it; None while nobody asks."""

Env: TypeAlias = list[int]
Tail: TypeAlias = Callable[[Env, Sets | None], None]
Trigger: TypeAlias = Callable[[int, int, Sets | None], None]
"""Takes a fact's subject and object, and what is new of what suffices for it."""

Rows: TypeAlias = dict[int, dict[int, Sets]]


class Index:
    """Facts by predicate, then from subject to objects and from object to subjects, and where conclusions go."""

    def __init__(self, sink: Sink) -> None:
        self.forth: dict[int, Rows] = defaultdict(dict)
        self.back: dict[int, Rows] = defaultdict(dict)
        self.sink = sink

    def get(self, fact: Fact) -> Sets | None:
        """What suffices for a fact; None when it does not hold."""
        row = self.forth[fact[0]].get(fact[1])
        return None if row is None else row.get(fact[2])

    def put(self, fact: Fact, sets: Sets) -> None:
        """Says what suffices for a fact."""
        p, s, o = fact
        self.forth[p].setdefault(s, {})[o] = sets
        self.back[p].setdefault(o, {})[s] = sets

    def drop(self, fact: Fact) -> None:
        """Takes a fact out."""
        p, s, o = fact
        for rows, one, other in ((self.forth[p], s, o), (self.back[p], o, s)):
            row = rows.get(one)
            if row is not None:
                row.pop(other, None)
                if not row:
                    del rows[one]


Key: TypeAlias = int | tuple[int, int]
"""A predicate, or a predicate with an object (of a clash: with its rule)."""

_Raw = TypeVar("_Raw")
_Made = TypeVar("_Made")


class Ready(Generic[_Raw, _Made]):
    """Rules by key, made ready when a key is asked for: of large ontologies data needs few."""

    def __init__(self, raw: dict[Key, list[_Raw]], make: Callable[[_Raw], _Made]):
        self._raw = raw
        self._make = make
        self._made: dict[Key, list[_Made]] = {}

    def of(self, key: Key) -> Sequence[_Made]:
        """What there is for a key."""
        made = self._made.get(key)
        if made is None:
            if key not in self._raw:
                return ()
            made = self._made[key] = [self._make(one) for one in self._raw.pop(key)]
        return made


class _Frame:
    """Where a rule's variables and constants stand in its list of terms."""

    def __init__(self, rule: Rule):
        self.size = rule.size
        self.start: Env = [-1] * self.size
        self._places: dict[int, int] = {}

    def place(self, term: int) -> int:
        """The place of a variable, or of a constant, which is filled in from the start."""
        if term < 0:
            return ~term
        if term not in self._places:
            self._places[term] = len(self.start)
            self.start.append(term)
        return self._places[term]


def trigger(rule: Rule, position: int, index: Index, terms: Terms) -> Trigger:
    """What to do with a fact that may be the premise at `position`."""
    frame = _Frame(rule)
    _, a, b = rule.body[position]
    rest = [atom for number, atom in enumerate(rule.body) if number != position]
    if not rest and rule.head is not None and a != b and a < 0:
        return _direct(rule, index, frame)
    tail = _chain(rest, {t for t in (a, b) if t < 0}, index, frame, _head(rule, index, frame, terms))
    start, at, bt, sets_of_axioms = frame.start, frame.place(a), frame.place(b), rule.sets

    def run(s: int, o: int, sets: Sets | None) -> None:
        env = start.copy()
        if (a >= 0 and s != a) or (b >= 0 and o != b) or (a == b and s != o):
            return
        env[at], env[bt] = s, o
        tail(env, sets if sets is None or sets_of_axioms == FREE else join(sets, sets_of_axioms))

    return run


def backward(rule: Rule, index: Index, terms: Terms) -> Callable[[int, int], None]:
    """Draws the rule for one conclusion only (subject, object); of a clash, its object is what its variables are."""
    frame = _Frame(rule)
    head = rule.head
    bound = {t for t in head[1:] if t < 0} if head else {~place for place in range(frame.size)}
    tail = _chain(list(rule.body), bound, index, frame, _head(rule, index, frame, terms))
    start, sets = frame.start, rule.sets
    if head is None:

        def check(_: int, values: int) -> None:
            known = terms.of[values]
            assert isinstance(known, tuple)  # noqa: S101 — a clash is named by its variables
            tail([*known, *start[len(known) :]], sets)

        return check
    (_, a, b), at, bt = head, frame.place(head[1]), frame.place(head[2])

    def run(s: int, o: int) -> None:
        env = start.copy()
        if (a >= 0 and s != a) or (b >= 0 and o != b) or (a == b and s != o):
            return
        env[at], env[bt] = s, o
        tail(env, sets)

    return run


def _direct(rule: Rule, index: Index, frame: _Frame) -> Trigger:
    """A rule with one premise: its head is made of the fact's ends and of constants."""
    assert rule.head is not None  # noqa: S101 — asked before
    ((_, a, b),), (q, c, d) = rule.body, rule.head
    ends = {a: 0, b: 1} if b < 0 else {a: 0}
    first, second = ends.get(c, 2), ends.get(d, 3)
    own = rule.sets

    def run(s: int, o: int, sets: Sets | None) -> None:
        if b < 0 or o == b:
            known = (s, o, c, d)
            index.sink(
                q, known[first], known[second], sets if sets is None or own == FREE else join(sets, own)
            )

    return run


def _head(rule: Rule, index: Index, frame: _Frame, terms: Terms) -> Tail:
    """What to do once all premises hold."""
    if rule.head is not None:
        q, a, b = rule.head[0], frame.place(rule.head[1]), frame.place(rule.head[2])

        def conclude(env: Env, sets: Sets | None) -> None:
            index.sink(q, env[a], env[b], sets)

        return conclude
    name, size, unequal = terms.id(rule), frame.size, rule.unequal

    def clash(env: Env, sets: Sets | None) -> None:
        if unequal is None or terms.differ(env[~unequal[0]], env[~unequal[1]]):
            index.sink(CLASH, name, terms.id(tuple(env[:size])), sets)

    return clash


def _chain(rest: list[Atom], bound: set[int], index: Index, frame: _Frame, tail: Tail) -> Tail:
    """The premises that are left: what is known is looked up, then one variable after the other is found.

    A variable is found where all premises meet that have no other unknown: of a key with two properties the one whose
    value few things have is walked through, whichever that is.
    """
    known, left = set(bound), list(rest)
    steps: list[Callable[[Tail], Tail]] = []
    while left:
        now = [atom for atom in left if not _unknown(atom, known)]
        if now:
            steps += [partial(_both, index.forth[p], frame.place(a), frame.place(b)) for p, a, b in now]
        elif (variable := _next(left, known)) is not None:
            now = [atom for atom in left if _finds(atom, known) == variable]
            steps.append(partial(_meet, [_rows(atom, variable, index, frame) for atom in now], ~variable))
        else:
            now = left[:1]
            p, a, b = now[0]
            steps.append(partial(_any, index.forth[p], frame.place(a), frame.place(b)))
        left = [atom for atom in left if atom not in now]
        known |= {term for atom in now for term in atom[1:] if term < 0}
    for step in reversed(steps):
        tail = step(tail)
    return tail


def _unknown(atom: Atom, known: set[int]) -> set[int]:
    return {term for term in atom[1:] if term < 0 and term not in known}


def _finds(atom: Atom, known: set[int]) -> int | None:
    """The one variable that a premise finds; None where both ends are unknown, or are the same."""
    unknown = _unknown(atom, known)
    return unknown.pop() if len(unknown) == 1 and atom[1] != atom[2] else None


def _next(left: list[Atom], known: set[int]) -> int | None:
    """The variable to find next: a subject has few values, a value has many subjects, and a class most of all."""
    promise: dict[int, float] = {}
    for atom in left:
        variable = _finds(atom, known)
        if variable is not None:
            other = atom[2] if atom[1] == variable else atom[1]
            found = 1.0 if other >= 0 else 2.0 if atom[1] == variable else 3.0
            promise[variable] = max(promise.get(variable, 0.0), found)
    return max(promise, key=lambda v: (promise[v], v), default=None)


def _rows(atom: Atom, variable: int, index: Index, frame: _Frame) -> tuple[Rows, int]:
    """Where a premise looks up what it finds, and the place of what it looks up."""
    p, a, b = atom
    return (index.back[p], frame.place(b)) if a == variable else (index.forth[p], frame.place(a))


def _both(rows: Rows, at: int, bt: int, tail: Tail) -> Tail:
    def run(env: Env, sets: Sets | None) -> None:
        row = rows.get(env[at])
        if row is not None:
            found = row.get(env[bt])
            if found is not None:
                tail(env, None if sets is None else join(sets, found))

    return run


def _meet(places: list[tuple[Rows, int]], vt: int, tail: Tail) -> Tail:
    if len(places) == 1:
        return _one(*places[0], vt, tail)

    def run(env: Env, sets: Sets | None) -> None:
        met: list[dict[int, Sets]] = []
        for rows, at in places:
            row = rows.get(env[at])
            if row is None:
                return
            met.append(row)
        met.sort(key=len)
        first, *others = met
        for value, suffices in first.items():
            joined = None if sets is None else join(sets, suffices)
            for row in others:
                found = row.get(value)
                if found is None:
                    break
                joined = None if joined is None else join(joined, found)
            else:
                env[vt] = value
                tail(env, joined)

    return run


def _one(rows: Rows, at: int, vt: int, tail: Tail) -> Tail:
    def run(env: Env, sets: Sets | None) -> None:
        row = rows.get(env[at])
        if row is not None:
            for value, found in row.items():
                env[vt] = value
                tail(env, None if sets is None else join(sets, found))

    return run


def _any(rows: Rows, at: int, bt: int, tail: Tail) -> Tail:
    def run(env: Env, sets: Sets | None) -> None:
        for one, row in rows.items():
            for other, found in row.items():
                if at != bt or one == other:
                    env[at], env[bt] = one, other
                    tail(env, None if sets is None else join(sets, found))

    return run
