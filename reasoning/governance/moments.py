"""The times that governance names: at which of them a rule that looks at the clock may say something else."""

import threading
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final

from ...graph.terms import Literal, NamedNode, Triple
from ...graph.vocabulary import XSD, node

LAST: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""After all that is named: an answer that holds for good, as long as the clock does not go back."""

_DATED: Final = frozenset({node(XSD.DATE_TIME), NamedNode(XSD.NAMESPACE + "dateTimeStamp")})
"""What the engine compares `?now` with; a comparison with anything else is an error at all times."""

_ZONE: Final = timedelta(
    hours=14
)  # how far a time without a zone may lie off UTC (XML Schema 1.1-2, 3.3.7.4)


class Moments:
    """The times among some triples, by property; not synchronised, its owner locks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # readers date what rules said while a commit counts
        self._held: defaultdict[str, Counter[datetime]] = defaultdict(Counter)
        self._unread: Counter[str] = Counter()  # times that only the worker can read, by property
        self._sorted: dict[str, tuple[datetime, ...]] = {}

    def add(self, triple: Triple) -> None:
        """Takes in what a triple names, if it is a time."""
        self._count(triple, 1)

    def remove(self, triple: Triple) -> None:
        """Forgets what a triple that was taken in names."""
        self._count(triple, -1)

    def after(self, properties: Collection[str], now: datetime) -> datetime:
        """The first time after `now` that one of some properties names; `LAST` where there is none.

        `now` itself where one of them cannot be read here: then nothing is known for longer.
        """
        with self._lock:
            if any(self._unread[name] for name in properties):
                return now
            return min((self._after(name, now) for name in properties), default=LAST)

    def _after(self, name: str, now: datetime) -> datetime:
        if name not in self._sorted:
            self._sorted[name] = tuple(sorted(+self._held.get(name, Counter())))
        times = self._sorted[name]
        at = bisect_right(times, now)
        return times[at] if at < len(times) else LAST

    def _count(self, triple: Triple, by: int) -> None:
        value = triple.object
        if not isinstance(value, Literal) or value.datatype not in _DATED:
            return
        times = _times(value.value)
        with self._lock:
            self._unread[triple.predicate.value] += 0 if times else by
            for time in times:
                self._held[triple.predicate.value][time] += by
            self._sorted.pop(triple.predicate.value, None)


def _times(text: str) -> tuple[datetime, ...]:
    """The moment that a literal is, or the first and the last that it may be where it names no zone.

    One finer than a microsecond lies between two. Nothing for what Python cannot read (XML Schema's 24:00:00).
    """
    try:
        time = datetime.fromisoformat(text)
        finest = time + timedelta.resolution
        if time.tzinfo:
            return (time, finest)
        return (time.replace(tzinfo=UTC) - _ZONE, finest.replace(tzinfo=UTC) + _ZONE)
    except (ValueError, OverflowError):
        return ()
