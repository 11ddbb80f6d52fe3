"""What `ambit policy import` does: the import is held against its own cases, and written where it is told to."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..graph.errors import AmbitError, Invalid
from ..graph.rdf.parsing import read_rdf
from ..graph.terms import NamedNode, Triple
from ..graph.views.worker import Keeper
from ..graph.vocabulary import AMBIT, RDF
from ..reasoning.importers.proving import prove
from ..reasoning.importers.words import Import
from .workspace import Workspace


@dataclass(frozen=True, slots=True)
class Imported:
    """What was made, how many expectations its cases hold, and the files that were written."""

    made: Import
    expectations: int
    written: tuple[Path, ...]


def jurisdiction_of(folder: Path | None) -> str:
    """A jurisdiction of the server's own site in a workspace; the EU where none is said.

    The data that cases speak of lies there: elsewhere nobody would read it.
    """
    said: list[Triple] = []
    for path in sorted(Workspace(folder).governance.glob("*.ttl")) if folder is not None else ():
        try:
            said += read_rdf(path.read_bytes(), name=str(path), syntax="turtle")
        except (AmbitError, OSError):
            continue  # it says nothing, here as elsewhere
    sites = {t.subject for t in said if _is(t, RDF.TYPE) and t.object == NamedNode(AMBIT.SERVER_SITE)}
    found = {
        t.object.value
        for t in said
        if t.subject in sites and _is(t, AMBIT.HAS_JURISDICTION) and isinstance(t.object, NamedNode)
    }
    return min(found, default=AMBIT.EU)


def _is(triple: Triple, predicate: str) -> bool:
    return triple.predicate.value == predicate


def carry_out(
    made: Import, name: str, jurisdiction: str, out: Path | None, *, force: bool = False
) -> Imported:
    """Holds the import against its cases, and writes it below `out` (None: nowhere).

    Raises `AmbitError` (`import-unproven`) where it is not what it says, and `Invalid` (`target-exists`) where
    something is there already and `force` does not say that it may go.
    """
    stale = _stale(made, name, out) if out is not None else []
    if out is not None and not force:
        there = [path for path in (out / place for place in made.files) if path.exists()] + stale
        if there:
            raise Invalid(
                f"`{there[0]}` is there already",
                hint="name another family with `--name`, or write over it with `--force`",
                code="target-exists",
            )
    expectations = prove(made, lambda: Keeper("cases"), jurisdiction=jurisdiction)
    written = _write(made, out, stale) if out is not None else ()
    return Imported(made, expectations, written)


def _stale(made: Import, name: str, out: Path) -> list[Path]:
    """Rules and cases of an earlier import of the name that this one does not have."""
    files = Workspace(out)
    cases = [
        path
        for ending in ("test-*", "approved", "prohibited")
        for path in files.cases.glob(f"{name}-{ending}.trig")
    ]
    earlier = [*(files.rules / name).glob("*.rq"), *cases]
    return sorted(path for path in earlier if path.relative_to(out).as_posix() not in made.files)


def _write(made: Import, out: Path, stale: Iterable[Path]) -> tuple[Path, ...]:
    """Governance first, for rules read it; each file whole or not at all."""
    written: list[Path] = []
    for place in sorted(made.files, key=lambda place: (not place.startswith("governance/"), place)):
        target = out / place
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.new")
        draft.write_bytes(made.files[place])
        draft.replace(target)
        written.append(target)
    for path in stale:
        path.unlink()
    return tuple(written)
