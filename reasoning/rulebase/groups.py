"""A rule's query as a tree: its groups, and in them triple patterns, unions, filters and what else there is.

Read from the tokens of a text that the gate has printed, in which every IRI is written out. What is read here
can be held against what is bound (`binding`) and asked in another order (`planning`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeAlias

from ...graph.errors import AmbitError
from ...graph.vocabulary import RDF
from .tokens import Token, tokens_of

_ENDS: Final = frozenset({"FILTER", "OPTIONAL", "MINUS", "BIND", "VALUES", "GRAPH", "SERVICE", "LATERAL"})
_TERMS: Final = frozenset({"iri", "var", "string", "number"})
_PARTIAL: Final = frozenset({"GROUP", "HAVING", "LIMIT", "OFFSET", "VALUES"})
_AGGREGATES: Final = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"})


class Unread(Exception):
    """The text has what this reader does not know; nothing is concluded from it then."""


@dataclass(frozen=True, slots=True)
class Group:
    """What stands between braces: elements in order, and filters, which hold for all of them."""

    elements: tuple["Element", ...]
    filters: tuple["Filter", ...] = ()

    def variables(self) -> frozenset[str]:
        """All that are mentioned inside."""
        return frozenset[str]().union(*(part.variables() for part in (*self.elements, *self.filters)))


@dataclass(frozen=True, slots=True)
class Pattern:
    """A triple pattern. Terms are as in the text; `predicate` is the IRI where it is one, empty for a path."""

    subject: Token
    path: str
    object: Token
    source: str
    predicate: str = ""
    inside: frozenset[str] = frozenset()  # variables in the place of the predicate
    is_reflexive: bool = False  # the path may be of length zero

    def ends(self) -> frozenset[str]:
        """The variables in the places of subject and object."""
        return frozenset(term.text for term in (self.subject, self.object) if term.kind == "var")

    def variables(self) -> frozenset[str]:
        return self.ends() | self.inside


@dataclass(frozen=True, slots=True)
class Block:
    """Something taken as a whole: its text, and the variables in it."""

    kind: str  # bind values select triples
    source: str
    mentioned: frozenset[str]  # but for what a BIND assigns
    target: str = ""  # what it assigns

    def variables(self) -> frozenset[str]:
        return self.mentioned | ({self.target} if self.target else frozenset[str]())


@dataclass(frozen=True, slots=True)
class Union:
    """One group or several, of which any may hold."""

    branches: tuple[Group, ...]

    def variables(self) -> frozenset[str]:
        return frozenset[str]().union(*(branch.variables() for branch in self.branches))


@dataclass(frozen=True, slots=True)
class Inner:
    """OPTIONAL, MINUS or GRAPH with its group; `graph` is the graph's term."""

    kind: str
    group: Group
    source: str
    graph: Token | None = None

    def variables(self) -> frozenset[str]:
        named = {self.graph.text} if self.graph is not None and self.graph.kind == "var" else set()
        return self.group.variables() | named


@dataclass(frozen=True, slots=True)
class Filter:
    """An expression, and the groups that it asks to exist or not to."""

    parts: tuple[str | Group, ...]  # as it stands in the text, groups apart
    mentioned: frozenset[str]  # outside of these groups

    @property
    def exists(self) -> tuple[Group, ...]:
        """The groups."""
        return tuple(part for part in self.parts if isinstance(part, Group))

    @property
    def written(self) -> str:
        """The expression without these groups."""
        return "".join(part for part in self.parts if isinstance(part, str))

    def variables(self) -> frozenset[str]:
        return self.mentioned.union(*(group.variables() for group in self.exists))


Element: TypeAlias = Pattern | Block | Union | Inner


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT: what stands before its group, the group, and what stands behind."""

    head: str
    where: Group
    tail: str
    computed: frozenset[str] = field(default_factory=frozenset)  # variables in expressions of the projection
    is_plain: bool = True  # no grouping, no part of the rows alone, no MINUS, no blank nodes with labels


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
        at += 1
        elements: list[Element] = []
        filters: list[Filter] = []
        while not self._is(at, "}"):
            if self._is(at, "."):
                at += 1
            elif self._word(at) == "FILTER":
                found, at = self._filter(at)
                filters.append(found)
            elif self._tokens[at].kind == "word" or self._is(at, "{"):
                element, at = self._clause(at)
                elements.append(element)
            else:
                patterns, at = self._triples(at)
                elements += patterns
        return Group(tuple(elements), tuple(filters)), at + 1

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
