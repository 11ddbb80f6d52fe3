"""One file of `sources/`: its triples by subject and name, and errors that know file, line and subject."""

import codecs
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ..graph.errors import SourceInvalid
from ..graph.rdf.parsing import read_rdf
from ..graph.rdf.rdfguard import guard
from ..graph.terms import BlankNode, Literal, NamedNode, Object, Subject, Triple
from ..graph.vocabulary import AMBIT, RDF, RML, RR
from .mapping import local_name

_NAMESPACES: Final = (
    RR.NAMESPACE,
    RML.NAMESPACE,
    "http://w3id.org/rml/",  # RML as of 2024
    "http://semweb.mmlab.be/ns/ql#",
    "http://www.w3.org/ns/csvw#",
    AMBIT.NAMESPACE,
)
_REFUSED: Final = {
    "graph": "record graphs are named by Ambit, from the record and its label",
    "graphMap": "record graphs are named by Ambit, from the record and its label",
    "inverseExpression": "inverse expressions are not used",
    "functionValue": "functions are not called; use a query or a view",
    "logicalTarget": "mappings write to the context graph only",
}
"""What R2RML and RML have and Ambit does not, and why."""


class MappingText:
    """The triples of one file, by subject and by name within the mapping namespaces."""

    def __init__(self, triples: Iterable[Triple], file: str, text: str = ""):
        self.file, self._text = file, text
        self._by_subject: dict[Subject, dict[str, list[Object]]] = defaultdict(lambda: defaultdict(list))
        self._pairs: dict[Subject, list[tuple[NamedNode, Object]]] = defaultdict(list)
        for triple in triples:
            self._by_subject[triple.subject][_name(triple.predicate.value)].append(triple.object)
            self._pairs[triple.subject].append((triple.predicate, triple.object))

    def subjects(self, name: str) -> list[Subject]:
        """Those that have a property, in the file's order."""
        return [subject for subject, said in self._by_subject.items() if name in said]

    def typed(self, *classes: str) -> list[Subject]:
        """Those of a class, in the file's order."""
        wanted = {NamedNode(one) for one in classes}
        return [s for s, said in self._by_subject.items() if wanted & set(said.get(RDF.TYPE, ()))]

    def pairs(self, subject: Subject) -> list[tuple[NamedNode, Object]]:
        """All that is said of a node, by whole IRIs, in the file's order."""
        return self._pairs.get(subject, [])

    def all(self, subject: Object, *names: str) -> list[Object]:
        """The values of properties of a node."""
        if not isinstance(subject, NamedNode | BlankNode | Triple):
            return []
        said = self._by_subject.get(subject, {})
        return [value for name in names for value in said.get(name, ())]

    def one(self, owner: Subject, subject: Object, *names: str) -> Object | None:
        """The one value, if any; raises `SourceInvalid` naming `owner` for several."""
        values = self.all(subject, *names)
        if len(values) > 1:
            raise self.invalid(owner, f"has several values of `{names[0]}`")
        return values[0] if values else None

    def text(self, owner: Subject, subject: Object, *names: str) -> str | None:
        """The one value as a text."""
        value = self.one(owner, subject, *names)
        if value is None or isinstance(value, Literal | NamedNode):
            return value.value if value is not None else None
        raise self.invalid(owner, f"has a `{names[0]}` that is no text")

    def only(self, owner: Subject, subject: Object, names: frozenset[str]) -> None:
        """Raises `SourceInvalid` for a term of the mapping language that does not belong to this node.

        A misspelt label hint would otherwise open data by saying nothing.
        """
        said = self._by_subject.get(subject, {}) if isinstance(subject, NamedNode | BlankNode) else {}
        for name in said:
            if ":" not in name and name not in names:
                why = _REFUSED.get(name, "what may stand here: " + ", ".join(sorted(names)))
                raise self.invalid(owner, f"uses `{name}` where mappings do not have it", why)

    def name(self, owner: Subject, subject: Object, predicate: str) -> str | None:
        """The one value as the name of a node, blank or not."""
        value = self.one(owner, subject, predicate)
        return value.value if isinstance(value, NamedNode | BlankNode) else None

    def invalid(self, owner: Subject, what: str, hint: str = "") -> SourceInvalid:
        """The error of a part of this file, with the line where its subject first stands."""
        shown = owner.value if isinstance(owner, NamedNode) else "a triples map without a name"
        line = self._line(owner)
        place = f"{self.file}:{line}" if line else self.file
        details: dict[str, object] = {"file": self.file, "subject": shown}
        if line:
            details["line"] = line
        return SourceInvalid(f"`{place}`: `{shown}` {what}", hint=hint, details=details)

    def _line(self, owner: Subject) -> int | None:
        if not isinstance(owner, NamedNode):
            return None
        name = re.escape(local_name(owner.value))
        match = re.search(rf"^[ \t]*(?:<[^>\n]*{name}>|[\w.-]*:{name})(?=[\s;])", self._text, re.MULTILINE)
        return self._text.count("\n", 0, match.start()) + 1 if match else None


def _name(predicate: str) -> str:
    """The local name within the mapping namespaces, else the whole IRI; RML renamed its own."""
    for namespace in _NAMESPACES:
        if predicate.startswith(namespace):
            return predicate[len(namespace) :]
    return predicate


def read_file(path: Path) -> MappingText:
    """Reads a file; raises `SourceInvalid` with file and line, `FileNotFoundError` when it has gone."""
    data, name = path.read_bytes().removeprefix(codecs.BOM_UTF8), str(path)
    guard(data, name=name, syntax="turtle")
    return MappingText(read_rdf(data, name=name, syntax="turtle", base=path.as_uri()), name, data.decode())
