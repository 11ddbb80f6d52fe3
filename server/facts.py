"""What the graph says of the things that a question names: their own triples, and those that lead to them.

Read from the caller's view, so whatever is hidden is not there to be found.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..graph.terms import NamedNode
from ..graph.vocabulary import AMBIT, RDF
from ..graph.words import MERGED, GraphEntry, Role
from ..inference.ask import Candidate
from ..inference.lexical import STOP, terms_of
from ..inference.passages import NAMES
from ..inference.suggest import called
from .request import Request
from .schema.algebra import By, Call, Filter, Iri, Lateral, Select, Text, Values, Var
from .schema.algebra import Triple as Pattern
from .schema.eyes import Row, Term
from .schema.print import is_iri, is_text
from .schema.print import select as print_select
from .terms import term_of

WORDS, TOGETHER = 40, 6
"""Words of a question that are looked at, and words of a name or value in it at most."""

ENTITIES, OWN, LEADING, FACTS = 8, 100, 30, 300
"""Entities that a question may name; their own triples each, those that lead to one thing, and all together."""

LENGTH = 300
"""Characters of a value at most: what is longer is a text, and stands in passages."""

_ENTITY, _PREDICATE, _VALUE = Var("entity"), Var("predicate"), Var("value")
_WORD = re.compile(r"\w+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-_.]+")


@dataclass(frozen=True, slots=True)
class Fact:
    """A triple with the names that it is told with, and the triples that these come from."""

    subject: str
    predicate: str
    value: Term
    said: str
    told: str  # without the names that stand in the question: that they do answers nothing
    context: str
    asked: str  # those names
    named: tuple[tuple[str, str, Term], ...]


@dataclass(frozen=True, slots=True)
class _Called:
    """The name of a thing with its predicate, and its classes."""

    predicate: str
    name: Term
    types: tuple[str, ...]


def facts(request: Request, question: str) -> list[Fact]:
    """The facts about what the question names, in an order that no engine decides."""
    parts = list(_parts(question))
    entities = _named(request, parts)
    values = [Text(text) for text in dict.fromkeys(v for part in parts for v in _spellings(part))]
    rows = [*_own(request, entities), *_leading(request, [*map(Iri, entities), *values])]
    triples = {(row["entity"]["value"], row["predicate"]["value"], _key(row["value"])): row for row in rows}
    wanted = [triples[key] for key in sorted(triples) if _is_told(triples[key])]
    wanted.sort(key=lambda row: row["entity"]["value"] not in entities)
    return list(_told(request, wanted[:FACTS], frozenset(entities)))


def candidate(request: Request, fact: Fact) -> Candidate | None:
    """A fact as a sentence with its source and all that hold it; None where a part stands nowhere any more."""
    held = _held(request, fact)
    compartments = _holders(request, fact, held)
    if not compartments:
        return None
    source = min(held, key=lambda entry: (entry.role is not Role.DATA, entry.record))
    return Candidate(
        fact.subject,
        fact.said,
        source.record,
        compartments,
        lambda: _holders(request, fact, _held(request, fact)),
        fact.context,
        (0, 0),
        fact.told,
        fact.asked,
    )


def _held(request: Request, fact: Fact) -> list[GraphEntry]:
    """The graphs within the clearance that hold the triple."""
    clearance, owner = request.clearance.compartments, request.layers.owner
    held = []
    subject, predicate, value = NamedNode(fact.subject), NamedNode(fact.predicate), term_of(fact.value)
    for quad in owner.match(subject, predicate, value, MERGED):
        entry = owner.entry(quad.graph_name.value) if isinstance(quad.graph_name, NamedNode) else None
        if entry is not None and owner.within(entry.compartment, clearance):
            held.append(entry)
    return held


def _holders(request: Request, fact: Fact, held: Sequence[GraphEntry]) -> frozenset[str]:
    """The compartments that hold the triple or a name it is told with; none where a part stands nowhere."""
    clearance, owner = request.clearance.compartments, request.layers.owner
    compartments = {m for entry in held if entry.compartment for m in owner.members(entry.compartment)}
    for iri, naming, name in fact.named if compartments else ():
        holders = owner.holders(NamedNode(iri), NamedNode(naming), term_of(name), clearance)
        if not holders:
            return frozenset()
        compartments |= holders
    return frozenset(compartments)


def _parts(question: str) -> Iterator[tuple[str, str]]:
    """Runs of words that could be a name or a value, the longest first: folded, and as they are written."""
    spans = [found.span() for found in _WORD.finditer(question)][:WORDS]
    for size in range(min(TOGETHER, len(spans)), 0, -1):
        for first in range(len(spans) - size + 1):
            words = [question[start:end] for start, end in spans[first : first + size]]
            if all(word in STOP or (word.lower() in STOP and word.istitle()) for word in words):
                continue
            written = question[spans[first][0] : spans[first + size - 1][1]]
            if 1 < len(written) <= LENGTH and "\\" not in written and is_text(written):
                yield " ".join(terms_of(written)), written


def _spellings(part: tuple[str, str]) -> tuple[str, ...]:
    written = part[1]
    return written, written.title(), written.upper(), written.lower()


def _named(request: Request, parts: Sequence[tuple[str, str]]) -> list[str]:
    """The entities whose whole name stands in the question; a name within a longer one does not count."""
    found = called(request.layers.index, request.clearance, dict.fromkeys(folded for folded, _ in parts))
    longest = [
        name for name in found if not any(f" {name} " in f" {other} " for other in found if other != name)
    ]
    return list(dict.fromkeys(entity for name in longest for entity, _ in sorted(found[name])))[:ENTITIES]


def _own(request: Request, entities: Sequence[str]) -> list[Row]:
    terms = tuple(Iri(iri) for iri in entities if is_iri(iri))
    return _rows(request, _ENTITY, terms, (By(_PREDICATE), By(_VALUE)), OWN) if terms else []


def _leading(request: Request, terms: Sequence[Iri | Text]) -> list[Row]:
    kept = tuple(term for term in terms if isinstance(term, Text) or is_iri(term.value))
    return _rows(request, _VALUE, kept, (By(_ENTITY), By(_PREDICATE)), LEADING) if kept else []


def _rows(
    request: Request, bound: Var, terms: tuple[Iri | Text, ...], order: tuple[By, ...], limit: int
) -> list[Row]:
    """Triples with one of the terms in the place of `bound`, the first of each."""
    where = (Pattern(_ENTITY, _PREDICATE, _VALUE), Filter(Call("ISIRI", (_ENTITY,))))
    columns = (_ENTITY, _PREDICATE, _VALUE)
    each = Lateral(Select(columns, where, order=order, limit=limit))
    return request.rows(print_select(Select(columns, (Values(bound, terms), each))))


def _is_told(row: Row) -> bool:
    predicate, value = row["predicate"]["value"], row["value"]
    if predicate in (RDF.TYPE, AMBIT.TEXT, *NAMES) or value["type"] == "bnode":
        return False
    return 0 < len(value["value"]) <= LENGTH and "\n" not in value["value"]


def _told(request: Request, rows: Sequence[Row], named: frozenset[str]) -> Iterator[Fact]:
    iris = {row["entity"]["value"] for row in rows}
    iris |= {row["value"]["value"] for row in rows if row["value"]["type"] == "uri"}
    names = _called(request, sorted(iri for iri in iris if is_iri(iri)))
    for row in rows:
        entity, predicate, value = row["entity"]["value"], row["predicate"]["value"], row["value"]
        used: list[tuple[str, str, Term]] = []
        subject = _name(names, entity, used)
        other = _name(names, value["value"], used) if value["type"] == "uri" else value["value"]
        classes = names[entity].types if entity in names else ()
        # the predicate by its IRI: a label from an ontology would be one text more that must have a place
        predicate_said = _local(predicate)
        asked = value["type"] == "uri" and value["value"] in named
        told = predicate_said if asked else f"{predicate_said} {other}"
        context = " ".join(map(_local, classes))
        names_asked = " ".join(
            name for name, is_asked in ((subject, entity in named), (other, asked)) if is_asked
        )
        said = f"{subject}: {predicate_said} {other}"
        yield Fact(entity, predicate, value, said, told, context, names_asked, tuple(used))


def _name(names: Mapping[str, _Called], iri: str, used: list[tuple[str, str, Term]]) -> str:
    """How a thing is called, which is noted; its IRI where it has no name."""
    known = names.get(iri)
    if known is None or not known.predicate or len(known.name["value"]) > LENGTH:
        return iri
    used.append((iri, known.predicate, known.name))
    return " ".join(known.name["value"].split())


def _called(request: Request, iris: Sequence[str]) -> Mapping[str, _Called]:
    """How things are called in the caller's view, and what they are, by one query for all of them."""
    if not iris:
        return {}
    where = (
        Values(_ENTITY, tuple(map(Iri, iris))),
        Values(_PREDICATE, tuple(map(Iri, (RDF.TYPE, *NAMES)))),
        Pattern(_ENTITY, _PREDICATE, _VALUE),
    )
    names: dict[str, list[tuple[int, tuple[str, str, str], Term]]] = {}
    types: dict[str, list[str]] = {}
    for row in request.rows(print_select(Select((_ENTITY, _PREDICATE, _VALUE), where))):
        entity, predicate, value = row["entity"]["value"], row["predicate"]["value"], row["value"]
        if predicate == RDF.TYPE:
            types.setdefault(entity, []).append(value["value"])
        elif value["type"] == "literal":
            names.setdefault(entity, []).append((NAMES.index(predicate), _key(value), value))
    found = {}
    for entity in names.keys() | types.keys():
        rank, _, name = min(names.get(entity, ()), key=lambda one: one[:2], default=(-1, ("", "", ""), {}))
        predicate = NAMES[rank] if rank >= 0 else ""
        found[entity] = _Called(predicate, name, tuple(sorted(types.get(entity, ()))))
    return found


def _local(iri: str) -> str:
    """The words of an IRI's last part."""
    last = re.split(r"[/#:]", iri.rstrip("/#"))[-1]
    return " ".join(part for part in _CAMEL.split(last) if part).lower()


def _key(term: Term) -> tuple[str, str, str]:
    return term["value"], term.get("datatype", term["type"]), term.get("xml:lang", "")


def sentences_of(request: Request, found: Iterable[Fact]) -> Iterator[Candidate]:
    """Those facts that still stand somewhere, as candidates."""
    for fact in found:
        if (made := candidate(request, fact)) is not None:
            yield made
