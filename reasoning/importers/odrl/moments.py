"""`xsd:dateTime` and `xsd:date` as the moments between which they lie.

What names no zone may be in any of them, from fourteen hours before UTC to fourteen after (XML Schema 1.1-2,
3.3.7.4).
"""

import re
from datetime import date, timedelta
from typing import Final

from ....graph.terms import Literal
from ....graph.vocabulary import XSD
from ..times import SECOND
from ..times import moment as moment_of
from .words import Moment

_AWAY: Final = 14 * 3_600 * SECOND
_ZONE = re.compile(r"(?:Z|[+-]\d\d:\d\d)$")
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(Z|[+-]\d\d:\d\d)?")


def moment(value: Literal) -> Moment | None:
    """The moment of a literal, None for one that is none."""
    kind, text = value.datatype.value, value.value
    if kind == XSD.DATE_TIME:
        zoned = text if _ZONE.search(text) else text + "Z"
        at = moment_of(zoned)
        if at is None:
            return None
        around = (at, at) if _ZONE.search(text) else (at - _AWAY, at + _AWAY)
        return Moment(around, around)
    match = _DATE.fullmatch(text) if kind == XSD.DATE else None
    if match is None:
        return None
    try:
        following = (date.fromisoformat(match[1]) + timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return None
    begin, end = (moment_of(f"{day}T00:00:00{match[2] or 'Z'}") for day in (match[1], following))
    if begin is None or end is None:
        return None
    away = 0 if match[2] else _AWAY
    return Moment((begin - away, begin + away), (end - away, end + away), is_day=True)
