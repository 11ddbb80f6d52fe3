"""Constraints and refinements of a graph, read into the form in which they are asked."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from ....graph.terms import BlankNode, Literal, NamedNode, Object, Subject
from . import terms
from .moments import moment
from .terms import NAMESPACE, odrl
from .words import Combined, Constraint, Purpose, Time, Unknown

DEPTH: Final = 12
MOST: Final = 60
"""Constraints of one rule."""

About: TypeAlias = Mapping[Subject, Mapping[str, list[Object]]]
_PURPOSES: Final = {
    "eq": (True, False),
    "isAnyOf": (True, False),
    "isA": (True, True),
    "isPartOf": (True, True),
    "neq": (False, False),
    "isNoneOf": (False, False),
}
"""By operator: whether the purpose is among those named, and whether narrower ones count."""


class Conditions:
    """Reads the constraints of one rule; whatever cannot be asked of a request is `Unknown`, and never an error."""

    def __init__(self, about: About, objects: Callable[[Subject, str], list[Object]]):
        self._about, self._objects = about, objects
        self._count = 0

    def read(self, term: Object, depth: int = 0) -> Constraint:
        """The constraint that a term stands for."""
        if not isinstance(term, NamedNode | BlankNode) or term not in self._about:
            return Unknown(f"the constraint `{str(term)[:80]}` is not said here")
        self._count += 1
        if depth > DEPTH or self._count > MOST:
            return Unknown(f"constraints nest deeper than {DEPTH}, or are more than {MOST}")
        used = {name.removeprefix(NAMESPACE) for name in self._about[term] if name.startswith(NAMESPACE)}
        logical = [name for name in terms.LOGICAL if name in used]
        if logical:
            return self._logical(term, logical[0], used, depth)
        return self._simple(term, used)

    def _logical(self, term: Subject, how: str, used: set[str], depth: int) -> Constraint:
        if used - {how, "uid"}:
            return Unknown(f"a constraint says `odrl:{how}` and more")
        if how == "andSequence":
            return Unknown("`odrl:andSequence` asks in which order things were so")
        listed = self._objects(term, odrl(how))[: MOST + 1]
        parts = tuple(self.read(one, depth + 1) for one in listed)
        return Combined(how, parts) if parts else Unknown(f"`odrl:{how}` is of nothing")

    def _simple(self, term: Subject, used: set[str]) -> Constraint:
        left = [name for name in self._objects(term, odrl("leftOperand"))]
        values = self._objects(term, odrl("rightOperand"))
        older = used & terms.LEFT_OPERANDS
        if not left and len(older) == 1 and not values:  # as ODRL 2.1 said it: the operand is the property
            (name,) = older
            left, values = [NamedNode(odrl(name))], self._objects(term, odrl(name))
            used -= {name}
        extra = sorted(used - terms.CONSTRAINT)
        operators = self._objects(term, odrl("operator"))
        if extra:
            return Unknown(f"a constraint says `odrl:{extra[0]}`")
        if len(left) != 1 or len(operators) != 1 or not values:
            return Unknown("a constraint lacks an operand or its operator, or has several")
        operand, operator = (_short(one) for one in (left[0], operators[0]))
        if operator not in terms.OPERATORS:
            return Unknown(f"the operator `{operator[:80]}` is not known")
        if operand == "purpose":
            return _purpose(operator, values)
        if operand == "dateTime":
            return _time(operator, values)
        return Unknown(f"`{operand[:80]}` cannot be asked of a request")


def _short(term: Object) -> str:
    return term.value.removeprefix(NAMESPACE) if isinstance(term, NamedNode) else str(term)


def _purpose(operator: str, values: list[Object]) -> Constraint:
    purposes = tuple(sorted(one.value for one in values if isinstance(one, NamedNode)))
    if len(purposes) != len(values):
        return Unknown("a purpose is a text, not an IRI")
    if operator not in _PURPOSES or (operator in ("eq", "neq") and len(purposes) > 1):
        return Unknown(f"`odrl:{operator}` of {len(purposes)} purposes")
    is_in, narrower = _PURPOSES[operator]
    return Purpose(purposes, is_in, narrower)


def _time(operator: str, values: list[Object]) -> Constraint:
    at = moment(values[0]) if len(values) == 1 and isinstance(values[0], Literal) else None
    if at is None:
        return Unknown("a time is none that can be read")
    if operator in ("lt", "lteq", "gt", "gteq"):
        return Time(operator, at)
    if operator == "eq":
        return Combined("and", (Time("gteq", at), Time("lteq", at)))
    if operator == "neq":
        return Combined("or", (Time("lt", at), Time("gt", at)))
    return Unknown(f"`odrl:{operator}` of times")
