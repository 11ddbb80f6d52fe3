"""IRIs as a SPARQL text writes them, made absolute by the BASE and PREFIXes read so far."""

from ..errors import TooLarge
from ..iris import has_scheme, resolve
from .lexer import Token, broken


class Names:
    """The declarations of one text; `base` is where relative IRIs are resolved until a BASE comes.

    `most` characters may be written and read in making IRIs absolute: one long BASE is copied into each PREFIX.
    """

    def __init__(self, text: str, base: str | None, most: int):
        self._text = text
        self._left = most
        self.base = base
        self._prefixes: dict[str, str] = {}
        self._resolved: dict[str, str] = {}  # of this base and these prefixes

    def set_base(self, token: Token) -> None:
        """Takes a BASE; raises `QueryRefused` and `TooLarge`."""
        self.base = self.absolute(token)
        self._resolved.clear()

    def declare(self, prefix: str, token: Token) -> None:
        """Takes a PREFIX, which ends in its colon; raises `QueryRefused` and `TooLarge`."""
        self._prefixes[prefix] = self.absolute(token)
        self._resolved.clear()

    def absolute(self, token: Token) -> str:
        """The IRI that a token of the kind `iri` or `name` stands for; raises `QueryRefused` and `TooLarge`."""
        known = self._resolved.get(token[1])
        if known is None:
            known = self._resolved[token[1]] = self._resolve(token)
        return known

    def _resolve(self, token: Token) -> str:
        kind, text, start = token
        if kind == "iri":
            self._spend(len(text) + (0 if has_scheme(text[1:]) else len(self.base or "")))
            iri = resolve(text[1:-1], self.base)
            if iri is None:
                raise broken(f"`{text[:80]}` is not absolute, and no base makes it so", self._text, start)
            return iri
        prefix, _, local = text.partition(":")
        if (namespace := self._prefixes.get(prefix + ":")) is None:
            raise broken(f"the prefix `{prefix}:` is not declared", self._text, start)
        self._spend(len(namespace) + len(local))
        return namespace + local.replace("\\", "")

    def _spend(self, characters: int) -> None:
        self._left -= characters
        if self._left < 0:
            raise TooLarge(
                "the text has too many bytes once its IRIs are written out",
                hint="declare a shorter BASE, and fewer prefixes",
                details={"limit": "bytes"},
            )
