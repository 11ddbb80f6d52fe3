"""`ambit query`: SPARQL or GraphQL, asked of a running server."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Final

import httpx2
import orjson
import typer

from ...graph.errors import Invalid
from ..moments import http_date, moment_of
from ..negotiate import BY_ENGINE
from .client import URL, post_graphql, streamed
from .options import Purpose, Token, Url

ACCEPT: Final = "application/sparql-results+json, text/turtle;q=0.9"
JSON: Final = "application/sparql-results+json, application/ld+json;q=0.9"
FORMATS: Final = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    **{name: media for media, name in BY_ENGINE.items()},
}
"""Short names of what an answer to SPARQL may be in: rows or a yes first, then graphs."""
MOST: Final = 64_000_000
"""Bytes of a text at most: a file may have no end."""


def command(
    file: Annotated[str, typer.Argument(help="a file with the query, or - for standard input")],
    token: Token = None,
    purpose: Purpose = None,
    url: Url = URL,
    graphql: Annotated[
        bool, typer.Option("--graphql", help="it is GraphQL (known by the suffix .graphql or .gql)")
    ] = False,
    form: Annotated[
        str | None, typer.Option("--format", help=f"of an answer to SPARQL: {', '.join(FORMATS)}")
    ] = None,
    accept: Annotated[
        str | None, typer.Option(help="media types for an answer to SPARQL, in the place of a format")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(help="what may be seen today, as it was at this time: ISO 8601, to the second, UTC"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="print the answer on one line of JSON")] = False,
) -> None:
    """Ask a running server, in SPARQL or GraphQL."""
    text = read_text(file)
    moment = http_date(moment_of(as_of)) if as_of is not None else None
    if graphql or Path(file).suffix in (".graphql", ".gql"):
        if moment is not None:
            raise Invalid("GraphQL is of the present", hint="ask as of a time in SPARQL")
        if form is not None or accept is not None:
            raise Invalid(
                "an answer to GraphQL is JSON", hint="leave out `--format` and `--accept`, or ask in SPARQL"
            )
        _show(post_graphql(url, text, {}, token=token, purpose=purpose), compact=json)
        return
    wanted = JSON if json else _media(form) or accept or ACCEPT
    with streamed(
        url,
        "/sparql",
        token=token,
        purpose=purpose,
        content=text.encode(),
        media="application/sparql-query",
        accept=wanted,
        as_of=moment,
    ) as answer:
        if "content-length" in answer.headers:
            answer.read()
            _show(answer, compact=json)
        else:
            _pass_on(answer)


def _show(answer: httpx2.Response, *, compact: bool) -> None:
    """An answer that has been read whole; JSON is laid out for people."""
    if "json" in answer.headers.get("content-type", "") and not compact:
        print(orjson.dumps(answer.json(), option=orjson.OPT_INDENT_2).decode())
    else:
        print(answer.text.rstrip("\n"))


def _pass_on(answer: httpx2.Response) -> None:
    """A long answer, as it arrives and as it is."""
    last = b""
    for piece in answer.iter_bytes():
        sys.stdout.buffer.write(piece)
        last = piece[-1:] or last
    sys.stdout.buffer.write(b"" if last == b"\n" else b"\n")
    sys.stdout.buffer.flush()


def _media(form: str | None) -> str | None:
    """The media type of a short name; raises `Invalid`."""
    if form is not None and form not in FORMATS:
        raise Invalid(f"`{form}` is no format", hint=f"formats are {' '.join(FORMATS)}")
    return FORMATS[form] if form is not None else None


def read_text(file: str) -> str:
    """The text of a file, or of standard input for `-`; raises `Invalid`."""
    try:
        with nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as opened:
            data = opened.read(MOST + 1)
        if len(data) > MOST:
            raise Invalid(f"`{file}` holds more than {MOST} bytes", hint="no server takes a text as long")
        return data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"cannot read `{file}`: {error}") from None
