"""`ambit explain`: why something may be seen, or what may be said of why not."""

from typing import Annotated

import typer

from .client import URL, graphql
from .options import Json, Purpose, Token, Url
from .printing import as_json as print_json
from .printing import out

QUERY = """
query Explain($iri: ID!, $action: String!) {
  explain(iri: $iri, action: $action) { permitted sentence rules triples missing }
}
"""


def command(
    iri: Annotated[str, typer.Argument(help="IRI of an entity, record graph or run")],
    token: Token = None,
    purpose: Purpose = None,
    action: Annotated[str, typer.Option(help="the action asked about")] = "read",
    url: Url = URL,
    json: Json = False,
) -> None:
    """Say why you may see something: the deciding rules and triples. For a denial, what it may say."""
    answer = graphql(url, QUERY, {"iri": iri, "action": action}, token=token, purpose=purpose)["explain"]
    if json:
        print_json(answer)
        return
    out.print(answer["sentence"], markup=False)
    for heading in ("rules", "triples", "missing"):
        for line in answer[heading] or ():
            out.print(f"  {heading[:-1] if heading != 'missing' else heading}: {line}", markup=False)
