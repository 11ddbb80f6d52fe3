"""Term maps (R2RML §7): how a row becomes RDF terms."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import islice, product
from typing import Final
from urllib.parse import urljoin

from ..graph.errors import SourceInvalid
from ..graph.terms import BlankNode, Literal, NamedNode
from ..graph.vocabulary import XSD, node
from .paths import iri_safe
from .words import Cell, Row

Term = NamedNode | BlankNode | Literal

TERMS: Final = 1_000
"""Terms that one template may make of one row whose references have several values."""

_PARTS: Final = re.compile(r"((?:[^{}\\]|\\.)*)(?:\{((?:[^{}\\]|\\.)+)\})?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Template:
    """A string template (R2RML §7.3): texts, and between them references."""

    texts: tuple[str, ...]
    references: tuple[str, ...]

    def expand(self, row: Row, safe: bool) -> Iterator[str]:
        """Each combination of values; none when a reference has no value. `safe` encodes for IRIs."""
        values = [row.cells(reference) for reference in self.references]
        for cells in islice(product(*values), TERMS):
            made = [self.texts[0]]
            for cell, text in zip(cells, self.texts[1:], strict=True):
                made += (iri_safe(cell.text) if safe else cell.text, text)
            yield "".join(made)


def parse_template(text: str) -> Template:
    """Reads a template; a backslash escapes the next sign. Raises `ValueError` for a brace left alone."""
    texts: list[str] = []
    references: list[str] = []
    at = 0
    while at < len(text):
        match = _PARTS.match(text, at)
        if match is None or match.end() == at:
            raise ValueError(f"the template `{text}` has a brace without its other half")
        texts.append(re.sub(r"\\(.)", r"\1", match[1]))
        if match[2] is not None:
            references.append(re.sub(r"\\(.)", r"\1", match[2]))
        elif match.end() < len(text):
            raise ValueError(f"the template `{text}` has a brace without its other half")
        at = match.end()
    if len(texts) == len(references):
        texts.append("")
    return Template(tuple(texts), tuple(references))


@dataclass(frozen=True, slots=True)
class TermMap:
    """A constant, a reference (a column, a path) or a template, and what kind of term it makes."""

    constant: Term | None = None
    reference: str | None = None
    template: Template | None = None
    kind: str = "iri"  # iri, literal, blank
    datatype: str | None = None
    language: str | None = None

    @property
    def references(self) -> tuple[str, ...]:
        """What it reads of a row."""
        if self.reference is not None:
            return (self.reference,)
        return self.template.references if self.template else ()

    def terms(self, row: Row, source: str) -> list[Term]:
        """The terms of a row, none for NULL. Raises `SourceInvalid` for a value that is no such term."""
        if self.constant is not None:
            return [self.constant]
        try:
            return [self._term(cell, source) for cell in self._cells(row)]
        except ValueError as error:
            raise SourceInvalid(
                f"`{row.location}` has a value that cannot be: {error}",
                hint=f"it is read from `{', '.join(self.references)}`",
                details={"file": row.location, "field": ", ".join(self.references)},
            ) from error

    def _cells(self, row: Row) -> Sequence[Cell]:
        if self.template is not None:
            return [Cell(text) for text in self.template.expand(row, self.kind == "iri")]
        return row.cells(self.reference or "")

    def _term(self, cell: Cell, source: str) -> Term:
        if self.kind == "blank":
            # one value is one node in all rows of the source (R2RML §11.2), with the same name each time
            return BlankNode("b" + hashlib.sha256(f"{source}\n{cell.text}".encode()).hexdigest()[:32])
        if self.kind == "iri":
            return NamedNode(_absolute(cell.text, source))
        if self.language:
            return Literal(cell.text, language=self.language)
        datatype = self.datatype or cell.datatype
        return Literal(lexical(cell, datatype), datatype=node(datatype)) if datatype else Literal(cell.text)


def _absolute(text: str, source: str) -> str:
    """R2RML §7.4: what is no absolute IRI is appended to the base, here the source's IRI and a slash."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text):
        return text
    return urljoin(source.rstrip("/#") + "/", text)


def lexical(cell: Cell, datatype: str) -> str:
    """The lexical form in a datatype, where it is another (R2RML §10.2); what does not fit stays as it is.

    A value that is none of the datatype is left for shapes to find: an ill-typed literal is a Violation.
    """
    text = cell.text.strip()
    if datatype == XSD.DATE_TIME:
        return _date_time(text)
    if datatype == XSD.DATE and (cell.datatype == XSD.DATE_TIME or " 00:00:00" in text):
        return text[:10]
    if datatype == XSD.BOOLEAN:
        return {"True": "true", "False": "false"}.get(text, text)
    if datatype in (XSD.DECIMAL, XSD.INTEGER) and cell.datatype in (XSD.DOUBLE, XSD.DECIMAL):
        return _plain_number(text, datatype)
    return text if datatype != XSD.STRING else cell.text


def _date_time(text: str) -> str:
    if len(text) == 10:
        return text + "T00:00:00"
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError:
        return text


def _plain_number(text: str, datatype: str) -> str:
    try:
        number = Decimal(text)
        whole = number == number.to_integral_value()
        return format(number.to_integral_value() if whole and datatype == XSD.INTEGER else number, "f")
    except InvalidOperation:
        return text
