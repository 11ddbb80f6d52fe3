"""A condition as a SPARQL expression, true exactly where CEL says yes.

What has no value is an error in both; `&&` and `||` go on where one side suffices, in both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from . import celvalues
from .cel import Call, Expression, Given, Value

_INFIX: Final = {
    "==": "=",
    "!=": "!=",
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
    "+": "+",
    "-": "-",
    "*": "*",
    "/": "/",
    "&&": "&&",
    "||": "||",
}
_ZERO: Final = str(celvalues.literal("duration", 0))
_FUNCTIONS: Final = {
    "startsWith": "STRSTARTS",
    "endsWith": "STRENDS",
    "contains": "CONTAINS",
    "size": "STRLEN",
    "?:": "IF",
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A parameter as it is bound: its variable."""

    variable: str


@dataclass(frozen=True, slots=True)
class Many:
    """A list: the variable of the tuple's own, the term of its items, and where a request says others."""

    variable: str
    item: str
    asked: str  # `?request <…>`, to which an object is put; empty where none may be
    datatype: str  # of what a request says


Bound = Mapping[str, Scalar | Many]


def parameters(expression: Expression) -> dict[str, Given]:
    """The parameters that an expression asks for, by name."""
    if isinstance(expression, Given):
        return {expression.name: expression}
    found: dict[str, Given] = {}
    if isinstance(expression, Call):
        for argument in expression.arguments:
            found |= parameters(argument)
    return found


def write(expression: Expression, bound: Bound) -> str:
    """The expression in SPARQL, in brackets where it has an operator."""
    if isinstance(expression, Value):
        return str(celvalues.literal(expression.kind, expression.value))
    if isinstance(expression, Given):
        place = bound[expression.name]
        return place.variable
    if expression.name == "among":
        return _among(expression, bound)
    if expression.name == "in" and len(expression.arguments) == 1:
        one = write(expression.arguments[0], bound)  # among nothing, and yet it must have a value
        return f"IF({one} = {one}, false, false)"
    arguments = [write(argument, bound) for argument in expression.arguments]
    if expression.name == "in":
        return f"({arguments[0]} IN ({', '.join(arguments[1:])}))"
    if expression.name == "!":
        return f"(!{arguments[0]})"
    if expression.name == "neg":
        return f"(-{arguments[0]})"
    if expression.name == "+" and expression.kind == "timestamp":
        # Oxigraph orders the sides of `+` as it likes, and adds a time to a duration in one of the orders only
        time, length = arguments if expression.arguments[0].kind == "timestamp" else reversed(arguments)
        return f"({time} - ({_ZERO} - {length}))"
    if expression.name == "+" and expression.kind == "string":
        return f"CONCAT({', '.join(arguments)})"
    if expression.name in _FUNCTIONS:
        return f"{_FUNCTIONS[expression.name]}({', '.join(arguments)})"
    return f"({arguments[0]} {_INFIX[expression.name]} {arguments[1]})"


def _among(expression: Call, bound: Bound) -> str:
    """Whether a list holds a value: the tuple's own where it has one, else the request's."""
    one, many = expression.arguments
    place = bound[many.name] if isinstance(many, Given) else None
    if not isinstance(place, Many):
        raise TypeError(many)
    value = write(one, bound)
    element = f"{place.variable}_one"
    is_it = f"FILTER({element} = {value})"
    stored = f"EXISTS {{ {place.variable} {place.item} {element} {is_it} }}"
    if not place.asked:
        return f"IF({value} = {value}, IF(BOUND({place.variable}), {stored}, {place.variable}), false)"
    said = f"GRAPH ?request {{ {place.asked} {element} }}"
    wrong = f"EXISTS {{ {said} FILTER(DATATYPE({element}) != <{place.datatype}>) }}"
    is_said = f"(EXISTS {{ {said} }} && !{wrong})"
    asked = f"EXISTS {{ {said} {is_it} }}"
    held = f"IF(BOUND({place.variable}), {stored}, IF({is_said}, {asked}, {place.variable}))"
    return f"IF({value} = {value}, {held}, false)"  # EXISTS would be false where the value is missing
