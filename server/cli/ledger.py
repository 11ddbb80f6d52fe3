"""`ambit ledger`: heads, entries and proofs, of a running server or from a data folder that is one's own."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO, TypeAlias

import orjson
import typer

from ...graph.errors import Invalid
from .auditing import Server, Source, offline
from .client import URL
from .options import Json, Purpose, Token, Url
from .printing import as_json as print_json
from .printing import err, out
from .targets import writing

app = typer.Typer(no_args_is_help=True)

Folder: TypeAlias = Annotated[
    Path | None, typer.Option("--data", help="read a data folder in the place of a server")
]
User: TypeAlias = Annotated[
    str | None, typer.Option(help="with --data: the own ledger of this user, in the place of the whole")
]
Out: TypeAlias = Annotated[
    Path | None, typer.Option("--out", help="write the answer to this file, to be kept elsewhere")
]
Key: TypeAlias = Annotated[
    Path | None, typer.Option(help="the public key, as PEM, that heads must be signed with")
]


@app.callback()
def group() -> None:
    """Keep heads of the ledger elsewhere, and prove what it holds."""


def _source(token: str | None, purpose: str | None, url: str, data: Path | None, user: str | None) -> Source:
    if user is not None and data is None:
        raise Invalid(
            "`--user` goes with `--data`", hint="of a server you read what your token lets you read"
        )
    return Server(url, token, purpose) if data is None else offline(data, user)


@app.command("checkpoint")
def checkpoint(
    token: Token = None,
    purpose: Purpose = None,
    url: Url = URL,
    data: Folder = None,
    user: User = None,
    size: Annotated[int | None, typer.Option(min=0, help="of so many entries; of all unless said")] = None,
    file: Out = None,
    json: Json = False,
) -> None:
    """Print a signed head. Keep it elsewhere: `ambit verify --checkpoint` holds the ledger against it."""
    from ...graph.ledger.heads import parse_note  # imports that the other commands need not wait for

    note = _source(token, purpose, url, data, user).checkpoint(size)
    head = parse_note(note)
    said = {"origin": head.origin, "size": head.size, "root": head.root.hex(), "note": note.decode()}
    _give(orjson.dumps(said) + b"\n" if json else note, file)


@app.command("entries")
def entries(
    token: Token = None,
    purpose: Purpose = None,
    url: Url = URL,
    data: Folder = None,
    user: User = None,
    start: Annotated[int, typer.Option("--from", min=0, help="the first entry's number")] = 0,
    count: Annotated[int | None, typer.Option(min=1, help="how many; all unless said")] = None,
    file: Out = None,
    json: Json = False,
) -> None:
    """Print entries as lines of JSON, byte for byte as they were hashed; `--json` is how they always are."""
    source = _source(token, purpose, url, data, user)
    with err.status("reading the ledger"), _opened(file) as target:
        for line in source.entries(start, count):
            target.write(line)


@app.command("inclusion")
def inclusion(
    token: Token = None,
    purpose: Purpose = None,
    url: Url = URL,
    data: Folder = None,
    user: User = None,
    run: Annotated[str | None, typer.Option(help="IRI of a run: all its entries")] = None,
    index: Annotated[int | None, typer.Option(min=0, help="number of an entry")] = None,
    size: Annotated[int | None, typer.Option(min=1, help="in the tree of so many entries")] = None,
    key: Key = None,
    file: Out = None,
    json: Json = False,
) -> None:
    """Prove that entries are in the ledger; the proof is checked before it is printed."""
    from ..proving import check_inclusion

    if (run is None) == (index is None):
        raise Invalid("neither `--run` nor `--index` is given, or both are", hint="give one of them")
    proof = _source(token, purpose, url, data, user).inclusion(run, index, size)
    check_inclusion(proof, key)
    told = [f"entry {e['index']} is in the ledger of {proof['size']} entries" for e in proof["entries"]]
    _told(proof, told, file, json)


@app.command("consistency")
def consistency(
    token: Token = None,
    purpose: Purpose = None,
    url: Url = URL,
    data: Folder = None,
    user: User = None,
    start: Annotated[int | None, typer.Option("--from", min=1, help="size of the earlier tree")] = None,
    to: Annotated[int | None, typer.Option(min=1, help="size of the later tree; all unless said")] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="a head kept elsewhere: it must be the start of what there is now")
    ] = None,
    key: Key = None,
    file: Out = None,
    json: Json = False,
) -> None:
    """Prove that the ledger only grew; with a head kept elsewhere the proof is checked against it."""
    from ..proving import check_consistency, kept_head

    if (start is None) == (checkpoint is None):
        raise Invalid("neither `--from` nor `--checkpoint` is given, or both are", hint="give one of them")
    kept = None if checkpoint is None else kept_head(checkpoint)
    first = kept.size if kept is not None else start or 0
    proof = _source(token, purpose, url, data, user).consistency(first, to)
    check_consistency(proof, kept, key)
    told = f"the ledger of {proof['to']} entries begins with that of {first} entries"
    told += " whose head was kept" if kept is not None else ""
    _told(proof, [told], file, json)


@app.command("key")
def key(url: Url = URL, data: Folder = None, file: Out = None, json: Json = False) -> None:
    """Print the public key that heads are signed with, as PEM. Keep it elsewhere: it is what proofs rest on."""
    said = (Server(url, None, None) if data is None else offline(data, None)).key()
    _give(orjson.dumps(said) + b"\n" if json else said["pem"].encode(), file)


def _told(proof: dict[str, Any], sentences: list[str], file: Path | None, json: bool) -> None:
    if file is not None:
        _give(orjson.dumps(proof) + b"\n", file)
    if json:
        print_json(proof)
        return
    for sentence in sentences:
        out.print(f"{sentence} (`{proof['origin']}`)", markup=False)


def _give(data: bytes, file: Path | None) -> None:
    with _opened(file) as target:
        target.write(data)


@contextmanager
def _opened(file: Path | None) -> Iterator[BinaryIO]:
    """Where an answer goes: a file, or standard output, which stays open. Raises `Unavailable`."""
    if file is not None:
        with writing(file), file.open("wb") as target:
            yield target
    else:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
