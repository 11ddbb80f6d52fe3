"""The triple patterns of a rule: what its proof is made of.

Read from the tokens of a query that the gate has admitted. What negates (`NOT EXISTS`, `MINUS`), computes
(`FILTER`, `BIND`, `VALUES`) or asks the request's own graph proves nothing and is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..graph.terms import NamedNode, Object
from .scoping import outer_projection
from .tokens import Token, iri_of, prefixes, tokens_of

_TERMS: Final = ("iri", "name", "var")
_COMPUTED: Final = frozenset({"FILTER", "BIND", "VALUES", "MINUS"})


@dataclass(frozen=True, slots=True)
class Term:
    """A variable by name, or an IRI; `is_variable` tells which."""

    text: str
    is_variable: bool

    def under(self, row: Mapping[str, Object]) -> Object | None:
        """The term that it stands for in a solution."""
        return row.get(self.text) if self.is_variable else NamedNode(self.text)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A triple pattern; a path is the steps it may take: predicates, backwards where `True` stands by."""

    subject: Term
    steps: tuple[tuple[str, bool], ...]
    object: Term


def patterns(text: str) -> tuple[Pattern, ...]:
    """The patterns of a rule's query between IRIs and variables, in order."""
    tokens = tokens_of(text)
    known, start = prefixes(tokens)
    found: list[Pattern] = []
    reader = _Reader(tokens, known, found)
    reader.group(next((i for i in range(start, len(tokens)) if tokens[i].text == "{"), len(tokens)))
    return tuple(found)


def widened(text: str, names: Sequence[str]) -> str | None:
    """The query with other variables projected; None where it groups, so that there are none."""
    tokens = tokens_of(text)
    scope = outer_projection(tokens)
    if any(t.kind == "word" and t.text in ("GROUP", "HAVING") for t in tokens[scope.body : scope.end]):
        return None
    select, body = tokens[scope.start], tokens[scope.body]
    variables = " ".join(f"?{name}" for name in names)
    return f"{text[: select.start]}SELECT DISTINCT {variables} {text[body.start :]}"


class _Reader:
    """Walks over a group's tokens and collects patterns."""

    def __init__(self, tokens: Sequence[Token], known: Mapping[str, str], found: list[Pattern]):
        self._tokens = tokens
        self._known = known
        self._found = found

    def group(self, at: int) -> int:
        """From `{` to behind its `}`."""
        at += 1
        while at < len(self._tokens) and self._tokens[at].text != "}":
            at = self._element(at)
        return at + 1

    def _element(self, at: int) -> int:
        token = self._tokens[at]
        if token.text == "{" and token.kind == "sign":
            return self.group(at)
        if token.kind == "word" and token.text in _COMPUTED:
            return self._computed(at)
        if token.kind == "word" and token.text == "GRAPH":
            is_request = self._tokens[at + 1].text == "request"
            return self._skip(at + 2) if is_request else self.group(at + 2)
        if token.kind == "word" and token.text == "SELECT":
            while self._tokens[at].text != "{":
                at += 1
            return self.group(at)
        if token.kind in _TERMS:
            return self._triples(at)
        return at + 1  # OPTIONAL, UNION, dots, modifiers

    def _computed(self, at: int) -> int:
        """Behind what follows FILTER, BIND, VALUES or MINUS; EXISTS is read, for it proves."""
        is_values = self._tokens[at].text == "VALUES"
        words: list[str] = []
        at += 1
        while at < len(self._tokens) and self._tokens[at].text not in ("(", "{"):
            words.append(self._tokens[at].text)
            at += 1
        if words[-1:] == ["EXISTS"] and words[-2:-1] != ["NOT"]:
            return self.group(at)
        is_list = is_values and self._tokens[at].text == "("
        at = self._skip(at)
        return self._skip(at) if is_list else at

    def _skip(self, at: int) -> int:
        """Behind a bracket's end."""
        depth = 0
        while at < len(self._tokens):
            text = self._tokens[at].text if self._tokens[at].kind == "sign" else ""
            depth += (text in ("(", "{", "[")) - (text in (")", "}", "]"))
            at += 1
            if depth == 0:
                break
        return at

    def _triples(self, at: int) -> int:
        """A subject with its property list."""
        subject = self._term(at)
        at += 1
        while True:
            at, steps = self._path(at)
            while True:
                found, at = self._object(at)
                if subject is not None and found is not None and steps:
                    self._found.append(Pattern(subject, steps, found))
                if self._sign(at) != ",":
                    break
                at += 1
            while self._sign(at) == ";":
                at += 1
            if not self._begins_path(at):
                return at

    def _object(self, at: int) -> tuple[Term | None, int]:
        """An object, None where it is a literal, a blank node or a list; and what comes behind it."""
        if self._sign(at) in ("[", "("):
            return None, self._skip(at)
        found = self._term(at)
        at += 1
        if self._sign(at) == "^^":
            return found, at + 2
        return found, at + (at < len(self._tokens) and self._tokens[at].kind == "language")

    def _sign(self, at: int) -> str:
        """The sign at a place; empty where there is another token, or none."""
        return self._tokens[at].text if at < len(self._tokens) and self._tokens[at].kind == "sign" else ""

    def _begins_path(self, at: int) -> bool:
        if at >= len(self._tokens) or self._sign(at - 1) != ";":
            return False
        token = self._tokens[at]
        return token.kind in _TERMS or token.text in ("a", "^", "(", "!")

    def _path(self, at: int) -> tuple[int, tuple[tuple[str, bool], ...]]:
        """The predicates of a path and where its object begins; a variable is no step to follow."""
        steps: list[tuple[str, bool]] = []
        backwards = False
        wants = True  # a primary comes next
        while at < len(self._tokens):
            token = self._tokens[at]
            if wants and token.text == "^":
                backwards = True
            elif wants and token.text == "(" and token.kind == "sign":
                end = self._skip(at)
                inner = [(iri_of(t, self._known), backwards) for t in self._tokens[at + 1 : end - 1]]
                steps += [(iri, back) for iri, back in inner if iri is not None]
                at, wants, backwards = end - 1, False, False
            elif wants and token.text != "!":
                iri = iri_of(token, self._known)
                steps += [(iri, backwards)] if iri is not None else []
                wants, backwards = False, False
            elif not wants and token.kind == "sign" and token.text in ("/", "|"):
                wants = True
            elif not (token.kind == "sign" and token.text in ("?", "*", "+", "!")):
                break
            at += 1
        return at, tuple(steps)

    def _term(self, at: int) -> Term | None:
        token = self._tokens[at]
        if token.kind == "var":
            return Term(token.text, True)
        iri = iri_of(token, self._known) if token.kind in ("iri", "name") else None
        return Term(iri, False) if iri is not None else None
