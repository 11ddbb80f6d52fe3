"""`ambit ingest`: the sources brought in once, without serving."""

from pathlib import Path
from typing import Annotated

import typer

from ...graph.errors import Invalid
from .logging import to_stderr
from .options import Data, Json, settings_of
from .printing import as_json as print_json
from .printing import out


def command(
    workspace: Annotated[Path, typer.Argument(help="the workspace")] = Path(),
    once: Annotated[bool, typer.Option("--once", help="bring everything in once and stop")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Bring the sources in once, while no server runs. `ambit serve` follows them by itself."""
    if not once:
        raise Invalid("say --once", hint="a running server follows its sources by itself: `ambit serve`")
    from ..layers import Layers  # a second of imports that the other commands need not wait for

    to_stderr()
    settings = settings_of(workspace, data)
    layers = Layers(settings)
    try:
        summary = layers.ingest.scan_once()
    finally:
        layers.close()
    if json:
        print_json(summary)
    else:
        out.print(summary)
