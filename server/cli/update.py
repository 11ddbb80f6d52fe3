"""`ambit update`: a SPARQL update, carried out by a running server."""

from typing import Annotated

import typer

from .client import URL, post
from .options import Json, Purpose, Token, Url
from .printing import as_json as print_json
from .printing import out
from .query import read_text


def command(
    file: Annotated[str, typer.Argument(help="a file with the update, or - for standard input")],
    token: Token = None,
    purpose: Purpose = None,
    url: Url = URL,
    json: Json = False,
) -> None:
    """Change graphs on a running server, in SPARQL Update: whole or not at all."""
    text = read_text(file)
    answer = post(
        url,
        "/sparql",
        token=token,
        purpose=purpose,
        content=text.encode(),
        media="application/sparql-update",
        accept="application/problem+json",
    )
    if json:
        print_json({"run": answer.headers["ambit-run"], "revision": answer.headers["ambit-revision"]})
    else:
        out.print(f"done: {answer.headers['ambit-run']}", markup=False)
