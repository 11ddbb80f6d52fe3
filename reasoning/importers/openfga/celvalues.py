"""The values of conditions: read from JSON or YAML, written as RDF.

Times and durations are whole nanoseconds here, so that nothing is rounded. A value becomes the literal that
SPARQL compares as CEL compares it.
"""

import re
from decimal import Decimal
from typing import Final

from ....graph.terms import Literal
from ....graph.vocabulary import XSD, node
from ..marked import Marked
from ..times import SECOND, fraction, moment, time
from ..words import invalid
from .words import Parameter

_WIDE: Final = 2**63
_EXACT: Final = 2**53
_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_UNITS: Final = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3_600 * SECOND,
}

DATATYPES: Final = {
    "string": XSD.STRING,
    "bool": XSD.BOOLEAN,
    "int": XSD.INTEGER,
    "uint": XSD.INTEGER,
    "double": XSD.DOUBLE,
    "timestamp": XSD.DATE_TIME,
    "duration": XSD.DAY_TIME_DURATION,
}
"""By kind: the kinds that SPARQL has, too."""


def duration(text: str) -> int | None:
    """Nanoseconds of a duration such as `1h30m` or `-1.5s`, None for anything else."""
    sign = -1 if text.startswith("-") else 1
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0
    total, at = Decimal(0), 0
    while match := _PART.match(rest, at):
        if len(match[1]) > 30:
            return None
        total += Decimal(match[1]) * _UNITS[match[2]]
        at = match.end()
    whole = sign * int(total)
    return whole if rest and at == len(rest) and abs(whole) < _WIDE else None


def literal(kind: str, value: object) -> Literal:
    """A value as the literal that stands for it."""
    datatype = node(DATATYPES[kind])
    if kind == "bool":
        return Literal("true" if value else "false", datatype=datatype)
    if kind == "double" and isinstance(value, float):
        return Literal(repr(value), datatype=datatype)
    if kind == "timestamp" and isinstance(value, int):
        return time(value)
    if kind == "duration" and isinstance(value, int):
        return Literal(_length(value), datatype=datatype)
    return Literal(str(value), datatype=datatype)


def _length(value: int) -> str:
    seconds, rest = divmod(abs(value), SECOND)
    return f"{'-' if value < 0 else ''}PT{seconds}{fraction(rest)}S"


def convert(parameter: Parameter, said: Marked) -> object:
    """What a context says of a parameter; raises `SourceInvalid` where it is of another kind.

    Maps and addresses, which no rule reads, stay texts.
    """
    if parameter.kind == "list":
        return tuple(_scalar(parameter.item, item, parameter) for item in said.items())
    if parameter.kind in DATATYPES:
        return _scalar(parameter.kind, said, parameter)
    return said.text or str(parameter)


def _scalar(kind: str, said: Marked, parameter: Parameter) -> object:
    value = said.value
    found: object = None
    if kind == "string":
        found = said.text if isinstance(value, str) else None
    elif kind == "bool":
        found = value if isinstance(value, bool) else None
    elif kind in ("int", "uint"):
        found = _whole(value, kind)
    elif kind == "double":
        found = _double(value)
    elif kind == "timestamp":
        found = moment(said.text) if isinstance(value, str) else None
    elif kind == "duration":
        found = duration(said.text) if isinstance(value, str) else None
    elif not isinstance(value, dict | list):
        found = said.text
    if found is None:
        raise invalid(said.place, f"has `{said.text[:80]}` where a `{parameter}` belongs")
    return found


def _whole(value: object, kind: str) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,19}", value):
        value = int(value)
    elif isinstance(value, int) and abs(value) > _EXACT:
        return None  # OpenFGA reads numbers as doubles
    lowest = 0 if kind == "uint" else -_WIDE
    return value if isinstance(value, int) and lowest <= value < _WIDE else None


def _double(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value) if isinstance(value, int | float | str) and len(str(value)) < 400 else None
    except (ValueError, OverflowError):
        return None
