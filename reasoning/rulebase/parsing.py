"""Reads a rule's query into its tree, from the tokens of a text that the gate has printed.

In such a text every IRI is written out.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from ...graph.errors import AmbitError
from ...graph.vocabulary import RDF
from .groups import Block, Element, Filter, Group, Inner, Pattern, Query, Union, Unread
from .tokens import Token, tokens_of

_ENDS: Final = frozenset({"FILTER", "OPTIONAL", "MINUS", "BIND", "VALUES", "GRAPH", "SERVICE", "LATERAL"})
_TERMS: Final = frozenset({"iri", "var", "string", "number"})
_PARTIAL: Final = frozenset({"GROUP", "HAVING", "LIMIT", "OFFSET", "VALUES"})
_AGGREGATES: Final = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"})


@lru_cache(maxsize=1024)
def read(text: str) -> Query | None:
    """The tree of an admitted query; None where it has what is not known here."""
    try:
        return _Reader(text, tokens_of(text)).query()
    except (Unread, IndexError, AmbitError):
        return None


class _Reader:
    """Walks over tokens; positions are indices of them."""

    def __init__(self, text: str, tokens: Sequence[Token]):
        self._text = text
        self._tokens = tokens

    def query(self) -> Query:
        """The whole text."""
        if self._word(0) != "SELECT":
            raise Unread
        begin = next(i for i, t in enumerate(self._tokens) if t.kind == "sign" and t.text == "{")
        where, end = self._group(begin)
        rest = self._tokens[end:]
        head = self._tokens[:begin]
        plain = not (
            any(t.kind == "word" and t.text in _PARTIAL for t in rest)
            or any(t.kind == "word" and t.text in _AGGREGATES for t in head)
            or any(t.kind == "blank" or (t.kind == "word" and t.text == "MINUS") for t in self._tokens)
        )
        return Query(
            self._slice(0, begin - (self._word(begin - 1) == "WHERE")),
            where,
            self._slice(end, len(self._tokens)),
            frozenset(_computed(head)),
            plain,
        )

    def _group(self, at: int) -> tuple[Group, int]:
        """From `{` to behind its `}`."""
        self._expect(at, "{")
        begin = at
        at += 1
        parts: list[Element | Filter] = []
        while not self._is(at, "}"):
            if self._is(at, "."):
                at += 1
            elif self._word(at) == "FILTER":
                found, at = self._filter(at)
                parts.append(found)
            elif self._tokens[at].kind == "word" or self._is(at, "{"):
                element, at = self._clause(at)
                parts.append(element)
            else:
                patterns, at = self._triples(at)
                parts += patterns
        return Group(tuple(parts), self._slice(begin, at + 1)), at + 1

    def _clause(self, at: int) -> tuple[Element, int]:
        """What a keyword or a brace begins."""
        begin, word = at, self._word(at)
        if word in ("OPTIONAL", "MINUS"):
            group, at = self._group(at + 1)
            return Inner(word, group, self._slice(begin, at)), at
        if word == "GRAPH":
            group, at = self._group(at + 2)
            return Inner(word, group, self._slice(begin, at), self._tokens[begin + 1]), at
        if word == "BIND":
            found, at = self._filter(at)
            target = self._tokens[at - 2].text
            return Block("bind", self._slice(begin, at), found.variables() - {target}, target), at
        if word == "VALUES":
            at = self._behind(at + 1) if self._is(at + 1, "(") else at + 2
            at = self._behind(at)
            return Block("values", self._slice(begin, at), self._mentioned(begin, at)), at
        if self._is(at, "{"):
            return self._union(at)
        raise Unread

    def _union(self, at: int) -> tuple[Element, int]:
        if self._word(at + 1) == "SELECT":
            end = self._behind(at)
            if self._word(end) == "UNION":
                raise Unread
            return Block("select", self._slice(at, end), self._mentioned(at, end)), end
        branch, at = self._group(at)
        branches = [branch]
        while self._word(at) == "UNION":
            branch, at = self._group(at + 1)
            branches.append(branch)
        return Union(tuple(branches)), at

    def _filter(self, at: int) -> tuple[Filter, int]:
        """From the keyword to behind its constraint."""
        begin, depth = at, 0
        variables: set[str] = set()
        parts: list[str | Group] = []
        while True:
            at += 1
            token = self._tokens[at]
            if self._word(at) == "EXISTS":
                parts.append(self._slice(begin, at + 1))
                group, begin = self._group(at + 1)
                parts.append(group)
                at = begin - 1
                if depth == 0:
                    return Filter(tuple(parts), frozenset(variables)), begin
                continue
            if token.kind == "sign" and token.text in "{}":
                raise Unread
            if token.kind == "var":
                variables.add(token.text)
            depth += self._is(at, "(") - self._is(at, ")")
            if depth == 0 and self._is(at, ")"):
                parts.append(self._slice(begin, at + 1))
                return Filter(tuple(parts), frozenset(variables)), at + 1

    def _triples(self, at: int) -> tuple[list[Element], int]:
        """A subject with its property list; taken as a whole where brackets stand in it."""
        begin, end = at, at
        while not (self._is(end, ".") or self._is(end, "{") or self._is(end, "}")):
            if self._word(end) in _ENDS:
                break
            end = self._behind(end) if self._is(end, "[") or self._is(end, "(") else end + 1
        if any(self._is(i, "[") for i in range(begin, end)):
            return [Block("triples", self._slice(begin, end), self._mentioned(begin, end))], end
        return list(self._patterns(begin, end)), end

    def _patterns(self, at: int, end: int) -> Iterator[Pattern]:
        subject, at = self._term(at)
        while at < end:
            begin, at = at, self._path(at)
            path = self._slice(begin, at)
            inside = self._mentioned(begin, at)
            reflexive = any(self._is(i, sign) for i in range(begin, at) for sign in "*?")
            first = self._tokens[begin]
            plain = at == begin + 1 and first.kind != "var"
            predicate = (first.text if first.kind == "iri" else RDF.TYPE) if plain else ""
            while True:
                start = at
                value, at = self._term(at)
                source = f"{subject.source} {path} {self._slice(start, at)}"
                yield Pattern(subject, path, value, source, predicate, inside, reflexive)
                if not self._is(at, ","):
                    break
                at += 1
            while self._is(at, ";"):
                at += 1
        if at != end:
            raise Unread

    def _term(self, at: int) -> tuple[Token, int]:
        token = self._tokens[at]
        if token.kind not in _TERMS and self._word(at) not in ("TRUE", "FALSE"):
            raise Unread
        at += 1
        if token.kind == "string" and self._is(at, "^^"):
            at += 2
        elif token.kind == "string" and self._tokens[at].kind == "language":
            at += 1
        return token, at

    def _path(self, at: int) -> int:
        """Behind a verb."""
        if self._tokens[at].kind == "var":
            return at + 1
        while True:
            while self._is(at, "^") or self._is(at, "!"):
                at += 1
            if self._is(at, "("):
                at = self._behind(at)
            elif self._tokens[at].kind == "iri" or self._tokens[at].text == "a":
                at += 1
            else:
                raise Unread
            if any(self._is(at, sign) for sign in "?*+"):
                at += 1
            if not (self._is(at, "/") or self._is(at, "|")):
                return at
            at += 1

    # tokens

    def _behind(self, at: int) -> int:
        """Behind the bracket that ends what begins here."""
        depth = 0
        while True:
            token = self._tokens[at]
            if token.kind == "sign":
                depth += (token.text in ("(", "{", "[")) - (token.text in (")", "}", "]"))
            at += 1
            if depth == 0:
                return at

    def _mentioned(self, begin: int, end: int) -> frozenset[str]:
        return frozenset(t.text for t in self._tokens[begin:end] if t.kind == "var")

    def _slice(self, begin: int, end: int) -> str:
        if begin >= end:
            return ""
        last = self._tokens[end - 1]
        return self._text[self._tokens[begin].start : last.start + len(last.source)]

    def _word(self, at: int) -> str:
        token = self._tokens[at] if at < len(self._tokens) else None
        return token.text if token is not None and token.kind == "word" else ""

    def _is(self, at: int, sign: str) -> bool:
        return at < len(self._tokens) and self._tokens[at].kind == "sign" and self._tokens[at].text == sign

    def _expect(self, at: int, sign: str) -> None:
        if not self._is(at, sign):
            raise Unread


def _computed(head: Sequence[Token]) -> Iterator[str]:
    """The variables in brackets of a projection."""
    depth = 0
    for token in head:
        if token.kind == "sign" and token.text in "()":
            depth += 1 if token.text == "(" else -1
        elif token.kind == "var" and depth:
            yield token.text
