"""What the store says of the sources held against the sources as they are now; nothing is written.

It is what the next scan would bring in, change or withdraw: so it is found by the scan itself, with a committer
that takes notes in the place of one that commits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..graph.snapshot import Snapshot
from ..graph.words import Record
from ..reasoning.findings.findings import Place
from .committing import Committer
from .reconcile import reconciler
from .sources import Sources
from .words import Problem, Progress, Summary


@dataclass(frozen=True, slots=True)
class Stale:
    """A record that is not as its source says now."""

    record: str
    source: str
    how: str  # `changed`, `new` (not in the store yet), `gone` (not in the source any more), `unreadable`
    location: str = ""  # file and line or row, for people


class _Notes(Committer):
    """Takes down what would be committed."""

    def __init__(self, snapshot: Snapshot):
        self._snapshot = snapshot
        self.found: dict[str, Stale] = {}
        self.summary = Summary()
        self.failed = []
        self.unlabelled = set()

    def put(self, record: Record) -> None:
        known = self._snapshot.digest(record.iri) is not None
        how = "gone" if not record.graphs else "changed" if known else "new"
        location = record.location or self._snapshot.location(record.iri) or ""
        self.found[record.iri] = Stale(record.iri, record.source, how, location)

    def flush(self) -> None:
        pass

    def tell(self, about: str, source: str, problems: Sequence[Problem], place: Place | None = None) -> None:
        for problem in problems:
            location = str(problem.error.details.get("file", ""))
            self.found[problem.about] = Stale(problem.about, problem.source, "unreadable", location)


@dataclass(frozen=True, slots=True)
class Compared:
    """What holding the sources against the store came to."""

    records: int  # that were looked at
    stale: tuple[Stale, ...]


def compare(snapshot: Snapshot, root: Path, locations: Mapping[str, Path] | None = None) -> Compared:
    """Holds every source that a workspace describes against what a store has of it."""
    looked_at = 0
    stale: list[Stale] = []
    for source in Sources(root / "sources", root, locations).read().sources.values():
        notes = _Notes(snapshot)
        reconciler(source, snapshot).reconcile(notes, _nobody)
        looked_at += notes.summary.looked_at
        stale += sorted(notes.found.values(), key=lambda one: one.record)
    return Compared(looked_at, tuple(stale))


def _nobody(progress: Progress) -> None:
    pass
