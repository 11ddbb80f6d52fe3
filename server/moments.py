"""Times as people, the commit log and HTTP write them."""

from datetime import UTC, datetime
from email.utils import format_datetime

from ..graph.errors import Invalid


def moment_of(text: str) -> datetime:
    """A time in ISO 8601; without an offset it is UTC. Raises `Invalid`."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"`{text}` is not a time", hint="write it like 2026-11-28T09:30:00Z") from None
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def as_logged(moment: datetime) -> str:
    """A time as the commit log writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def http_date(moment: datetime) -> str:
    """A time as HTTP writes it (RFC 9110 §5.6.7), to the second."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)
