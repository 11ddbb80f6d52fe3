"""What a triples map says, in short: a property and a text a line, where R2RML nests three maps.

    ambit:says [ foaf:name "{FirstName} {LastName}" ; :total "{Total}"^^xsd:decimal ;
        org:reportsTo "<https://acme.example/employee/{ReportsTo}>" ; org:memberOf team:staff ]

A text is a template; `"{Total}"` alone is the reference, with its natural datatype unless it is written with
another; a text in angle brackets is a template of IRIs; an IRI is itself; a node in brackets is an object map.
"""

from collections.abc import Iterator
from typing import Final

from ..graph.terms import BlankNode, Literal, NamedNode, Object, Subject
from ..graph.vocabulary import AMBIT, RML, RR, XSD
from .mapping import local_name
from .mappingtext import MappingText
from .termmaps import TermMap, parse_template

_TERMS: Final = frozenset(value for name, value in vars(AMBIT).items() if name.isupper())
_ELSEWHERE: Final = frozenset({AMBIT.COUNTRY_OF, AMBIT.JURISDICTION_HINT, AMBIT.ANCHOR, AMBIT.COMES_FROM})
_MAPPING: Final = (RR.NAMESPACE, RML.NAMESPACE, "http://w3id.org/rml/")


def said(file: MappingText, me: Subject, at: Object) -> Iterator[tuple[NamedNode, Object]]:
    """The properties of an `ambit:says` and what stands for their values, without its sensitivity.

    Raises `SourceInvalid` for what looks like a label hint and is none: it would open data by saying nothing.
    """
    if not isinstance(at, BlankNode):
        raise file.invalid(me, "has an `ambit:says` that is no list of properties in brackets")
    for predicate, value in file.pairs(at):
        name = predicate.value
        if name == AMBIT.SENSITIVITY_HINT:
            continue
        if name in _ELSEWHERE:
            what = f"has `{local_name(name)}` inside of an `ambit:says`"
            raise file.invalid(me, what, "it stands beside it: the triples map has one for all that it says")
        if name.startswith(_MAPPING) or (name.startswith(AMBIT.NAMESPACE) and name not in _TERMS):
            raise file.invalid(
                me,
                f"says `{name}`, which is no property",
                "of Ambit's terms only the hint `ambit:sensitivity` has a meaning here",
            )
        yield predicate, value


def term_of(text: Literal) -> TermMap:
    """The term map that a text stands for. Raises `ValueError`."""
    datatype = None if text.language or text.datatype.value == XSD.STRING else text.datatype.value
    is_iri = text.value.startswith("<") and text.value.endswith(">")
    if is_iri and (datatype or text.language):
        raise ValueError(f"`{text.value}` makes IRIs, which have neither datatype nor language")
    template = parse_template(text.value[1:-1] if is_iri else text.value)
    if not template.references:
        raise ValueError(
            f"`{text.value}` reads nothing of a row; a column or path stands in braces: `{{name}}`"
        )
    if is_iri:
        return TermMap(template=template)
    if template.texts == ("", ""):
        return TermMap(None, template.references[0], None, "literal", datatype, text.language)
    return TermMap(None, None, template, "literal", datatype, text.language)
