"""Passages: what a record says of its entities in one compartment, in whole sentences of some 160 words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256

from ..graph.joints import is_entailed
from ..graph.snapshot import Snapshot
from ..graph.terms import Literal, NamedNode, Triple
from ..graph.vocabulary import AMBIT, DCTERMS, FOAF, RDFS, SKOS
from ..graph.words import GraphEntry, Role
from .sentences import Sentence, sentences
from .words import Passage

WORDS = 160
"""Words of a passage: all-MiniLM-L6-v2 reads 256 tokens, and English has some 1.4 of them a word."""

CHARACTERS = 2_000
"""Characters of a passage at most, for scripts and texts without blanks."""

NAMES = (DCTERMS.TITLE, SKOS.PREF_LABEL, RDFS.LABEL, FOAF.NAME)
"""Predicates that hold names, the most telling first."""

ROLES = frozenset({Role.DATA, Role.INFERRED})
"""Roles of graphs that are searched: what sources say, and what follows from it."""


def passages_of(snapshot: Snapshot, record: str) -> dict[str, list[Passage]]:
    """The passages of a record by compartment; graphs without a label are in none. Call within `frozen()`.

    What follows from several records is not searched: it is no record's, and mostly relations.

    Sub-properties of `ambit:text` need no look-up: their conclusions lie beside, in the same compartment.
    """
    units: dict[str, list[GraphEntry]] = {}
    for entry in snapshot.record(record):
        if entry.role in ROLES and entry.compartment and not is_entailed(entry.graph):
            units.setdefault(entry.compartment, []).append(entry)
    found = {}
    for compartment, entries in units.items():
        # asserted graphs first: they are what a result names as its source
        entries.sort(key=lambda entry: (entry.role is not Role.DATA, entry.graph))
        said = [(entry, snapshot.triples(entry.graph)) for entry in entries]
        if passages := list(_passages(record, said)):
            found[compartment] = passages
    return found


def pieces(text: str) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """The text in pieces of at most `WORDS` words, each with the heading that it stands under before it, and with
    the ends of its sentences (negative for headings) after it.

    A piece is a part of the text as it stands, and holds whole sentences; a heading goes with what follows.
    """
    above, held, count = "", list[Sentence](), 0
    for sentence in sentences(text):
        words = len(text[sentence.start : sentence.end].split())
        if held and (count + words > WORDS or sentence.end - held[0].start > CHARACTERS):
            kept = len(held)
            while kept > 1 and held[kept - 1].heading:
                kept -= 1
            yield _piece(text, above, held[:kept])
            above = next((text[s.start : s.end] for s in reversed(held[:kept]) if s.heading), above)
            held = held[kept:]
            count = sum(len(text[s.start : s.end].split()) for s in held)
        held.append(sentence)
        count += words
    if held:
        yield _piece(text, above, held)


def _piece(text: str, above: str, held: Sequence[Sentence]) -> tuple[str, str, tuple[int, ...]]:
    start = held[0].start
    ends = tuple((start - one.end) if one.heading else (one.end - start) for one in held)
    return "" if held[0].heading else " ".join(above.split()), text[start : held[-1].end], ends


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
        yield from of_entity(record, entity, names.get(entity, {}), texts.get(entity, {}))


def of_entity(
    record: str, entity: str, names: Mapping[str, tuple[int, str]], texts: Mapping[str, str]
) -> Iterator[Passage]:
    """The passages of one entity: names with their rank and graph, texts with their graph."""
    ordered = sorted(names, key=lambda name: (names[name][0], name))
    joined, title = " · ".join(ordered), ordered[0] if ordered else None
    bodies = [(*piece, texts[text]) for text in sorted(texts) for piece in pieces(text)]
    if not bodies and ordered:
        bodies = [("", "", (), names[ordered[0]][1])]
    for heading, body, ends, graph in bodies:
        passage = Passage(entity, "", joined, body, title, record, graph, heading, tuple(ordered), ends)
        key = sha256(passage.text.encode("utf-8", "surrogatepass")).hexdigest()
        yield replace(passage, key=key)
