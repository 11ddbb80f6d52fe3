"""Where in the caller's own text the engine stopped, which reads that text printed anew (`gate`)."""

import re

from ..errors import QueryRefused
from .gate import Limits, printed
from .lexer import decode, position

_STOPPED = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
"""What the engine says of a text that is not SPARQL: line and column from 1, and what would have fitted there."""


def in_own_text(error: QueryRefused, text: str, limits: Limits) -> QueryRefused:
    """The engine's `query-syntax` with the place in `text`, which the gate had admitted; any other error as it is.

    The engine tells how far it could read, so the mistake stands at that place or before it.
    """
    found = _STOPPED.match(error.message) if error.code == "query-syntax" else None
    if found is None:
        return error
    text = decode(text)
    at = position(text, _start(text, int(found[1]), int(found[2]), limits))
    return QueryRefused(
        f"the query could be read as far as {at['line']}:{at['column']}: {found[3]}",
        code=error.code,
        hint="the mistake stands at this place or before it",
        details=at,
    )


def _start(text: str, line: int, column: int, limits: Limits) -> int:
    """Where the token begins that was printed at this place; the end of the text if none was."""
    pieces = printed(text, limits)
    lines = " ".join(piece for piece, _ in pieces).split("\n")
    place = sum(len(before) + 1 for before in lines[: line - 1]) + column - 1
    ends = -1
    for piece, start in pieces:
        ends += len(piece) + 1
        if ends > place and not piece.isspace():
            return start
    return len(text)
