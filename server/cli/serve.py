"""`ambit serve`: a workspace, served."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .logging import to_stderr
from .options import Data, Host, Port, ReadyJson, need_workspace, settings_of
from .printing import as_json as print_json
from .printing import err


def command(
    workspace: Annotated[Path, typer.Argument(help="the workspace to serve")] = Path(),
    host: Host = None,
    port: Port = None,
    data: Data = None,
    json: ReadyJson = False,
) -> None:
    """Serve a workspace until interrupted."""
    from ..layers import Layers  # a second of imports that the other commands need not wait for
    from ..serving import serve

    to_stderr()
    need_workspace(workspace)
    settings = settings_of(workspace, data, host=host, port=port)

    def ready(said: dict[str, Any], layers: Layers) -> None:
        if json:
            print_json(said)
        else:
            err.print(f"serving {said['workspace']} at {said['url']}", markup=False)

    serve(settings, ready, wait_for_sources=False)
