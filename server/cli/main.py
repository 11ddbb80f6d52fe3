"""`ambit`: the commands in one list, and the one way in which they fail."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer
from click import Context
from typer.core import TyperGroup

from ...graph.errors import AmbitError
from . import (
    agent,
    approval,
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
from .printing import failed, for_a_reader


class _Commands(TyperGroup):
    def invoke(self, ctx: Context) -> object:
        """Carries a command out; before click, which has a status of its own for a reader that has left."""
        with for_a_reader():
            return super().invoke(ctx)


app = typer.Typer(
    cls=_Commands,
    help="Ambit: a governed context graph for AI agents.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _say_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"ambit {version('ambit')}")
        raise typer.Exit


@app.callback()
def group(
    is_asked: Annotated[
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="print the version and end"),
    ] = False,
) -> None:
    """Ambit: a governed context graph for AI agents."""


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
app.add_typer(agent.app, name="agent")
app.add_typer(approval.app, name="approval")
app.add_typer(policy.app, name="policy")
app.add_typer(ledger.app, name="ledger")


def main() -> None:
    """The console script. Errors that we raise on purpose become one line and exit status 1."""
    try:
        app()
    except AmbitError as error:
        with for_a_reader():
            failed(error, as_json="--json" in sys.argv)
        sys.exit(1)
