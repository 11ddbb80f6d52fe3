"""`ambit policy pack`: rules, governance and cases for a regulation, copied into a workspace."""

from pathlib import Path
from typing import Annotated

import typer

from ...workspace import Workspace
from ..options import Json, settings_of
from ..printing import as_json as print_json
from ..printing import out
from ..targets import writing

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """List the packs for regulations that come with Ambit, or add one to a workspace."""


@app.command("list")
def list_packs(json: Json = False) -> None:
    """List the packs: what each is about, and its files."""
    from ...packs import packs

    found = list(packs())
    if json:
        print_json([{"name": one.name, "about": one.about, "files": one.files} for one in found])
        return
    for one in found:
        out.print(f"{one.name}: {one.about}", markup=False)
        for place in one.files:
            out.print(f"  {place}", markup=False)


@app.command("add")
def add_pack(
    name: Annotated[str, typer.Argument(help="the pack")],
    workspace: Annotated[Path, typer.Argument(help="the workspace that it is added to")] = Path(),
    force: Annotated[bool, typer.Option("--force", help="write over files that say something else")] = False,
    json: Json = False,
) -> None:
    """Copy a pack into a workspace, where a running server puts it in force within a second."""
    from ...packs import add

    root = Workspace(settings_of(workspace, None).workspace).root
    with writing(root):
        pack = add(name, root, force=force)
    if json:
        print_json({"name": pack.name, "workspace": str(root), "files": pack.files})
        return
    for place in pack.files:
        out.print(f"{root / place}", markup=False)
    out.print(f"what it wants to hear from your governance stands in docs/packs.md#{pack.name}", markup=False)
