"""What a source has in the store, by the file or table it came from, so that what vanished is seen."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final

from ..graph.snapshot import Snapshot

_ROWS: Final = (".csv", ".tsv", ".json", ".yaml", ".yml")


class Holding:
    """The records of one source; a *container* is a file's IRI, or a table's."""

    def __init__(self, snapshot: Snapshot, source: str, *, database: bool = False):
        self._snapshot = snapshot
        self._by_container: dict[str, set[str]] = defaultdict(set)
        for iri in snapshot.records_of(source):
            self._by_container[_container(iri, database)].add(iri)

    def of(self, container: str) -> frozenset[str]:
        """The records that came from a file or table."""
        return frozenset(self._by_container.get(container, ()))

    def containers(self) -> frozenset[str]:
        """The files or tables that anything came from."""
        return frozenset(name for name, iris in self._by_container.items() if iris)

    def all(self) -> Iterator[str]:
        """Every record."""
        for iris in list(self._by_container.values()):
            yield from list(iris)

    def set(self, container: str, iris: Iterable[str]) -> None:
        """What came from a file or table now; nothing else holds these records."""
        found = set(iris)
        for other in [c for c, there in self._by_container.items() if c != container and there & found]:
            self._by_container[other] -= found  # a folder called like a table, told apart now
        self._by_container[container] = found

    def is_changed(self, iri: str, digest: str) -> bool:
        """Whether the store has another version of a record, or none."""
        return self._snapshot.digest(iri) != digest

    def contents(self, containers: Iterable[str]) -> dict[str, list[str]]:
        """The records of files that have gone, by the hash of their content: where a rename is found."""
        found: dict[str, list[str]] = defaultdict(list)
        for iri in sorted(iri for container in containers for iri in self.of(container)):
            content = (self._snapshot.digest(iri) or "").partition(".")[0]
            if content:
                found[content].append(iri)
        return found


def _container(iri: str, database: bool) -> str:
    parent = iri.rpartition("/")[0]
    return parent if database or PurePosixPath(parent).suffix.lower() in _ROWS else iri
