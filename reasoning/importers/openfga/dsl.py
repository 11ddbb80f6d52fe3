"""The modelling language (`.fga`, schema 1.1 and 1.2) read into a model: a scanner and a descent by hand."""

import re
from dataclasses import dataclass
from typing import Final

from ....graph.errors import TooLarge
from ..words import Place, invalid
from .words import (
    Computed,
    Condition,
    Difference,
    From,
    Intersection,
    Model,
    Parameter,
    Ref,
    Relation,
    Rewrite,
    This,
    Type,
    Union,
)

LIMIT: Final = 1_000_000
"""Bytes of a model's text."""

DEPTH: Final = 32
"""How deep parentheses may nest."""

SCHEMAS: Final = frozenset({"1.1", "1.2"})
KINDS: Final = frozenset(
    {"bool", "string", "int", "uint", "double", "duration", "timestamp", "ipaddress", "any"}
)

_TOKEN = re.compile(
    r"(?P<space>[ \t\f]+)|(?P<name>[A-Za-z_][A-Za-z0-9_/.\-]*)|(?P<number>\d+\.\d+)|(?P<sign>[\[\](),:#*{}<>])"
)
_STRING = re.compile(r"'''.*?'''|\"\"\".*?\"\"\"|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    line: int
    start: int


def read(text: str, name: str, *, first_line: int = 1) -> Model:
    """The model of a text that begins at a line of a file; raises `SourceInvalid` and `TooLarge` with the line."""
    if len(text.encode()) > LIMIT:
        raise TooLarge(f"`{name}` holds a model of more than {LIMIT} bytes", details={"file": name})
    return _Reader(_bare(text), name, first_line).model()


def _bare(text: str) -> str:
    """The text without its comments: a line that begins with `#`, and what follows ` #` in one."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("" if line.lstrip().startswith("#") else line.split(" #")[0] for line in lines)


class _Reader:
    def __init__(self, text: str, name: str, first_line: int):
        self._text, self._name, self._first = text, name, first_line
        self._at = 0
        self._line = first_line

    # -- tokens

    def _place(self) -> Place:
        return Place(self._name, self._line)

    def _skip(self) -> None:
        while self._at < len(self._text) and self._text[self._at] in " \t\f\n":
            if self._text[self._at] == "\n":
                self._line += 1
            self._at += 1

    def _peek(self) -> str:
        """The next token's text, empty at the end."""
        self._skip()
        if self._at >= len(self._text):
            return ""
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            raise invalid(self._place(), f"has `{self._text[self._at]}` where the language has no such sign")
        return match[0]

    def _next(self) -> str:
        token = self._peek()
        self._at += len(token)
        return token

    def _expect(self, *wanted: str) -> str:
        token = self._peek()
        if token not in wanted:
            said = " or ".join(f"`{one}`" for one in wanted)
            raise invalid(self._place(), f"has `{token or 'the end'}` where {said} belongs")
        return self._next()

    def _name_of(self, what: str) -> str:
        token = self._peek()
        if not token or not (token[0].isalpha() or token[0] == "_"):
            raise invalid(self._place(), f"has `{token or 'the end'}` where the name of a {what} belongs")
        return self._next()

    # -- the model

    def model(self) -> Model:
        if self._peek() in ("module", "extend"):
            raise invalid(
                self._place(),
                "is a module of a model, not a model",
                hint="combine the modules into one model first (`fga model transform`)",
            )
        self._expect("model")
        self._expect("schema")
        place, version = self._place(), self._next()
        if version not in SCHEMAS:
            raise invalid(place, f"has schema `{version}`, and 1.1 and 1.2 are read")
        types: dict[str, Type] = {}
        conditions: dict[str, Condition] = {}
        while word := self._peek():
            if word == "type":
                kind = self._type()
                if kind.name in types:
                    raise invalid(kind.place, f"defines the type `{kind.name}` twice")
                types[kind.name] = kind
            else:
                condition = self._condition()
                if condition.name in conditions:
                    raise invalid(condition.place, f"defines the condition `{condition.name}` twice")
                conditions[condition.name] = condition
        return Model(types, conditions)

    def _type(self) -> Type:
        self._expect("type")
        place = self._place()
        name = self._name_of("type")
        relations: dict[str, Relation] = {}
        if self._peek() == "relations":
            self._next()
            while self._peek() == "define":
                relation = self._define()
                if relation.name in relations:
                    raise invalid(relation.place, f"defines `{relation.name}` of `{name}` twice")
                relations[relation.name] = relation
        if self._peek() not in ("", "type", "condition"):
            raise invalid(self._place(), f"has `{self._peek()}` where `define` or `type` belongs")
        return Type(name, relations, place)

    def _define(self) -> Relation:
        self._expect("define")
        place = self._place()
        name = self._name_of("relation")
        self._expect(":")
        refs: list[Ref] = []
        rewrite = self._rewrite(refs, 0)
        return Relation(name, rewrite, tuple(refs), place)

    def _rewrite(self, refs: list[Ref], depth: int) -> Rewrite:
        """One operand, or several with one operator between them."""
        if depth > DEPTH:
            raise TooLarge(
                f"`{self._place()}` nests parentheses deeper than {DEPTH}", details={"file": self._name}
            )
        first = self._operand(refs, depth)
        operator = self._peek()
        if operator not in ("or", "and", "but"):
            return first
        parts = [first]
        while self._peek() == operator:
            self._next()
            if operator == "but":
                self._expect("not")
            parts.append(self._operand(refs, depth))
            if operator == "but":
                break
        if self._peek() in ("or", "and", "but"):
            raise invalid(
                self._place(),
                f"mixes `{operator}` and `{self._peek()}`",
                hint="put one of them in parentheses",
            )
        if operator == "but":
            return Difference(parts[0], parts[1])
        return Union(tuple(parts)) if operator == "or" else Intersection(tuple(parts))

    def _operand(self, refs: list[Ref], depth: int) -> Rewrite:
        word = self._peek()
        if word == "(":
            self._next()
            inner = self._rewrite(refs, depth + 1)
            self._expect(")")
            return inner
        if word == "[":
            if refs:
                raise invalid(self._place(), "lists direct types twice in one relation")
            refs += self._refs()
            return This()
        relation = self._name_of("relation")
        if self._peek() == "from":
            self._next()
            return From(relation, self._name_of("relation"))
        return Computed(relation)

    def _refs(self) -> list[Ref]:
        self._expect("[")
        refs = [self._ref()]
        while self._expect(",", "]") == ",":
            refs.append(self._ref())
        return refs

    def _ref(self) -> Ref:
        kind, relation, is_wildcard, condition = self._name_of("type"), "", False, ""
        if self._peek() == "#":
            self._next()
            relation = self._name_of("relation")
        elif self._peek() == ":":
            self._next()
            self._expect("*")
            is_wildcard = True
        if self._peek() == "with":
            self._next()
            condition = self._name_of("condition")
        return Ref(kind, relation, is_wildcard, condition)

    # -- conditions

    def _condition(self) -> Condition:
        self._expect("condition")
        place = self._place()
        name = self._name_of("condition")
        self._expect("(")
        parameters: dict[str, Parameter] = {}
        while True:
            parameter = self._name_of("parameter")
            if parameter in parameters:
                raise invalid(self._place(), f"has the parameter `{parameter}` twice")
            self._expect(":")
            parameters[parameter] = self._kind()
            if self._expect(",", ")") == ")":
                break
        self._expect("{")
        return Condition(name, parameters, self._body(), place)

    def _kind(self) -> Parameter:
        place, kind = self._place(), self._name_of("type")
        if kind in ("list", "map"):
            self._expect("<")
            item = self._name_of("type")
            self._expect(">")
            if item in KINDS:
                return Parameter(kind, item)
        elif kind in KINDS:
            return Parameter(kind)
        raise invalid(place, f"has a parameter of the type `{kind}`, which is not known")

    def _body(self) -> str:
        """The expression up to its brace; braces in strings are text."""
        start = self._at
        while self._at < len(self._text) and self._text[self._at] != "}":
            match = _STRING.match(self._text, self._at)
            step = match[0] if match else self._text[self._at]
            self._line += step.count("\n")
            self._at += len(step)
        if self._at >= len(self._text):
            raise invalid(self._place(), "ends inside a condition")
        self._at += 1
        return self._text[start : self._at - 1].strip()
