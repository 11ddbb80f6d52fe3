"""The options that several commands have, each said once."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from ...graph.errors import Invalid
from ..workspace import is_workspace

if TYPE_CHECKING:
    from ..settings import Settings

Host: TypeAlias = Annotated[str | None, typer.Option(help="address to listen on", show_default="127.0.0.1")]
Port: TypeAlias = Annotated[
    int | None, typer.Option(help="port to listen on, 0 for any free one", show_default="7575")
]
Data: TypeAlias = Annotated[
    Path | None, typer.Option(help="data folder", show_default=".ambit in the workspace")
]
Token: TypeAlias = Annotated[str | None, typer.Option(envvar="AMBIT_TOKEN", help="a bearer token")]
Purpose: TypeAlias = Annotated[str | None, typer.Option(help="IRI of the purpose")]
Url: TypeAlias = Annotated[str, typer.Option(envvar="AMBIT_URL", help="where the server listens")]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="print JSON")]
ReadyJson: TypeAlias = Annotated[bool, typer.Option("--json", help="print one line of JSON when ready")]


def settings_of(
    workspace: Path, data: Path | None, *, host: str | None = None, port: int | None = None
) -> "Settings":
    """The settings of a workspace under the options given; a data folder is named from where one stands."""
    from ..settings import read  # imports that the other commands need not wait for

    return read(workspace, host=host, port=port, data=data.resolve() if data else None)


def need_workspace(workspace: Path) -> None:
    """Raises `Invalid` for a folder that is none: over another's data folder all would count as withdrawn."""
    if workspace.is_dir() and not is_workspace(workspace):
        raise Invalid(
            f"`{workspace}` is no workspace: there is neither `ambit.toml` nor a folder `governance` in it",
            hint="name the folder of the workspace, or make one with `ambit init FOLDER`",
            code="no-workspace",
        )
