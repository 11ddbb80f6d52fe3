"""`ambit verify`: ledger, commit log and store held against each other."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...graph.errors import Unavailable
from .options import Data, Json, settings_of
from .printing import as_json as print_json
from .printing import err, out
from .waiting import bar

if TYPE_CHECKING:
    from ...graph.store.verify import Verification
    from ...ingest.staleness import Compared
    from ..settings import Settings

SHOWN = 20
"""Stale records that are named to people; `--json` names all."""

INTERRUPTED = 3
"""Status where only what a kill cut short is told: the next start finishes it, and then it can be verified."""


def command(
    workspace: Annotated[Path, typer.Argument(help="the workspace whose data are verified")] = Path(),
    data: Data = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            help="a file with checkpoints kept elsewhere, as lines of JSON or a signed note; repeatable"
        ),
    ] = None,
    restored: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ENTRY@TIME",
            help="a restore that you know of, as `ambit restore` printed it; heads of what it left are then no problem; repeatable",
        ),
    ] = None,
    sources: Annotated[
        bool, typer.Option("--sources/--no-sources", help="hold the records against their sources, too")
    ] = True,
    quick: Annotated[bool, typer.Option("--quick", help="read the store in one of its orders only")] = False,
    json: Json = False,
) -> None:
    """Verify that nothing was changed, lost or torn; name what is not as it was written."""
    from ...graph.ledger.branches import restore_of
    from ...graph.ledger.keptheads import read_kept
    from ...graph.store.verify import verify  # imports that the other commands need not wait for

    settings = settings_of(workspace, data)
    kept = [head for path in checkpoint or () for head in read_kept(path)]
    known = [restore_of(text) for text in restored or ()]
    with bar("verifying") as progress:
        found = verify(settings.data, kept, restored=known, quick=quick, progress=progress)
    compared = _compared(settings) if sources else None
    if json:
        print_json(_said(found, compared))
    else:
        _tell(found, compared)
    if found.problems or found.interrupted:
        raise typer.Exit(1 if found.problems else INTERRUPTED)


def _compared(settings: "Settings") -> "Compared | None":
    """None where the log cannot tell what there is to compare: what is wrong with it has been found by then."""
    from ...graph.store.past import Past, frames_until
    from ...ingest.staleness import compare

    with err.status("reading the sources"):
        try:
            catalog = Past(frames_until(settings.data / "commits"), catalog_only=True)
        except Unavailable as error:
            err.print(f"the sources are not compared: {error.message}", markup=False)
            return None
        return compare(catalog, settings.workspace, settings.locations)


def _said(found: "Verification", compared: "Compared | None") -> dict[str, Any]:
    said: dict[str, Any] = {
        "clean": not (found.problems or found.interrupted),
        "problems": [asdict(problem) for problem in found.problems],
        "interrupted": [asdict(problem) for problem in found.interrupted],
        "warnings": [asdict(warning) for warning in found.warnings],
        "entries": found.entries,
        "revision": found.revision,
        "graphs": found.graphs,
        "quads": found.quads,
        "quadsPerSecond": _rate(found),
        "live": found.live,
        "backup": found.backup,
    }
    if compared is not None:
        said |= {"records": compared.records, "stale": [asdict(one) for one in compared.stale]}
    return said


def _tell(found: "Verification", compared: "Compared | None") -> None:
    for warning in found.warnings:
        out.print(f"warning: {warning.record}: {warning.reason}", markup=False)
    for problem in (*found.interrupted, *found.problems):
        out.print(f"{problem.record}: {problem.reason}", markup=False)
    if compared is not None:
        for one in compared.stale[:SHOWN]:
            out.print(
                f"stale: {one.record} is {one.how}{f' ({one.location})' if one.location else ''}",
                markup=False,
            )
        if len(compared.stale) > SHOWN:
            out.print(f"stale: {len(compared.stale) - SHOWN} records more; --json names all", markup=False)
    seen = f"{found.entries} ledger entries, {found.revision} commits"
    left_out = "a server is running" if found.live else "a backup has none" if found.backup else ""
    seen += f", the store left out: {left_out}" if left_out else f", {found.graphs} graphs"
    if found.seconds >= 1:
        seen += f", {found.quads} quads, {_rate(found)} a second"
    if compared is not None and (compared.records or compared.stale):
        seen += f", {len(compared.stale)} of {compared.records} records stale"
    said = "NOT as it was written" if found.problems else "interrupted" if found.interrupted else "clean"
    out.print(f"{said}: {seen}", markup=False)


def _rate(found: "Verification") -> int:
    return round(found.quads / found.seconds) if found.seconds else 0
