"""`ambit ingest`: the sources brought in once, without serving."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...graph.errors import Invalid
from .logging import to_stderr
from .options import Data, Json, need_workspace, settings_of
from .printing import as_json as print_json
from .printing import out
from .waiting import bar

if TYPE_CHECKING:
    from ...ingest.words import Summary
    from ..layers import Layers


def command(
    workspace: Annotated[Path, typer.Argument(help="the workspace")] = Path(),
    once: Annotated[bool, typer.Option("--once", help="bring everything in once and stop")] = False,
    bulk: Annotated[
        Path | None,
        typer.Option("--bulk", help="bring in this N-Quads file: each named graph is a record of --source"),
    ] = None,
    source: Annotated[
        str, typer.Option("--source", help="with --bulk, the IRI of a source that governance describes")
    ] = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Bring the sources in once, while no server runs. `ambit serve` follows them by itself."""
    if once == (bulk is not None) or bool(source) != (bulk is not None):
        raise Invalid(
            "say --once, or --bulk FILE --source IRI",
            hint="a running server follows its sources by itself: `ambit serve`",
        )
    from ..layers import Layers  # a second of imports that the other commands need not wait for

    to_stderr()
    need_workspace(workspace)
    settings = settings_of(workspace, data)
    layers = Layers(settings)
    try:
        summary = layers.ingest.scan_once() if bulk is None else _bulk(layers, bulk, source)
    finally:
        layers.close()
    if json:
        print_json(summary)
        return
    out.print(
        f"records looked at: {summary.looked_at}; committed: {summary.committed}; "
        f"withdrawn: {summary.withdrawn}; problems: {len(summary.problems)}",
        markup=False,
    )
    for problem in summary.problems:
        out.print(f"problem: {problem.error.message}", markup=False)
        out.print(f"  about: {problem.about}", markup=False)


def _bulk(layers: "Layers", file: Path, source: str) -> "Summary":
    from ...ingest.bulk import bring_in

    try:
        size = file.stat().st_size
    except OSError as error:
        raise Invalid(f"`{file}` cannot be read: {error.strerror}", hint="name a file of N-Quads") from error
    with bar("bringing in") as progress:
        followed = layers.ingest.followed()
        return bring_in(layers.owner, file, source, followed=followed, told=lambda done: progress(done, size))
