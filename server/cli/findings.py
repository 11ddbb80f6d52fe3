"""`ambit findings`: what the shapes and the drift checks found, as far as the caller may see it."""

from typing import Annotated

import typer

from .client import URL, graphql
from .printing import as_json as print_json
from .printing import out

QUERY = """
query Findings($first: Int!) {
  findings(first: $first) { nodes { iri code severity message about evidence } }
}
"""


def command(
    token: Annotated[str | None, typer.Option(envvar="AMBIT_TOKEN", help="a bearer token")] = None,
    purpose: Annotated[str | None, typer.Option(help="IRI of the purpose")] = None,
    first: Annotated[int, typer.Option(min=1, max=1000, help="how many")] = 50,
    url: Annotated[str, typer.Option(envvar="AMBIT_URL", help="where the server listens")] = URL,
    json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """List findings, newest first."""
    nodes = graphql(url, QUERY, {"first": first}, token=token, purpose=purpose)["findings"]["nodes"]
    if json:
        print_json(nodes)
        return
    for node in nodes:
        severity = node["severity"].rpartition("#")[2].lower() or "finding"
        out.print(f"{severity} {node['code']}: {node['message']}", markup=False)
        for name in ("about", "evidence"):
            values = node[name] if isinstance(node[name], list) else [node[name]]
            for value in filter(None, values):
                out.print(f"  {name}: {value}", markup=False)
    if not nodes:
        out.print("no findings")
