"""Conditions: the part of CEL that SPARQL can say exactly, read and typed.

Read are literals, parameters, comparisons, `&&`, `||`, `!`, `?:`, arithmetic, `in`, `startsWith`, `endsWith`,
`contains`, `size` of a text, `timestamp("…")` and `duration("…")`. Whatever else raises `Inexpressible`: an
operator whose two sides are of different kinds, division of whole numbers (CEL cuts, SPARQL does not),
regular expressions (RE2 and XPath differ), maps, addresses, macros.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from ..times import moment
from . import celvalues
from .words import Condition, Parameter

DEPTH: Final = 48
"""How deep an expression may nest."""

LONGEST: Final = 4_000
"""Characters of an expression."""


class Inexpressible(Exception):
    """Something that no rule can say; the text says what."""


@dataclass(frozen=True, slots=True)
class Value:
    """A literal."""

    kind: str
    value: object


@dataclass(frozen=True, slots=True)
class Given:
    """A parameter; of a list, `kind` is `list` and `item` what it holds."""

    kind: str
    name: str
    item: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or a function over its arguments."""

    kind: str
    name: str
    arguments: "tuple[Expression, ...]"


Expression: TypeAlias = Value | Given | Call

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
      |(?P<text>[rR](?:'''.*?'''|\"\"\".*?\"\"\"|'[^'\n]*'|"[^"\n]*")
        |'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\"|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")
      |(?P<double>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)
      |(?P<whole>0x[0-9a-fA-F]+[uU]?|\d+[uU]?)
      |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
      |(?P<sign>&&|\|\||==|!=|<=|>=|[<>!+\-*/%?:(),.\[\]{}])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))",
    re.DOTALL,
)
_SHORT: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_PLAIN: Final = frozenset("\"'\\?`")
_ORDERED: Final = frozenset({"string", "int", "uint", "double", "timestamp", "duration", "bool"})
_ARITHMETIC: Final[Mapping[tuple[str, str, str], str]] = {
    **{(op, k, k): k for op in "+-*" for k in ("int", "double")},
    **{(op, "uint", "uint"): "uint" for op in "+*"},
    ("/", "double", "double"): "double",
    ("+", "string", "string"): "string",
    ("+", "timestamp", "duration"): "timestamp",
    ("+", "duration", "timestamp"): "timestamp",
    ("+", "duration", "duration"): "duration",
    ("-", "timestamp", "timestamp"): "duration",
    ("-", "timestamp", "duration"): "timestamp",
    ("-", "duration", "duration"): "duration",
}
_TESTS: Final = frozenset({"startsWith", "endsWith", "contains"})


def read(condition: Condition) -> Expression:
    """The expression of a condition; raises `Inexpressible`."""
    if len(condition.expression) > LONGEST:
        raise Inexpressible(f"the expression is longer than {LONGEST} characters")
    reader = _Reader(_tokens(condition.expression), condition.parameters)
    expression = reader.whole()
    if expression.kind != "bool":
        raise Inexpressible(f"the expression gives a {expression.kind}, not yes or no")
    return expression


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise Inexpressible(f"`{text[at : at + 10]}` is not read")
        if match.lastgroup != "space":
            tokens.append((match.lastgroup or "", match[0]))
        at = match.end()
    return tokens


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]], parameters: Mapping[str, Parameter]):
        self._tokens, self._parameters = tokens, parameters
        self._at = self._depth = 0

    def whole(self) -> Expression:
        found = self._choice()
        if self._at != len(self._tokens):
            raise Inexpressible(f"`{self._tokens[self._at][1]}` is not read here")
        return found

    def _peek(self) -> str:
        """The next sign or name; of a literal nothing, for no operator is one."""
        if self._at >= len(self._tokens):
            return ""
        kind, text = self._tokens[self._at]
        return text if kind in ("sign", "name") else ""

    def _take(self, *texts: str) -> str:
        found = self._peek()
        if found and found in texts:
            self._at += 1
            return found
        return ""

    def _need(self, text: str) -> None:
        if not self._take(text):
            raise Inexpressible(f"`{text}` is missing")

    # -- by how strongly operators bind

    def _choice(self) -> Expression:
        self._depth += 1
        if self._depth > DEPTH:
            raise Inexpressible(f"the expression nests deeper than {DEPTH}")
        found = self._either()
        if self._take("?"):
            yes = self._either()
            self._need(":")
            no = self._choice()
            if found.kind != "bool" or yes.kind != no.kind or yes.kind == "list":
                raise Inexpressible("`? :` is over different kinds")
            found = Call(yes.kind, "?:", (found, yes, no))
        self._depth -= 1
        return found

    def _either(self) -> Expression:
        found = self._both()
        while self._take("||"):
            found = _logic("||", found, self._both())
        return found

    def _both(self) -> Expression:
        found = self._relation()
        while self._take("&&"):
            found = _logic("&&", found, self._relation())
        return found

    def _relation(self) -> Expression:
        found = self._sum()
        while op := self._take("==", "!=", "<", "<=", ">", ">=", "in"):
            found = self._member_of(found) if op == "in" else _compared(op, found, self._sum())
        return found

    def _member_of(self, one: Expression) -> Expression:
        if self._take("["):
            items = () if self._take("]") else self._arguments("]")
            for item in items:
                _compared("==", one, item)
            return Call("bool", "in", (one, *items))
        many = self._unary()
        if not isinstance(many, Given) or many.kind != "list":
            raise Inexpressible(f"`in` asks a {many.kind}")
        if many.item != one.kind or one.kind not in _ORDERED:
            raise Inexpressible(f"`in` looks for a {one.kind} among {many.item or 'anything'}")
        return Call("bool", "among", (one, many))

    def _sum(self) -> Expression:
        found = self._product()
        while op := self._take("+", "-"):
            found = _calculated(op, found, self._product())
        return found

    def _product(self) -> Expression:
        found = self._unary()
        while op := self._take("*", "/", "%"):
            found = _calculated(op, found, self._unary())
        return found

    def _unary(self) -> Expression:
        self._depth += 1
        if self._depth > DEPTH:
            raise Inexpressible(f"the expression nests deeper than {DEPTH}")
        found = self._signed()
        self._depth -= 1
        return found

    def _signed(self) -> Expression:
        if self._take("!"):
            inner = self._unary()
            if inner.kind != "bool":
                raise Inexpressible(f"`!` of a {inner.kind}")
            return Call("bool", "!", (inner,))
        if self._take("-"):
            inner = self._unary()
            if inner.kind not in ("int", "double"):
                raise Inexpressible(f"`-` of a {inner.kind}")
            if isinstance(inner, Value) and isinstance(inner.value, int | float):
                return Value(inner.kind, -inner.value)
            return Call(inner.kind, "neg", (inner,))
        return self._member(self._primary())

    def _member(self, found: Expression) -> Expression:
        while op := self._take(".", "["):
            if op == "[":
                raise Inexpressible("an element of a list or map is asked for")
            _, name = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
            self._at += 1
            if not self._take("("):
                raise Inexpressible(f"the field `{name}` is asked for")
            arguments = () if self._take(")") else self._arguments(")")
            if name in _TESTS and found.kind == "string" and [a.kind for a in arguments] == ["string"]:
                found = Call("bool", name, (found, *arguments))
            elif name == "size" and found.kind == "string" and not arguments:
                found = Call("int", "size", (found,))
            else:
                raise Inexpressible(f"`{name}()` of a {found.kind} is not read")
        return found

    def _arguments(self, end: str) -> tuple[Expression, ...]:
        found = [self._choice()]
        while self._take(","):
            found.append(self._choice())
        self._need(end)
        return tuple(found)

    def _primary(self) -> Expression:
        if self._at >= len(self._tokens):
            raise Inexpressible("the expression ends early")
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind in ("text", "double", "whole"):
            return _value(kind, text)
        if text == "(":
            found = self._choice()
            self._need(")")
            return found
        if kind != "name":
            raise Inexpressible(f"`{text}` is not read here")
        if text in ("true", "false"):
            return Value("bool", text == "true")
        if self._take("("):
            return self._function(text, () if self._take(")") else self._arguments(")"))
        parameter = self._parameters.get(text)
        if parameter is None:
            raise Inexpressible(f"`{text}` is no parameter")
        if parameter.kind not in (*celvalues.DATATYPES, "list"):
            raise Inexpressible(f"`{text}` is a {parameter}")
        return Given(parameter.kind, text, parameter.item)

    def _function(self, name: str, arguments: tuple[Expression, ...]) -> Expression:
        if len(arguments) == 1 and isinstance(arguments[0], Value) and isinstance(arguments[0].value, str):
            text = arguments[0].value
            found = {"timestamp": moment, "duration": celvalues.duration}.get(name)
            if found is not None and (value := found(text)) is not None:
                return Value(name, value)
        if name == "size" and len(arguments) == 1 and arguments[0].kind == "string":
            return Call("int", "size", arguments)
        raise Inexpressible(f"`{name}()` is not read here")


def _logic(op: str, left: Expression, right: Expression) -> Expression:
    if left.kind != "bool" or right.kind != "bool":
        raise Inexpressible(f"`{op}` is over a {left.kind} and a {right.kind}")
    return Call("bool", op, (left, right))


def _compared(op: str, left: Expression, right: Expression) -> Expression:
    is_compared = left.kind in _ORDERED and (left.kind != "bool" or op in ("==", "!="))
    if left.kind != right.kind or not is_compared:
        raise Inexpressible(f"`{op}` compares a {left.kind} with a {right.kind}")
    return Call("bool", op, (left, right))


def _calculated(op: str, left: Expression, right: Expression) -> Expression:
    kind = _ARITHMETIC.get((op, left.kind, right.kind))
    if kind is None:
        raise Inexpressible(f"`{op}` of a {left.kind} and a {right.kind} is not read")
    return Call(kind, op, (left, right))


def _value(kind: str, text: str) -> Expression:
    if kind == "text":
        return Value("string", _string(text))
    if kind == "double":
        return Value("double", float(text))
    number = int(text.rstrip("uU"), 0)
    if number >= 2**63:
        raise Inexpressible(f"`{text}` is too large")
    return Value("uint" if text[-1] in "uU" else "int", number)


def _string(text: str) -> str:
    is_raw = text[0] in "rR"
    text = text[1:] if is_raw else text
    marks = 3 if text[:3] in ("'''", '"""') and len(text) >= 6 else 1
    inner = text[marks:-marks]
    return inner if is_raw else _ESCAPE.sub(_unescaped, inner)


def _unescaped(match: "re.Match[str]") -> str:
    digits = match[1] or match[2] or match[3] or match[4]
    if digits or match[5]:
        code = int(digits, 16) if digits else int(match[5], 8)
        if code > 0x10FFFF or 0xD800 <= code < 0xE000:
            raise Inexpressible(f"`{match[0]}` is no character")
        return chr(code)
    if match[6] in _SHORT:
        return _SHORT[match[6]]
    if match[6] in _PLAIN:
        return match[6]
    raise Inexpressible(f"`{match[0]}` is no escape")
