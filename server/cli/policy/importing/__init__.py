"""`ambit policy import`: policies of other systems as rules, governance and cases."""

import typer

from . import odrl, openfga

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """Read a policy of another system into rules, governance and cases; what cannot be said is listed."""


for name, module in {"odrl": odrl, "openfga": openfga}.items():
    app.command(name)(module.command)
