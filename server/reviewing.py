"""The review of a workspace's rules: held against its cases, its ontologies and its governance."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from ..graph.errors import AmbitError, SourceInvalid
from ..graph.snapshot import Snapshot
from ..graph.terms import NamedNode, Triple
from ..graph.words import Record, Role
from ..reasoning.cases import cases
from ..reasoning.rulebase.review import Missing, Reviewed, mentioned, review
from ..reasoning.rulebase.rules import Loaded
from .workspace import Workspace

_DECLARING = frozenset({Role.GOVERNANCE, Role.ONTOLOGY})


class Reviewer:
    """Reviews rules by the files of a workspace. `problems` are of its cases, by file, at the last review."""

    def __init__(self, workspace: Workspace, *, refuses: bool):
        self._workspace = workspace
        self._refuses = refuses
        self.problems: dict[Path, AmbitError | None] = {}

    def review(self, loaded: Loaded, missing: Missing) -> Reviewed:
        """What of the workspace's rules may come into force; those of other folders are not asked."""
        folder = self._workspace.rules
        return review(
            loaded,
            lambda rule: folder in Path(rule.path).parents,
            missing,
            frozenset(self._shown()),
            refuses=self._refuses,
        )

    def _shown(self) -> Iterator[str]:
        """The rules that cases show; notes which files cannot be read."""
        self.problems = {}
        for path in sorted(self._workspace.cases.rglob("*.trig")):
            try:
                file = cases.read(path.read_bytes(), path.relative_to(self._workspace.root).as_posix())
            except OSError as error:
                self.problems[path] = SourceInvalid(f"`{path}` cannot be read: {error.strerror}")
            except AmbitError as problem:
                self.problems[path] = problem
            else:
                self.problems[path] = None
                yield from (rule for case in file.cases for rule in case.shows)


def missing_from(snapshot: Snapshot, brought: Iterable[Record] = ()) -> Missing:
    """What neither the store's governance and ontologies name, nor those that are about to be brought in."""

    def missing(wanted: frozenset[str]) -> frozenset[str]:
        left = frozenset(iri for iri in wanted if not _is_named(snapshot, iri))
        return left - mentioned(_triples(brought), left)

    return missing


def _triples(records: Iterable[Record]) -> Iterator[Triple]:
    return (triple for record in records for graph in record.graphs for triple in graph.triples)


def _is_named(snapshot: Snapshot, iri: str) -> bool:
    """Whether a term stands in some triple of governance or of an ontology."""
    term = NamedNode(iri)
    found = (
        snapshot.match(term, None, None, _DECLARING),
        snapshot.match(None, term, None, _DECLARING),
        snapshot.match(None, None, term, _DECLARING),
    )
    return any(next(iter(quads), None) is not None for quads in found)
