"""What an operation may cost, measured before graphql-core looks at it.

Tokens and nesting are counted by graphql-core's lexer, which does not recurse; only then is the text parsed.
Fragments are counted as often as they are spread, without spreading them.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Source,
    TokenKind,
    parse,
)
from graphql.language import Lexer

from ...graph.errors import TooLarge

_OPEN = frozenset({TokenKind.BRACE_L, TokenKind.PAREN_L, TokenKind.BRACKET_L})
_CLOSE = frozenset({TokenKind.BRACE_R, TokenKind.PAREN_R, TokenKind.BRACKET_R})


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one operation may have."""

    characters: int = 1_000_000
    tokens: int = 10_000
    nesting: int = 60  # brackets of any kind, in one definition
    depth: int = 20  # fields below fields, fragments spread
    fields: int = 1_000  # fragments spread
    aliases: int = 100
    directives: int = 200
    roots: int = 30  # root fields
    queries: int = 100  # SPARQL queries
    variables: int = 20  # nesting of a variable's value


@dataclass(frozen=True, slots=True)
class Size:
    """What a selection set comes to with its fragments spread."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0

    def beside(self, other: "Size") -> "Size":
        return Size(
            max(self.depth, other.depth),
            self.fields + other.fields,
            self.aliases + other.aliases,
            self.directives + other.directives,
        )


class Documents:
    """Parsed documents by their text, the latest few."""

    def __init__(self, limits: Limits, keep: int = 256):
        self._limits = limits
        self._keep = keep
        self._kept: OrderedDict[str, DocumentNode] = OrderedDict()
        self._lock = Lock()

    def parse(self, text: str) -> DocumentNode:
        """The document; raises `TooLarge`, or `GraphQLSyntaxError`."""
        with self._lock:
            if (known := self._kept.get(text)) is not None:
                self._kept.move_to_end(text)
                return known
        scan(text, self._limits)
        document = parse(text)
        weigh(document, self._limits)
        with self._lock:
            self._kept[text] = document
            while len(self._kept) > self._keep:
                self._kept.popitem(last=False)
        return document


def scan(text: str, limits: Limits) -> None:
    """Counts tokens and nesting; raises `TooLarge`, or `GraphQLSyntaxError` for what is no token."""
    _hold("characters", len(text), limits.characters)
    lexer = Lexer(Source(text))
    tokens = nesting = 0
    while (kind := lexer.advance().kind) is not TokenKind.EOF:
        tokens += 1
        if kind in _OPEN:
            nesting += 1
        elif kind in _CLOSE:
            nesting -= 1
        _hold("tokens", tokens, limits.tokens)
        _hold("levels of brackets", nesting, limits.nesting)


def weigh(document: DocumentNode, limits: Limits) -> None:
    """Measures each operation with its fragments spread; raises `TooLarge`."""
    fragments = {
        node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    scales = _Scales(fragments)
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            size = scales.selected(node.selection_set)
            _hold("levels of fields", size.depth, limits.depth)
            _hold("fields", size.fields, limits.fields)
            _hold("aliases", size.aliases, limits.aliases)
            _hold("directives", size.directives + len(node.directives or ()), limits.directives)
            _hold("root fields", len(node.selection_set.selections), limits.roots)


class _Scales:
    """Sizes of selection sets. Recursion ends with the nesting that `scan` let pass and with fragments."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]):
        self._fragments = fragments
        self._known: dict[str, Size] = {}
        self._open: set[str] = set()

    def selected(self, selected: SelectionSetNode) -> Size:
        total = Size()
        for node in selected.selections:
            total = total.beside(self._one(node))
            total = total.beside(Size(directives=len(node.directives or ())))
        return total

    def _one(self, node: object) -> Size:
        if isinstance(node, FieldNode):
            inner = self.selected(node.selection_set) if node.selection_set else Size()
            aliased = node.alias is not None
            return Size(inner.depth + 1, inner.fields + 1, inner.aliases + aliased, inner.directives)
        if isinstance(node, InlineFragmentNode):
            return self.selected(node.selection_set)
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value)
        return Size()

    def _fragment(self, name: str) -> Size:
        """Unknown ones and cycles weigh nothing here: validation refuses them."""
        fragment = self._fragments.get(name)
        if fragment is None or name in self._open:
            return Size()
        if name not in self._known:
            self._open.add(name)
            _hold("fragments inside fragments", len(self._open), 30)
            self._known[name] = self.selected(fragment.selection_set)
            self._open.discard(name)
        return self._known[name]


def nested(value: object, most: int) -> None:
    """Refuses variables nested deeper than `most`; raises `TooLarge`."""
    level = [value]
    for _ in range(most):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return
    raise TooLarge(f"the variables nest deeper than {most} levels")


def _hold(what: str, found: int, most: int) -> None:
    if found > most:
        raise TooLarge(f"the operation has more than {most} {what}", hint="ask for less at a time")
