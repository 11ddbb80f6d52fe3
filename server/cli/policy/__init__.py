"""`ambit policy`: what rules and governance decide, tested and compared before they go live."""

import typer

from . import test

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """Test the rules and governance of a workspace."""


for name, module in {"test": test}.items():
    app.command(name)(module.command)
