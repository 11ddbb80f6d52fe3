"""What an RDF text must pass before the parser sees it: some texts end the process that parses them.

Measured with Oxigraph 0.5.13: nine XML entities of ten references each allocate gigabytes and abort, 100,000
nested triple terms overflow the stack, RDF/XML nested as deep takes quadratic time. None can be caught.
"""

import re
from collections.abc import Mapping
from typing import Final
from xml.parsers import expat

from ..errors import SourceInvalid, TooLarge
from .jsonldguard import IN_FORCE, guard_json

LIMIT: Final = 10_000_000
"""Bytes of one text: it is held in memory, and what it expands to may not be longer either."""

DEPTH: Final = 128
"""How deep brackets (Turtle) or elements (RDF/XML) may nest; real ontologies stay below 30."""

ENTITY: Final = 65_536
"""Bytes that one XML entity may expand to; they are used to abbreviate namespaces."""

# possessive, and a text without end is taken whole: whatever is in it, each byte is looked at once or twice
_TURTLE: Final = re.compile(
    rb'"""(?:[^"\\]++|\\.|"(?!""))*+(?:"""|\\?\Z)'
    rb"|'''(?:[^'\\]++|\\.|'(?!''))*+(?:'''|\\?\Z)"
    rb'|"(?:[^"\\\n\r]++|\\.)*+"?'
    rb"|'(?:[^'\\\n\r]++|\\.)*+'?"
    rb'|(?P<iri><(?:[^<>"{}|^`\\\x00-\x20]++|\\[uU])*+>)'
    rb"|(?<![:\w%-])@?(?i:(?P<base>base)|(?P<prefix>prefix))\b"
    rb"|\\."
    rb"|#[^\n\r]*"
    rb"|(?P<term><<)|(?P<open>[\[(])|(?P<close>[\])])",
    re.DOTALL,
)
_ABSOLUTE: Final = re.compile(rb"<[A-Za-z][A-Za-z0-9+.\-]*:")
_ENTITY: Final = re.compile(rb"&([^;\s&#]{1,256});")


def guard(data: bytes, *, name: str, syntax: str, base: str | None = None, hint: str = IN_FORCE) -> None:
    """Lets a text pass that the parser survives. Raises `TooLarge` or `SourceInvalid` with file and line.

    `base` is where the parser is told to resolve relative IRIs, `hint` is what to do where it does not parse.
    `syntax` is `turtle`, `ntriples`, `rdfxml` or `jsonld`. Syntax errors are the parser's to tell.
    """
    if len(data) > LIMIT:
        raise TooLarge(
            f"`{name}` has {len(data)} bytes, more than {LIMIT}",
            hint="split it into several files",
            details={"file": name, "bytes": len(data)},
        )
    if b"\x00" in data:
        raise _invalid(name, data, data.index(b"\x00"), "holds a NUL byte", "is it a binary file, or UTF-16?")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise _invalid(name, data, error.start, "is not UTF-8", "save it as UTF-8") from error
    if syntax == "rdfxml":
        _guard_xml(data, name)
    elif syntax == "jsonld":
        guard_json(data, name, hint)
    else:
        _guard_turtle(data, name, len((base or "").encode()))


def _guard_turtle(data: bytes, name: str, base: int) -> None:
    """RDF 1.1: brackets nest up to `DEPTH`, and triple terms are refused.

    `base` is the length of the base. The parser keeps each prefix made absolute: together they may not be
    longer than `LIMIT`, where each relative one is taken to be as long as the longest base before it and itself.
    """
    depth = room = 0
    declared = None
    for token in _TURTLE.finditer(data):
        if token.lastgroup in ("base", "prefix"):
            declared = token.lastgroup
        elif token.lastgroup == "iri":
            if declared is not None:
                size = token.end() - token.start()
                if not _ABSOLUTE.match(token[0]):
                    size += base
                    room += size
                    if room > LIMIT:
                        raise TooLarge(
                            f"`{name}` has prefixes of more than {LIMIT} bytes once they are written out",
                            hint="declare a shorter base, or prefixes that are absolute",
                            details={"file": name},
                        )
                if declared == "base":
                    base = max(base, size)
            declared = None
        elif token.lastgroup == "open":
            depth += 1
            if depth > DEPTH:
                raise _invalid(name, data, token.start(), f"nests deeper than {DEPTH}", "")
        elif token.lastgroup == "close":
            depth = max(0, depth - 1)
        elif token.lastgroup == "term":
            raise _invalid(name, data, token.start(), "has a triple term", "only RDF 1.1 is read")


class _Elements:
    """Counts what expat meets; it does not recurse, and it has bounds of its own for entities."""

    def __init__(self, data: bytes, name: str):
        self.depth = 0
        self.entities: dict[bytes, int] = {}
        self._data, self._name = data, name
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.EntityDeclHandler = self._entity

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEPTH:
            raise self._refused(f"nests elements deeper than {DEPTH}", "")

    def _end(self, tag: str) -> None:
        self.depth -= 1

    def _entity(
        self,
        entity: str,
        parameter: bool,
        value: str | None,
        base: str | None,
        system: str | None,
        public: str | None,
        notation: str | None,
    ) -> None:
        if parameter or value is None:
            raise self._refused(f"declares the entity `{entity[:64]}` outside itself", "nothing is fetched")
        text = value.encode()
        size = len(text) + _expansion(text, self.entities)
        if size > ENTITY:
            raise self._refused(
                f"declares the entity `{entity[:64]}`, which expands beyond {ENTITY} bytes", ""
            )
        self.entities[entity.encode()] = size

    def _refused(self, what: str, hint: str) -> SourceInvalid:
        return _invalid(self._name, self._data, self.parser.CurrentByteIndex, what, hint)


def _guard_xml(data: bytes, name: str) -> None:
    """Elements nest up to `DEPTH`; entities are plain texts that expand to `LIMIT` at most."""
    elements = _Elements(data, name)
    try:
        elements.parser.Parse(data, True)
    except expat.ExpatError as error:
        what = f"does not parse: {expat.ErrorString(error.code)}"
        raise _invalid(name, data, elements.parser.ErrorByteIndex, what, "") from error
    if elements.entities and _expansion(data, elements.entities) > LIMIT:
        raise TooLarge(f"`{name}` expands to more than {LIMIT} bytes", details={"file": name})


def _expansion(text: bytes, entities: Mapping[bytes, int]) -> int:
    """The bytes that the references in a text expand to."""
    return sum(entities.get(found[1], 0) for found in _ENTITY.finditer(text))


def _invalid(name: str, data: bytes, at: int, what: str, hint: str) -> SourceInvalid:
    line = data.count(b"\n", 0, max(0, at)) + 1
    return SourceInvalid(f"`{name}:{line}` {what}", hint=hint, details={"file": name, "line": line})
