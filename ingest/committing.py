"""Committing what was read: in batches, with what was wrong as findings, none holding up the others."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

import structlog

from ..graph.errors import AmbitError, Invalid
from ..graph.store.owner import Owner
from ..graph.vocabulary import AMBIT, SH
from ..graph.words import Change, Committed, Record
from ..reasoning.findings.findings import (
    Finding,
    Place,
    findings_iri,
    findings_record,
    misplaced,
    owners_record,
)
from .unlabelled import is_unlabelled, place_of_unlabelled, unlabelled
from .words import Problem, Summary

BATCH: Final = 200
"""Records of one commit: it is checked and delivered as a whole, and readers of views wait for it."""

TOLD: Final = 100
"""Findings of one file; beyond them their number is told."""

log = structlog.get_logger()


class Committer:
    """Collects records and commits them; not for several threads at once."""

    def __init__(self, owner: Owner, on_committed: Callable[[Committed], None] | None = None):
        self._owner = owner
        self._on_committed = on_committed
        self._batch: list[Record] = []
        self._names: set[str] = set()
        self.summary = Summary()
        self.failed: list[AmbitError] = []
        """What was not committed for a reason that may pass; the sources have to be read again."""
        self.unlabelled: set[str] = set()
        """Sources of records that were committed without a complete label, so that nobody reads them."""

    def put(self, record: Record) -> None:
        """Takes a record for the next commit; what belongs to it (what it replaces) comes in the same."""
        names = {record.iri} | ({record.replaces} if record.replaces else set())
        if len(self._batch) >= BATCH or names & self._names:
            self.flush()
        self._batch.append(record)
        self._names |= names

    def flush(self) -> None:
        """Commits what has been collected."""
        batch, self._batch, self._names = self._batch, [], set()
        if batch:
            self._commit(batch)

    def _commit(self, batch: Sequence[Record]) -> None:
        try:
            done = self._owner.commit(Change(tuple(batch)))
        except Invalid as refused:
            self._without(batch, refused)
            return
        except AmbitError as error:
            log.warning("a commit failed", code=error.code, reason=error.message, records=len(batch))
            self.failed.append(error)
            return
        for record in batch:
            if record.source != AMBIT.FINDINGS:
                self.summary.committed += bool(record.graphs)
                self.summary.withdrawn += not record.graphs
                if is_unlabelled(self._owner, record.iri):
                    self.unlabelled.add(record.source)
        if self._on_committed:
            self._on_committed(done)

    def _without(self, batch: Sequence[Record], refused: AmbitError) -> None:
        """Commits a refused batch without the record that it was refused for, which becomes a finding."""
        bad = [record for record in batch if record.iri == refused.details.get("record")]
        if not bad and len(batch) > 1:
            middle = len(batch) // 2
            self._commit(batch[:middle])
            self._commit(batch[middle:])
            return
        bad = bad or list(batch)
        for record in bad:
            log.warning("a record was refused", record=record.iri, code=refused.code, reason=refused.message)
            problem = Problem(record.iri, record.source, refused)
            self.summary.problems.append(problem)
            if record.source != AMBIT.FINDINGS:
                self._commit([self.finding(record.iri, record.source, [problem])])
        rest = [record for record in batch if record not in bad]
        if rest:
            self._commit(rest)

    def tell(self, about: str, source: str, problems: Sequence[Problem], place: Place | None = None) -> None:
        """Brings the findings about a file, table or source up to date; none withdraws them.

        They are for the source's owners, where they have no other place.
        """
        self.summary.problems += problems
        for problem in problems:
            log.warning(
                "not taken in", about=problem.about, code=problem.error.code, reason=problem.error.message
            )
        iri = findings_iri(_key(about))
        if not problems and self._owner.digest(iri) is None:
            return
        record = self.finding(about, source, problems, place)
        if record.digest != self._owner.digest(iri) or (place and not place.holds(iri, self._owner)):
            self.put(record)

    def settle_labels(self, source: str) -> None:
        """Brings the findings about records that nobody reads up to date, where there are any."""
        about = source + "#labels"
        if source in self.unlabelled or self._owner.digest(findings_iri(_key(about))) is not None:
            with self._owner.frozen():  # what is said and to whom have to be of one revision
                problems = unlabelled(self._owner, source)
                place = place_of_unlabelled(self._owner, source) if problems else None
            self.tell(about, source, problems, place)
            self.flush()

    def finding(
        self, about: str, source: str, problems: Sequence[Problem], place: Place | None = None
    ) -> Record:
        """The findings about what could not be taken in; it has a place of its own beside those of shapes."""
        found = [_finding(problem, about) for problem in problems[:TOLD]]
        if len(problems) > TOLD:
            more = len(problems) - TOLD
            found.append(Finding("source-invalid", f"there are {more} problems more", (about,), SH.VIOLATION))
        said = "\n".join(f"{f.code} {f.message}" for f in found)
        made = (
            findings_record(_key(about), found, place, self._owner)
            if place
            else owners_record(_key(about), found, source, self._owner)
        )
        return replace(made, digest=hashlib.sha256(said.encode()).hexdigest()[:32] if found else "")


def settle_findings(
    sources: Iterable[str], owner: Owner, on_committed: Callable[[Committed], None] | None = None
) -> None:
    """Holds findings against governance as it is now: what labels lack, and whom findings for owners are for."""
    for source in sources:
        Committer(owner, on_committed).settle_labels(source)
    late = [record.iri for record in misplaced(owner)]
    for start in range(0, len(late), BATCH):
        _place(late[start : start + BATCH], owner, on_committed)


def _place(findings: Sequence[str], owner: Owner, on_committed: Callable[[Committed], None] | None) -> None:
    """Labels findings for owners anew, as they are then: one that is withdrawn meanwhile must not come back."""
    try:
        done = owner.revise(lambda snapshot: Change(tuple(misplaced(snapshot, findings))))
    except Invalid as refused:
        if len(findings) > 1:
            for one in findings:
                _place([one], owner, on_committed)
        else:
            log.warning(
                "a finding keeps its label", record=findings[0], code=refused.code, reason=refused.message
            )
    except AmbitError as error:
        log.warning("a commit failed", code=error.code, reason=error.message, records=len(findings))
    else:
        if on_committed:
            on_committed(done)


def _finding(problem: Problem, about: str) -> Finding:
    error = problem.error
    message = f"{error.message}; {error.hint}" if error.hint else error.message
    concerned = tuple(dict.fromkeys((problem.about, about)))
    return Finding(error.code, message, concerned, SH.VIOLATION, evidence=error.details)


def _key(about: str) -> str:
    """Findings of reading stand apart from findings of what was read, so that neither ends the other."""
    return about + "#reading"
