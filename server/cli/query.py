"""`ambit query`: SPARQL or GraphQL, asked of a running server."""

import sys
from pathlib import Path
from typing import Annotated

import orjson
import typer

from ...graph.errors import Invalid
from .client import URL, first_error, post

ACCEPT = "application/sparql-results+json, text/turtle;q=0.9"


def command(
    file: Annotated[str, typer.Argument(help="a file with the query, or - for standard input")],
    token: Annotated[str | None, typer.Option(envvar="AMBIT_TOKEN", help="a bearer token")] = None,
    purpose: Annotated[str | None, typer.Option(help="IRI of the purpose")] = None,
    url: Annotated[str, typer.Option(envvar="AMBIT_URL", help="where the server listens")] = URL,
    graphql: Annotated[
        bool, typer.Option("--graphql", help="it is GraphQL (known by the suffix .graphql or .gql)")
    ] = False,
    accept: Annotated[str, typer.Option(help="media types for the answer to SPARQL")] = ACCEPT,
    json: Annotated[bool, typer.Option("--json", help="print the answer on one line of JSON")] = False,
) -> None:
    """Ask a running server, in SPARQL or GraphQL."""
    text = sys.stdin.read() if file == "-" else _read(Path(file))
    if graphql or Path(file).suffix in (".graphql", ".gql"):
        body = orjson.dumps({"query": text})
        answer = post(
            url,
            "/graphql",
            token=token,
            purpose=purpose,
            content=body,
            media="application/json",
            accept="application/json",
        )
        said = answer.json()
        if said.get("errors") and not said.get("data"):
            raise first_error(said)  # a part that failed beside others that did not is in what is printed
    else:
        wanted = "application/sparql-results+json" if json else accept
        answer = post(
            url,
            "/sparql",
            token=token,
            purpose=purpose,
            content=text.encode(),
            media="application/sparql-query",
            accept=wanted,
        )
    if "json" in answer.headers.get("content-type", "") and not json:
        print(orjson.dumps(answer.json(), option=orjson.OPT_INDENT_2).decode())
    else:
        print(answer.text.rstrip("\n"))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"cannot read `{path}`: {error}") from None
