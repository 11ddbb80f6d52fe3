"""What a predicate's values were in a source so far, and whether new ones are of another sort or unit."""

import math
import re
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from ...graph.terms import Literal, Object
from ...graph.vocabulary import RDF, XSD

ENOUGH: Final = 10
"""Earlier values without which nothing is compared."""

_SEVERAL = 3  # new values that make a pattern
_SHARE = 0.8  # of the new values lie beyond nearly all earlier ones
_LEAP = 20.0  # medians further apart than any season or price rise
_UNITS = (60.0, 100.0, 1000.0, 3600.0, 1_000_000.0)  # cents, millis, minutes, seconds: within a factor of 2
_KEPT = 1000

_NUMBERS = frozenset(
    {
        *(XSD.DECIMAL, XSD.INTEGER, XSD.DOUBLE, XSD.FLOAT, XSD.LONG, XSD.INT),
        *(XSD.NON_NEGATIVE_INTEGER, XSD.POSITIVE_INTEGER),
    }
)
_NUMERAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def kind_of(value: Object) -> str:
    """What sort of value it is: all numbers are one, so are all texts, and all references."""
    if not isinstance(value, Literal):
        return "reference"
    datatype = value.datatype.value
    if datatype in _NUMBERS:
        return "number" if _NUMERAL.fullmatch(value.value) else f"no number, for all it says ({datatype})"
    return "text" if datatype in (XSD.STRING, RDF.LANG_STRING) else datatype


def number_of(value: Object) -> float | None:
    """The number that a value is, finite, whatever its datatype says; else None."""
    if not isinstance(value, Literal) or len(value.value) > 64 or not _NUMERAL.fullmatch(value.value):
        return None
    if value.datatype.value not in _NUMBERS and value.datatype.value != XSD.STRING:
        return None
    number = float(value.value)
    return number if math.isfinite(number) else None


@dataclass(slots=True)
class Profile:
    """Kinds and the last thousand numbers of one predicate in one source."""

    kinds: Counter[str] = field(default_factory=Counter)
    numbers: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT))
    compartments: set[str] = field(default_factory=set)

    def add(self, value: Object) -> None:
        """Takes a value into what has been."""
        self.kinds[kind_of(value)] += 1
        number = number_of(value)
        if number is not None:
            self.numbers.append(number)

    def changed_kind(self, value: Object) -> str | None:
        """The kind of a value if none before was of it."""
        kind = kind_of(value)
        return kind if self.kinds.total() >= ENOUGH and not self.kinds[kind] else None

    def changed_unit(self, values: Sequence[float]) -> dict[str, Any] | None:
        """Evidence that these numbers, which came together, are in another unit; None when they are not.

        Robust: medians of absolute values are compared, and four in five new values must lie beyond 95 % of
        the earlier ones. The leap must look like a unit's factor or come with a change between whole numbers
        and fractions. Whole numbers that never repeat are taken for keys, which may grow.
        """
        earlier = sorted(abs(n) for n in self.numbers if n)
        new = sorted(abs(n) for n in values if n)
        if len(earlier) < ENOUGH or len(new) < _SEVERAL:
            return None
        before, now = median(earlier), median(new)
        ratio = now / before
        low, high = earlier[len(earlier) // 20], earlier[-1 - len(earlier) // 20]
        beyond = sum(n > high if ratio > 1 else n < low for n in new)
        if max(ratio, 1 / ratio) < _LEAP or beyond < _SHARE * len(new):
            return None
        whole = all(n.is_integer() for n in new)
        was_whole = sum(n.is_integer() for n in earlier) / len(earlier)
        turned = (whole and was_whole < 0.5) or (not whole and was_whole == 1)
        unit = min(_UNITS, key=lambda u: abs(math.log(max(ratio, 1 / ratio) / u)))
        is_unit = 0.5 <= max(ratio, 1 / ratio) / unit <= 2
        is_key = whole and was_whole == 1 and len(set(earlier)) == len(earlier)
        if not turned and (not is_unit or is_key):
            return None
        return {
            "median": round(now, 4),
            "earlier median": round(before, 4),
            "earlier values": len(earlier),
            "earlier range": [round(low, 4), round(high, 4)],
            "new values": len(new),
            "ratio": round(ratio, 4),
            "whole numbers": whole,
            "earlier share of whole numbers": round(was_whole, 2),
        }


def still_drifted(value: float, evidence: dict[str, Any]) -> bool:
    """Whether a value is nearer to the drifted median than to the earlier one, by ratio."""
    before, now = evidence.get("earlier median"), evidence.get("median")
    if not before or not now or not value:
        return False
    return abs(math.log(abs(value) / now)) < abs(math.log(abs(value) / before))
