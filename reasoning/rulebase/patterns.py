"""A rule's pattern as a tree, read from the tokens of a query that the gate has admitted.

A group holds its elements in order. What is not taken apart raises `Unreadable`: sub-SELECTs, grouping, blank
nodes with properties, lists, quoted triples, paths of any predicate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from ...graph.terms import Literal, NamedNode, from_turtle
from .paths import Path, Unreadable, read_path
from .scoping import outer_projection
from .tokens import Token, iri_of, prefixes, tokens_of

_COMPUTED: Final = frozenset({"FILTER", "BIND", "VALUES"})
_GROUPING: Final = frozenset({"GROUP", "HAVING", "LIMIT", "OFFSET"})


@dataclass(frozen=True, slots=True)
class Var:
    """A variable, by its name."""

    name: str


Term: TypeAlias = Var | NamedNode | Literal


@dataclass(frozen=True, slots=True)
class Pattern:
    """A triple pattern. `path` is None where the predicate is a variable, `predicate`."""

    subject: Term
    path: Path | None
    object: Term
    predicate: Var | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """What the engine computes: FILTER without EXISTS, BIND, VALUES, and a dot."""

    text: str


@dataclass(frozen=True, slots=True)
class Held:
    """`[NOT] EXISTS { … }` in an expression: where it stands, in characters of the condition's text."""

    start: int
    end: int
    is_negated: bool
    group: "Group"


@dataclass(frozen=True, slots=True)
class Condition:
    """FILTER with EXISTS somewhere in it."""

    text: str
    held: tuple[Held, ...]

    @property
    def whole(self) -> Held | None:
        """What it holds, where that is the whole condition."""
        (one,) = self.held[:1]
        is_whole = not self.text[len("FILTER") : one.start].strip() and not self.text[one.end :].strip()
        return one if len(self.held) == 1 and is_whole else None


@dataclass(frozen=True, slots=True)
class Union:
    """`{ … } UNION { … }`; a group in a group is one of one branch."""

    branches: tuple["Group", ...]


@dataclass(frozen=True, slots=True)
class Optional:
    """`OPTIONAL { … }`: it proves nothing, unless a filter asks for it."""

    group: "Group"


@dataclass(frozen=True, slots=True)
class Without:
    """`MINUS { … }`."""

    group: "Group"


@dataclass(frozen=True, slots=True)
class InGraph:
    """`GRAPH term { … }`; in the request's own graph nothing of governance is proven."""

    term: str
    group: "Group"

    @property
    def is_request(self) -> bool:
        """Whether it asks the request's facts."""
        return self.term.lstrip("?$") == "request"


Element: TypeAlias = Pattern | Text | Condition | Union | Optional | Without | InGraph


@dataclass(frozen=True, slots=True)
class Group:
    """What stands between braces, and its text with them."""

    elements: tuple[Element, ...]
    text: str
    variables: frozenset[str]


@dataclass(frozen=True, slots=True)
class Query:
    """A rule's query: what stands before SELECT, and the group."""

    prologue: str
    group: Group


@lru_cache(maxsize=1024)
def read_query(text: str) -> Query:
    """The tree of a rule's text; raises `Unreadable`."""
    tokens = tokens_of(text)
    known, start = prefixes(tokens)
    scope = outer_projection(tokens)
    if any(t.kind == "word" and t.text in _GROUPING for t in tokens[scope.body : scope.end]):
        raise Unreadable("a group of solutions, or a part of them")
    if any(t.kind == "sign" and t.text == "(" for t in tokens[start : scope.body]):
        raise Unreadable("a computed column")
    reader = _Reader(text, tokens, known)
    group, _ = reader.group(next(i for i in range(scope.body, len(tokens)) if tokens[i].text == "{"))
    return Query(text[: tokens[scope.start].start], group)


class _Reader:
    """Walks over tokens; each method takes a place among them and gives back what it read, and the place behind."""

    def __init__(self, text: str, tokens: Sequence[Token], known: Mapping[str, str]):
        self._text = text
        self._tokens = tokens
        self._known = known

    def group(self, at: int) -> tuple[Group, int]:
        """From `{` to behind its `}`."""
        start = at
        at += 1
        elements: list[Element] = []
        while self._sign(at) != "}":
            found, at = self._element(at)
            elements += found
        at += 1
        names = frozenset(t.text for t in self._tokens[start:at] if t.kind == "var")
        return Group(tuple(elements), self._between(start, at), names), at

    def _element(self, at: int) -> tuple[list[Element], int]:
        token = self._tokens[at]
        word = token.text if token.kind == "word" else ""
        if self._sign(at) == "{":
            return self._union(at)
        if word in _COMPUTED:
            return self._computed(at)
        if word in ("OPTIONAL", "MINUS"):
            group, end = self.group(at + 1)
            return [Optional(group) if word == "OPTIONAL" else Without(group)], end
        if word == "GRAPH":
            group, end = self.group(at + 2)
            return [InGraph(self._tokens[at + 1].source, group)], end
        if self._sign(at) == ".":
            return [], at + 1
        if word and word != "a":
            raise Unreadable(f"`{word}`")
        return self._triples(at)

    def _union(self, at: int) -> tuple[list[Element], int]:
        branches: list[Group] = []
        while True:
            if self._tokens[at + 1].kind == "word" and self._tokens[at + 1].text == "SELECT":
                raise Unreadable("a sub-SELECT")
            group, at = self.group(at)
            branches.append(group)
            if not (self._tokens[at].kind == "word" and self._tokens[at].text == "UNION"):
                return [Union(tuple(branches))], at
            at += 1

    def _computed(self, at: int) -> tuple[list[Element], int]:
        """FILTER, BIND or VALUES, to behind the brackets or the EXISTS that it is."""
        start = at
        begin = self._tokens[start].start
        end = at + 1
        while self._sign(end) not in ("(", "{"):
            end += 1
        if self._tokens[start].text == "VALUES" and self._sign(end) == "(":
            end = self._behind(end)  # the variables; what they are given follows
        end = self._behind(end)
        held: list[Held] = []
        at += 1
        while at < end:
            if self._tokens[at].kind == "word" and self._tokens[at].text == "EXISTS":
                is_negated = self._tokens[at - 1].kind == "word" and self._tokens[at - 1].text == "NOT"
                first = self._tokens[at - is_negated].start
                group, at = self.group(at + 1)
                last = self._tokens[at - 1].start + 1
                held.append(Held(first - begin, last - begin, is_negated, group))
            else:
                at += 1
        text = self._between(start, end)
        if held and self._tokens[start].text == "BIND":
            raise Unreadable("EXISTS in a BIND")
        return [Condition(text, tuple(held)) if held else Text(text)], end

    def _behind(self, at: int) -> int:
        """Behind a bracket's end."""
        depth = 0
        while True:
            sign = self._sign(at)
            depth += (sign in ("(", "{", "[")) - (sign in (")", "}", "]"))
            at += 1
            if depth == 0:
                return at

    def _triples(self, at: int) -> tuple[list[Element], int]:
        """A subject with its property list."""
        found: list[Element] = []
        subject, after = self._term(at)
        said = self._between(at, after)
        at = after
        while True:
            begin = at
            path, predicate, at = self._path(at)
            verb = self._between(begin, at)
            while True:
                begin = at
                value, at = self._term(at)
                text = f"{said} {verb} {self._between(begin, at)} ."
                found.append(Pattern(subject, path, value, predicate, text))
                if self._sign(at) != ",":
                    break
                at += 1
            if self._sign(at) != ";":
                return found, at
            while self._sign(at) == ";":
                at += 1
            if self._sign(at) in (".", "}"):
                return found, at

    def _path(self, at: int) -> tuple[Path | None, Var | None, int]:
        """A predicate or path, and where its object begins."""
        if self._tokens[at].kind == "var":
            return None, Var(self._tokens[at].text), at + 1
        start = at
        wants = True  # a primary comes next
        while True:
            sign = self._sign(at)
            if wants and sign == "(":
                at, wants = self._behind(at), False
            elif wants and sign in ("^", "!"):
                at += 1
            elif wants:
                at, wants = at + 1, False
            elif sign in ("/", "|"):
                at, wants = at + 1, True
            elif sign in ("?", "*", "+"):
                at += 1
            else:
                return read_path(self._tokens[start:at], self._known), None, at

    def _term(self, at: int) -> tuple[Term, int]:
        """A subject or object, and the place behind it."""
        token = self._tokens[at]
        if token.kind == "var":
            return Var(token.text), at + 1
        if token.kind in ("iri", "name"):
            iri = iri_of(token, self._known)
            if iri is None:
                raise Unreadable("a relative IRI")
            return NamedNode(iri), at + 1
        end = at + 1
        if token.kind == "string":
            if end < len(self._tokens) and self._tokens[end].kind == "language":
                end += 1
            elif self._sign(end) == "^^":
                end += 2
        elif token.kind not in ("number", "word"):  # a word: true, false
            raise Unreadable(f"`{token.text}`")
        return self._literal(self._between(at, end)), end

    def _literal(self, text: str) -> Literal:
        """What a literal's text stands for: Turtle writes it as SPARQL does (SPARQL 1.1 §4.1.2)."""
        declared = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in self._known.items())
        (quad,) = from_turtle(f"{declared}<urn:x> <urn:x> {text} .".encode())
        if not isinstance(quad.object, Literal):
            raise Unreadable(f"`{text}`")
        return quad.object

    def _sign(self, at: int) -> str:
        """The sign at a place; empty where there is another token, or none."""
        return self._tokens[at].text if at < len(self._tokens) and self._tokens[at].kind == "sign" else ""

    def _between(self, start: int, end: int) -> str:
        """The text of some tokens."""
        last = self._tokens[end - 1]
        return self._text[self._tokens[start].start : last.start + len(last.source)]
