"""Problems of the workspace's own files, as findings for administrators: there while the problem is there."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, unquote

import structlog

from ..graph.errors import AmbitError
from ..graph.store.owner import Owner
from ..graph.terms import NamedNode
from ..graph.vocabulary import AMBIT, node
from ..graph.words import Change, Record, Role
from ..reasoning.findings.findings import Finding, findings_iri, owners_record, problem_record

log = structlog.get_logger()

FILE = "urn:ambit:file:"
TOGETHER = "urn:ambit:ontologies"
"""What findings about all ontologies together are kept under."""


class Reports:
    """Says of each file whether it can be used; one commit when that changes."""

    def __init__(self, owner: Owner, root: Path):
        self._owner = owner
        self._root = root
        self.broken: set[str] = set()
        """The files that are not in force as they were saved."""

    def __call__(self, path: Path, problem: AmbitError | None) -> None:
        """`problem` is None where the file is good."""
        about = self._iri(path)
        if problem is None:
            self.broken.discard(about)
        else:
            self.broken.add(about)
        if problem is None and not self._owner.record(findings_iri(about)):
            return
        if problem is None:
            record = owners_record(about, (), AMBIT.GOVERNANCE, self._owner)
        else:
            record = problem_record(problem, about, AMBIT.GOVERNANCE, self._owner)
        self._commit(record, str(path))

    def judged(self, findings: Sequence[Finding]) -> None:
        """What is wrong with the ontologies together, in the place of what was found before."""
        if findings or self._owner.record(findings_iri(TOGETHER)):
            self._commit(owners_record(TOGETHER, findings, AMBIT.ONTOLOGY, self._owner), "ontology/")

    def forget(self) -> None:
        """Takes back what was said of files that went while no server looked."""
        said = self._owner.match(None, node(AMBIT.ABOUT), None, frozenset({Role.SYSTEM}))
        abouts = {quad.object.value for quad in said if isinstance(quad.object, NamedNode)}
        for about in sorted(abouts):
            place = unquote(about.removeprefix(FILE))
            if about.startswith(FILE) and not (self._root / place).exists():
                self._commit(Record(findings_iri(about), AMBIT.FINDINGS), place)

    def _commit(self, record: Record, place: str) -> None:
        try:
            self._owner.commit(Change((record,), activity="report"))
        except AmbitError as error:
            log.warning("a problem could not be reported", file=place, reason=error.message)

    def _iri(self, path: Path) -> str:
        place = path.relative_to(self._root) if path.is_relative_to(self._root) else path
        return FILE + quote(place.as_posix())
