"""`ambit backup`: a copy of what cannot be made again, also beside a running server."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from .options import Data, Json, settings_of
from .printing import as_json as print_json
from .printing import out
from .waiting import bar


def command(
    dest: Annotated[Path, typer.Argument(help="a folder that is not there yet")],
    workspace: Annotated[Path, typer.Option(help="the workspace whose data are backed up")] = Path(),
    data: Data = None,
    json: Json = False,
) -> None:
    """Back the data folder up: history, ledger, notes and keys, as of one moment, also beside a running server."""
    from ...graph.store.backup import backup  # imports that the other commands need not wait for

    folder = settings_of(workspace, data).data
    with bar("backing up") as progress:
        made = backup(folder, dest, progress)
    if json:
        print_json({"backup": str(dest.absolute()), **asdict(made)})
    else:
        said = f"revision {made.revision}, {made.entries} ledger entries, {made.bytes} bytes"
        out.print(f"{dest}: {said}", markup=False)
        out.print("it holds the keys and all data: keep it as you keep the data folder", markup=False)
