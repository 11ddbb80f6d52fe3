"""Literals as GraphQL scalars, and back: one scalar for each family of XSD datatypes.

Numbers without bounds keep their digits: `Integer` is a JSON number, `Decimal` a string, since a JSON number
is a double to most clients. A value that its scalar cannot hold (an ill-typed literal, INF) is null.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from ...graph.vocabulary import XSD
from .algebra import Text

Integer = NewType("Integer", int)
Decimal = NewType("Decimal", str)
Date = NewType("Date", str)
DateTime = NewType("DateTime", str)
Time = NewType("Time", str)

_SIGNED = ("integer", "long", "int", "short", "byte", "nonPositiveInteger", "negativeInteger")
_UNSIGNED = (
    "nonNegativeInteger",
    "positiveInteger",
    "unsignedLong",
    "unsignedInt",
    "unsignedShort",
    "unsignedByte",
)
INTEGERS = frozenset(XSD.NAMESPACE + name for name in (*_SIGNED, *_UNSIGNED))
_FAMILIES: Mapping[str, frozenset[str]] = {
    "Integer": INTEGERS,
    "Decimal": INTEGERS | {XSD.DECIMAL},
    "Float": INTEGERS | {XSD.DECIMAL, XSD.DOUBLE, XSD.FLOAT},
    "Boolean": frozenset({XSD.BOOLEAN}),
    "Date": frozenset({XSD.DATE}),
    "DateTime": frozenset({XSD.DATE_TIME, XSD.NAMESPACE + "dateTimeStamp"}),
    "Time": frozenset({XSD.TIME}),
}
_LARGEST = 2**63
_ZONE = r"(Z|[+-][0-9]{2}:[0-9]{2})?"
_DAY = r"-?[0-9]{4,9}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,18})?"


def scalar_of(datatypes: set[str]) -> str:
    """The narrowest scalar that holds values of all `datatypes`; `String` where none does."""
    return next((name for name, family in _FAMILIES.items() if datatypes <= family), "String")


def reader_of(scalar: str) -> Callable[[str], object]:
    """How a literal (or, as text, an IRI) is read into JSON; None where the scalar cannot hold it."""
    return _READERS.get(scalar, str)


def _integer(text: str) -> int | None:
    try:
        number = int(text)
    except ValueError:
        return None
    return number if -_LARGEST <= number < _LARGEST else None


def _float(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


_READERS: Mapping[str, Callable[[str], object]] = {
    "Integer": _integer,
    "Float": _float,
    "Boolean": lambda text: {"true": True, "1": True, "false": False, "0": False}.get(text),
}
_WRITTEN: Mapping[str, str] = {
    "Integer": XSD.INTEGER,
    "Decimal": XSD.DECIMAL,
    "Float": XSD.DOUBLE,
    "Boolean": XSD.BOOLEAN,
    "Date": XSD.DATE,
    "DateTime": XSD.DATE_TIME,
    "Time": XSD.TIME,
}


def literal(scalar: str, value: object) -> Text:
    """A coerced argument as a literal."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return Text(text, _WRITTEN.get(scalar))


def _parse_integer(value: object) -> int:
    whole = value.is_integer() if isinstance(value, float) else isinstance(value, int)
    if isinstance(value, bool) or not whole or not -_LARGEST <= value < _LARGEST:  # type: ignore[operator]
        raise GraphQLError("Integer takes a whole number of at most 64 bits")
    return int(value)  # type: ignore[call-overload, no-any-return]


def _parse_decimal(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise GraphQLError("Decimal takes a number, or its digits as a string")
    text = repr(value) if isinstance(value, float) else str(value)
    if re.fullmatch(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?", text) is None:
        raise GraphQLError("Decimal takes at most 18 digits before the point and 18 behind it")
    return text


@dataclass(frozen=True, slots=True)
class _Lexical:
    """Parses what XSD writes as a string of one form."""

    name: str
    form: str
    example: str

    def __call__(self, value: object) -> str:
        if not isinstance(value, str) or re.fullmatch(self.form, value) is None:
            raise GraphQLError(f"{self.name} takes a string like {self.example}")
        return value


def _scalar(name: str, description: str, parse: Callable[[object], object]) -> ScalarDefinition:
    return strawberry.scalar(
        name=name, description=description, serialize=lambda value: value, parse_value=parse
    )


SCALARS: Mapping[object, ScalarDefinition] = {
    Integer: _scalar("Integer", "A whole number of at most 64 bits.", _parse_integer),
    Decimal: _scalar("Decimal", "A decimal number, as a string that keeps its digits.", _parse_decimal),
    Date: _scalar("Date", "A day, as in ISO 8601: 2026-03-31.", _Lexical("Date", _DAY + _ZONE, "2026-03-31")),
    DateTime: _scalar(
        "DateTime",
        "A moment, as in ISO 8601: 2026-03-31T09:30:00Z.",
        _Lexical("DateTime", f"{_DAY}T{_CLOCK}{_ZONE}", "2026-03-31T09:30:00Z"),
    ),
    Time: _scalar("Time", "A time of day: 09:30:00.", _Lexical("Time", _CLOCK + _ZONE, "09:30:00")),
}
PYTHON: Mapping[str, object] = {
    "String": str,
    "Float": float,
    "Boolean": bool,
    "Integer": Integer,
    "Decimal": Decimal,
    "Date": Date,
    "DateTime": DateTime,
    "Time": Time,
}
"""The Python type that stands for a scalar in a Strawberry annotation."""
