"""`ambit`: the commands in one list, and the one way in which they fail."""

import sys

import typer
from typer.core import TyperGroup

from ...graph.errors import AmbitError
from . import (
    backup,
    demo,
    explain,
    findings,
    ingest,
    init,
    ledger,
    policy,
    query,
    restore,
    serve,
    site,
    token,
    update,
    verify,
)
from .printing import failed

app = typer.Typer(
    cls=TyperGroup,
    help="Ambit: a governed context graph for AI agents.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (
    demo,
    init,
    serve,
    site,
    token,
    query,
    update,
    explain,
    findings,
    ingest,
    verify,
    backup,
    restore,
):
    app.command(module.__name__.rpartition(".")[2])(module.command)
app.add_typer(policy.app, name="policy")
app.add_typer(ledger.app, name="ledger")


def main() -> None:
    """The console script. Errors that we raise on purpose become one line and exit status 1."""
    try:
        app()
    except AmbitError as error:
        failed(error, as_json="--json" in sys.argv)
        sys.exit(1)
