"""`ambit policy import openfga`: an OpenFGA model with its tuples, conditions and tests."""

from collections import defaultdict
from pathlib import Path
from typing import Annotated

import typer

from ...options import Json
from ...printing import err
from .output import Base, DryRun, Force, Jurisdiction, Name, Out, Strict, finish, need_target, pairs


def command(
    file: Annotated[Path, typer.Argument(help="a store (`.fga.yaml`) or a model (`.fga`, `.json`)")],
    out: Out = None,
    tuples: Annotated[list[Path] | None, typer.Option(help="a further file of tuples; repeatable")] = None,
    action: Annotated[
        list[str] | None,
        typer.Option(
            help="`ACTION=RELATION`: the relation stands for the action; repeatable", show_default="its name"
        ),
    ] = None,
    people: Annotated[
        list[str] | None,
        typer.Option(help="a type whose objects are people; repeatable", show_default="user"),
    ] = None,
    iri: Annotated[
        list[str] | None,
        typer.Option(help="`TYPE=PREFIX`: what the IRIs of its objects begin with; repeatable"),
    ] = None,
    now: Annotated[
        list[str] | None, typer.Option(help="a parameter that is the time of the request; repeatable")
    ] = None,
    name: Name = "openfga",
    base: Base = "https://example.com/openfga/",
    jurisdiction: Jurisdiction = None,
    dry_run: DryRun = False,
    force: Force = False,
    strict: Strict = False,
    json: Json = False,
) -> None:
    """Read an OpenFGA model with its tuples, conditions and tests."""
    from .....reasoning.importers.openfga.importing import Options, import_file
    from ....importing import jurisdiction_of  # imports that the other commands need not wait for

    need_target(out, dry_run)
    actions: defaultdict[str, list[str]] = defaultdict(list)
    for one, relation in pairs(action or (), "--action"):
        actions[relation].append(one)
    where = jurisdiction or jurisdiction_of(out)
    options = Options(
        name=name,
        base=base,
        prefixes=dict(pairs(iri or (), "--iri")),
        people=frozenset(people or ()),
        actions={relation: tuple(dict.fromkeys(said)) for relation, said in actions.items()},
        now=frozenset(now or ()),
        jurisdiction=where,
    )
    with err.status("importing"):
        made = import_file(file, options, tuples=tuple(tuples or ()))
    with err.status("testing what was made"):
        finish(made, name, where, out, dry_run=dry_run, force=force, strict=strict, json=json)
