"""`ambit policy diff`: who gains and who loses what if one policy takes the place of another."""

import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ....graph.errors import AmbitError, Invalid
from ...workspace import is_workspace
from ..options import Json, Purpose, Token
from ..printing import as_json as print_json
from ..printing import err, failed

if TYPE_CHECKING:
    from ...policies import Policy

TROUBLE = 2
"""The status where the two could not be compared, or not wholly."""


def command(
    old: Annotated[
        str, typer.Argument(help="a workspace or data folder, a revision of git, or a server's URL")
    ],
    new: Annotated[str, typer.Argument(help="what shall take its place, named likewise")] = ".",
    workspace: Annotated[Path, typer.Option(help="whose revisions are meant")] = Path(),
    data: Annotated[
        Path | None, typer.Option(help="a data folder whose compartments are looked at", show_default=False)
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="a server whose compartments are looked at", show_default=False)
    ] = None,
    token: Token = None,
    purpose: Purpose = None,
    json: Json = False,
) -> None:
    """Say who gains and who loses what, in people and compartments.

    Ends with status 0 if nobody does, 1 if somebody does, 2 if the two cannot be compared.
    """
    try:
        is_same = _compare(old, new, workspace, data, url, token, purpose, json)
    except AmbitError as error:
        failed(error, as_json=json)
        raise typer.Exit(TROUBLE) from None
    if is_same is None:
        raise typer.Exit(TROUBLE)
    if not is_same:
        raise typer.Exit(1)


def _compare(
    old: str,
    new: str,
    workspace: Path,
    data: Path | None,
    url: str | None,
    token: str | None,
    purpose: str | None,
    json: bool,
) -> bool | None:
    """Whether they are the same; None where that is not known for sure."""
    from ...policies import compare, of_data  # imports that the other commands need not wait for
    from .inforce import of_server
    from .telling import as_json, tell

    with err.status("comparing"), ExitStack() as opened:
        sides = [_side(said, workspace, opened, token, purpose) for said in (old, new)]
        beside = of_data(data, str(data)).beside if data else None
        if url:
            beside = of_server(url, token, purpose).beside
        before, after = sides
        found = compare(before, after, datetime.now(UTC), beside)
    if json:
        print_json(as_json(old, new, found))
    else:
        tell(found)
    return found.is_same if found.is_sure else None


def _side(said: str, workspace: Path, opened: ExitStack, token: str | None, purpose: str | None) -> "Policy":
    """A policy by its name; a folder is taken before a revision of the same name."""
    from ...policies import of_data, of_folder
    from ...revisions import write_revision
    from .inforce import of_server

    if said.startswith(("http://", "https://")):
        return of_server(said, token, purpose)
    folder = Path(said)
    if folder.is_dir():
        if (folder / "commits").is_dir() and (folder / "ledger").is_dir():
            return of_data(folder, said)
        if is_workspace(folder):
            return of_folder(folder, said)
        raise Invalid(f"`{said}` is neither a workspace nor a data folder", code="no-workspace")
    into = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="ambit-policy-")))
    write_revision(workspace, said, into)
    return of_folder(into, said)
