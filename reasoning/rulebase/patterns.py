"""The terms and paths of a rule's triple patterns, and the EXISTS in its conditions, as proofs need them.

Read from a rule's tree (`groups`). What is not taken apart raises `Unreadable`.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from ...graph.terms import Literal, NamedNode, from_turtle
from . import groups
from .groups import Group
from .paths import Path, Unreadable, read_path
from .tokens import Token, iri_of, tokens_of

_EXISTS: Final = re.compile(r"(NOT\s+)?EXISTS$", re.IGNORECASE)


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
class Held:
    """`[NOT] EXISTS { … }` in an expression: where it stands, in characters of the condition's text."""

    start: int
    end: int
    is_negated: bool
    group: Group


@dataclass(frozen=True, slots=True)
class Condition:
    """FILTER with its text, and what it holds of EXISTS."""

    text: str
    held: tuple[Held, ...]

    @property
    def whole(self) -> Held | None:
        """What it holds, where that is the whole condition."""
        (one,) = self.held[:1] or (None,)
        if one is None or len(self.held) > 1:
            return None
        around = self.text[len("FILTER") : one.start] + self.text[one.end :]
        return None if around.strip() else one


def read_condition(found: groups.Filter) -> Condition:
    """A filter, with the places of the groups that it asks to exist or not to."""
    text = ""
    held: list[Held] = []
    for part in found.parts:
        if isinstance(part, str):
            text += part
            continue
        asked = _EXISTS.search(text)
        if asked is None:
            raise Unreadable("a group in an expression")
        text += part.source
        held.append(Held(asked.start(), len(text), asked[1] is not None, part))
    return Condition(text, tuple(held))


@lru_cache(maxsize=4096)
def read_pattern(found: groups.Pattern) -> Pattern:
    """A triple pattern with its terms and its path; raises `Unreadable`."""
    written = found.source.removeprefix(f"{found.subject.source} {found.path} ")
    ends = (_term(found.subject, found.subject.source), _term(found.object, written))
    path, predicate = None, None
    tokens = tokens_of(found.path)
    if tokens[0].kind == "var":
        predicate = Var(tokens[0].text)
    else:
        path = read_path(tokens, {})
    return Pattern(ends[0], path, ends[1], predicate, f"{found.source} .")


def _term(token: Token, written: str) -> Term:
    """A subject or object; `written` is all of its text."""
    if token.kind == "var":
        return Var(token.text)
    if token.kind == "iri":
        iri = iri_of(token, {})
        if iri is None:
            raise Unreadable("a relative IRI")
        return NamedNode(iri)
    return _literal(written)


def _literal(text: str) -> Literal:
    """What a literal's text stands for: Turtle writes it as SPARQL does (SPARQL 1.1 §4.1.2)."""
    (quad,) = from_turtle(f"<urn:x> <urn:x> {text} .".encode())
    if not isinstance(quad.object, Literal):
        raise Unreadable(f"`{text}`")
    return quad.object
