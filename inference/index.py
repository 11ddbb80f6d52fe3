"""The index that search reads: passages, words and vectors, apart for each compartment. Thread-safe.

It is not stored: words are made again at each start, vectors come from their cache.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..graph.words import Clearance
from .lexical import WordBlock
from .names import NameBlock
from .vectors import Vector, VectorBlock
from .words import Doc, Passage


@dataclass(slots=True)
class Block:
    """One compartment: who says each document, its words, its vectors, and what its entities are called."""

    said: dict[Doc, dict[str, Passage]] = field(default_factory=dict)  # document -> record -> passage
    docs: dict[str, set[Doc]] = field(default_factory=dict)  # by entity
    words: WordBlock = field(default_factory=WordBlock)
    names: NameBlock = field(default_factory=NameBlock)
    vectors: VectorBlock | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What one clearance may read: its blocks, and how often too often a document stands in them."""

    compartments: tuple[str, ...]
    blocks: tuple[Block, ...]
    repeated: Mapping[Doc, int]

    def words(self) -> list[WordBlock]:
        """The permitted words."""
        return [block.words for block in self.blocks]

    def vectors(self, version: str) -> list[VectorBlock]:
        """The permitted vectors of one version: those of another cannot be compared with it."""
        return [b.vectors for b in self.blocks if b.vectors is not None and b.vectors.version == version]

    def names(self) -> list[NameBlock]:
        """The permitted names."""
        return [block.names for block in self.blocks]

    def named(self, entity: str, name: str) -> frozenset[str]:
        """The permitted compartments that hold a name of an entity."""
        each = zip(self.compartments, self.blocks, strict=True)
        return frozenset(c for c, b in each if (entity, name) in b.names)

    def own(self, entity: str) -> dict[str, dict[Doc, Vector]]:
        """The vectors of an entity's passages, by version."""
        found: dict[str, dict[Doc, Vector]] = {}
        for block in self.blocks:
            vectors = block.vectors
            for doc in block.docs.get(entity, ()):
                if vectors is not None and doc in vectors:
                    found.setdefault(vectors.version, {}).setdefault(doc, vectors.vector(doc))
        return found

    def holders(self, doc: Doc) -> frozenset[str]:
        """The permitted compartments that hold a document."""
        return frozenset(c for c, b in zip(self.compartments, self.blocks, strict=True) if doc in b.said)

    def passage(self, doc: Doc) -> tuple[str, Passage]:
        """A compartment and passage for a document: of several the first by record and graph."""
        return min(
            (
                (c, p)
                for c, b in zip(self.compartments, self.blocks, strict=True)
                for p in b.said.get(doc, {}).values()
            ),
            key=lambda found: (found[1].record, found[1].graph, found[0]),
        )


class Index:
    """Units are what one record says in one compartment; a unit is replaced whole."""

    def __init__(self) -> None:
        self._blocks: dict[str, Block] = {}
        self._units: dict[tuple[str, str], tuple[Passage, ...]] = {}
        self._places: dict[Doc, set[str]] = {}  # only of documents in several compartments
        self._homes: dict[Doc, str] = {}
        self._readings: dict[str, Reading] = {}
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._homes)

    @contextmanager
    def reading(self, clearance: Clearance) -> Iterator[Reading]:
        """What this clearance may read; nothing changes while it is held."""
        with self._lock:
            ready = self._readings.get(clearance.key)
            if ready is None:
                if len(self._readings) >= 64:
                    self._readings.clear()
                ready = self._readings[clearance.key] = self._permitted(clearance.compartments)
            yield ready

    def _permitted(self, compartments: frozenset[str]) -> Reading:
        held = tuple(sorted(compartments & self._blocks.keys()))
        repeated = {doc: len(places & compartments) - 1 for doc, places in self._places.items()}
        blocks = tuple(self._blocks[compartment] for compartment in held)
        return Reading(held, blocks, {doc: extra for doc, extra in repeated.items() if extra > 0})

    def put(self, record: str, compartment: str, passages: Sequence[Passage]) -> list[Doc]:
        """Replaces a unit; gives the documents that have no vector yet."""
        with self._lock:
            self.retract(record, compartment)
            if not passages:
                return []
            self._readings.clear()
            block = self._blocks.setdefault(compartment, Block())
            once = {(passage.entity, passage.key): passage for passage in passages}
            self._units[record, compartment] = tuple(once.values())
            for doc, passage in once.items():
                if doc not in block.said:
                    block.said[doc] = {}
                    block.docs.setdefault(doc[0], set()).add(doc)
                    block.words.add(doc, passage.fields)
                    self._settle(doc, compartment)
                block.said[doc][record] = passage
            for entity, name in _named(once.values()):
                block.names.add(entity, name)
            return [doc for doc in once if block.vectors is None or doc not in block.vectors]

    def retract(self, record: str, compartment: str) -> None:
        """Takes a unit out, if it is here."""
        with self._lock:
            passages = self._units.pop((record, compartment), None)
            if passages is None:
                return
            self._readings.clear()
            block = self._blocks[compartment]
            for entity, name in _named(passages):
                block.names.remove(entity, name)
            for passage in passages:
                doc = (passage.entity, passage.key)
                del block.said[doc][record]
                if not block.said[doc]:
                    del block.said[doc]
                    block.docs[doc[0]].discard(doc)
                    if not block.docs[doc[0]]:
                        del block.docs[doc[0]]
                    block.words.remove(doc)
                    self._leave(doc, compartment)
                    if block.vectors is not None:
                        block.vectors.remove(doc)
            if not block.said:
                del self._blocks[compartment]

    def _settle(self, doc: Doc, compartment: str) -> None:
        home = self._homes.setdefault(doc, compartment)
        if home != compartment:
            self._places.setdefault(doc, {home}).add(compartment)

    def _leave(self, doc: Doc, compartment: str) -> None:
        places = self._places.get(doc)
        if places is None:
            del self._homes[doc]
            return
        places.discard(compartment)
        self._homes[doc] = min(places)
        if len(places) == 1:
            del self._places[doc]

    def holders(self, clearance: Clearance, doc: Doc) -> frozenset[str]:
        """As a reading's, now, and without one: those are made anew after each change."""
        with self._lock:
            places = self._places.get(doc) or {self._homes.get(doc, "")}
            return clearance.compartments & places

    def compartments(self) -> list[str]:
        """The compartments that hold passages."""
        with self._lock:
            return list(self._blocks)

    def text(self, compartment: str, doc: Doc) -> str | None:
        """The text of a document; None when it is no longer here."""
        with self._lock:
            block = self._blocks.get(compartment)
            said = block.said.get(doc) if block else None
            return next(iter(said.values())).text if said else None

    def put_vector(self, compartment: str, doc: Doc, version: str, vector: Vector) -> None:
        """Takes up the vector of a document that is still here; a new version begins a new block."""
        with self._lock:
            block = self._blocks.get(compartment)
            if block is None or doc not in block.said:
                return
            if block.vectors is None or block.vectors.version != version:
                block.vectors = VectorBlock(version, len(vector))
            block.vectors.put(doc, vector)

    def drop_vectors(self, compartment: str) -> None:
        """Lets go of all vectors of a compartment that has no place of computing any more."""
        with self._lock:
            if block := self._blocks.get(compartment):
                block.vectors = None

    def missing(self, compartment: str, version: str) -> list[Doc]:
        """The documents of a compartment without a vector of this version."""
        with self._lock:
            block = self._blocks.get(compartment)
            if block is None:
                return []
            vectors = block.vectors if block.vectors and block.vectors.version == version else ()
            return [doc for doc in block.said if doc not in vectors]

    def docs(self) -> list[tuple[str, Doc]]:
        """All documents, with the compartments they stand in."""
        with self._lock:
            return [(compartment, doc) for compartment, block in self._blocks.items() for doc in block.said]


def _named(passages: Iterable[Passage]) -> set[tuple[str, str]]:
    """The names that a unit gives its entities."""
    return {(passage.entity, label) for passage in passages for label in passage.labels}
