"""The ways in which a rule can hold: one branch of each UNION, one side of each EXISTS in an expression.

Each is a query of its own, whose every pattern is needed by each of its solutions; so the triples that these
stand for in a solution make the rule hold, together with what is absent. Where a negation negates again (for all
that …, there is …), what is demanded is asked with what meets it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Final, NamedTuple

from .groups import Block, Element, Filter, Group, Inner, Union
from .groups import Pattern as Written
from .parsing import read
from .paths import Unreadable
from .patterns import Condition, Held, Pattern, Var, read_condition, read_pattern
from .scoping import BOUND, outer_projection
from .tokens import tokens_of

MOST: Final = 64  # ways of one rule; one that has more is not taken apart
ROWS: Final = 50
"""Solutions looked at of each way, the first in the order of their terms."""

_GROUPING: Final = frozenset({"GROUP", "HAVING", "LIMIT", "OFFSET", "VALUES"})
_NOT = re.compile(r"!(?!=)|\)\s*!?=|[=<>]\s*\(")


class Negation(NamedTuple):
    """A group that must not be there, and the text that says so."""

    group: Group
    text: str


@dataclass(frozen=True, slots=True)
class Way:
    """One way for a group to hold: its text without braces, what proves, and what must not be there."""

    text: str
    patterns: tuple[Pattern, ...] = ()
    negated: tuple[Negation, ...] = ()
    is_doubtful: bool = False  # whether the rule may need more than the patterns

    def __add__(self, other: "Way") -> "Way":
        return Way(
            f"{self.text}\n{other.text}",
            self.patterns + other.patterns,
            self.negated + other.negated,
            self.is_doubtful or other.is_doubtful,
        )

    def within(self, before: str, after: str) -> "Way":
        """The same with text around it."""
        return Way(f"{before}{self.text}{after}", self.patterns, self.negated, self.is_doubtful)


@dataclass(frozen=True, slots=True)
class Demand:
    """What a double negation demands for each solution of `premise`, and one way in which that is met."""

    number: int
    premise: tuple[Pattern, ...]
    names: tuple[str, ...]  # the variables of the premise
    met: Way
    plain: str  # a query whose solutions are those of the reading, the premise and what meets it
    columns: tuple[str, ...]

    @property
    def text(self) -> str:
        """The same, its first solutions."""
        return limited(self.plain, self.columns)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way in which a rule holds, as a query, and what is to be asked beside it."""

    way: Way
    plain: str
    columns: tuple[str, ...]
    absent: tuple[Group, ...]
    demands: tuple[Demand, ...]
    demanded: int  # double negations, each of which must be met for all of its premise's solutions

    @property
    def text(self) -> str:
        """The query, its first solutions."""
        return limited(self.plain, self.columns)


@lru_cache(maxsize=1024)
def readings(text: str) -> tuple[Reading, ...]:
    """Of a rule's text as the gate gave it; raises `Unreadable` for one that is not taken apart."""
    group = body_of(text)
    tokens = tokens_of(text)
    scope = outer_projection(tokens)
    projected = [t.text for t in tokens[scope.start : scope.body] if t.kind == "var"]
    counts = Counter(variables_of(group.source))
    return tuple(_reading(way, projected, counts) for way in ways_of(group, counts))


def body_of(text: str) -> Group:
    """The group of a rule's text, in which no two EXISTS share a variable of their own; raises `Unreadable`."""
    query = read(_apart(text))
    if query is None:
        raise Unreadable("what is not known here")
    if query.computed:
        raise Unreadable("a computed column")
    if any(token.kind == "word" and token.text in _GROUPING for token in tokens_of(query.tail)):
        raise Unreadable("a group of solutions, or a part of them")
    return query.where


def names_of(patterns: Iterable[Pattern]) -> list[str]:
    """The variables of some patterns, in order."""
    terms = (term for p in patterns for term in (p.subject, p.predicate, p.object))
    return sorted({term.name for term in terms if isinstance(term, Var)})


def _reading(way: Way, projected: Sequence[str], counts: Counter[str]) -> Reading:
    columns = tuple(dict.fromkeys((*projected, *names_of(way.patterns))))
    absent = tuple(one.group for one in way.negated if not _nested(one.group))
    twice = [one.group for one in way.negated if _nested(one.group)]
    demands: list[Demand] = []
    for number, group in enumerate(twice):
        nested = _nested(group)
        inner = [found for element in nested if (found := _negated(element)) is not None]
        meetings = [way for one in inner for way in ways_of(one, counts)]
        rest = replace(group, parts=tuple(part for part in group.parts if part not in nested))
        for premise in ways_of(rest, counts):
            names = tuple(names_of(premise.patterns))
            for met in meetings:
                wide = tuple(dict.fromkeys((*columns, *names, *names_of(met.patterns))))
                body = f"{way.text}\n{premise.text}\n{met.text}"
                demands.append(Demand(number, premise.patterns, names, met, select(wide, body), wide))
    return Reading(way, select(columns, way.text), columns, absent, tuple(demands), len(twice))


def select(columns: Sequence[str], body: str) -> str:
    """The query of all different solutions of a pattern."""
    names = " ".join(f"?{name}" for name in columns)
    return f"SELECT DISTINCT {names} WHERE {{\n{body}\n}}"


def limited(query: str, columns: Sequence[str]) -> str:
    """The query's first solutions, in an order that no store decides."""
    return f"{query} ORDER BY {' '.join(f'?{name}' for name in columns)} LIMIT {ROWS}"


def _nested(group: Group) -> list[Element | Filter]:
    """The negations that stand right in a group."""
    return [part for part in group.parts if _negated(part) is not None]


def _negated(part: Element | Filter) -> Group | None:
    """The group that a part negates, if it does nothing else."""
    if isinstance(part, Inner) and part.kind == "MINUS":
        return part.group
    whole = read_condition(part).whole if isinstance(part, Filter) else None
    return whole.group if whole is not None and whole.is_negated else None


def ways_of(group: Group, counts: Counter[str]) -> list[Way]:
    """The ways of a group's parts together; `counts` are the variables of the whole pattern."""
    found = [Way("")]
    for part in group.parts:
        found = [before + way for before, way in product(found, _of(part, group, counts))]
        if len(found) > MOST:
            raise Unreadable("more ways than are looked at")
    return found


def _of(part: Element | Filter, around: Group, counts: Counter[str]) -> list[Way]:
    match part:
        case Written():
            pattern = read_pattern(part)
            return [Way(pattern.text, (pattern,))]
        case Block():
            if part.kind in ("select", "triples"):
                raise Unreadable("a sub-SELECT, or brackets for a blank node")
            return [Way(part.source)]
        case Union():
            return [way.within("{ ", " }") for branch in part.branches for way in ways_of(branch, counts)]
        case Inner():
            return _inner(part, around, counts)
        case Filter():
            condition = read_condition(part)
            return _conditional(condition, counts) if condition.held else [Way(condition.text)]


def _inner(part: Inner, around: Group, counts: Counter[str]) -> list[Way]:
    """MINUS, what a graph holds (in the request's own nothing of governance is proven), and OPTIONAL."""
    if part.kind == "MINUS":
        return [Way(part.source, negated=(Negation(part.group, part.source),))]
    if part.graph is None:
        return _optional(part, around, counts)
    if part.graph.text == "request":
        return [Way(part.source)]
    return [way.within(f"GRAPH {part.graph.source} {{ ", " }") for way in ways_of(part.group, counts)]


def _optional(part: Inner, around: Group, counts: Counter[str]) -> list[Way]:
    """It proves nothing, unless something beside it asks for what it alone binds."""
    required = {name for one in around.parts if isinstance(one, Written) for name in one.variables()}
    inside = Counter(variables_of(part.group.source))
    asked = {name for name, times in inside.items() if counts[name] > times} - required - {*BOUND}
    optional = Way(part.source, is_doubtful=bool(asked))
    joined = [way.within("{ ", " }") for way in ways_of(part.group, counts)] if asked else []
    return [optional, *joined]


def variables_of(text: str) -> list[str]:
    """The variables in a text, each as often as it stands there."""
    return [token.text for token in tokens_of(text) if token.kind == "var"]


def _conditional(element: Condition, counts: Counter[str]) -> list[Way]:
    """What is the whole condition is joined, or is absent; in an expression each EXISTS is true or is not."""
    whole = element.whole
    if whole is not None and whole.is_negated:
        return [Way(element.text, negated=(Negation(whole.group, element.text),))]
    if whole is not None:
        return ways_of(whole.group, counts)
    if 2 ** len(element.held) > MOST:
        raise Unreadable("more ways than are looked at")
    is_plain = all(_is_plain(element, one) for one in element.held)
    found: list[Way] = []
    for truths in product((True, False), repeat=len(element.held)):
        text, end = "", 0
        for truth, one in zip(truths, element.held, strict=True):
            text += element.text[end : one.start] + ("true" if truth else "false")
            end = one.end
        options = [[Way(text + element.text[end:])]]
        for truth, one in zip(truths, element.held, strict=True):
            if truth or not is_plain:
                options.append(_held(one.group, counts, is_there=truth != one.is_negated))
        for ways in product(*options):
            if len(found) > MOST:
                raise Unreadable("more ways than are looked at")
            joined = ways[0]
            for way in ways[1:]:
                joined += way
            found.append(joined)
    return found


def _held(group: Group, counts: Counter[str], *, is_there: bool) -> list[Way]:
    if is_there:
        return ways_of(group, counts)
    text = f"FILTER NOT EXISTS {group.source}"
    return [Way(text, negated=(Negation(group, text),))]


def _is_plain(element: Condition, one: Held) -> bool:
    """Whether a condition that holds without an EXISTS holds with it, too: only `||` and `&&` are around it."""
    before, after = element.text[: one.start].rstrip(), element.text[one.end :].lstrip()
    around = before.endswith(("(", "||", "&&")) and after.startswith((")", "||", "&&"))
    outside = element.text
    for other in reversed(element.held):
        outside = outside[: other.start] + outside[other.end :]
    return around and not _NOT.search(outside)


def _apart(text: str) -> str:
    """The text with variables renamed that two EXISTS use each for its own: they are joined, where they hold."""
    tokens = tokens_of(text)
    inside: list[int] = []  # by token the EXISTS it stands in, counted from 1; 0: none
    count = depth = 0
    opened: list[int] = []
    for at, token in enumerate(tokens):
        if token.kind == "sign" and token.text == "{":
            depth += 1
            if not opened and tokens[at - 1].kind == "word" and tokens[at - 1].text in ("EXISTS", "MINUS"):
                count += 1
                opened.append(depth)
        inside.append(count if opened else 0)
        if token.kind == "sign" and token.text == "}":
            if opened and opened[-1] == depth:
                opened.pop()
            depth -= 1
    where: dict[str, set[int]] = {}
    for token, place in zip(tokens, inside, strict=True):
        if token.kind == "var":
            where.setdefault(token.text, set()).add(place)
    own = {name for name, places in where.items() if 0 not in places and len(places) > 1}
    pieces, end = [], 0
    for token, place in zip(tokens, inside, strict=True):
        if token.kind == "var" and token.text in own:
            stop = token.start + len(token.source)
            pieces.append(text[end:stop] + f"_{place}")
            end = stop
    return "".join(pieces) + text[end:]
