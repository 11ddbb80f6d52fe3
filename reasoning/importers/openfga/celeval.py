"""What a condition says of given parameters: by this the cases of an import are made.

A parameter that is missing, and an overflow, is no answer: `Undecided`. As in CEL, `&&` and `||` decide where
one side suffices, whatever the other does.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from .cel import Call, Expression, Given, Value


class Undecided(Exception):
    """There is no answer."""


_PLAIN: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": lambda text, part: part in text,
}


def evaluate(expression: Expression, given: Mapping[str, object]) -> Any:
    """The value of an expression; raises `Undecided`."""
    if isinstance(expression, Value):
        return expression.value
    if isinstance(expression, Given):
        if expression.name not in given:
            raise Undecided(expression.name)
        return given[expression.name]
    if expression.name in ("&&", "||"):
        return _logic(expression, given)
    if expression.name == "?:":
        chosen, yes, no = expression.arguments
        return evaluate(yes if evaluate(chosen, given) else no, given)
    if expression.name == "in":
        return _listed(expression, given)
    return _calculated(expression, [evaluate(argument, given) for argument in expression.arguments])


def _logic(expression: Call, given: Mapping[str, object]) -> bool:
    enough = expression.name == "||"
    undecided: Undecided | None = None
    for argument in expression.arguments:
        try:
            if bool(evaluate(argument, given)) is enough:
                return enough
        except Undecided as error:
            undecided = error
    if undecided is not None:
        raise undecided
    return not enough


def _listed(expression: Call, given: Mapping[str, object]) -> bool:
    one, *many = expression.arguments
    value = evaluate(one, given)
    return any([evaluate(item, given) == value for item in many])  # all of them: one without an answer counts


def _calculated(expression: Call, values: list[Any]) -> Any:
    name = expression.name
    if name == "!":
        return not values[0]
    if name == "neg":
        result: Any = -values[0]
    elif name == "size":
        result = len(values[0])
    elif name == "among":
        return values[0] in values[1]
    elif name == "/":
        result = _divided(*values)
    else:
        result = _PLAIN[name](*values)
    if expression.kind in ("int", "uint", "duration") and not -(2**63) <= result < 2**63:
        raise Undecided("overflow")
    return result


def _divided(left: float, right: float) -> float:
    if right:
        return left / right
    if not left or left != left:  # the second: not a number
        return float("nan")
    return float("inf") if (left > 0) == (str(right)[0] != "-") else float("-inf")
