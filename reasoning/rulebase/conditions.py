"""The conditions of a rule's filters that are worked out in memory: EXISTS, whether IRIs are the same, and times.

`&&`, `||`, `!`, `BOUND` and `COALESCE(…, false)` join them, with SPARQL's third truth value for what is an error
(SPARQL 1.1, 17.2). All else is `Beyond`, at the moment in which it would have to be known and not before.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

from ...graph.terms import Literal
from ...graph.vocabulary import XSD, node
from ..governance.facts import Key
from .groups import Filter, Group, Unread
from .tokens import Token, tokens_of

Solution: TypeAlias = dict[str, Key]
"""Variables with their terms, IRIs as text."""

Truth: TypeAlias = bool | None
"""None where SPARQL has an error."""

Condition: TypeAlias = Callable[[Any, Solution], Truth]
"""Over a work (`steps`) and a solution."""

_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])"
)
_DATE_TIME: Final = node(XSD.DATE_TIME)
_COMPARED: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


class Beyond(Exception):
    """What a rule says is not worked out here: the worker is to be asked."""


def read_condition(filter: Filter, given: frozenset[str], exists: Callable[[Group], Condition]) -> Condition:
    """A filter's condition; `exists` makes one of a group. What is not read is `Beyond` once it is asked.

    `given` are the variables that have a term from the start; whether these are bound, the engine tells otherwise.
    """
    parts: list[Token | Group] = []
    for part in filter.parts:
        parts += [part] if isinstance(part, Group) else tokens_of(part)
    try:
        return _Reader(parts[1:], given, exists).whole()
    except (Unread, IndexError):
        return beyond


def moment_of(term: Key | None) -> datetime:
    """The moment of an `xsd:dateTime` whose zone is written out, in a form that Python reads as XML Schema does.

    Raises `Beyond` for every other term.
    """
    if not isinstance(term, Literal) or term.datatype != _DATE_TIME or not _TIME.fullmatch(term.value):
        raise Beyond
    try:
        return datetime.fromisoformat(term.value)
    except ValueError:
        raise Beyond from None


def beyond(_: object, __: Solution) -> Truth:
    """The condition that is not read."""
    raise Beyond


def _any_of(conditions: Sequence[Condition]) -> Condition:
    def condition(work: object, solution: Solution) -> Truth:
        found: Truth = False
        for one in conditions:
            truth = one(work, solution)
            if truth:
                return True
            found = None if truth is None else found
        return found

    return condition


def _not(one: Condition) -> Condition:
    def condition(work: object, solution: Solution) -> Truth:
        truth = one(work, solution)
        return None if truth is None else not truth

    return condition


def _otherwise(one: Condition, other: bool) -> Condition:
    def condition(work: object, solution: Solution) -> Truth:
        truth = one(work, solution)
        return other if truth is None else truth

    return condition


def _comparing(sign: str, left: Token, right: Token) -> Condition:
    compare = _COMPARED[sign]

    def condition(_: object, solution: Solution) -> Truth:
        one, other = _value(left, solution), _value(right, solution)
        if one is None or other is None:
            return None
        if isinstance(one, str) and isinstance(other, str):
            if sign not in ("=", "!="):
                raise Beyond
            return compare(one, other)
        return compare(moment_of(one), moment_of(other))

    return condition


def _value(token: Token, solution: Solution) -> Key | None:
    return token.text if token.kind == "iri" else solution.get(token.text)


class _Reader:
    """Recursive descent (SPARQL 1.1, 19.8, rules 110 to 121); raises `Unread`."""

    def __init__(
        self,
        parts: Sequence[Token | Group],
        given: frozenset[str],
        exists: Callable[[Group], Condition],
    ):
        self._parts = parts
        self._given = given
        self._exists = exists
        self._at = 0

    def whole(self) -> Condition:
        """All of it."""
        found = self._primary()
        if self._at != len(self._parts):
            raise Unread
        return found

    def _or(self) -> Condition:
        found = [self._and()]
        while self._takes("||"):
            found.append(self._and())
        return found[0] if len(found) == 1 else _any_of(found)

    def _and(self) -> Condition:
        found = [self._unary()]
        while self._takes("&&"):
            found.append(self._unary())
        return found[0] if len(found) == 1 else _not(_any_of([_not(one) for one in found]))

    def _unary(self) -> Condition:
        return _not(self._unary()) if self._takes("!") else self._primary()

    def _primary(self) -> Condition:
        if self._takes("("):
            found = self._or()
            self._expect(")")
            return found
        if self._takes("NOT"):
            return _not(self._group())
        if self._takes("TRUE"):
            return lambda _, __: True
        if self._takes("FALSE"):
            return lambda _, __: False
        part = self._parts[self._at]
        if isinstance(part, Group) or part.text == "EXISTS":
            return self._group()
        if self._takes("BOUND"):
            return self._bound()
        if self._takes("COALESCE"):
            return self._coalesce()
        return self._comparison()

    def _group(self) -> Condition:
        self._expect("EXISTS")
        part = self._parts[self._at]
        if not isinstance(part, Group):
            raise Unread
        self._at += 1
        return self._exists(part)

    def _bound(self) -> Condition:
        self._expect("(")
        name = self._operand().text
        self._expect(")")
        if name in self._given:
            raise Unread
        return lambda _, solution: name in solution

    def _coalesce(self) -> Condition:
        self._expect("(")
        found = self._or()
        self._expect(",")
        other = self._takes("TRUE")
        if not other:
            self._expect("FALSE")
        self._expect(")")
        return _otherwise(found, other)

    def _comparison(self) -> Condition:
        left = self._operand()
        sign = self._parts[self._at]
        if isinstance(sign, Group) or sign.kind != "sign" or sign.text not in _COMPARED:
            raise Unread
        self._at += 1
        return _comparing(sign.text, left, self._operand())

    def _operand(self) -> Token:
        part = self._parts[self._at]
        if isinstance(part, Group) or part.kind not in ("var", "iri"):
            raise Unread
        self._at += 1
        return part

    def _takes(self, text: str) -> bool:
        """Whether a word or sign comes next; goes behind it."""
        part = self._parts[self._at] if self._at < len(self._parts) else None
        if isinstance(part, Token) and part.kind in ("word", "sign") and part.text == text:
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._takes(text):
            raise Unread
