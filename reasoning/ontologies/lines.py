"""Where a file speaks of a term: parsers forget it, and whoever mends the file wants to know."""

import re
from pathlib import Path

from ...graph.rdf.rdfguard import LIMIT


def line_of(path: Path, iri: str) -> int | None:
    """The line of a file that speaks of a term first, as subject if it can be told; None where none does."""
    try:
        with path.open("rb") as file:
            text = file.read(LIMIT).decode(errors="replace")
    except OSError:
        return None
    return line_in(text, iri)


def line_in(text: str, iri: str) -> int | None:
    """As `line_of`, in a text."""
    local = re.escape(re.split(r"[#/:]", iri)[-1])
    whole = re.escape(iri)
    for pattern in (rf"^\s*(?:<{whole}>|[\w.-]*:{local})(?![\w-])", rf"[:#\"/;]{local}(?![\w-])", whole):
        if found := re.search(pattern, text, re.MULTILINE):
            return text.count("\n", 0, found.end()) + 1
    return None
