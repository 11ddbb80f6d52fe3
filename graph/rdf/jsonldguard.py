"""What a JSON-LD text must pass before the parser sees it: nothing outside is named, and its work is bounded.

Measured with Oxigraph 0.5.13: node objects nested 10,000 deep and prefixes of prefixes as long end the process that
parses them, 10,000 terms with contexts of their own take minutes. It fetches no context itself; it is told apart
here, so that the error names the context.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final, NoReturn, TypeAlias

from ..errors import SourceInvalid, TooLarge

DEPTH: Final = 128
"""How deep arrays and objects may nest, and how many terms may stand between a term and its IRI."""

TERMS: Final = 20_000
"""Terms that may be defined at one place of a text; the largest vocabularies have about 3,000."""

WORK: Final = 10_000_000
"""Terms that the parser may copy: all that hold, at each context inside of others, and at each value where terms
have contexts of their own. A million take about half a second."""

EXPANDED: Final = 300_000_000
"""Bytes that all triples may take: each holds its subject, predicate and object written out."""

IN_FORCE: Final = "the last version that parsed stays in force"
"""The hint of a file that does not parse; of what is no file of a workspace its reader says something else."""

# possessive, and a string without end is taken whole: each byte is looked at once
_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|(?P<open>[\[{])|(?P<close>[\]}])', re.DOTALL)
Pairs: TypeAlias = dict[str, Any]


def guard_json(data: bytes, name: str, hint: str) -> None:
    """Lets a JSON-LD text in UTF-8 pass that the parser survives.

    Raises `SourceInvalid`, with `context` in its details where one would have to be fetched, and `TooLarge`.
    """
    _guard_depth(data, name)
    found = _Found(data, name)
    try:
        document = json.loads(
            data,
            object_pairs_hook=found.unique,
            parse_constant=found.constant,
            parse_int=lambda _: 0,  # a number of any length
            parse_float=lambda _: 0.0,
        )
    except json.JSONDecodeError as error:
        raise SourceInvalid(
            f"`{name}:{error.lineno}` is not JSON: {error.msg[:1].lower()}{error.msg[1:]}",
            hint=hint,
            details={"file": name, "line": error.lineno, "column": error.colno},
        ) from None
    found.look(document, _Place())
    found.weigh()


def _guard_depth(data: bytes, name: str) -> None:
    """Brackets outside of strings nest up to `DEPTH`."""
    depth = 0
    for token in _TOKEN.finditer(data):
        if token.lastgroup == "open":
            depth += 1
            if depth > DEPTH:
                line = data.count(b"\n", 0, token.start()) + 1
                raise SourceInvalid(
                    f"`{name}:{line}` nests deeper than {DEPTH}", details={"file": name, "line": line}
                )
        elif token.lastgroup == "close":
            depth -= 1


@dataclass(frozen=True, slots=True)
class _Place:
    """What holds where a value stands: the terms defined there, and the bytes of the longest texts around it."""

    terms: int = 0
    prefix: int = 0  # of an IRI that a term stands for
    around: int = 0  # of keys and values that may be subject or predicate of what stands inside
    inside: bool = False  # of a context


class _Found:
    """Counts what a document holds; its depth is bounded before."""

    def __init__(self, data: bytes, name: str):
        self._data, self._name = data, name
        self._values = 0
        self._terms = 0
        self._copied = 0
        self._bytes = 0
        self._is_scoped = False  # whether a term has a context of its own

    def unique(self, pairs: list[tuple[str, Any]]) -> Pairs:
        """An object; of two equal keys one reader takes the first and another the last."""
        found = dict(pairs)
        if len(found) < len(pairs):
            seen: set[str] = set()
            twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
            raise self._refused(f"has the key `{_shown(twice)}` twice in one object")
        return found

    def constant(self, text: str) -> NoReturn:
        """`NaN` and `Infinity` are not JSON."""
        raise self._refused(f"is not JSON: it holds `{text}`")

    def look(self, value: Any, at: _Place) -> None:
        """Visits a value and all in it."""
        self._values += 1
        self._bytes += at.around + at.prefix
        if isinstance(value, list):
            for one in value:
                self.look(one, at)
        elif isinstance(value, dict):
            if "@import" in value:
                raise self._outside(value["@import"])
            if "@context" in value:
                at = self._context(value["@context"], at)
            longest = max((_size(key) for key in value), default=0)
            longest += max((_size(one) for one in value.values() if isinstance(one, str)), default=0)
            inner = replace(at, around=max(at.around, longest))
            for key, one in value.items():
                self.look(one, replace(inner, inside=True) if key == "@context" else inner)

    def weigh(self) -> None:
        """Whether the whole is too much."""
        if self._copied + (self._terms * self._values if self._is_scoped else 0) > WORK:
            raise self._too_large("has too many values under contexts inside of other contexts")
        if self._bytes > EXPANDED:
            raise self._too_large(f"may expand to more than {EXPANDED} bytes")

    def _context(self, value: Any, at: _Place) -> _Place:
        """A context is an object, null, or an array of these (JSON-LD 1.1 §9.15)."""
        self._is_scoped |= at.inside
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                self._terms += len(one)
                at = replace(at, terms=at.terms + len(one), prefix=at.prefix + self._expand(one))
            elif one is not None:
                raise self._outside(one)
        if at.terms > TERMS:
            raise self._too_large(f"defines {at.terms} terms, more than {TERMS}")
        self._copied += at.terms
        return at

    def _expand(self, context: Pairs) -> int:
        """The bytes of the longest IRI that the terms of one context stand for."""
        own = {term: [term, *_named(definition)] for term, definition in context.items()}
        above = {term: _prefixes(names, own) - {term} for term, names in own.items()}
        depth: dict[str, int] = {}
        size: dict[str, int] = {}
        try:
            for term in TopologicalSorter(above).static_order():
                depth[term] = 1 + max((depth[other] for other in above[term]), default=0)
                longest = max(_size(named) for named in own[term])
                size[term] = longest + max((size[other] for other in above[term]), default=0)
        except CycleError as error:
            terms = " ".join(f"`{_shown(term)}`" for term in error.args[1][:4])
            raise self._refused(f"defines terms by each other: {terms}") from None
        if max(depth.values(), default=0) > DEPTH:
            raise self._refused(f"has more than {DEPTH} terms between a term and its IRI")
        return max(size.values(), default=0)

    def _outside(self, context: Any) -> SourceInvalid:
        """The refusal of a context that would have to be fetched, or is none."""
        written = json.dumps(context)
        found = self._data.find(written.encode())
        line = self._data.count(b"\n", 0, found) + 1 if found >= 0 else None
        place = f"{self._name}:{line}" if line else self._name
        named = _shown(context if isinstance(context, str) else written, 200)
        return SourceInvalid(
            f"`{place}` names the context `{named}`, and nothing is fetched",
            hint="put the context inline: under `@context`, the object that stands at that address",
            details={"file": self._name, **({"line": line} if line else {}), "context": named},
        )

    def _refused(self, what: str) -> SourceInvalid:
        return SourceInvalid(f"`{self._name}` {what}", details={"file": self._name})

    def _too_large(self, what: str) -> TooLarge:
        return TooLarge(
            f"`{self._name}` {what}", hint="split it into several files", details={"file": self._name}
        )


def _shown(text: str, most: int = 64) -> str:
    """The beginning of a text, for a message; half of a surrogate pair has no UTF-8."""
    return text[:most].encode("utf-8", "replace").decode()


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _named(definition: Any) -> Iterator[str]:
    """The texts of a term's definition that may name other terms; a context of its own is looked at apart."""
    if isinstance(definition, str):
        yield definition
    elif isinstance(definition, dict):
        yield from (
            value for key, value in definition.items() if key != "@context" and isinstance(value, str)
        )


def _prefixes(names: list[str], terms: Mapping[str, object]) -> set[str]:
    """The terms that some texts begin with, or are."""
    starts = {part for name in names for part in (name, name.partition(":")[0])}
    return {part for part in starts if part in terms}
