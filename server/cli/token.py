"""`ambit token`: a token of the local issuer."""

from pathlib import Path
from typing import Annotated

import typer

from ...graph.errors import Invalid
from .options import Data, Json, settings_of
from .printing import as_json as print_json


def command(
    subject: Annotated[str, typer.Option(help="IRI of the user")],
    workspace: Annotated[Path, typer.Argument(help="the workspace whose server shall accept it")] = Path(),
    agent: Annotated[
        list[str] | None,
        typer.Option(
            help="IRI of an agent acting for the user; repeat for a chain, nearest to the user first"
        ),
    ] = None,
    purpose: Annotated[
        list[str] | None, typer.Option(help="IRI of a purpose that the token may ask for; repeatable")
    ] = None,
    ttl: Annotated[int, typer.Option(min=1, help="seconds until it expires")] = 3600,
    data: Data = None,
    json: Json = False,
) -> None:
    """Make a token of the local issuer (for development: whoever can read the data folder can make one)."""
    from ..identity import actor_iri  # imports that the other commands need not wait for
    from ..issuer import LocalIssuer

    settings = settings_of(workspace, data)
    for name in (subject, *(agent or ())):
        try:
            actor_iri(name)
        except ValueError:
            raise Invalid(
                f"`{name}` is not an IRI", hint="actors are named by IRIs, as in governance/*.ttl"
            ) from None
    made = LocalIssuer(settings.data).issue(
        subject, agents=agent or (), purposes=purpose or (), audience=settings.audience, ttl=ttl
    )
    print_json({"token": made, "expires_in": ttl}) if json else print(made)
