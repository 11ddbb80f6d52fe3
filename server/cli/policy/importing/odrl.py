"""`ambit policy import odrl`: ODRL policies in Turtle, JSON-LD or RDF/XML."""

from collections import defaultdict
from pathlib import Path
from typing import Annotated

import typer

from ...options import Json
from ...printing import err
from .output import Base, DryRun, Force, Jurisdiction, Name, Out, Strict, finish, need_target, pairs


def command(
    file: Annotated[Path, typer.Argument(help="policies in Turtle, JSON-LD or RDF/XML, by the content")],
    out: Out = None,
    target: Annotated[
        list[str] | None, typer.Option(help="IRI: the target of rules that name none; repeatable")
    ] = None,
    assignee: Annotated[
        list[str] | None,
        typer.Option(
            help="IRI: the assignee of rules that name none, `everybody` for all people; repeatable"
        ),
    ] = None,
    action: Annotated[
        list[str] | None,
        typer.Option(help="`ACTION=TERM`: ODRL's action stands for one of Ambit's, too; repeatable"),
    ] = None,
    conflict: Annotated[
        str,
        typer.Option(help="perm, prohibit or invalid, for policies that do not say", show_default="invalid"),
    ] = "",
    profile: Annotated[
        list[str] | None, typer.Option(help="IRI of a profile that changes nothing that is read; repeatable")
    ] = None,
    offers: Annotated[bool, typer.Option("--offers", help="offers are agreed on")] = False,
    name: Name = "odrl",
    base: Base = "https://example.com/odrl/",
    jurisdiction: Jurisdiction = None,
    dry_run: DryRun = False,
    force: Force = False,
    strict: Strict = False,
    json: Json = False,
) -> None:
    """Read ODRL policies: permissions, prohibitions, duties, parties, assets, purposes and dates."""
    from .....graph.vocabulary import AMBIT
    from .....reasoning.importers.odrl.importing import Options, import_file
    from .....reasoning.importers.odrl.terms import odrl
    from .....reasoning.importers.odrl.translate import Settings
    from ....importing import jurisdiction_of  # imports that the other commands need not wait for

    need_target(out, dry_run)
    actions: defaultdict[str, list[str]] = defaultdict(list)
    for one, term in pairs(action or (), "--action"):
        actions[term if ":" in term else odrl(term)].append(one)
    where = jurisdiction or jurisdiction_of(out)
    said = Settings(
        name,
        targets=tuple(dict.fromkeys(target or ())),
        assignees=tuple(
            AMBIT.EVERYBODY if one == "everybody" else one for one in dict.fromkeys(assignee or ())
        ),
        conflict=conflict,
        profiles=frozenset(profile or ()),
        offers=offers,
        actions={term: tuple(dict.fromkeys(names)) for term, names in actions.items()},
    )
    with err.status("importing"):
        made = import_file(file, Options(said, base=base, jurisdiction=where))
    with err.status("testing what was made"):
        finish(made, name, where, out, dry_run=dry_run, force=force, strict=strict, json=json)
