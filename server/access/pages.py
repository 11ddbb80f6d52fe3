"""Pages of what a search finds (AuthZEN 1.0 §8.2): a sealed token says where the next begins.

It is bound to the caller, to the question and to the length of pages, ends after a while, and holds only what its
holder has been shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ...graph.clock import CLOCK
from ...graph.errors import Invalid
from ..schema.cursors import Cursors, Place
from .words import Page

USUAL: Final = 100
"""Results of a page where the request says no number."""
MOST: Final = 1_000
"""Results of a page at most; who asks for more gets these, and a token."""
SECONDS: Final = 900
"""Seconds for which a token counts."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Where a page begins: behind `after`; what was found then, as a hash, where it is not the first."""

    limit: int
    after: str | None = None
    state: str = ""


class Pages:
    """Seals and opens the tokens of pages."""

    def __init__(self, secret: bytes):
        self._cursors = Cursors(secret)

    def begin(self, page: Page, bound: str) -> Begun:
        """Where the page begins; raises `Invalid` (`cursor-invalid`) for a token that is not of this search."""
        if page.token is None:
            return Begun(USUAL if page.limit is None else min(page.limit, MOST))
        place = self._cursors.open(page.token, bound)
        said, state = place.key or ("", None)
        ends, _, limit = said.partition(":")
        if not (ends.isdecimal() and limit.isdecimal()) or CLOCK.seconds() > int(ends):
            raise _refused("the token of the page has expired")
        if page.limit is not None and min(page.limit, MOST) != int(limit):
            raise _refused("`page.limit` is not that of the page before")
        return Begun(int(limit), place.iri, state or "")

    def next(self, begun: Begun, last: str, state: str, bound: str) -> str:
        """The token of the page that begins behind `last`."""
        key = f"{int(CLOCK.seconds()) + SECONDS}:{begun.limit}", state
        return self._cursors.seal(Place(last, key), bound)


def told(token: str, results: Sequence[object], *, has_changed: bool) -> dict[str, Any]:
    """The member `page` of an answer; `has_changed`: what is found is no longer what it was at the page before."""
    said: dict[str, Any] = {"next_token": token, "count": len(results)}
    return said | ({"properties": {"changed": True}} if has_changed else {})


def _refused(message: str) -> Invalid:
    return Invalid(message, code="cursor-invalid", hint="start from the first page")
