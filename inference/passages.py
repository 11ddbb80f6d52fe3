"""Passages: what a record says of its entities in one compartment, in pieces of 160 words."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from ..graph.snapshot import Snapshot
from ..graph.terms import Literal, NamedNode, Triple
from ..graph.vocabulary import AMBIT, DCTERMS, FOAF, RDFS, SKOS
from ..graph.words import GraphEntry, Role
from .words import Passage

WORDS = 160
"""Words of a passage: all-MiniLM-L6-v2 reads 256 tokens, and English has some 1.4 of them a word."""

NAMES = (DCTERMS.TITLE, SKOS.PREF_LABEL, RDFS.LABEL, FOAF.NAME)
"""Predicates that hold names, the most telling first."""

ROLES = frozenset({Role.DATA, Role.INFERRED})
"""Roles of graphs that are searched: what sources say, and what follows from it."""


def passages_of(snapshot: Snapshot, record: str) -> dict[str, list[Passage]]:
    """The passages of a record by compartment; graphs without a label are in none. Call within `frozen()`.

    Sub-properties of `ambit:text` need no look-up: their conclusions lie beside, in the same compartment.
    """
    units: dict[str, list[GraphEntry]] = {}
    for entry in snapshot.record(record):
        if entry.role in ROLES and entry.compartment:
            units.setdefault(entry.compartment, []).append(entry)
    found = {}
    for compartment, entries in units.items():
        # asserted graphs first: they are what a result names as its source
        entries.sort(key=lambda entry: (entry.role is not Role.DATA, entry.graph))
        said = [(entry, snapshot.triples(entry.graph)) for entry in entries]
        if passages := list(_passages(record, said)):
            found[compartment] = passages
    return found


def pieces(text: str) -> Iterator[str]:
    """The text in pieces of at most `WORDS` words."""
    words = text.split()
    for start in range(0, len(words), WORDS):
        yield " ".join(words[start : start + WORDS])


def _passages(record: str, said: Sequence[tuple[GraphEntry, Iterable[Triple]]]) -> Iterator[Passage]:
    names: dict[str, dict[str, tuple[int, str]]] = {}
    texts: dict[str, dict[str, str]] = {}
    for entry, triples in said:
        graph = entry.graph if entry.role is Role.DATA else said[0][0].graph
        for triple in triples:
            value, predicate = triple.object, triple.predicate.value
            if not isinstance(value, Literal) or not isinstance(triple.subject, NamedNode):
                continue
            entity = triple.subject.value
            if predicate == AMBIT.TEXT:
                texts.setdefault(entity, {}).setdefault(value.value, graph)
            elif predicate in NAMES:
                named = names.setdefault(entity, {})
                rank = NAMES.index(predicate)
                if value.value not in named or rank < named[value.value][0]:
                    named[value.value] = (rank, graph)
    for entity in sorted(names.keys() | texts.keys()):
        yield from _of_entity(record, entity, names.get(entity, {}), texts.get(entity, {}))


def _of_entity(
    record: str, entity: str, names: dict[str, tuple[int, str]], texts: dict[str, str]
) -> Iterator[Passage]:
    ordered = sorted(names, key=lambda name: (names[name][0], name))
    joined, title = " · ".join(ordered), ordered[0] if ordered else None
    bodies = [(piece, texts[text]) for text in sorted(texts) for piece in pieces(text)]
    if not bodies and ordered:
        bodies = [("", names[ordered[0]][1])]
    for body, graph in bodies:
        whole = Passage(entity, "", joined, body, title, record, graph).text
        key = sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()
        yield Passage(entity, key, joined, body, title, record, graph)
