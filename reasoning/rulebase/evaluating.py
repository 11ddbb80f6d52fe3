"""What a rule says, worked out over governance in memory, where it is plain.

Plain are joins of triple patterns and property paths, UNION, OPTIONAL of patterns, `GRAPH ?request` of patterns, and
the filters that `conditions` reads, of a rule whose order `planning` may change: what is bound in front may then be
put into what stands behind. Terms are compared as terms. The engine does so with IRIs and knows values of literals, so
that literals are not looked up here. What is not plain, and what takes more work than it may, is `Beyond`: the worker
is asked, who says the same.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ...graph.terms import Object
from ..governance.facts import key
from .binding import Held, held
from .conditions import Beyond, Condition, Solution, moment_of, read_condition
from .found import Found
from .groups import Block, Element, Filter, Group, Inner, Pattern, Query, Union, Unread
from .parsing import read
from .paths import Unreadable, read_path
from .planning import always, cost, is_simple, ordered
from .steps import (
    Place,
    Step,
    Work,
    choosing,
    existing,
    filtering,
    looking,
    perhaps,
    run,
    telling,
    walking,
)
from .tokens import Token, tokens_of

__all__ = ["Beyond", "Work", "planned", "rows_of"]

_NAMED: Final = frozenset((str, type(None)))
_CONDITION: Final = 200
"""Characters of a filter that take about as long as a step; all shorter ones cost nothing beside their solution."""


def rows_of(
    text: str,
    columns: Sequence[str],
    bound: Mapping[str, Object],
    among: Sequence[str] | None,
    work: Work,
) -> Found:
    """The different rows of a rule, those of some compartments (None: of all); raises `Beyond`.

    To be asked for rules alone that the engine has taken: here faults are passed over that it refuses.
    """
    if among is not None and held(text, "compartment") is not Held.ALWAYS:
        among = None
    plan = planned(text, bound, among)
    if plan is None:
        raise Beyond
    given: Solution = {name: key(value) for name, value in bound.items()}
    if any(not isinstance(given[name], str) for name in plan.looked_up & given.keys()):
        raise Beyond
    begun = [given] if among is None else [{**given, "compartment": one} for one in among]
    try:
        found = run(plan.steps, work, begun)
    except RecursionError:
        raise Beyond from None
    return _rows(columns, bound, found)


def _rows(columns: Sequence[str], bound: Mapping[str, Object], found: Sequence[Solution]) -> Found:
    """The different rows of some solutions: of what is no IRI the engine has a form of its own, but for a time."""
    free = [[one.get(column) for one in found] for column in columns if column not in bound]
    for values in free:
        if not _NAMED.issuperset(map(type, values)):
            for value in values:
                if value is not None and not isinstance(value, str):
                    moment_of(value)
    keys = dict.fromkeys(zip(*free, strict=True) if free else [() for _ in found])
    return Found(columns, bound, tuple(keys))


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is done, one after the other. `looked_up` are the variables of the rule's patterns."""

    steps: tuple[Step, ...]
    looked_up: frozenset[str]


def planned(text: str, bound: Iterable[str], among: Sequence[str] | None) -> _Plan | None:
    """How a rule is worked out, None for what is not plain; to be asked first where no lock is held, for it may take long."""
    is_among = among is not None and held(text, "compartment") is Held.ALWAYS
    return _plan(text, frozenset((*bound, "compartment") if is_among else bound))


@lru_cache(maxsize=4096)
def _plan(text: str, bound: frozenset[str]) -> _Plan | None:
    """The same where some variables have terms."""
    try:
        query = read(text)
        if query is None or query.computed or ordered(text, bound) is None:
            return None
        maker = _Maker(query, bound)
        return _Plan(tuple(maker.group(query.where, bound)), maker.looked_up)
    except (Unread, Unreadable, RecursionError):
        return None


class _Maker:
    """Makes steps of groups; raises `Unread` and `Unreadable` where one is not plain."""

    def __init__(self, query: Query, bound: frozenset[str]):
        self._bound = bound
        found = list(_patterns(query.where, is_told=False))
        names = [name for pattern, _ in found for name in pattern.ends()]
        self.looked_up = frozenset(names)
        self._free = frozenset(name for name in names if names.count(name) == 1)
        self._told = frozenset(name for pattern, is_told in found if is_told for name in pattern.ends())

    def group(self, group: Group, known: frozenset[str]) -> Iterator[Step]:
        """Its parts, the cheapest first, OPTIONAL last, and each filter once nothing to come speaks of its variables."""
        _check_optional(group, self._bound)
        coming = [element for element in group.elements if not _is_optional(element)]
        later = [element for element in group.elements if _is_optional(element)]
        filters = list(group.filters)
        while True:
            for one in _ready(filters, (*coming, *later)):
                filters.remove(one)
                condition = read_condition(one, self._bound, self._existing(known))
                yield filtering(condition, len(one.written) // _CONDITION)
            if not coming and not later:
                return
            element = min(coming, key=lambda e: _worth(e, known)) if coming else later[0]
            (coming if coming else later).remove(element)
            yield self._element(element, known)
            known = known | always(element)

    def _existing(self, known: frozenset[str]) -> Callable[[Group], Condition]:
        return lambda group: existing(tuple(self.group(group, known)))

    def _element(self, element: Element, known: frozenset[str]) -> Step:
        if isinstance(element, Pattern):
            return self._pattern(element)
        if isinstance(element, Union):
            return choosing([tuple(self.group(branch, known)) for branch in element.branches])
        if isinstance(element, Block) or not is_simple(element.group):
            raise Unread
        if element.kind == "OPTIONAL":
            return perhaps(tuple(self.group(element.group, known)))
        if element.graph is None or element.graph.text != "request" or "request" not in self._bound:
            raise Unread
        return choosing([[self._telling(p) for p in element.group.elements if isinstance(p, Pattern)]])

    def _telling(self, pattern: Pattern) -> Step:
        start, end = self._ends(pattern)
        if not pattern.predicate:
            raise Unread
        return telling(start, pattern.predicate, end)

    def _pattern(self, pattern: Pattern) -> Step:
        start, end = self._ends(pattern)
        if pattern.predicate:
            return looking(start, pattern.predicate, end)
        if pattern.is_reflexive and pattern.ends() & self._told:
            raise Unread  # a term of the request alone leads nowhere, not even to itself
        return walking(start, read_path(tokens_of(pattern.path), {}), end)

    def _ends(self, pattern: Pattern) -> tuple[Place, Place]:
        start, end = self._place(pattern.subject), self._place(pattern.object)
        if start == end or pattern.inside:
            raise Unread
        return start, end

    def _place(self, token: Token) -> Place:
        if token.kind == "var":
            return Place(token.text, is_free=token.text in self._free)
        if token.kind != "iri":
            raise Unread
        return Place(iri=token.text)


def _worth(element: Element, known: frozenset[str]) -> tuple[int, bool, bool]:
    """What is taken first: of equal costs what speaks of the compartment, whose label is short, and the actor last."""
    named = element.variables()
    return cost(element, known), "compartment" not in named, "actor" in named


def _ready(filters: Sequence[Filter], coming: Sequence[Element]) -> list[Filter]:
    """The filters of whose variables nothing that is still to come speaks."""
    open_ = frozenset[str]().union(*(element.variables() for element in coming))
    return [one for one in filters if not one.variables() & open_]


def _check_optional(group: Group, bound: frozenset[str]) -> None:
    """Raises `Unread` where something behind an OPTIONAL speaks of what that alone may bind."""
    before, own = bound, frozenset[str]()
    for element in group.elements:
        if element.variables() & own:
            raise Unread
        if _is_optional(element):
            own |= element.variables() - before
        before = before | always(element)


def _is_optional(element: Element) -> bool:
    return isinstance(element, Inner) and element.kind == "OPTIONAL"


def _patterns(group: Group, *, is_told: bool) -> Iterator[tuple[Pattern, bool]]:
    """All patterns at any depth, and whether each is asked of the request's facts."""
    for element in (*group.elements, *(inner for f in group.filters for inner in f.exists)):
        if isinstance(element, Pattern):
            yield element, is_told
        elif isinstance(element, Union):
            for branch in element.branches:
                yield from _patterns(branch, is_told=is_told)
        elif isinstance(element, Inner):
            yield from _patterns(element.group, is_told=is_told or element.kind == "GRAPH")
        elif isinstance(element, Block):
            raise Unread
        else:
            yield from _patterns(element, is_told=is_told)
