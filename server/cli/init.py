"""`ambit init`: a workspace that works, with comments."""

import shutil
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import typer

from ...graph.errors import Invalid
from .options import Json
from .printing import as_json as print_json
from .printing import out
from .targets import writing


def command(
    folder: Annotated[Path, typer.Argument(help="the folder to make")],
    json: Json = False,
) -> None:
    """Make a workspace with commented examples."""
    from ..versions import write_version  # imports that the other commands need not wait for

    with writing(folder):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Invalid(f"`{folder}` is not empty", hint="name a folder that does not exist yet")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with as_file(files("ambit.server.starter")) as starter:
                shutil.copytree(starter, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__*"))
            has_model = write_version(folder / "governance", "https://example.com/id/minilm-1")
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)  # nothing else is in it
            raise
    if json:
        print_json({"workspace": str(folder.resolve())})
        return
    out.print(f"workspace made in {folder}", markup=False)
    if not has_model:
        out.print(
            "  no model is installed here: search goes by words alone (pip install 'ambit[demo,torch]')"
        )
    for what, how in (
        ("serve it", f"ambit serve {folder}"),
        ("get a token", f"ambit token {folder} --subject https://example.com/id/ben"),
        ("test its rules", f"ambit policy test {folder}"),
    ):
        out.print(f"  {what + ':':<16}{how}", markup=False)
