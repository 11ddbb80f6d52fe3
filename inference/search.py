"""Search: words and vectors over what one clearance may read, as if there were nothing else.

    score = ½ · words + ½ · max(cosine, 0)              words = BM25 / the most BM25 that a passage could have

of an entity's best passage. Both halves say by themselves how well a passage fits, so that the best of a bad lot
gains nothing from being the best. Everything in it comes from permitted content: no rank, count or bound of the
whole index. Of each kind the best `DEPTH` passages are candidates, so pages end after at most twice that many
entities.
"""

import base64
import binascii
import logging
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import orjson

from ..graph.errors import AmbitError, Invalid
from ..graph.vocabulary import AMBIT
from ..graph.words import Clearance
from .index import Index, Reading
from .lexical import asked, rank, stems_of, weights
from .steps import Note, embed
from .vectors import Vector, nearest
from .words import Doc, Embedder, Hit, Hits, Passage, Route, Step

DEPTH = 200
SNIPPET = 40
"""Words of a snippet."""

PATIENCE = 1.0
"""Seconds that a search waits for its query's vector before it answers from words alone."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """A passage for a question, and all permitted compartments that held it as it was read."""

    passage: Passage
    compartments: frozenset[str]
    held: Callable[[], frozenset[str]] = field(compare=False)  # those that hold it now
    score: float


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Passages, best first; the question's vector with its version; how much each word of it tells."""

    passages: tuple[Found, ...]
    query: tuple[str, Vector] | None
    weights: Mapping[str, float]


class Search:
    """Reads one index; calls a site for the query's vector only. Thread-safe."""

    def __init__(self, index: Index, embedder: Embedder):
        self._index = index
        self._embedder = embedder

    def search(
        self,
        clearance: Clearance,
        text: str,
        first: int = 10,
        after: str | None = None,
        *,
        route: Route | None = None,
        note: Note | None = None,
    ) -> Hits:
        """The best entities. Without `route` and `note`, without a place or with its site down: from words
        alone.

        `route` decides where the query's own text may be computed on (it is no compartment's); `note` takes
        the step, also of a call that got no answer. Raises `Invalid` for a cursor that is none, and what
        `note` raises.
        """
        bound = _read_cursor(after) if after is not None else None
        query = self._vector(text, route, note) if text.strip() and route and note else None
        with self._index.reading(clearance) as reading:
            scores = _scores(reading, text, query)
            best: dict[str, tuple[float, Doc]] = {}
            for doc, score in scores.items():
                known = best.get(doc[0])
                if known is None or (-score, doc) < (-known[0], known[1]):
                    best[doc[0]] = (score, doc)
            order = sorted((-score, entity) for entity, (score, _) in best.items())
            rest = [place for place in order if bound is None or place > bound]
            terms = frozenset(asked(text))
            nodes = tuple(
                _hit(reading, best[entity][1], -score, terms) for score, entity in rest[: max(first, 0)]
            )
        return Hits(nodes, len(rest) > len(nodes))

    def retrieve(
        self, clearance: Clearance, text: str, count: int, *, route: Route, note: Note
    ) -> "Retrieved":
        """The best passages for a question, as `search` scores them, and what tells how good they are."""
        query = self._vector(text, route, note) if text.strip() else None
        with self._index.reading(clearance) as reading:
            scores = _scores(reading, text, query)
            best = sorted(scores, key=lambda doc: (-scores[doc], doc))[:count]
            found = tuple(
                Found(
                    reading.passage(doc)[1],
                    reading.holders(doc),
                    partial(self._index.holders, clearance, doc),
                    scores[doc],
                )
                for doc in best
            )
            weighed, _ = weights(reading.words(), reading.repeated, asked(text))
        return Retrieved(found, query, weighed)

    def _vector(self, text: str, route: Route, note: Note) -> tuple[str, Vector] | None:
        """The query's vector with its version."""
        routed = route(frozenset(), AMBIT.EMBEDDING)
        version = self._embedder.version_of(routed) if routed else None
        if routed is None or version is None:
            return None
        noted: list[Step] = []
        try:
            vectors = embed(
                self._embedder,
                routed,
                [text],
                task=AMBIT.EMBEDDING,
                handed=(),
                count=1,
                note=noted.append,
                timeout=PATIENCE,
            )
        except AmbitError as error:
            _log.warning("a search answers from words alone: %s", error.message)
            return None
        finally:
            # outside of what is answered from words: a step that cannot be noted ends the search
            for step in noted:
                note(step)
        return version, vectors[0]


def _scores(reading: Reading, text: str, query: tuple[str, Vector] | None) -> dict[Doc, float]:
    words = rank(reading.words(), reading.repeated, text)
    candidates = set(_best(words))
    if query is None:
        return {doc: words[doc] / 2 for doc in candidates}
    version, vector = query
    blocks = reading.vectors(version)
    candidates.update(nearest(blocks, vector, DEPTH, sum(reading.repeated.values())))
    exact = vector.astype(np.float64)
    scores = {}
    for doc in candidates:
        cosines = (cosine for block in blocks if (cosine := block.cosine(doc, exact)) is not None)
        scores[doc] = words.get(doc, 0.0) / 2 + max(max(cosines, default=0.0), 0.0) / 2
    return scores


def _best(scores: dict[Doc, float]) -> Iterable[Doc]:
    if len(scores) <= DEPTH:
        return scores
    floor = float(np.partition(np.fromiter(scores.values(), np.float64, len(scores)), -DEPTH)[-DEPTH])
    above = [doc for doc, score in scores.items() if score >= floor]
    return sorted(above, key=lambda doc: (-scores[doc], doc))[:DEPTH]


def _hit(reading: Reading, doc: Doc, score: float, terms: frozenset[str]) -> Hit:
    compartment, passage = reading.passage(doc)
    return Hit(
        entity=passage.entity,
        label=passage.title,
        snippet=_snippet(passage.body or passage.names, terms),
        graph=passage.graph,
        record=passage.record,
        compartment=compartment,
        score=score,
        cursor=_cursor(score, passage.entity),
    )


def _snippet(body: str, terms: frozenset[str]) -> str:
    """The part of a passage with the most of the query's words; of equals the first."""
    words = body.split()
    if len(words) <= SNIPPET:
        return " ".join(words)
    hits = [any(term in terms for term in stems_of(word)) for word in words]
    starts = range(0, len(words) - SNIPPET + 1, SNIPPET // 4)
    best = max(starts, key=lambda start: (sum(hits[start : start + SNIPPET]), -start))
    return " ".join(words[best : best + SNIPPET])


def _cursor(score: float, entity: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([score, entity])).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[float, str]:
    try:
        score, entity = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if isinstance(score, float | int) and isinstance(entity, str) and math.isfinite(score):
            return -float(score), entity
    except (ValueError, TypeError, binascii.Error):
        pass
    raise Invalid(
        f"`{cursor[:80]}` is no cursor of a search",
        hint="take `endCursor` of the page before",
        code="cursor-invalid",
    )
