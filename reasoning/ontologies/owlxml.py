"""OWL/XML (https://www.w3.org/TR/owl2-xml-serialization/) into triples, by the mapping of OWL 2 to RDF.

Nothing is fetched: an import is a triple, an external DTD is refused. An element that the standard does not
know is refused with its line: what is not understood is never left out in silence.
"""

from urllib.parse import urljoin
from xml.parsers import expat

from ...graph.errors import SourceInvalid
from ...graph.rdf.jsonldguard import EXPANDED, IN_FORCE
from ...graph.rdf.rdfguard import guard
from ...graph.terms import Triple
from ...graph.vocabulary import OWL
from .owlaxioms import Axioms
from .owlelements import SWOLLEN, XML, Document, Element, Misread


def read_owlxml(data: bytes, *, name: str) -> list[Triple]:
    """The triples of an OWL/XML text. Raises `SourceInvalid` with `file` and `line`, and `TooLarge`."""
    guard(data, name=name, syntax="rdfxml")
    try:
        document = Document(_parsed(data))
        return Axioms(document).triples()
    except Misread as error:
        raise SourceInvalid(
            f"`{name}:{error.line}` is not OWL/XML: {error.reason}",
            hint=IN_FORCE,
            details={"file": name, "line": error.line},
        ) from error


def root_of(data: bytes) -> tuple[str, str]:
    """Namespace and local name of a text's root element; both empty where there is none."""
    found: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if not found:
            found.append(tag)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    try:
        for at in range(0, len(data), 4096):
            parser.Parse(data[at : at + 4096], False)
            if found:
                break
    except expat.ExpatError:
        pass  # told by whoever reads the whole
    namespace, _, local = (found[0] if found else "").rpartition(" ")
    return namespace, local


class _Builder:
    """Makes elements of what expat meets."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._room = EXPANDED
        self._open: list[Element] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _doctype(self, name: str, system: str | None, public: str | None, internal: int) -> None:
        if system or public:
            raise Misread(self.parser.CurrentLineNumber, "it names an external DTD, and nothing is fetched")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, local = tag.rpartition(" ")
        line = self.parser.CurrentLineNumber
        if namespace != OWL.NAMESPACE:
            raise Misread(line, f"`{local}` is no element of OWL")
        above = self._open[-1].base if self._open else attributes.get("ontologyIRI", "")
        said = attributes.get(f"{XML} base", "")
        self._room -= len(above) + len(said) if said else 0
        if self._room < 0:
            raise Misread(line, f"it {SWOLLEN}")
        element = Element(local, attributes, line, urljoin(above, said) if said else above)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _end(self, tag: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        self._open[-1].text += text


def _parsed(data: bytes) -> Element:
    builder = _Builder()
    try:
        builder.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Misread(error.lineno, f"it does not parse: {expat.ErrorString(error.code)}") from error
    root = builder.root
    if root is None or root.name != "Ontology":
        raise Misread(root.line if root else 1, "its root is not `Ontology`")
    return root
