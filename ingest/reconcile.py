"""Holding a source against the store: what appeared, changed, moved or went, into commits."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import structlog

from ..graph.errors import AmbitError, SourceInvalid
from ..graph.snapshot import Snapshot
from ..graph.terms import NamedNode, Triple
from ..graph.vocabulary import DCTERMS
from ..graph.words import Record
from .committing import Committer
from .database import DatabaseReader
from .folder import FolderReader
from .holding import Holding
from .joins import build, needs_joins
from .mapper import Joined
from .readers.sqlite import Database
from .sources import Source
from .words import Problem, Progress

log = structlog.get_logger()

Report = Callable[[Progress], None]


class Reconciler(Protocol):
    """One source, held against the store."""

    source: Source

    def reconcile(self, committer: Committer, report: Report) -> None:
        """All of it. A source that is not there keeps its records, and is a finding."""


class FolderReconciler:
    """A folder, held against the store file by file."""

    def __init__(self, source: Source, snapshot: Snapshot):
        self.source = source
        self.reader = FolderReader(source, snapshot.digest)
        self._snapshot = snapshot
        self._holding = Holding(snapshot, source.iri)

    def reconcile(self, committer: Committer, report: Report) -> None:
        """Every file; also what happened while nobody was watching."""
        files = list(self.reader.folder.files())
        if not self.reader.folder.is_there() or (not files and self._holding.containers()):
            _tell(committer, _unavailable(self.source))
            return
        committer.tell(self.source.iri, self.source.iri, [])
        self.reader.learn({*files, *self.reader.ids})
        read = [relative for relative in files if self.reader.is_read(relative)]
        if len(read) < len(files):
            unread = sorted(set(files) - set(read))
            log.info("files without a mapping", source=self.source.iri, files=unread[:20], count=len(unread))
        there = {self.reader.iri(relative) for relative in read}
        self._take(read, self._holding.containers() - there, committer, report)

    def changed(self, relatives: Iterable[str], committer: Committer, report: Report) -> None:
        """Only these files, which were written, came, moved or went."""
        paths = sorted(set(relatives))
        if not self.reader.folder.is_there():
            _tell(committer, _unavailable(self.source))
            return
        others = self.reader.learn(paths) or needs_joins(self.source)
        present = [p for p in paths if self._is_file(p) and self.reader.is_read(p)]
        gone = {self.reader.iri(p) for p in paths if not self._is_file(p)}
        self._take(present, gone, committer, report)
        there = any(True for _ in self.reader.folder.files())
        if others and there:
            self.reconcile(committer, report)  # what other files say may change with these
        elif there or not self._holding.containers():
            committer.tell(self.source.iri, self.source.iri, [])
            committer.flush()

    def below(self, relative: str) -> set[str]:
        """The files in a part of the folder, those that are there and those that were."""
        start = self.reader.iri(relative) + "/" if relative else self.reader.iri("x")[:-1]
        known = {self.reader.path_of(c) for c in self._holding.containers() if c.startswith(start)}
        there = {f for f in self.reader.folder.files() if not relative or f.startswith(relative + "/")}
        return there | {path for path in known if path is not None}

    def _is_file(self, relative: str) -> bool:
        return (self.reader.folder.root / relative).is_file()

    def _take(self, files: Iterable[str], gone: Iterable[str], committer: Committer, report: Report) -> None:
        vanished = self._holding.contents(gone)
        try:
            joined = build(self.source, self.reader.rows) if needs_joins(self.source) else {}
        except (AmbitError, OSError) as error:
            _tell(committer, _problem(self.source, error))
            return
        for relative in files:
            self._file(relative, joined, vanished, committer)
            report(Progress(self.source.iri, committer.summary.looked_at, committer.summary.committed))
        for container in sorted(gone):
            for iri in sorted(self._holding.of(container)):
                committer.put(Record(iri, self.source.iri))
            self._holding.set(container, ())
            committer.tell(container, self.source.iri, [])
        committer.flush()

    def _file(
        self, relative: str, joined: Joined, vanished: dict[str, list[str]], committer: Committer
    ) -> None:
        container = self.reader.iri(relative)
        seen: set[str] = set()
        problems: list[Problem] = []
        whole = True
        try:
            for found in self.reader.records(relative, joined):
                if isinstance(found, Problem):
                    problems.append(found)
                    whole = whole and found.about != container
                    seen.add(found.about)
                    continue
                seen.add(found.iri)
                committer.summary.looked_at += 1
                if isinstance(found, Record) and self._holding.is_changed(found.iri, found.digest):
                    committer.put(self._with_history(relative, found, vanished))
        except FileNotFoundError:
            return  # it went while we were reading: its own event follows
        except (AmbitError, OSError) as error:
            problems.append(Problem(container, self.source.iri, _typed(error, self.reader.name(relative))))
            whole = False
        before = self._holding.of(container)
        if whole:
            for iri in sorted(before - seen):
                committer.put(Record(iri, self.source.iri))
        made = seen - {problem.about for problem in problems}
        self._holding.set(container, made | (before & seen if whole else before))
        committer.tell(container, self.source.iri, problems)

    def _with_history(self, relative: str, record: Record, vanished: dict[str, list[str]]) -> Record:
        """A record with what it was called before: found by its content, or kept from its last version."""
        if self._snapshot.digest(record.iri) is not None:
            return _with(record, self._kept(record.iri))
        candidates = vanished.get(record.digest.partition(".")[0], [])
        if not candidates or not record.graphs:
            return record
        same = [c for c in candidates if c.rpartition("/")[2] == record.iri.rpartition("/")[2]]
        old = (same or candidates)[0]
        candidates.remove(old)
        said = self.reader.replaced(relative, record, old)
        return replace(_with(record, said | self._kept(old)), replaces=old)

    def _kept(self, iri: str) -> frozenset[Triple]:
        """What an earlier version said of former names within this source."""
        start = self.source.iri.rstrip("/#") + "/"
        return frozenset(
            triple
            for entry in self._snapshot.record(iri)
            for triple in self._snapshot.triples(entry.graph)
            if triple.predicate == NamedNode(DCTERMS.REPLACES)
            and isinstance(triple.object, NamedNode)
            and triple.object.value.startswith(start)
        )


class DatabaseReconciler:
    """A database, held against the store row by row."""

    def __init__(self, source: Source, snapshot: Snapshot):
        self.source = source
        self.reader = DatabaseReader(source)
        self._holding = Holding(snapshot, source.iri, database=True)

    def reconcile(self, committer: Committer, report: Report) -> None:
        """Every row of every mapped table; a table that cannot be read keeps what it had."""
        if not self.source.location.is_file():
            _tell(committer, _unavailable(self.source))
            return
        database = None
        try:
            database = Database(self.source.location, self.source.place)
            with database.snapshot() as tables:
                joined = build(self.source, lambda rows, needed: self.reader.rows(rows, needed, tables))
                committer.tell(self.source.iri, self.source.iri, [])
                containers = self.reader.containers()
                mapped = {(rows.table or "").lower() for rows, _ in containers.values()}
                unmapped = sorted(name for low, name in tables.names().items() if low not in mapped)
                if unmapped and not any(rows.query for rows, _ in containers.values()):
                    log.info("tables without a mapping of their own", source=self.source.iri, tables=unmapped)
                for container, (rows, maps) in containers.items():
                    records = self.reader.records(container, rows, maps, tables, joined)
                    self._table(container, records, committer, report)
                for container in self._holding.containers() - containers.keys():
                    self._leave(container, (), committer)
                    committer.tell(container, self.source.iri, [])
        except (AmbitError, OSError) as error:
            committer.tell(self.source.iri, self.source.iri, [_problem(self.source, error)])
        finally:
            if database is not None:
                database.close()
            committer.flush()

    def _table(
        self, container: str, records: Iterator[Record | Problem], committer: Committer, report: Report
    ) -> None:
        seen: set[str] = set()
        problems: list[Problem] = []
        whole = True
        try:
            for found in records:
                if isinstance(found, Problem):
                    problems.append(found)
                    whole = whole and found.about != container
                    seen.add(found.about)
                    continue
                seen.add(found.iri)
                committer.summary.looked_at += 1
                if self._holding.is_changed(found.iri, found.digest):
                    committer.put(found)
                if not committer.summary.looked_at % 100:
                    summary = committer.summary
                    report(Progress(self.source.iri, summary.looked_at, summary.committed))
        except AmbitError as error:
            problems.append(Problem(container, self.source.iri, error))
            whole = False
        self._leave(container, seen if whole else seen | self._holding.of(container), committer)
        committer.tell(container, self.source.iri, problems)

    def _leave(self, container: str, stays: Iterable[str], committer: Committer) -> None:
        keeping = set(stays)
        for iri in sorted(self._holding.of(container) - keeping):
            committer.put(Record(iri, self.source.iri))
        self._holding.set(container, keeping - {container})


def reconciler(source: Source, snapshot: Snapshot) -> FolderReconciler | DatabaseReconciler:
    """The one for a source's kind."""
    return (DatabaseReconciler if source.kind == "database" else FolderReconciler)(source, snapshot)


def _with(record: Record, triples: frozenset[Triple]) -> Record:
    """The record with more triples in its first graph; its digest stays that of what was read."""
    if not triples or not record.graphs:
        return record
    first = record.graphs[0]
    return replace(record, graphs=(replace(first, triples=first.triples | triples), *record.graphs[1:]))


def _tell(committer: Committer, problem: Problem) -> None:
    committer.tell(problem.about, problem.source, [problem])
    committer.flush()


def _unavailable(source: Source) -> Problem:
    place = Path(source.place)
    what = "is not there" if not source.location.exists() else "holds nothing that it held before"
    error = SourceInvalid(
        f"the source at `{place}` {what}",
        hint="its records stay as they were; mount it, or take its description out of `sources/`",
        code="source-unavailable",
        details={"file": source.place},
    )
    return Problem(source.iri, source.iri, error)


def _problem(source: Source, error: AmbitError | OSError) -> Problem:
    return Problem(source.iri, source.iri, _typed(error, source.place))


def _typed(error: AmbitError | OSError, name: str) -> AmbitError:
    if isinstance(error, AmbitError):
        return error
    reason = (error.strerror or str(error)).lower()
    return SourceInvalid(f"`{name}` cannot be read: {reason}", details={"file": name})
