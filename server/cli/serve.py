"""`ambit serve`: a workspace, served."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ..settings import read
from .logging import to_stderr
from .printing import as_json as print_json
from .printing import err


def command(
    workspace: Annotated[Path, typer.Argument(help="the workspace to serve")] = Path(),
    host: Annotated[str | None, typer.Option(help="address to listen on [default: 127.0.0.1]")] = None,
    port: Annotated[
        int | None, typer.Option(help="port to listen on, 0 for any free one [default: 7575]")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="data folder [default: .ambit in the workspace]")] = None,
    json: Annotated[bool, typer.Option("--json", help="print one line of JSON when ready")] = False,
) -> None:
    """Serve a workspace until interrupted."""
    from ..layers import Layers  # a second of imports that the other commands need not wait for
    from ..serving import serve

    to_stderr()
    settings = read(workspace, host=host, port=port, data=data.resolve() if data else None)

    def ready(said: dict[str, Any], layers: Layers) -> None:
        if json:
            print_json(said)
        else:
            err.print(f"serving {said['workspace']} at {said['url']}", markup=False)

    serve(settings, ready, wait_for_sources=False)
