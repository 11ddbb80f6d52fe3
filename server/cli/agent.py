"""`ambit agent`: register agents, list them, end and reinstate their registrations."""

from typing import Annotated, Any

import typer

from .client import URL, graphql
from .options import Json, Purpose, Token, Url
from .printing import as_json as print_json
from .printing import out

FIELDS = """
fragment Known on AgentRegistration { iri label standing owners purposes sources sensitivities expires }
"""
LIST = "query List($first: Int!) { known: agents(first: $first) { ...Known } }"
REGISTER = """
mutation Register(
  $iri: ID!, $purposes: [ID!]!, $sources: [ID!]!, $sensitivities: [ID!]!, $reason: String!, $owner: ID,
  $label: String!, $days: Int!
) {
  known: registerAgent(
    iri: $iri, purposes: $purposes, sources: $sources, sensitivities: $sensitivities, reason: $reason,
    owner: $owner, label: $label, days: $days
  ) { ...Known }
}
"""
REVOKE = "mutation Revoke($iri: ID!, $reason: String!) { known: revokeAgent(iri: $iri, reason: $reason) { ...Known } }"
REINSTATE = "mutation Reinstate($iri: ID!) { known: reinstateAgent(iri: $iri) { ...Known } }"

app = typer.Typer(no_args_is_help=True)
Iri = Annotated[str, typer.Argument(help="IRI of the agent")]
Reason = Annotated[str, typer.Option(help="why, in a sentence of 10 to 1,000 characters")]


@app.callback()
def group() -> None:
    """Register agents, list them, and end what they may inherit."""


@app.command()
def register(
    iri: Iri,
    reason: Reason,
    registered_for: Annotated[list[str], typer.Option("--for", help="IRI of a purpose; repeatable")],
    source: Annotated[list[str], typer.Option(help="IRI of a source; repeatable")],
    sensitivity: Annotated[list[str], typer.Option(help="IRI of a sensitivity; repeatable")],
    token: Token = None,
    purpose: Purpose = None,
    owner: Annotated[str | None, typer.Option(help="IRI of the person who answers for it; you")] = None,
    label: Annotated[str, typer.Option(help="a name for people")] = "",
    days: Annotated[int, typer.Option(min=1, max=3650, help="how long it holds")] = 365,
    url: Url = URL,
    json: Json = False,
) -> None:
    """Register an agent, or say anew what it may inherit. It needs the purpose administration."""
    asked = {
        "iri": iri,
        "purposes": registered_for,
        "sources": source,
        "sensitivities": sensitivity,
        "reason": reason,
        "owner": owner,
        "label": label,
        "days": days,
    }
    _say([graphql(url, REGISTER + FIELDS, asked, token=token, purpose=purpose)["known"]], json)


@app.command("list")
def list_(
    token: Token = None,
    purpose: Purpose = None,
    first: Annotated[int, typer.Option(min=1, max=1000, help="how many")] = 50,
    url: Url = URL,
    json: Json = False,
) -> None:
    """List the agents that you own; all of them for the purpose administration."""
    found = graphql(url, LIST + FIELDS, {"first": first}, token=token, purpose=purpose)["known"]
    if json:
        print_json(found)
        return
    _say(found, json)
    if not found:
        out.print("no agents")


@app.command()
def revoke(
    iri: Iri, reason: Reason, token: Token = None, purpose: Purpose = None, url: Url = URL, json: Json = False
) -> None:
    """End an agent's registration: it acts for nobody when this returns."""
    asked = {"iri": iri, "reason": reason}
    _say([graphql(url, REVOKE + FIELDS, asked, token=token, purpose=purpose)["known"]], json)


@app.command()
def reinstate(
    iri: Iri, token: Token = None, purpose: Purpose = None, url: Url = URL, json: Json = False
) -> None:
    """Take a revocation back. It needs the purpose administration."""
    _say([graphql(url, REINSTATE + FIELDS, {"iri": iri}, token=token, purpose=purpose)["known"]], json)


def _say(found: list[Any], json: bool) -> None:
    if json:
        print_json(found[0])
        return
    for told in found:
        name = f" ({told['label']})" if told["label"] else ""
        out.print(f"{told['standing']}: {told['iri']}{name}", markup=False)
        for what in ("owners", "purposes", "sources", "sensitivities"):
            for value in told[what]:
                out.print(f"  {what}: {value}", markup=False)
        out.print(f"  expires: {told['expires'] or 'never'}", markup=False)
