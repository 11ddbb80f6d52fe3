"""HermiT's part in a save: what cannot be true is refused while that is known in time; else it is a finding."""

import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import structlog

from ..graph.errors import SourceInvalid
from ..graph.snapshot import Snapshot
from ..graph.terms import NamedNode
from ..graph.vocabulary import SH
from ..graph.words import MERGED, Change, Record
from ..reasoning.findings.findings import Finding
from ..reasoning.governance import governance
from ..reasoning.ontologies.clashes import Clashes
from ..reasoning.ontologies.consistency import Judgement, Reasoner, Verdict, follow
from ..reasoning.ontologies.lines import line_of
from ..reasoning.ontologies.ontologies import ONTOLOGIES, Texts

PATIENCE: Final = 1.5
"""Seconds that a save waits for HermiT: it has to be in force within three."""

NAMING: Final = 5.0
"""Seconds more that a save which is refused anyway waits to be told which classes clash."""

LISTED: Final = 50
"""Classes without instances that are findings of their own."""

log = structlog.get_logger()


class Judging:
    """The ontologies in force, and those that shall be, before HermiT. `report` replaces what was found before."""

    def __init__(
        self,
        reasoner: Reasoner,
        snapshot: Snapshot,
        report: Callable[[Sequence[Finding]], None],
        *,
        patience: float | None = None,
    ):
        self._reasoner, self._snapshot, self._report = reasoner, snapshot, report
        self.patience = PATIENCE if patience is None else patience
        self._texts = Texts()
        self._running: Judgement | None = None
        self._clashes = Clashes(())
        self._told = 0  # the number of the last judgement that findings follow from, or will
        self._telling = threading.Lock()  # held until it is committed: no later verdict overtakes one
        self._inconsistent = False  # what is in force: then a save can only make it better
        self._refused: set[str] = set()  # digests that were refused when they came last

    def refused(
        self, brought: Iterable[Record], gone: Iterable[Record], *, waits: bool
    ) -> dict[str, SourceInvalid]:
        """The records among `brought` that cannot be true together with all else, as far as that is known in time.

        `follow_up` comes after what is left has been committed.
        """
        doubtful = [record for record in brought if record.iri.startswith(ONTOLOGIES)]
        away = [record for record in gone if record.iri.startswith(ONTOLOGIES)]
        refused: dict[str, SourceInvalid] = {}
        if doubtful or away:
            self._start((*doubtful, *away))
        while waits and doubtful and self._is_untrue():
            fresh = [record for record in doubtful if record.digest not in self._refused]
            stale = [record for record in doubtful if record.digest in self._refused]
            untrue = stale if fresh and stale else doubtful  # what was refused before may be to blame alone
            refused |= {record.iri: self._problem(record) for record in untrue}
            doubtful = [record for record in doubtful if record not in untrue]
            self._start((*doubtful, *away))
        self._refused = {record.digest for record in brought if record.iri in refused}
        return refused

    def follow_up(self, *, anew: bool) -> None:
        """Has findings follow from the verdict on what is in force now; `anew`: something else than was judged."""
        if anew:
            self._start(())
        judgement, self._running = self._running, None
        if judgement is not None:
            self._told += 1
            clashes, number = self._clashes, self._told
            follow(judgement, lambda verdict: self._tell(verdict, clashes, number))

    def close(self) -> None:
        """Ends what is running."""
        self._reasoner.close()

    def _is_untrue(self) -> bool:
        """Whether it is known in time that what is judged cannot be true, and what is in force can."""
        judged = self._running.is_consistent(self.patience) if self._running is not None else None
        return judged is False and not self._inconsistent

    def _start(self, records: Sequence[Record]) -> None:
        """Begins to judge the ontologies with these records in the place of their earlier versions."""
        self._running = None
        if not self._reasoner.is_there:
            return
        axioms = self._texts.in_force(self._snapshot, Change(tuple(records))).ontologies
        self._clashes = Clashes(axioms)
        self._running = self._reasoner.judge((*axioms, *governance.vocabulary())) if axioms else None
        if not axioms:
            self._told += 1
            self._tell(Verdict(True), self._clashes, self._told)

    def _problem(self, record: Record) -> SourceInvalid:
        classes, why = self._why()
        path = Path(record.location)
        details: dict[str, object] = {"file": record.location, "classes": classes}
        line = next((found for term in classes if (found := line_of(path, term))), None)
        place = f"{path}:{line}" if line else str(path)
        return SourceInvalid(
            f"`{place}` cannot be true" + (f": {why}" if why else " together with the other ontologies"),
            hint="the last version that could be true stays in force",
            code="ontology-inconsistent",
            details=details | ({"line": line} if line else {}),
        )

    def _why(self) -> tuple[list[str], str]:
        """The classes that clash, and a sentence of it; HermiT is asked for the classes alone if need be."""
        for individual, one, other in self._clashes.of_individuals():
            return [one, other], f"`{individual}` is of `{one}` and of `{other}`, which exclude each other"
        axioms = [
            t
            for t in self._clashes.triples
            if getattr(t.subject, "value", "") not in self._clashes.individuals
        ]
        alone = self._reasoner.judge((*axioms, *governance.vocabulary()))
        if alone is not None and alone.is_consistent(NAMING):
            impossible = alone.verdict().unsatisfiable
            for individual, kind in self._clashes.kinds_of(impossible):
                return [kind], f"`{individual}` is of `{kind}`, which can have no instance"
        return [], ""

    def _tell(self, verdict: Verdict, clashes: Clashes, number: int) -> None:
        with self._telling:
            if number == self._told:  # else it is about what was in force before
                self._say(verdict, clashes)

    def _say(self, verdict: Verdict, clashes: Clashes) -> None:
        if verdict.consistent is None:
            if verdict.reason:  # else it was ended, for another one began
                log.warning("HermiT could not judge the ontologies", reason=verdict.reason)
                self._report([_unjudged(verdict.reason)])
            return
        self._inconsistent = not verdict.consistent
        findings = [self._impossible(iri, clashes) for iri in verdict.unsatisfiable[:LISTED]]
        if not verdict.consistent:
            findings.append(self._untrue(clashes))
        self._report(findings)

    def _impossible(self, iri: str, clashes: Clashes) -> Finding:
        """A class that can have no instance."""
        pair = clashes.of_class(iri)
        why = f": it is below `{pair[0]}` and `{pair[1]}`, which exclude each other" if pair else ""
        records = self._records_of(iri)
        path = Path(self._snapshot.location(records[0]) or "") if records else Path()
        line = line_of(path, iri)
        place = {"file": str(path)} | ({"line": line} if line else {}) if records else {}
        return Finding(
            code="class-unsatisfiable",
            message=f"`{iri}` can have no instance{why}",
            about=tuple(records),
            focus=NamedNode(iri),
            evidence=place | ({"classes": list(pair)} if pair else {}),
        )

    def _untrue(self, clashes: Clashes) -> Finding:
        """Ontologies in force that cannot be true: that was known too late, or when nothing else was there."""
        found = next(clashes.of_individuals(), None)
        why = (
            f": `{found[0]}` is of `{found[1]}` and of `{found[2]}`, which exclude each other"
            if found
            else ""
        )
        records = self._records_of(found[0]) if found else ()
        return Finding(
            code="ontology-inconsistent",
            message=f"the ontologies in force cannot be true together{why}",
            about=tuple(records),
            severity=SH.VIOLATION,
            evidence={"classes": list(found[1:])} if found else {},
        )

    def _records_of(self, iri: str) -> tuple[str, ...]:
        """The ontologies that speak of a term."""
        graphs = {
            q.graph_name.value
            for q in self._snapshot.match(NamedNode(iri), None, None, MERGED)
            if isinstance(q.graph_name, NamedNode) and q.graph_name.value.startswith(ONTOLOGIES)
        }
        return tuple(sorted(graphs))


def _unjudged(reason: str) -> Finding:
    """That nobody knows whether the ontologies in force can be true; what was found before may still hold."""
    return Finding(
        code="ontology-unjudged",
        message="HermiT could not judge the ontologies in force: whether they can be true is not known",
        about=(),
        evidence={"reason": reason},
    )
