"""Reading mappings: from the triples of a file to triples maps.

A mapping is data, not a program: what is beyond the language is refused by name and never guessed.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from ..graph.errors import SourceInvalid
from ..graph.terms import BlankNode, Literal, NamedNode, Object, Subject
from ..graph.vocabulary import RR
from .jsonpath import compile_path
from .mapping import Join, LabelHints, LogicalSource, PredicateObjectMap, TriplesMap, local_name
from .mappingtext import MappingText
from .shorthand import said, term_of
from .termmaps import Template, Term, TermMap, parse_template

T = TypeVar("T")
U = TypeVar("U")

_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_KINDS: Final = {RR.IRI: "iri", RR.LITERAL: "literal", RR.BLANK_NODE: "blank"}
_LABEL: Final = frozenset({"sensitivity", "countryOf", "jurisdiction", "anchor"})
_TRIPLES_MAP: Final = _LABEL | {
    "logicalTable",
    "logicalSource",
    "subjectMap",
    "subject",
    "predicateObjectMap",
    "says",
    "comesFrom",
}
_PREDICATE_OBJECT: Final = frozenset({"predicate", "predicateMap", "object", "objectMap", "sensitivity"})
_TERM: Final = frozenset({"template", "column", "reference", "constant", "termType", "datatype", "language"})
_SUBJECT: Final = _TERM | {"class"}
_REFERENCE: Final = frozenset({"parentTriplesMap", "joinCondition"})
_ROWS: Final = frozenset({"tableName", "sqlQuery", "sqlVersion", "query"}) | {
    "source",
    "referenceFormulation",
    "iterator",
}
"""Which terms of the mapping language may stand at which node."""


def triples_maps(file: MappingText, default: str | None) -> list[TriplesMap]:
    """The triples maps of a file; `default` is the source of those that name none by `ambit:comesFrom`."""
    subjects = dict.fromkeys(
        file.subjects("subjectMap") + file.subjects("subject") + file.typed(RR.TRIPLES_MAP)
    )
    made = {me: _triples_map(file, me, default) for me in subjects}
    _check_joins(file, made)
    return list(made.values())


def _check_joins(file: MappingText, made: dict[Subject, TriplesMap]) -> None:
    by_name = {one.iri: one for one in made.values()}
    for me, one in made.items():
        for join in one.joins:
            parent = by_name.get(join.parent)
            if parent is None or parent.source != one.source:
                what = f"joins `{join.parent}`, which is no triples map of this file and source"
                raise file.invalid(me, what)
            if not join.conditions and parent.rows != one.rows:
                raise file.invalid(me, f"joins `{join.parent}` without a condition", "add `rr:joinCondition`")


def _triples_map(file: MappingText, me: Subject, default: str | None) -> TriplesMap:
    source = file.text(me, me, "comesFrom") or default
    if source is None:
        raise file.invalid(
            me, "does not say which source it maps", "add `ambit:comesFrom` and the source's IRI"
        )
    file.only(me, me, _TRIPLES_MAP)
    rows = _logical_source(file, me)
    subject_node = file.one(me, me, "subjectMap")
    if subject_node is None:
        subject = TermMap(constant=_constant(file, me, file.one(me, me, "subject")))
    else:
        subject = _term_map(file, me, subject_node, rows, kinds=("iri", "blank"), names=_SUBJECT)
    stated = file.all(subject_node, "class") if subject_node is not None else []
    classes = tuple(o.value for o in stated if isinstance(o, NamedNode))
    return TriplesMap(
        iri=me.value if isinstance(me, NamedNode | BlankNode) else str(me),
        source=source,
        rows=rows,
        subject=subject,
        classes=classes,
        predicates=(
            *(_predicate_object(file, me, one, rows) for one in file.all(me, "predicateObjectMap")),
            *(each for one in file.all(me, "says") for each in _said(file, me, one, rows)),
        ),
        hints=_hints(file, me, rows),
        file=file.file,
    )


def _logical_source(file: MappingText, me: Subject) -> LogicalSource:
    at = file.one(me, me, "logicalTable", "logicalSource")
    if at is None:
        raise file.invalid(me, "has neither `rr:logicalTable` nor `rml:logicalSource`")
    file.only(me, at, _ROWS)
    table, query = file.text(me, at, "tableName"), file.text(me, at, "sqlQuery", "query")
    if table or query:
        if table and query:
            raise file.invalid(me, "has both `rr:tableName` and `rr:sqlQuery`")
        if query and not isinstance(me, NamedNode):
            raise file.invalid(
                me, "maps a query and has no name", "give the triples map an IRI: records are named by it"
            )
        return LogicalSource(table=_unquoted(table) if table else None, query=query)
    where = file.one(me, at, "source")
    files = file.text(me, at, "source") if isinstance(where, Literal | NamedNode) else None
    if isinstance(where, BlankNode):
        files = file.text(me, where, "path", "url")
    if not files:
        raise file.invalid(me, "has a logical source without `rml:source`")
    dialect = file.one(me, where, "dialect") if isinstance(where, BlankNode) else None
    delimiter = (file.text(me, dialect, "delimiter") or "") if dialect is not None else ""
    formulation = local_name(file.text(me, at, "referenceFormulation") or _guess(files))
    if formulation not in ("CSV", "JSONPath", "Markdown"):
        raise file.invalid(
            me, f"has the reference formulation `{formulation}`", "CSV, JSONPath and Markdown are read"
        )
    iterator = file.text(me, at, "iterator") or ("$" if formulation == "JSONPath" else "")
    _checked(file, me, compile_path, iterator)
    return LogicalSource(files=files, formulation=formulation, iterator=iterator, delimiter=delimiter)


def _guess(files: str) -> str:
    ending = files.lower().rpartition(".")[2]
    known = {
        "csv": "CSV",
        "tsv": "CSV",
        "json": "JSONPath",
        "yaml": "JSONPath",
        "yml": "JSONPath",
        "md": "Markdown",
    }
    return known.get(ending, "none")


def _predicate_object(file: MappingText, me: Subject, at: Object, rows: LogicalSource) -> PredicateObjectMap:
    file.only(me, at, _PREDICATE_OBJECT)
    predicates = [TermMap(constant=_constant(file, me, o)) for o in file.all(at, "predicate")]
    predicates += [_term_map(file, me, o, rows, kinds=("iri",)) for o in file.all(at, "predicateMap")]
    objects = [TermMap(constant=_constant(file, me, o, literal=True)) for o in file.all(at, "object")]
    joins: list[Join] = []
    for one in file.all(at, "objectMap"):
        _object(file, me, one, rows, objects, joins)
    if not predicates or not (objects or joins):
        raise file.invalid(me, "has a predicate-object map without a predicate or without an object")
    return PredicateObjectMap(tuple(predicates), tuple(objects), tuple(joins), _sensitivity(file, me, at))


def _sensitivity(file: MappingText, me: Subject, at: Object) -> str | None:
    value = file.one(me, at, "sensitivity")
    if value is None or isinstance(value, NamedNode):
        return value.value if value is not None else None
    raise file.invalid(me, "has an `ambit:sensitivity` that is no IRI")


def _said(file: MappingText, me: Subject, at: Object, rows: LogicalSource) -> Iterator[PredicateObjectMap]:
    """`ambit:says`: each of its properties is a predicate-object map."""
    sensitivity = _sensitivity(file, me, at)
    for predicate, value in said(file, me, at):
        objects: list[TermMap] = []
        joins: list[Join] = []
        if isinstance(value, Literal):
            objects.append(_read(file, me, _checked(file, me, term_of, value), rows))
        elif isinstance(value, NamedNode):
            objects.append(TermMap(constant=value))
        else:
            _object(file, me, value, rows, objects, joins)
        yield PredicateObjectMap((TermMap(constant=predicate),), tuple(objects), tuple(joins), sensitivity)


def _object(
    file: MappingText,
    me: Subject,
    at: Object,
    rows: LogicalSource,
    objects: list[TermMap],
    joins: list[Join],
) -> None:
    """An object map, or a join, added to those of its kind."""
    parent = file.name(me, at, "parentTriplesMap")
    if parent is None:
        objects.append(_term_map(file, me, at, rows, kinds=("literal", "iri", "blank")))
        return
    file.only(me, at, _REFERENCE)
    joins.append(Join(parent, tuple(_condition(file, me, c, rows) for c in file.all(at, "joinCondition"))))


def _condition(file: MappingText, me: Subject, at: Object, rows: LogicalSource) -> tuple[str, str]:
    child, parent = file.text(me, at, "child"), file.text(me, at, "parent")
    if not child or not parent:
        raise file.invalid(me, "has a join condition without `rr:child` or `rr:parent`")
    return _reference(child, rows), _reference(parent, rows)


def _hints(file: MappingText, me: Subject, rows: LogicalSource) -> LabelHints:
    def hint(at: Object) -> TermMap:
        if isinstance(at, NamedNode):
            return TermMap(constant=at)
        if isinstance(at, Literal):
            made = _read(file, me, _checked(file, me, term_of, at), rows)
            if made.kind == "iri":
                return made
            raise file.invalid(me, f"has a hint `{at.value}` that makes no IRI", "write it in `<` and `>`")
        return _term_map(file, me, at, rows, kinds=("iri",))

    def maps(name: str) -> tuple[TermMap, ...]:
        return tuple(hint(at) for at in file.all(me, name))

    countries = tuple(_reference(o.value, rows) for o in file.all(me, "countryOf") if isinstance(o, Literal))
    if len(countries) != len(file.all(me, "countryOf")):
        raise file.invalid(me, "has an `ambit:countryOf` that is no column's name")
    return LabelHints(_sensitivity(file, me, me), countries, maps("jurisdiction"), maps("anchor"))


def _term_map(
    file: MappingText,
    me: Subject,
    at: Object,
    rows: LogicalSource,
    *,
    kinds: tuple[str, ...],
    names: frozenset[str] = _TERM,
) -> TermMap:
    """A term map; `kinds` are the kinds of term that may stand here, the default for columns first."""
    file.only(me, at, names)
    constant = file.one(me, at, "constant")
    reference, template = file.text(me, at, "column", "reference"), file.text(me, at, "template")
    given = [one for one in (constant, reference, template) if one is not None]
    if len(given) != 1:
        raise file.invalid(
            me, "has a term map that needs one of `rr:constant`, `rr:column`, `rml:reference`, `rr:template`"
        )
    if constant is not None:
        return TermMap(constant=_constant(file, me, constant, literal="literal" in kinds))
    datatype, language = file.text(me, at, "datatype"), file.text(me, at, "language")
    if language is not None and not _LANGUAGE.fullmatch(language):
        raise file.invalid(me, f"has the language `{language}`, which is none")
    kind = _kind(
        file, me, at, kinds, "iri" if template is not None and not (datatype or language) else kinds[0]
    )
    if (datatype or language) and kind != "literal":
        raise file.invalid(me, "gives a datatype or language to what is no literal")
    parsed = _checked(file, me, parse_template, template) if template is not None else None
    return _read(file, me, TermMap(None, reference, parsed, kind, datatype, language), rows)


def _read(file: MappingText, me: Subject, term: TermMap, rows: LogicalSource) -> TermMap:
    """A term map with its references as the rows know them."""
    template = term.template
    if template is not None:
        template = Template(template.texts, tuple(_reference(one, rows) for one in template.references))
    column = _reference(term.reference, rows) if term.reference is not None else None
    read = TermMap(None, column, template, term.kind, term.datatype, term.language)
    if rows.formulation in ("JSONPath", "Markdown"):
        for one in read.references:
            _checked(file, me, compile_path, one)
    return read


def _kind(file: MappingText, me: Subject, at: Object, kinds: tuple[str, ...], default: str) -> str:
    stated = file.text(me, at, "termType")
    kind = _KINDS.get(stated.replace("http://w3id.org/rml/", RR.NAMESPACE), "") if stated else default
    if kind not in kinds:
        raise file.invalid(me, f"has the term type `{local_name(stated or default)}` where it cannot be")
    return kind


def _constant(file: MappingText, me: Subject, value: Object | None, *, literal: bool = False) -> Term:
    if isinstance(value, NamedNode) or (literal and isinstance(value, Literal)):
        return value
    raise file.invalid(me, "has a constant that is no IRI" + (" and no literal" if literal else ""))


def _reference(text: str, rows: LogicalSource) -> str:
    """SQL identifiers come delimited or not (R2RML §5.1); other references are what they are."""
    return _unquoted(text) if rows.table or rows.query else text


def _unquoted(text: str) -> str:
    return text[1:-1].replace('""', '"') if len(text) > 1 and text[0] == text[-1] == '"' else text


def _checked(file: MappingText, me: Subject, read: Callable[[U], T], text: U) -> T:
    try:
        return read(text)
    except (ValueError, SourceInvalid) as error:
        raise file.invalid(me, f"has a reference that does not read: {error}") from error
