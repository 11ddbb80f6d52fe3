"""`ambit explain`: why something may be done, or what may be said of why not; for administrators what if and who can."""

from typing import Annotated, Any

import orjson
import typer

from ...graph.errors import Invalid
from ..negotiate import GRAPHS
from .client import URL, post
from .options import Json, Purpose, Token, Url
from .printing import as_json as print_json
from .printing import out
from .query import read_text

MEDIA = "application/json"
_AS = {syntax: media for media, syntax in GRAPHS.items()}


def command(
    iri: Annotated[str, typer.Argument(help="IRI of an entity, record graph or run")],
    token: Token = None,
    purpose: Purpose = None,
    action: Annotated[str, typer.Option(help="the action asked about")] = "read",
    user: Annotated[str | None, typer.Option(help="IRI of the user asked about; for administrators")] = None,
    agent: Annotated[
        list[str] | None, typer.Option(help="IRI of an agent acting for that user, nearest first; repeatable")
    ] = None,
    for_purpose: Annotated[str | None, typer.Option(help="IRI of the purpose asked about")] = None,
    what_if: Annotated[
        str | None, typer.Option(help="Turtle that governance is supposed to say, too; for administrators")
    ] = None,
    without: Annotated[
        str | None, typer.Option(help="Turtle that governance is supposed not to say; for administrators")
    ] = None,
    who: Annotated[bool, typer.Option("--who", help="list who may; for administrators")] = False,
    format: Annotated[str | None, typer.Option(help=f"print the explanation as RDF: {' '.join(_AS)}")] = None,
    url: Url = URL,
    json: Json = False,
) -> None:
    """Say why you may do something: the deciding rules and triples. For a denial, what it may say."""
    if format is not None and who:
        raise Invalid(
            "`--who` has no form as RDF", hint="leave out `--format`; `--json` prints the users for programs"
        )
    if format is not None and format not in _AS:
        raise Invalid(f"`{format}` is no format of an explanation", hint=f"formats are {' '.join(_AS)}")
    asked: dict[str, Any] = {
        "iri": iri,
        "action": action,
        "user": user,
        "agents": agent or [],
        "purpose": for_purpose,
        "adds": read_text(what_if) if what_if else "",
        "removes": read_text(without) if without else "",
    }
    accept = _AS[format] if format is not None else MEDIA
    path = "/access/holders" if who else "/access/explain"
    answer = post(
        url, path, token=token, purpose=purpose, content=orjson.dumps(asked), media=MEDIA, accept=accept
    )
    if format is not None:
        out.print(answer.text, markup=False, end="")
    elif json:
        print_json(answer.json())
    elif who:
        _print_holders(answer.json())
    else:
        _print(answer.json())


def _print(told: dict[str, Any]) -> None:
    if told["before"] is not None:
        was, now = ("permitted" if one else "not permitted" for one in (told["before"], told["permitted"]))
        out.print(f"As it is: {was}. As supposed: {now}.", markup=False)
    out.print(told["sentence"], markup=False)
    for heading, name in (
        ("rules", "rule"),
        ("triples", "triple"),
        ("absent", "absent"),
        ("missing", "missing"),
        ("closed", "closed"),
    ):
        for line in told[heading] or ():
            out.print(f"  {name}: {line}", markup=False)
    for number, change in enumerate(told["changes"], start=1):
        for sign, lines in (("+", change["adds"]), ("-", change["removes"])):
            for line in lines:
                out.print(f"  change {number}: {sign} {line}", markup=False)
        if change["missing"]:
            out.print(f"  change {number}: {change['missing']}", markup=False)


def _print_holders(told: dict[str, Any]) -> None:
    for user in told["users"]:
        rest = "" if user in told["whole"] else " (in part)"
        out.print(f"{user}{rest}", markup=False)
