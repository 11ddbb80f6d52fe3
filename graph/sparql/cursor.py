"""A way along the tokens of a text that is parsed, which an update is and a query is not."""

from collections.abc import Sequence
from typing import Final

from ..errors import QueryRefused
from .lexer import Token, broken

_NEWER: Final = frozenset(("<<", ">>", "<<(", ")>>", "{|", "|}", "~"))


class Cursor:
    """The tokens of one text, spaces aside."""

    def __init__(self, text: str, read: Sequence[Token]):
        self.text = text
        self.all = read
        self.at = 0
        self._skip()

    def peek(self) -> Token:
        """The next token; at the end one without a kind."""
        return self.all[self.at] if self.at < len(self.all) else ("", "", len(self.text))

    def take(self) -> Token:
        """The next token, which is passed."""
        token = self.peek()
        if not token[0]:
            raise broken("the update ends too early", self.text, token[2])
        self.at += 1
        self._skip()
        return token

    def is_word(self, *words: str) -> bool:
        """Whether one of these keywords comes next."""
        kind, text, _ = self.peek()
        return kind == "word" and text.lower() in words

    def is_sign(self, sign: str) -> bool:
        """Whether this sign comes next."""
        return self.peek()[:2] == ("sign", sign)

    def accept(self, word: str) -> bool:
        """Passes a keyword if it comes next."""
        found = self.is_word(word)
        if found:
            self.take()
        return found

    def expect(self, sign: str) -> None:
        """Passes a sign; raises `QueryRefused` where another token stands."""
        if not self.is_sign(sign):
            raise self.unexpected()
        self.take()

    def unexpected(self) -> QueryRefused:
        """The error for the next token."""
        kind, text, start = self.peek()
        if not kind:
            return broken("the update ends too early", self.text, start)
        if text in _NEWER:
            return broken(f"`{text}` is of RDF 1.2, and only RDF 1.1 is written", self.text, start)
        return broken(f"`{text[:40]}` cannot stand here", self.text, start)

    def _skip(self) -> None:
        while self.at < len(self.all) and self.all[self.at][0] == "space":
            self.at += 1
