"""`ambit policy`: what rules and governance decide, tested, compared and imported before they go live."""

import typer

from . import diff, importing, pack, test

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """Test rules and governance, compare them before they go live, or import some."""


for name, module in {"test": test, "diff": diff}.items():
    app.command(name)(module.command)
app.add_typer(importing.app, name="import")
app.add_typer(pack.app, name="pack")
