"""Content negotiation: the first media type we offer that the client likes best (RFC 9110 §12.5.1)."""

from collections.abc import Sequence

from ..graph.errors import Refused

LONGEST = 4_096  # characters of an Accept header that are read


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
    ranges = []
    for item in accept.split(","):
        media, *parameters = (part.strip().lower() for part in item.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                try:
                    quality = min(max(float(value), 0.0), 1.0)
                except ValueError:
                    quality = 0.0
        if media:
            ranges.append((media, quality))
    return ranges or [("*/*", 1.0)]


def _quality(media: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The weight of the most specific range that covers `media`."""
    kind = media.partition("/")[0]
    for pattern in (media, f"{kind}/*", "*/*"):
        found = [quality for name, quality in ranges if name == pattern]
        if found:
            return max(found)
    return 0.0
