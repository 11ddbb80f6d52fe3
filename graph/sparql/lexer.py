r"""SPARQL 1.1's terminals (§19.8), read from a text whose code point escapes are decoded first (§19.2).

Reading is linear in the text: every repetition is possessive or ends at a character that none of the next
tokens starts with, and the first character that starts no token ends it. Three readings were choices:

- `\\u0041` inside a string is a backslash and `u0041`, as in Oxigraph and Jena: a backslash that is itself
  escaped begins no code point escape.
- `<<`, `<<(`, `)>>`, `{|`, `|}`, `~` and `--ltr` are SPARQL 1.2's, because Oxigraph reads them.
- a word is ASCII. What looks like one and is not in SPARQL's lists is refused by the gate.
"""

import re
from collections.abc import Iterator
from typing import TypeAlias

from ..errors import QueryRefused

_BASE = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME = rf"{_BASE}_0-9\u00b7\u0300-\u036f\u203f-\u2040"  # VARNAME after its first character
_CHARS = rf"{_NAME}\-"  # PN_CHARS
_PLX = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
_LOCAL = rf"(?:[{_BASE}_0-9:]|{_PLX})(?:[{_CHARS}:]|{_PLX})*+(?:\.++(?:[{_CHARS}:]|{_PLX})++)*+"
_ECHAR = r"\\[tbnrf\\\"']"
_DIGITS = r"[0-9]++(?:\.[0-9]*+)?+[eE][+-]?[0-9]++|\.[0-9]++[eE][+-]?[0-9]++|[0-9]*+\.[0-9]++|[0-9]++"

_SPACE = r"(?P<space>(?:[ \t\r\n]++|\#[^\r\n]*+)++)"
_REST = rf"""
    |(?P<iri><[^<>"{{}}|^`\\\x00-\x20]*+>)
    |(?P<var>[?$][{_BASE}_0-9][{_NAME}]*+)
    |(?P<blank>_:[{_BASE}_0-9][{_CHARS}]*+(?:\.++[{_CHARS}]++)*+)
    |(?P<string>
        \"\"\"(?:[^"\\]++|{_ECHAR}|"{{1,2}}(?=[^"]))*+\"\"\"
       |'''(?:[^'\\]++|{_ECHAR}|'{{1,2}}(?=[^']))*+'''
       |"(?:[^"\\\r\n]++|{_ECHAR})*+"
       |'(?:[^'\\\r\n]++|{_ECHAR})*+'
     )
    |(?P<number>[+-]?+(?:{_DIGITS}))
    |(?P<language>@[A-Za-z]++(?:-[A-Za-z0-9]++)*+(?:--[A-Za-z]++)?)
    |(?P<sign><<\(|\)>>|\|\||&&|\^\^|<=|>=|!=|<<|>>|\{{\||\|\}}|[{{}}()\[\];,.+\-*/<>=!^|~?])
"""
# A run is what may be a prefix; with a colon behind it a prefixed name, else words between dots and signs.
_RUN = rf"|(?P<run>(?:[{_BASE}][{_CHARS}]*+(?:\.++[{_CHARS}]++)*+)?+(?P<colon>:(?:{_LOCAL})?+)?+)"
_WORD = r"|(?P<word>[A-Za-z][A-Za-z0-9_]*+)"
_TOKEN = re.compile(_SPACE + _REST + _RUN, re.VERBOSE)
_PIECE = re.compile(_SPACE + _REST + _WORD, re.VERBOSE)

_ESCAPE = re.compile(r"\\(?:\\|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))")
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


# Kind, text, start in characters. The kind is a group's name above, or `name` for a prefixed name.
Token: TypeAlias = tuple[str, str, int]


def position(text: str, start: int) -> dict[str, object]:
    """Line and column, both from 1, for an error's details."""
    return {"line": text.count("\n", 0, start) + 1, "column": start - text.rfind("\n", 0, start)}


def broken(message: str, text: str, start: int, hint: str = "") -> QueryRefused:
    """The error for a text that is not SPARQL, at a place."""
    return QueryRefused(message, code="query-syntax", hint=hint, details=position(text, start))


def decode(text: str) -> str:
    """The text with its code point escapes decoded; raises `QueryRefused` where one names no character."""

    def character(match: re.Match[str]) -> str:
        digits = match[1] or match[2]
        if digits is None:
            return match[0]
        point = int(digits, 16)
        if point > 0x10FFFF:
            raise broken(f"`{match[0]}` names no character", text, match.start())
        return chr(point)

    if "\\u" in text or "\\U" in text:
        text = _ESCAPE.sub(character, text)
    if bad := _NO_TEXT.search(text):
        raise broken(f"the character U+{ord(bad[0]):04X} has no place in a query", text, bad.start())
    return text


def tokens(text: str) -> Iterator[Token]:
    """The tokens and spaces of a decoded text, in order, without gaps; raises `QueryRefused`."""
    at = 0
    for found in _TOKEN.finditer(text):
        kind, lexeme = found.lastgroup, found[0]
        if not kind or not lexeme:
            break
        if kind != "run":
            yield kind, lexeme, at
        elif lexeme.isalpha() and lexeme.isascii():
            yield "word", lexeme, at
        elif found["colon"] is not None:
            yield "name", lexeme, at
        else:
            yield from _pieces(text, at, found.end())
        at += len(lexeme)
    if at < len(text):
        raise broken(f"`{text[at]}` starts nothing that SPARQL knows", text, at)


def _pieces(text: str, at: int, end: int) -> Iterator[Token]:
    """What a run without a colon consists of: `true.FILTER` is a word, a dot and a word."""
    while at < end:
        found = _PIECE.match(text, at, end)
        if found is None:
            raise broken(f"`{text[at : at + 40]}` is no keyword", text, at)
        yield found.lastgroup or "", found[0], at
        at = found.end()
