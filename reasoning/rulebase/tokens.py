"""The tokens of a rule's text with their lines, and the IRIs that they stand for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...graph.sparql import lexer
from ...graph.vocabulary import RDF


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is the lexer's; words are in capitals (`a` aside), variables and IRIs without their marks."""

    kind: str
    text: str
    line: int
    start: int  # in characters
    source: str  # as it stands in the text


def tokens_of(text: str) -> list[Token]:
    """The tokens of a decoded text without spaces and comments; raises `QueryRefused`."""
    tokens: list[Token] = []
    line = 1
    for kind, lexeme, start in lexer.tokens(text):
        if kind != "space":
            tokens.append(Token(kind, _bare(kind, lexeme), line, start, lexeme))
        line += lexeme.count("\n")
    return tokens


def _bare(kind: str, lexeme: str) -> str:
    if kind == "iri":
        return lexeme[1:-1]
    if kind == "var":
        return lexeme[1:]
    return lexeme.upper() if kind == "word" and lexeme != "a" else lexeme


def prefixes(tokens: Sequence[Token]) -> tuple[dict[str, str], int]:
    """The prologue's prefixes, and where the query itself begins."""
    known: dict[str, str] = {}
    at = 0
    while at + 2 < len(tokens) and tokens[at].kind == "word" and tokens[at].text in ("PREFIX", "BASE"):
        if tokens[at].text == "PREFIX":
            known[tokens[at + 1].text.removesuffix(":")] = tokens[at + 2].text
        at += 3 if tokens[at].text == "PREFIX" else 2
    return known, at


def iri_of(token: Token, known: Mapping[str, str]) -> str | None:
    """The IRI that a token stands for; None when it stands for none."""
    if token.kind == "iri":
        return token.text if ":" in token.text else None
    if token.kind == "word" and token.text == "a":
        return RDF.TYPE
    if token.kind == "name":
        prefix, _, local = token.text.partition(":")
        return known[prefix] + re.sub(r"\\(.)", r"\1", local) if prefix in known else None
    return None
