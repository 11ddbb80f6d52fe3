"""`ambit verify`: ledger, commit log and store held against each other."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from .options import Data, Json, settings_of
from .printing import as_json as print_json
from .printing import err, out

INTERRUPTED = 3
"""Status where only what a kill cut short is told: the next start finishes it, and then it can be verified."""


def command(
    workspace: Annotated[Path, typer.Argument(help="the workspace whose data are verified")] = Path(),
    data: Data = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            help="a file with checkpoints kept elsewhere, as lines of JSON or a signed note; repeatable"
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Verify that nothing was changed, lost or torn; name what is not as it was written."""
    from ...graph.keptheads import read_kept
    from ...graph.verify import verify  # imports that the other commands need not wait for

    settings = settings_of(workspace, data)
    with err.status("verifying"):
        kept = [head for path in checkpoint or () for head in read_kept(path)]
        found = verify(settings.data, kept)
    if json:
        problems = [asdict(problem) for problem in found.problems]
        interrupted = [asdict(problem) for problem in found.interrupted]
        counts = {
            "entries": found.entries,
            "revision": found.revision,
            "graphs": found.graphs,
            "live": found.live,
        }
        print_json(
            {
                "clean": not (problems or interrupted),
                "problems": problems,
                "interrupted": interrupted,
                "warnings": [asdict(warning) for warning in found.warnings],
                **counts,
            }
        )
    else:
        for warning in found.warnings:
            out.print(f"warning: {warning.record}: {warning.reason}", markup=False)
        for problem in (*found.interrupted, *found.problems):
            out.print(f"{problem.record}: {problem.reason}", markup=False)
        seen = f"{found.entries} ledger entries, {found.revision} commits"
        left_out = "a server is running" if found.live else "a backup has none" if found.backup else ""
        seen += f", the store left out: {left_out}" if left_out else f", {found.graphs} graphs"
        said = "NOT as it was written" if found.problems else "interrupted" if found.interrupted else "clean"
        out.print(f"{said}: {seen}", markup=False)
    if found.problems or found.interrupted:
        raise typer.Exit(1 if found.problems else INTERRUPTED)
