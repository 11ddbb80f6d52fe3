"""The quads of templates and data (SPARQL 1.1 §19.8, rules 49 to 54 and 75 to 105), read over tokens."""

import re
from dataclasses import dataclass
from typing import Final

from ..errors import TooLarge
from ..terms import BlankNode, Literal, NamedNode
from ..vocabulary import XSD
from .cursor import Cursor
from .lexer import Token, broken
from .names import Names
from .shape import RDF
from .updates import Pattern, Slot, Var

_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_TYPE, _FIRST, _REST, _NIL = (NamedNode(RDF + name) for name in ("type", "first", "rest", "nil"))


@dataclass(slots=True)
class Budget:
    """How many quads and characters an update may still hold in its templates, and how deep they nest."""

    quads: int
    characters: int
    depth: int

    def spend(self, quads: int, characters: int) -> None:
        """Raises `TooLarge` when it is used up."""
        self.quads -= quads
        self.characters -= characters
        if self.quads < 0 or self.characters < 0:
            limit = "quads" if self.quads < 0 else "bytes"
            raise TooLarge(
                f"the update has too many {limit} in its templates and data",
                hint="send it in parts, or bring in a file through a source",
                details={"limit": limit},
            )


class Template:
    """Reads one template or data block. `variables` and `blanks` say whether these may stand in it."""

    def __init__(
        self,
        cursor: Cursor,
        names: Names,
        budget: Budget,
        default: NamedNode,
        *,
        variables: bool,
        blanks: bool,
    ):
        self.labels: set[str] = set()
        self._cursor, self._names, self._budget = cursor, names, budget
        self._default = default
        self._variables, self._blanks = variables, blanks
        self._nodes: dict[str, BlankNode] = {}
        self._made = 0
        self._depth = 0
        self._found: list[Pattern] = []
        self._graph_slot: NamedNode | Var = default

    def read(self) -> tuple[Pattern, ...]:
        """The quads between braces (rule 49, Quads); raises `QueryRefused` and `TooLarge`."""
        cursor = self._cursor
        cursor.expect("{")
        while not cursor.is_sign("}"):
            if cursor.accept("graph"):
                self._graph_slot = self._named()
                cursor.expect("{")
                self._triples()
                cursor.expect("}")
                self._graph_slot = self._default
                if cursor.is_sign("."):
                    cursor.take()
            else:
                self._triples()
        cursor.take()
        return tuple(self._found)

    def _named(self) -> NamedNode | Var:
        term = self._term()
        if isinstance(term, NamedNode | Var):
            return term
        raise broken("a graph has an IRI as its name", self._cursor.text, self._cursor.peek()[2])

    def _triples(self) -> None:
        """Triples up to a brace or GRAPH (rule 52)."""
        cursor = self._cursor
        while not cursor.is_sign("}") and not cursor.is_word("graph"):
            needs = True
            if cursor.is_sign("["):
                subject, needs = self._bracket()
            elif cursor.is_sign("("):
                subject, needs = self._collection()
            else:
                subject = self._term()
            if isinstance(subject, Literal):
                raise broken("a literal is no subject", cursor.text, cursor.peek()[2])
            if needs or not (cursor.is_sign(".") or cursor.is_sign("}") or cursor.is_word("graph")):
                self._properties(subject)
            if not cursor.is_sign("."):
                return
            cursor.take()

    def _properties(self, subject: Slot) -> None:
        """Verbs with their objects (rule 77)."""
        cursor = self._cursor
        while True:
            predicate = self._verb()
            while True:
                self._add(subject, predicate, self._node())
                if not cursor.is_sign(","):
                    break
                cursor.take()
            if not cursor.is_sign(";"):
                return
            while cursor.is_sign(";"):
                cursor.take()
            if any(cursor.is_sign(sign) for sign in (".", "}", "]")) or cursor.is_word("graph"):
                return

    def _verb(self) -> Slot:
        kind, text, start = self._cursor.peek()
        if kind == "word" and text == "a":
            self._cursor.take()
            return _TYPE
        term = self._term()
        if isinstance(term, NamedNode | Var):
            return term
        raise broken(f"`{text[:40]}` is no predicate", self._cursor.text, start)

    def _node(self) -> Slot:
        if self._cursor.is_sign("["):
            return self._bracket()[0]
        if self._cursor.is_sign("("):
            return self._collection()[0]
        return self._term()

    def _bracket(self) -> tuple[Slot, bool]:
        """A blank node in brackets, and whether it must have properties behind it (rules 99 and 138)."""
        cursor = self._cursor
        node = self._blank(cursor.take())
        if cursor.is_sign("]"):
            cursor.take()
            return node, True
        self._deeper()
        self._properties(node)
        cursor.expect("]")
        self._depth -= 1
        return node, False

    def _collection(self) -> tuple[Slot, bool]:
        """A collection, and whether it must have properties behind it (rules 102 and 161)."""
        cursor = self._cursor
        opened = cursor.take()
        if cursor.is_sign(")"):
            cursor.take()
            return _NIL, True
        self._deeper()
        first = node = self._blank(opened)
        while True:
            self._add(node, _FIRST, self._node())
            if cursor.is_sign(")"):
                break
            following = self._blank(opened)
            self._add(node, _REST, following)
            node = following
        self._add(node, _REST, _NIL)
        cursor.take()
        self._depth -= 1
        return first, False

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > self._budget.depth:
            raise TooLarge(
                f"brackets are nested more than {self._budget.depth} deep", details={"limit": "depth"}
            )

    def _add(self, subject: Slot, predicate: Slot, value: Slot) -> None:
        pattern = Pattern(subject, predicate, value, self._graph_slot)
        self._budget.spend(1, 0)
        self._found.append(pattern)

    # terms

    def _term(self) -> Slot:
        """A variable or a term (rule 106)."""
        cursor = self._cursor
        token = cursor.peek()
        kind, text, start = token
        if kind == "word" and text.lower() in ("true", "false"):
            cursor.take()
            return Literal(text.lower(), datatype=NamedNode(XSD.BOOLEAN))
        if kind not in ("iri", "name", "var", "blank", "string", "number"):
            raise cursor.unexpected()
        cursor.take()
        self._budget.spend(0, len(text))
        if kind == "var":
            if not self._variables:
                raise broken(f"`{text[:40]}` is a variable, and data have none", cursor.text, start)
            return Var(text[1:])
        if kind == "blank":
            return self._blank(token)
        if kind == "string":
            return self._literal(token)
        if kind == "number":
            return Literal(text, datatype=NamedNode(_number(text)))
        return self._iri(token)

    def _iri(self, token: Token) -> NamedNode:
        iri = self._names.absolute(token)
        self._budget.spend(0, len(iri))
        try:
            return NamedNode(iri)
        except ValueError:
            raise broken(f"`{iri[:80]}` is no IRI", self._cursor.text, token[2]) from None

    def _literal(self, token: Token) -> Literal:
        cursor = self._cursor
        value = _unquoted(token[1])
        kind, text, start = cursor.peek()
        if kind == "language":
            cursor.take()
            if "--" in text:
                raise broken(f"`{text}` is of RDF 1.2, and only RDF 1.1 is written", cursor.text, start)
            try:
                return Literal(value, language=text[1:])
            except ValueError:
                raise broken(f"`{text[:40]}` is no language tag", cursor.text, start) from None
        if not cursor.is_sign("^^"):
            return Literal(value)
        cursor.take()
        if cursor.peek()[0] not in ("iri", "name"):
            raise cursor.unexpected()
        datatype = self._iri(cursor.take())
        if datatype.value in (RDF + "langString", RDF + "dirLangString"):
            raise broken("a text of this datatype has a language tag", cursor.text, start)
        return Literal(value, datatype=datatype)

    def _blank(self, token: Token) -> BlankNode:
        """A labelled blank node, or a new one for a bracket."""
        kind, text, start = token
        if not self._blanks:
            raise broken("no blank node can stand in what is deleted", self._cursor.text, start)
        if kind == "blank":
            self.labels.add(text)
            if text in self._nodes:
                return self._nodes[text]
        self._made += 1
        node = BlankNode(f"n{self._made}")
        if kind == "blank":
            self._nodes[text] = node
        return node


def _number(text: str) -> str:
    """The datatype of a number (§4.1.2)."""
    if "e" in text.lower():
        return XSD.DOUBLE
    return XSD.DECIMAL if "." in text else XSD.INTEGER


def _unquoted(text: str) -> str:
    """What stands between quotes, its escapes (rule 160) taken back."""
    quotes = 3 if text[:3] in ('"""', "'''") and len(text) >= 6 else 1
    inner = text[quotes:-quotes]
    if "\\" not in inner:
        return inner
    return _ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[1]), inner)
