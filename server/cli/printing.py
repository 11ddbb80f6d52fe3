"""What commands print: results to standard output, everything else to standard error."""

import sys
from typing import Any

import orjson
from rich.console import Console

from ...graph.errors import AmbitError

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)


def as_json(value: Any) -> None:
    """One line of JSON on standard output."""
    sys.stdout.write(orjson.dumps(value, default=str).decode() + "\n")
    sys.stdout.flush()


def failed(error: AmbitError, *, as_json: bool) -> None:
    """An error that we raised on purpose: what, where, and what to do."""
    if as_json:
        body = {"code": error.code, "detail": error.message, "hint": error.hint, **error.details}
        sys.stdout.write(orjson.dumps(body, default=str).decode() + "\n")
    err.print(f"[red]error[/red] ({error.code}): {_plain(error.message)}")
    for key, value in error.details.items():
        err.print(f"  {key}: {_plain(str(value))}")
    if error.hint:
        err.print(f"  hint: {_plain(error.hint)}")


def _plain(text: str) -> str:
    return text.replace("[", "\\[")
