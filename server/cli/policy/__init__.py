"""`ambit policy`: what rules and governance decide, tested, compared and imported before they go live."""

import typer

from . import importing, test

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """Test the rules and governance of a workspace, or import some."""


for name, module in {"test": test}.items():
    app.command(name)(module.command)
app.add_typer(importing.app, name="import")
