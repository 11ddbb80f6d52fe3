"""The words of an OWL/XML document: its elements, and how they name entities, individuals and literals."""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin

from ...graph.rdf.jsonldguard import EXPANDED
from ...graph.terms import BlankNode, Literal, NamedNode
from ...graph.vocabulary import OWL, RDF, RDFS, XSD

XML: Final = "http://www.w3.org/XML/1998/namespace"
PREFIXES: Final = {
    "owl": OWL.NAMESPACE,
    "rdf": RDF.NAMESPACE,
    "rdfs": RDFS.NAMESPACE,
    "xsd": XSD.NAMESPACE,
}
"""Prefixes that every document has (OWL 2 Structural Specification, table 2)."""


_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


SWOLLEN: Final = f"makes the text longer than {EXPANDED // 1_000_000} million characters, written out"


class Misread(Exception):
    """An element that means nothing where it stands."""

    def __init__(self, line: int, reason: str):
        super().__init__(reason)
        self.line, self.reason = line, reason


@dataclass(slots=True)
class Element:
    """An element of the document: its OWL name, and the base against which its IRIs are read."""

    name: str
    attributes: dict[str, str]
    line: int
    base: str
    children: list["Element"] = field(default_factory=list)
    text: str = ""

    def refuse(self, reason: str) -> Misread:
        """The error of this element."""
        return Misread(self.line, f"`{self.name}` {reason}")


class Document:
    """What holds for the whole document: its prefixes, its base, and the names of its blank nodes."""

    def __init__(self, root: Element):
        self.root = root
        self._room = EXPANDED
        self.prefixes = dict(PREFIXES)
        for child in root.children:
            if child.name == "Prefix":
                self.prefixes[child.attributes.get("name", "")] = self.resolve(
                    child.attributes.get("IRI", ""), child
                )
        self._blanks = 0
        self._individuals: dict[str, BlankNode] = {}

    def blank(self) -> BlankNode:
        """A new blank node."""
        self._blanks += 1
        return BlankNode(f"x{self._blanks}")

    def iri(self, element: Element) -> NamedNode:
        """The IRI that an entity, or an `IRI` or `AbbreviatedIRI`, names."""
        attributes = element.attributes
        if element.name == "IRI":
            return self.named(element.text.strip(), element)
        short = element.text.strip() if element.name == "AbbreviatedIRI" else attributes.get("abbreviatedIRI")
        if short is not None:
            return self.abbreviated(short, element)
        if "IRI" not in attributes:
            raise element.refuse("names nothing")
        return self.named(attributes["IRI"], element)

    def abbreviated(self, short: str, element: Element) -> NamedNode:
        """The IRI of a prefix and a local name."""
        prefix, colon, local = short.partition(":")
        if not colon or prefix not in self.prefixes:
            raise element.refuse(f"has no prefix for `{short[:100]}`")
        return self.named(self.prefixes[prefix] + local, element)

    def named(self, iri: str, element: Element) -> NamedNode:
        """An IRI as a term, resolved against the element's base."""
        try:
            return NamedNode(self.resolve(iri, element))
        except ValueError as error:
            raise element.refuse(f"has what is no IRI: `{iri[:100]}`") from error

    def resolve(self, iri: str, element: Element) -> str:
        """An IRI reference made absolute.

        As the OWL API writes them, and so Protégé, a reference is the base cut off: `/A` to the base
        `http://x/o` is `http://x/o/A`. That is RFC 3986 §5.2 but for a base that ends amid a segment.
        """
        self._room -= len(iri) + len(element.base)
        if self._room < 0:
            raise element.refuse(SWOLLEN)
        if _SCHEME.match(iri):
            return iri
        if iri.startswith("."):
            return urljoin(element.base, iri)
        return (element.base.removesuffix("#") if iri.startswith("#") else element.base) + iri

    def individual(self, element: Element) -> NamedNode | BlankNode:
        """A named or anonymous individual."""
        if element.name != "AnonymousIndividual":
            return self.iri(element)
        node = element.attributes.get("nodeID")
        return self._individuals.setdefault(node, self.blank()) if node else self.blank()

    def literal(self, element: Element) -> Literal:
        """A literal, with its language or datatype."""
        language = element.attributes.get(f"{XML} lang")
        try:
            if language:
                return Literal(element.text, language=language)
        except ValueError as error:
            raise element.refuse(f"has what is no language tag: `{language}`") from error
        datatype = element.attributes.get("datatypeIRI")
        if datatype is None:
            return Literal(element.text)
        if datatype == f"{RDF.NAMESPACE}PlainLiteral":  # `text@language`, with an empty language
            return Literal(element.text.removesuffix("@"))
        return Literal(element.text, datatype=self.named(datatype, element))
