"""`ambit demo`: the demo company, written and served."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .logging import to_stderr
from .options import Data, Host, Port, ReadyJson, settings_of
from .printing import as_json as print_json
from .printing import err, out


def command(
    folder: Annotated[Path, typer.Argument(help="where the demo company lies, or is written")] = Path(
        "ambit-demo"
    ),
    host: Host = None,
    port: Port = None,
    data: Data = None,
    json: ReadyJson = False,
) -> None:
    """Write a company of 40 people and 200 customers, serve it, and print what to try."""
    from ..demo.company import write
    from ..demo.tokens import commands, tokens
    from ..issuer import LocalIssuer
    from ..layers import Layers  # a second of imports that the other commands need not wait for
    from ..serving import serve

    to_stderr()
    if write(folder):
        err.print(f"the demo company was written to {folder}", markup=False)
    settings = settings_of(folder, data, host=host, port=port)

    def ready(said: dict[str, Any], layers: Layers) -> None:
        issued = tokens(LocalIssuer(settings.data), settings.audience)
        to_paste = commands(said["url"], str(folder), issued)
        if json:
            print_json({**said, "tokens": issued, "commands": to_paste})
            return
        out.print(f"\nHalden Instruments is served at {said['url']}", markup=False)
        out.print(
            "open it in a browser and paste a token, or paste the commands into a terminal\n", markup=False
        )
        for name, text in to_paste.items():
            out.print(f"# {name}", style="bold", markup=False)
            out.print(f"{text}\n", markup=False)

    serve(settings, ready, wait_for_sources=True)
