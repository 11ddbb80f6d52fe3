"""`ambit approval`: ask for what waits for an approval, and answer what others ask."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ...graph.errors import Invalid, NotFound
from .client import URL, graphql
from .options import Json, Purpose, Token, Url
from .printing import as_json as print_json
from .printing import out

FIELDS = """
fragment Told on ApprovalRequest {
  iri state asker agents purpose action reason query concerns sources sensitivities created expires mayAnswer
  answers { iri kind by reason created expires revoked }
}
"""
ASK = """
mutation Ask($iris: [ID!]!, $reason: String!, $action: String!, $sparql: String, $graphql: String, $variables: String) {
  told: requestApproval(
    iris: $iris, reason: $reason, action: $action, sparql: $sparql, graphql: $graphql, variables: $variables
  ) { ...Told }
}
"""
LIST = """
query List($state: ApprovalState, $similar: ID, $first: Int!) {
  told: approvals(state: $state, similarTo: $similar, first: $first) { ...Told }
}
"""
SHOW = """
query Show($iri: ID!) {
  told: approval(iri: $iri) {
    ...Told
    precedents { nodes { score request { iri state asker reason } } outcomes { state count } }
  }
}
"""
DECIDE = "mutation Decide($iri: ID!, $reason: String!%s) { told: %s(request: $iri, reason: $reason%s) { ...Told } }"

INCIDENT = """
mutation Incident($agent: ID!, $action: String!, $reason: String!) {
  told: recordIncident(agent: $agent, action: $action, reason: $reason) { agent action level rules }
}
"""

STATES = ("pending", "approved", "refused", "withdrawn", "expired", "revoked", "lapsed")

app = typer.Typer(no_args_is_help=True)
Iri = Annotated[str, typer.Argument(help="IRI of the approval request")]
Reason = Annotated[str, typer.Option(help="why, in a sentence of 10 to 1,000 characters")]


@app.callback()
def group() -> None:
    """Ask for an approval, and answer the requests of others."""


@app.command()
def request(
    iris: Annotated[list[str], typer.Argument(help="IRIs of the things that it is for")],
    reason: Reason,
    token: Token = None,
    purpose: Purpose = None,
    action: Annotated[str, typer.Option(help="what you want to do with them")] = "read",
    sparql: Annotated[Path | None, typer.Option(help="file of the query that you want to ask")] = None,
    graphql_file: Annotated[
        Path | None, typer.Option("--graphql", help="file of the GraphQL query that you want to ask")
    ] = None,
    variables: Annotated[str | None, typer.Option(help="its variables, as JSON")] = None,
    url: Url = URL,
    json: Json = False,
) -> None:
    """Ask for an approval: for queries like one, or for any where none is given."""
    asked = {
        "iris": iris,
        "reason": reason,
        "action": action,
        "sparql": _text(sparql),
        "graphql": _text(graphql_file),
        "variables": variables,
    }
    _say(graphql(url, ASK + FIELDS, asked, token=token, purpose=purpose)["told"], json)


@app.command("list")
def list_(
    token: Token = None,
    purpose: Purpose = None,
    state: Annotated[str | None, typer.Option(help=" ".join(STATES))] = None,
    similar: Annotated[str | None, typer.Option(help="IRI of a request: answered ones like it")] = None,
    first: Annotated[int, typer.Option(min=1, max=1000, help="how many")] = 50,
    url: Url = URL,
    json: Json = False,
) -> None:
    """List the requests that you made, may answer or answered, newest first."""
    if state is not None and state not in STATES:
        raise Invalid(
            f"`{state}` is no state of a request",
            code="invalid-argument",
            hint=f"states are {' '.join(STATES)}",
        )
    asked = {"state": state, "similar": similar, "first": first}
    found = graphql(url, LIST + FIELDS, asked, token=token, purpose=purpose)["told"]
    if json:
        print_json(found)
        return
    for told in found:
        waits = ", for you" if told["mayAnswer"] else ""
        out.print(f"{told['state']}{waits}: {told['iri']}", markup=False)
        out.print(f"  {told['asker']} ({told['action']}, {told['purpose']}): {told['reason']}", markup=False)
    if not found:
        out.print("no requests")


@app.command()
def show(iri: Iri, token: Token = None, purpose: Purpose = None, url: Url = URL, json: Json = False) -> None:
    """Show a request: what it is for, what was said to it, and what came of requests like it."""
    told = graphql(url, SHOW + FIELDS, {"iri": iri}, token=token, purpose=purpose)["told"]
    if told is None:
        raise NotFound(f"there is no request `{iri}`")
    _say(told, json)


@app.command()
def approve(
    iri: Iri,
    reason: Reason,
    token: Token = None,
    purpose: Purpose = None,
    days: Annotated[int, typer.Option(min=1, max=365, help="how long it holds")] = 30,
    url: Url = URL,
    json: Json = False,
) -> None:
    """Open what a request asks for."""
    query = DECIDE % (", $days: Int!", "approve", ", days: $days") + FIELDS
    asked = {"iri": iri, "reason": reason, "days": days}
    _say(graphql(url, query, asked, token=token, purpose=purpose)["told"], json)


def _decide(field: str, iri: str, reason: str, token: str | None, purpose: str | None, url: str) -> Any:
    query = DECIDE % ("", field, "") + FIELDS
    return graphql(url, query, {"iri": iri, "reason": reason}, token=token, purpose=purpose)["told"]


@app.command()
def refuse(
    iri: Iri, reason: Reason, token: Token = None, purpose: Purpose = None, url: Url = URL, json: Json = False
) -> None:
    """Say no to a request."""
    _say(_decide("refuse", iri, reason, token, purpose, url), json)


@app.command()
def withdraw(
    iri: Iri,
    reason: Reason = "no longer needed",
    token: Token = None,
    purpose: Purpose = None,
    url: Url = URL,
    json: Json = False,
) -> None:
    """Take back a request of your own."""
    _say(_decide("withdrawRequest", iri, reason, token, purpose, url), json)


@app.command()
def revoke(
    iri: Iri, reason: Reason, token: Token = None, purpose: Purpose = None, url: Url = URL, json: Json = False
) -> None:
    """End every approval of a request: it is closed when this returns."""
    _say(_decide("revokeApproval", iri, reason, token, purpose, url), json)


@app.command()
def incident(
    agent: Annotated[str, typer.Argument(help="IRI of the agent that did harm")],
    reason: Reason,
    action: Annotated[str, typer.Option(help="the action by which it did")] = "read",
    token: Token = None,
    purpose: Purpose = None,
    url: Url = URL,
    json: Json = False,
) -> None:
    """Record harm that an agent of yours did: its autonomy falls at once."""
    asked = {"agent": agent, "action": action, "reason": reason}
    told = graphql(url, INCIDENT, asked, token=token, purpose=purpose)["told"]
    if json:
        print_json(told)
        return
    out.print(f"{told['agent']} is at level {told['level']} of autonomy to {told['action']}", markup=False)


def _text(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"`{path}` cannot be read: {error}", code="invalid-argument") from None


def _say(told: Any, json: bool) -> None:
    if json:
        print_json(told)
        return
    out.print(f"{told['state']}: {told['iri']}", markup=False)
    for name in (
        "asker",
        "agents",
        "purpose",
        "action",
        "reason",
        "concerns",
        "sources",
        "sensitivities",
        "expires",
    ):
        for value in told[name] if isinstance(told[name], list) else [told[name]]:
            out.print(f"  {name}: {value}", markup=False)
    out.print(f"  of the shape: {told['query'] or 'any'}", markup=False)
    for answer in told["answers"]:
        ended = " (revoked)" if answer["revoked"] else ""
        until = f" until {answer['expires']}" if answer["expires"] and not ended else ""
        out.print(f"  {answer['kind']}{ended} by {answer['by']}{until}: {answer['reason']}", markup=False)
    for one in told.get("precedents", {}).get("nodes", ()):
        like = one["request"]
        out.print(f"  like it: {like['state']} {like['iri']}: {like['reason']}", markup=False)
