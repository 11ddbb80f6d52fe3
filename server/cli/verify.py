"""`ambit verify`: ledger, commit log and store held against each other."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from .options import Data, Json, settings_of
from .printing import as_json as print_json
from .printing import err, out


def command(
    workspace: Annotated[Path, typer.Argument(help="the workspace whose data are verified")] = Path(),
    data: Data = None,
    json: Json = False,
) -> None:
    """Verify that nothing was changed, lost or torn; name what is not as it was written."""
    from ...graph.verify import verify  # imports that the other commands need not wait for

    settings = settings_of(workspace, data)
    with err.status("verifying"):
        found = verify(settings.data)
    if json:
        problems = [asdict(problem) for problem in found.problems]
        interrupted = [asdict(problem) for problem in found.interrupted]
        counts = {
            "entries": found.entries,
            "revision": found.revision,
            "graphs": found.graphs,
            "live": found.live,
        }
        print_json({"clean": not problems, "problems": problems, "interrupted": interrupted, **counts})
    else:
        for problem in (*found.interrupted, *found.problems):
            out.print(f"{problem.record}: {problem.reason}", markup=False)
        seen = f"{found.entries} ledger entries, {found.revision} commits"
        seen += ", the store left out: a server is running" if found.live else f", {found.graphs} graphs"
        out.print(f"{'clean' if not found.problems else 'NOT as it was written'}: {seen}", markup=False)
    if found.problems:
        raise typer.Exit(1)
