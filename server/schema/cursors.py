"""Opaque cursors: where a page ended, sealed for the actors and the list that it was made for.

A cursor holds only what its holder has already been shown. One that was changed, or belongs to somebody else
or to another list, reads like one that never was.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

import orjson

from ...graph.errors import Invalid

_SEAL = 16  # bytes of HMAC-SHA-256


@dataclass(frozen=True, slots=True)
class Place:
    """The entity that a page ended with, and its sort key as value and datatype (`iri` for an entity)."""

    iri: str
    key: tuple[str, str | None] | None = None


class Cursors:
    """Seals and opens cursors with a key of the server's."""

    def __init__(self, key: bytes):
        self._key = key

    def seal(self, place: Place, bound: str) -> str:
        """The cursor of `place` in the list that `bound` names."""
        body = orjson.dumps([place.iri, place.key])
        return base64.urlsafe_b64encode(self._sealed(body, bound) + body).decode().rstrip("=")

    def open(self, cursor: str, bound: str) -> Place:
        """The place that `cursor` was made for; raises `Invalid` (`cursor-invalid`)."""
        try:
            data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise _unknown() from None
        seal, body = data[:_SEAL], data[_SEAL:]
        # the last character of base64 has spare bits: only our own writing of it counts
        again = base64.urlsafe_b64encode(data).decode().rstrip("=")
        if not hmac.compare_digest(seal, self._sealed(body, bound)) or again != cursor:
            raise _unknown()
        iri, key = orjson.loads(body)
        return Place(iri, None if key is None else (key[0], key[1]))

    def _sealed(self, body: bytes, bound: str) -> bytes:
        said = bound.encode("utf-8", "surrogatepass")
        length = len(said).to_bytes(8, "big")
        return hmac.new(self._key, length + said + body, hashlib.sha256).digest()[:_SEAL]


def _unknown() -> Invalid:
    return Invalid(
        "the cursor is not one of this list", code="cursor-invalid", hint="start from the first page"
    )
