"""Content negotiation: the first media type we offer that the client likes best (RFC 9110 §12.5.1)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..graph.errors import Refused

GRAPHS: Final[Mapping[str, str]] = {
    "text/turtle": "ttl",
    "application/n-triples": "nt",
    "application/rdf+xml": "rdfxml",
    "application/ld+json": "jsonld",
}
"""The media types that a graph is written in by us, and their names there."""

BY_ENGINE: Final[Mapping[str, str]] = {
    **GRAPHS,
    "application/n-quads": "nq",
    "application/trig": "trig",
    "text/n3": "n3",
}
"""The media types of a graph that a query makes; its triples stand in the default graph of the last three."""

LONGEST = 4_096  # characters of an Accept header that are read
_PIECE = r'(?:[^%s"]|"(?:[^"\\]|\\.)*"|")+'
_RANGE = re.compile(_PIECE % ",")
_PART = re.compile(_PIECE % ";")
_WEIGHT = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")


def choose(accept: str | None, offered: Sequence[str]) -> str:
    """One of `offered`, in our order of preference where the client's weights are equal.

    Raises `Refused` (`not-acceptable`) where none fits.
    """
    ranges = _ranges((accept or "*/*")[:LONGEST])
    best = max(offered, key=lambda media: _quality(media, ranges))
    if _quality(best, ranges) <= 0:
        raise Refused(
            "none of the accepted media types can be made",
            code="not-acceptable",
            hint="accept one of " + ", ".join(offered),
        )
    return best


@dataclass(frozen=True, slots=True)
class _Range:
    """One media range of an Accept header."""

    media: str
    charset: bool  # UTF-8 is asked for by name, which is more specific than not to ask
    weight: float


def _ranges(accept: str) -> list[_Range]:
    """The media ranges with their weights; all is in UTF-8, so one that asks for another charset fits nothing.

    Other parameters are passed over: a `profile` (RFC 6906) may be.
    """
    ranges = []
    for item in _RANGE.findall(accept):
        media, *parameters = (part.strip().lower() for part in _PART.findall(item))
        pairs = [(name.strip(), value) for name, _, value in (p.partition("=") for p in parameters)]
        weight = min((_weight(value) for name, value in pairs if name == "q"), default=1.0)
        charsets = {value.strip().strip('"') for name, value in pairs if name == "charset"}
        if media and not charsets <= {"utf-8", "utf8", "*"}:
            ranges.append(_Range("", True, 0.0))
        elif media:
            ranges.append(_Range(media, bool(charsets), weight))
    return ranges or [_Range("*/*", False, 1.0)]


def _weight(text: str) -> float:
    """What a weight says (§12.4.2); one that cannot be read wants nothing."""
    return float(text) if _WEIGHT.fullmatch(text.strip()) else 0.0


def _quality(media: str, ranges: Sequence[_Range]) -> float:
    """The weight of the most specific range that covers `media`."""
    kind = media.partition("/")[0]
    for pattern in (media, f"{kind}/*", "*/*"):
        for charset in (True, False):
            found = [r.weight for r in ranges if (r.media, r.charset) == (pattern, charset)]
            if found:
                return max(found)
    return 0.0
