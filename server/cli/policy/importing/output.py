"""What the imports have in common: options, and what they print."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from .....graph.errors import Invalid
from ...printing import as_json as print_json
from ...printing import out
from ...targets import writing

if TYPE_CHECKING:
    from .....reasoning.importers.words import Import, Row
    from ....importing import Imported

Out: TypeAlias = Annotated[
    Path | None, typer.Option(help="the workspace, or another folder, that gets the files")
]
DryRun: TypeAlias = Annotated[bool, typer.Option("--dry-run", help="write nothing, and say what would be")]
Force: TypeAlias = Annotated[
    bool, typer.Option("--force", help="write over an earlier import of the same name")
]
Strict: TypeAlias = Annotated[
    bool, typer.Option("--strict", help="write nothing and end with status 1 if anything is narrowed or left")
]
Name: TypeAlias = Annotated[str, typer.Option(help="the family of the rules and the stem of the files")]
Base: TypeAlias = Annotated[str, typer.Option(help="what the IRIs that are made begin with")]
Jurisdiction: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="IRI of the jurisdiction of the cases' data", show_default="the server's own, or the EU"
    ),
]


def pairs(said: Iterable[str], option: str) -> list[tuple[str, str]]:
    """`left=right` of an option that is given several times; raises `Invalid`."""
    found = [one.partition("=") for one in said]
    for left, equals, right in found:
        if not (left and equals and right):
            raise Invalid(
                f"`{left}{equals}{right}` is not what `{option}` takes", hint=f"write `{option} A=B`"
            )
    return [(left, right) for left, _, right in found]


def need_target(target: Path | None, dry_run: bool) -> None:
    """Raises `Invalid` where nothing says whether and where to write."""
    if target is None and not dry_run:
        raise Invalid(
            "nothing says where to write", hint="name a folder with `--out`, or look with `--dry-run`"
        )


def finish(
    made: "Import",
    name: str,
    jurisdiction: str,
    target: Path | None,
    *,
    dry_run: bool,
    force: bool,
    strict: bool,
    json: bool,
) -> None:
    """Proves, writes and prints an import."""
    from ....importing import carry_out  # imports that the other commands need not wait for

    is_whole = not strict or not (made.counts()["narrowed"] or made.counts()["left"])
    where = target if is_whole and not dry_run else None
    if where is not None:
        with writing(where):
            done = carry_out(made, name, jurisdiction, where, force=force)
    else:
        done = carry_out(made, name, jurisdiction, None)
    if json:
        print_json(_as_json(done))
    else:
        _print(done)
    if not is_whole:
        raise typer.Exit(1)


def _as_json(done: "Imported") -> dict[str, object]:
    return {
        "files": list(done.made.files),
        "written": [str(path) for path in done.written],
        "expectations": done.expectations,
        **done.made.counts(),
        "parts": [_row_as_json(row) for row in done.made.rows],
    }


def _row_as_json(row: "Row") -> dict[str, object]:
    return {
        "status": row.status.value,
        "kind": row.kind,
        "what": row.what,
        "file": row.place.file,
        "line": row.place.line or None,
        "why": row.why or None,
        "rule": row.rule or None,
    }


def _print(done: "Imported") -> None:
    """What there is to say of parts, each with its place; then the sums."""
    for row in done.made.rows:
        if row.status.value != "translated" or row.why:
            out.print(f"{row.status.value}: {row.kind} {row.what} ({row.place})", markup=False)
            out.print(f"  {row.why}", markup=False)
    said = ", ".join(f"{count} {status}" for status, count in done.made.counts().items())
    out.print(f"parts: {said}", markup=False)
    kinds = [Path(place).parts[0] for place in done.made.files]
    made = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    out.print(f"files: {made}; {done.expectations} expectations hold", markup=False)
    if done.written:
        out.print(f"written: {len(done.written)} files", markup=False)
    else:
        out.print("nothing was written", markup=False)
