"""Content negotiation: the first media type we offer that the client likes best (RFC 9110 §12.5.1)."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from ..graph.errors import Refused

GRAPHS: Final[Mapping[str, str]] = {
    "text/turtle": "ttl",
    "application/n-triples": "nt",
    "application/rdf+xml": "rdfxml",
    "application/ld+json": "jsonld",
}
"""The media types that a graph is answered in, and their names where it is written."""

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


def _ranges(accept: str) -> list[tuple[str, float]]:
    """The media ranges with their weights.

    Other parameters are passed over: a `profile` (RFC 6906) may be, and charsets are UTF-8.
    """
    ranges = []
    for item in _RANGE.findall(accept):
        media, *parameters = (part.strip().lower() for part in _PART.findall(item))
        weights = [value for name, _, value in (p.partition("=") for p in parameters) if name.strip() == "q"]
        if media:
            ranges.append((media, min(map(_weight, weights), default=1.0)))
    return ranges or [("*/*", 1.0)]


def _weight(text: str) -> float:
    """What a weight says (§12.4.2); one that cannot be read wants nothing."""
    return float(text) if _WEIGHT.fullmatch(text.strip()) else 0.0


def _quality(media: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The weight of the most specific range that covers `media`."""
    kind = media.partition("/")[0]
    for pattern in (media, f"{kind}/*", "*/*"):
        found = [quality for name, quality in ranges if name == pattern]
        if found:
            return max(found)
    return 0.0
