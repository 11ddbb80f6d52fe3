"""What a rule's text must be so that what is bound binds: projections, scopes, assignments.

With `substitutions=` a variable inside a sub-SELECT that does not project it is another variable, and what
the outer SELECT does not project is not bound at all: such a rule would silently speak of everybody.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...graph.errors import RuleInvalid
from ...graph.sparql import lexer
from .tokens import Token, iri_of, prefixes, tokens_of

READABLE: Final = ("purpose", "site", "now", "request")
"""What a header's `reads` may name."""
BOUND: Final = ("actor", *READABLE)
_ALSO: Final = {"approve": ("approver",)}  # bound where it is asked of one
_CLAUSES: Final = frozenset({"WHERE", "FROM", "{"})
_RESTLESS: Final = frozenset({"NOW", "RAND", "UUID", "STRUUID", "BNODE"})


@dataclass(frozen=True, slots=True)
class Scope:
    """One SELECT: where its projection ends and where the group that holds it does."""

    start: int
    body: int
    end: int


def check_scopes(text: str, path: Path | str, effect: str, columns: Sequence[str]) -> tuple[str, ...]:
    """The projection of a rule's outer SELECT; raises `RuleInvalid` with file and line."""
    tokens = tokens_of(text)
    _check_words(tokens, path)
    scopes = list(_scopes(tokens))
    if not scopes:
        raise refusal(path, 1, "a rule is a SELECT")
    outer = scopes[0]
    projected = _projection(tokens, outer, path)
    allowed = {*columns, "until"} if effect != "label" else set(columns)
    for name in columns:
        if name not in projected:
            raise refusal(path, tokens[outer.start].line, f"the SELECT does not project `?{name}`")
    for name in projected:
        if name not in allowed:
            raise refusal(path, tokens[outer.start].line, f"`{effect}` has no column `?{name}`")
    for scope in scopes:
        bound = (*BOUND, *_ALSO.get(effect, ()))
        _check_scope(tokens, scope, set(_projection(tokens, scope, path)), bound, path)
    if effect in ("rank", "label", "place", "approve", "level"):
        _check_silent(tokens, "actor", effect, path)
    return tuple(projected)


def speaks_of(text: str, variable: str) -> bool:
    """Whether a rule's pattern mentions a variable, its projections aside."""
    tokens = tokens_of(text)
    aside = {i for scope in _scopes(tokens) for i in range(scope.start, scope.body)}
    return any(t.kind == "var" and t.text == variable and i not in aside for i, t in enumerate(tokens))


def resolve(name: str, text: str, path: Path | str, line: int) -> str:
    """The IRI of `<…>` or a prefixed name, by the prefixes of a rule's text."""
    tokens = tokens_of(name)
    known, _ = prefixes(tokens_of(lexer.decode(text)))
    iri = iri_of(tokens[0], known) if len(tokens) == 1 else None
    if iri is None:
        raise refusal(path, line, f"`{name}` is no IRI", hint="write <…>, or use a PREFIX of the query")
    return iri


def outer_projection(tokens: Sequence[Token]) -> Scope:
    """The outer SELECT of a rule that was admitted."""
    return next(_scopes(tokens))


def over(text: str, dataset: str) -> str:
    """A rule's text with a dataset clause. Raises `IndexError` where nothing stands behind its projection."""
    tokens = tokens_of(text)
    body = tokens[outer_projection(tokens).body].start
    return f"{text[:body]}{dataset} {text[body:]}"


def refusal(path: Path | str, line: int, message: str, *, hint: str = "") -> RuleInvalid:
    """The refusal of a file, with the line."""
    return RuleInvalid(f"{path}:{line}: {message}", hint=hint, details={"file": str(path), "line": line})


def _check_words(tokens: Sequence[Token], path: Path | str) -> None:
    """A rule says the same of the same world: no clock, no dice."""
    for token in tokens:
        if token.kind == "word" and token.text in _RESTLESS:
            hint = "project and read `?now`" if token.text == "NOW" else ""
            raise refusal(path, token.line, f"a rule has no `{token.text}`", hint=hint)


def _scopes(tokens: Sequence[Token]) -> Iterator[Scope]:
    """Each SELECT with its reach: to the end of the group it stands in, or of the text."""
    for index, token in enumerate(tokens):
        if token.kind == "word" and token.text == "SELECT":
            body = next((i for i in range(index + 1, len(tokens)) if tokens[i].text in _CLAUSES), len(tokens))
            yield Scope(index, body, _end(tokens, index))


def _end(tokens: Sequence[Token], start: int) -> int:
    depth = 0
    for index in range(start, len(tokens)):
        if tokens[index].text == "{" and tokens[index].kind == "sign":
            depth += 1
        elif tokens[index].text == "}" and tokens[index].kind == "sign":
            depth -= 1
            if depth < 0:
                return index
    return len(tokens)


def _projection(tokens: Sequence[Token], scope: Scope, path: Path | str) -> list[str]:
    """The plain variables and aliases of a SELECT; an alias must not be a bound variable, `*` is refused."""
    names: list[str] = []
    depth = 0
    for index in range(scope.start + 1, scope.body):
        token = tokens[index]
        if token.kind == "sign" and token.text in "()":
            depth += 1 if token.text == "(" else -1
        elif token.kind == "sign" and token.text == "*" and depth == 0:
            raise refusal(path, token.line, "a rule names what it projects, `*` does not")
        elif token.kind == "var" and (depth == 0 or _is_alias(tokens, index)):
            names.append(token.text)
    return names


def _is_alias(tokens: Sequence[Token], index: int) -> bool:
    return tokens[index - 1].kind == "word" and tokens[index - 1].text == "AS"


def _check_scope(
    tokens: Sequence[Token], scope: Scope, projected: set[str], bound: Sequence[str], path: Path | str
) -> None:
    """Every bound variable that a SELECT mentions inside is projected by it, and assigned nowhere."""
    for index in range(scope.start, scope.end):
        token = tokens[index]
        if token.kind != "var" or token.text not in bound:
            continue
        if _is_alias(tokens, index):
            raise refusal(path, token.line, f"`?{token.text}` is bound and cannot be assigned")
        if token.text not in projected:
            raise refusal(
                path,
                tokens[scope.start].line,
                f"the SELECT mentions `?{token.text}` and does not project it",
                hint=f"write `SELECT … ?{token.text}`"
                + ("" if token.text not in READABLE else f", and `{token.text}` in the header's `reads`"),
            )


def _check_silent(tokens: Sequence[Token], name: str, effect: str, path: Path | str) -> None:
    for token in tokens:
        if token.kind == "var" and token.text == name:
            raise refusal(path, token.line, f"`{effect}` does not depend on `?{name}`")
