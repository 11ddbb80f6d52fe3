"""The profiles of each source's predicates: read from the store once, then kept as changes pass."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final

from ...graph.snapshot import Snapshot
from ...graph.terms import Object
from ...graph.words import Role
from .profile import Profile

_RECORDS: Final = 5000
"""Records of a source that are read for its profiles: enough for medians, a second at most."""

Excluded = Callable[[str, str], frozenset[str]]
"""The records that drifted in a source and predicate: they are no history."""


class Histories:
    """What has been, by source and predicate. Called under the store's writer lock, like every check."""

    def __init__(self) -> None:
        self._sources: dict[str, dict[str, Profile]] = {}

    def of(self, source: str, snapshot: Snapshot, excluded: Excluded) -> dict[str, Profile]:
        """The profiles of a source; the first time from what the store holds of it."""
        if source not in self._sources:
            self._sources[source] = _read(source, snapshot, excluded)
        return self._sources[source]

    def add(self, source: str, values: Iterable[tuple[str, Object, str]]) -> None:
        """Values (predicate, value, compartment) that went in without a drift."""
        profiles = self._sources[source]
        for predicate, value, compartment in values:
            profiles[predicate].add(value)
            profiles[predicate].compartments.add(compartment)


def _read(source: str, snapshot: Snapshot, excluded: Excluded) -> dict[str, Profile]:
    profiles: dict[str, Profile] = defaultdict(Profile)
    drifted: dict[str, frozenset[str]] = {}
    for record in islice(snapshot.records_of(source), _RECORDS):
        for entry in snapshot.record(record):
            if entry.role is not Role.DATA:
                continue
            for triple in snapshot.triples(entry.graph):
                predicate = triple.predicate.value
                if predicate not in drifted:
                    drifted[predicate] = excluded(source, predicate)
                if record not in drifted[predicate]:
                    profiles[predicate].add(triple.object)
                    profiles[predicate].compartments.add(entry.compartment or "")
    return profiles
