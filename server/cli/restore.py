"""`ambit restore`: a data folder made from a backup, whole or as of a point."""

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ...graph.errors import Invalid
from ..moments import as_logged, moment_of
from .options import Json
from .printing import as_json as print_json
from .printing import out
from .waiting import bar


def command(
    backup: Annotated[Path, typer.Argument(help="what `ambit backup` wrote")],
    dest: Annotated[Path, typer.Argument(help="the data folder to make; it is not there yet")],
    at: Annotated[
        str | None, typer.Option(help="as of this time, ISO 8601; without an offset it is UTC")
    ] = None,
    revision: Annotated[int | None, typer.Option(help="as of this revision")] = None,
    json: Json = False,
) -> None:
    """Make a data folder from a backup: all of its history, or as it was at a time or revision."""
    from ...graph.store.restore import restore  # imports that the other commands need not wait for

    if at is not None and revision is not None:
        raise Invalid("a time and a revision are two points", hint="give one of --at and --revision")
    moment = as_logged(moment_of(at)) if at is not None else None
    with bar("restoring") as progress:
        made = restore(backup, dest, revision=revision, at=moment, progress=progress)
    if json:
        print_json({"data": str(dest.absolute()), **asdict(made)})
        return
    said = f"revision {made.revision} of {made.at or 'an empty history'}, {made.graphs} graphs, verified"
    out.print(f"{dest}: {said}", markup=False)
    if made.left:
        out.print(f"{made.left} later ledger entries of the backup are not in it", markup=False)
        out.print(
            f"heads kept of them: `ambit verify --restored {made.restored}` (keep this with the heads)",
            markup=False,
        )
    out.print(
        f"serve it with `ambit serve WORKSPACE --data {shlex.quote(str(dest.resolve()))}`", markup=False
    )
