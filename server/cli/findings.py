"""`ambit findings`: what the shapes and the drift checks found, as far as the caller may see it."""

from typing import Annotated

import typer

from .client import URL, graphql
from .options import Json, Purpose, Token, Url
from .printing import as_json as print_json
from .printing import out

QUERY = """
query Findings($first: Int!) {
  findings(first: $first) { nodes { iri code severity message about evidence } }
}
"""


def command(
    token: Token = None,
    purpose: Purpose = None,
    first: Annotated[int, typer.Option(min=1, max=1000, help="how many")] = 50,
    url: Url = URL,
    json: Json = False,
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
