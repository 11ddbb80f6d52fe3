"""Which graphs a WHERE is confined to, where its text says so: all its patterns stand within GRAPH and a name."""

from collections.abc import Sequence

from ..errors import QueryRefused
from .lexer import Token
from .names import Names

_CLOSES = {"{": "}", "(": ")", "[": "]"}


class _Open(Exception):
    """Something is matched outside of a named graph, or in one that a variable stands for."""


def confined_to(group: Sequence[Token], names: Names) -> frozenset[str] | None:
    """The graphs that a group, braces included, matches in; None where it may match in any other.

    What is not understood counts as matching anywhere. Of a text that is not SPARQL the answer means nothing.
    """
    reader = _Reader([token for token in group if token[0] != "space"], names)
    try:
        reader.group()
    except (_Open, IndexError, QueryRefused):
        return None
    return frozenset(reader.graphs)


class _Reader:
    """Goes along the tokens of groups that are outside of GRAPH, and skips what is within."""

    def __init__(self, tokens: Sequence[Token], names: Names):
        self.graphs: set[str] = set()
        self._tokens = tokens
        self._names = names
        self._at = 0

    def group(self) -> None:
        """A group: graphs, groups, and what matches nothing by itself."""
        if not self._takes("{"):
            raise _Open
        while not self._takes("}"):
            kind, text, _ = self._next()
            word = text.lower() if kind == "word" else text
            match word:
                case "graph":
                    self._graph()
                case "{":
                    self._at -= 1
                    self.group()
                case "optional" | "minus" | "union" | "lateral":
                    self.group()
                case "filter":
                    self._filter()
                case "bind":
                    self._skip("(", plain=True)
                case "values":
                    if self._tokens[self._at][1] == "(":
                        self._skip("(", plain=True)
                    else:
                        self._next()
                    self._skip("{", plain=True)
                case ".":
                    pass
                case _:
                    raise _Open

    def _filter(self) -> None:
        """A condition; what EXISTS matches is a group like others."""
        while self._tokens[self._at][0] in ("word", "iri", "name"):
            word = self._next()[1].lower()
            if word == "exists":
                self.group()
                return
        self._skip("(", plain=True)

    def _graph(self) -> None:
        """GRAPH with a name; within it, another GRAPH needs one, too."""
        self._name()
        start = self._at
        self._skip("{", plain=False)
        end, self._at = self._at, start
        while self._at < end:
            kind, text, _ = self._next()
            if kind == "word" and text.lower() == "graph":
                self._name()

    def _name(self) -> None:
        token = self._next()
        if token[0] not in ("iri", "name"):
            raise _Open
        self.graphs.add(self._names.absolute(token))

    def _skip(self, opens: str, *, plain: bool) -> None:
        """Brackets and all between; in `plain` ones nothing may be matched, as EXISTS would."""
        if not self._takes(opens):
            raise _Open
        closing = [_CLOSES[opens]]
        while closing:
            kind, text, _ = self._next()
            if kind == "word" and plain and text.lower() == "exists":
                raise _Open
            if kind == "sign" and text in _CLOSES:
                closing.append(_CLOSES[text])
            elif kind == "sign" and text == closing[-1]:
                closing.pop()

    def _takes(self, sign: str) -> bool:
        found = self._tokens[self._at][:2] == ("sign", sign)
        self._at += found
        return found

    def _next(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token
