"""Moments as whole nanoseconds since 1970, so that nothing is rounded."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from ...graph.terms import Literal
from ...graph.vocabulary import XSD, node

SECOND: Final = 1_000_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)")


def moment(text: str) -> int | None:
    """Nanoseconds since 1970 of an RFC 3339 time, None for anything else."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    try:
        year, month, day, hour, minute, second = map(int, match.group(1, 2, 3, 4, 5, 6))
        time, zone = datetime(year, month, day, hour, minute, second, tzinfo=UTC), match[8]
        hours, minutes = (0, 0) if zone in "Zz" else (int(zone[1:3]), int(zone[4:6]))
        if hours > 23 or minutes > 59:
            return None
        away = timedelta(hours=hours, minutes=minutes)
        seconds = (time - _EPOCH) // timedelta(seconds=1)
        seconds += round(away.total_seconds()) * (1 if zone.startswith("-") else -1)
    except (ValueError, OverflowError):
        return None
    return seconds * SECOND + int((match[7] or "0").ljust(9, "0"))


def time(value: int) -> Literal:
    """A moment as `xsd:dateTime`, in UTC."""
    seconds, rest = divmod(value, SECOND)
    text = (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()
    return Literal(f"{text}{fraction(rest)}Z", datatype=node(XSD.DATE_TIME))


def fraction(nanoseconds: int) -> str:
    """What stands behind the seconds."""
    return f".{nanoseconds:09d}".rstrip("0") if nanoseconds else ""
