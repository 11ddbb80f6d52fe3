"""The files of `ontology/` and `shapes/`: each is read when a save has settled, and once for each save."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias

from ..graph.errors import AmbitError, SourceInvalid
from ..graph.rdf.rdfguard import LIMIT
from ..graph.vocabulary import AMBIT
from ..graph.words import Label, Record
from ..ingest.paths import is_ignored
from ..ingest.settled import Unsettled, read_settled
from ..ingest.watch import Signature, signature
from ..reasoning.ontologies.ontologies import (
    ONTOLOGIES,
    SHAPES,
    SUFFIXES,
    ontology_record,
    record_iri,
    shapes_record,
)
from .workspace import Workspace

KEPT: Final = "kept"
"""The location of a record that stands for what is in force: its file has not been read anew."""

Read: TypeAlias = Callable[[Path, Label, bytes], Record]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file when it was last read, and whether it could be."""

    looks: Signature
    good: bool


class WorkspaceTexts:
    """Ontologies and shapes as their files say, and what is wrong with those that cannot be read.

    A record that is new has its triples; one whose file has not changed since, cannot be read or is being
    written is `kept`: what is in force of it stays. `problems` are of the last look, `unsettled` the files to
    look at again.
    """

    def __init__(self, workspace: Workspace, label: Label):
        self._kinds: Sequence[tuple[Path, str, Read]] = (
            (workspace.ontology, ONTOLOGIES, ontology_record),
            (workspace.shapes, SHAPES, shapes_record),
        )
        self._label = label
        self._seen: dict[Path, _Seen] = {}
        self.problems: dict[Path, AmbitError] = {}
        self.unsettled: set[Path] = set()

    def look(self) -> list[Record]:
        """One record for each name that a file of the two folders has; two files of one name are refused."""
        self.problems, self.unsettled = {}, set()
        found: dict[str, Record] = {}
        there: dict[str, Path] = {}
        for path, kind, read in self._files():
            iri = record_iri(kind, path.stem)
            if iri in there:
                self._refuse(path, there[iri])
                continue
            record = self._read(path, iri, read)
            if self._seen.get(path, _Seen(None, True)).good:
                there[iri] = path  # one that cannot be read leaves its name to another
            found[iri] = record if iri not in found or record.location != KEPT else found[iri]
        for path in self._seen.keys() - {path for path, _, _ in self._files()}:
            del self._seen[path]
        return list(found.values())

    def forget(self, path: Path) -> None:
        """Has a file read again at the next look: what it said could not be committed."""
        self._seen.pop(path, None)

    def _files(self) -> Iterator[tuple[Path, str, Read]]:
        for folder, kind, read in self._kinds:
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                if path.suffix.lower() in SUFFIXES and not is_ignored(path.name):
                    yield path, kind, read

    def _read(self, path: Path, iri: str, read: Read) -> Record:
        kept = Record(iri, AMBIT.ONTOLOGY, location=KEPT)
        looks = signature(path)
        if path in self._seen and self._seen[path].looks == looks:
            return kept
        try:
            record = read(path, self._label, read_settled(path, LIMIT))
        except Unsettled:
            self.unsettled.add(path)
            return kept
        except FileNotFoundError:
            return kept  # it went just now: told by the next look
        except AmbitError as problem:
            self.problems[path] = problem
            self._seen[path] = _Seen(looks, False)
            return kept
        self._seen[path] = _Seen(looks, True)
        return replace(record, location=str(path))

    def _refuse(self, path: Path, other: Path) -> None:
        self.problems[path] = SourceInvalid(
            f"`{path}` has the same name as `{other}`",
            hint="rename one of them: a file's stem names its graph",
            details={"file": str(path)},
        )
        self.forget(path)
