"""`ambit demo`: the demo company, written and served."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ..demo.company import write
from ..demo.tokens import commands, tokens
from ..issuer import LocalIssuer
from ..settings import read
from .logging import to_stderr
from .printing import as_json as print_json
from .printing import err, out


def command(
    folder: Annotated[Path, typer.Argument(help="where the demo company lies, or is written")] = Path(
        "ambit-demo"
    ),
    host: Annotated[str | None, typer.Option(help="address to listen on [default: 127.0.0.1]")] = None,
    port: Annotated[
        int | None, typer.Option(help="port to listen on, 0 for any free one [default: 7575]")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="data folder [default: .ambit in the workspace]")] = None,
    json: Annotated[bool, typer.Option("--json", help="print one line of JSON when ready")] = False,
) -> None:
    """Write a company of 40 people and 200 customers, serve it, and print what to try."""
    from ..layers import Layers  # a second of imports that the other commands need not wait for
    from ..serving import serve

    to_stderr()
    if write(folder):
        err.print(f"the demo company was written to {folder}", markup=False)
    settings = read(folder, host=host, port=port, data=data.resolve() if data else None)

    def ready(said: dict[str, Any], layers: Layers) -> None:
        issued = tokens(LocalIssuer(settings.data), settings.audience)
        to_paste = commands(said["url"], str(folder), issued)
        if json:
            print_json({**said, "tokens": issued, "commands": to_paste})
            return
        out.print(f"\nHalden Instruments is served at {said['url']}\n", markup=False)
        for name, text in to_paste.items():
            out.print(f"# {name}", style="bold", markup=False)
            out.print(f"{text}\n", markup=False)

    serve(settings, ready, wait_for_sources=True)
