"""Answers made of sentences that stand in the data, as they stand there.

    score = ½ · words + ½ · max(cosine, 0)        words = the share of the question's words that stand in the
    sentence, by how much each tells; those of its context (title, heading, class) count half; the names of
    things that the question names are no part of what it asks of them

A sentence without a vector, or with one of another version than the question's, is scored by its words alone:
¾ · words, which is what the sum comes to where a cosine is half as good as the words.
Below `THRESHOLD` nothing is claimed.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from ..graph.errors import AmbitError
from ..graph.vocabulary import AMBIT
from .lexical import stems_of, terms_of
from .placed import Placing
from .search import Retrieved
from .sentences import sentences, spans
from .steps import Note
from .vectors import Vector
from .words import Embedder, Route, Routed, Step

PASSAGES = 24
"""Passages whose sentences are looked at."""

SHORTLIST = 48
"""Sentences that are compared by vectors."""

THRESHOLD = 0.4
"""Of a score; and no more than `SPREAD` below the best."""

SPREAD = 0.2

NOTHING = "Nothing found"
"""The text of an answer without a sentence, whatever the reason."""

PATIENCE = 5.0
"""Seconds for the sentences of one place."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may support an answer."""

    entity: str
    quote: str  # as it stands in the source
    source: str  # the record
    compartments: frozenset[str]  # all permitted ones that held what it was made of as it was read
    held: Callable[[], frozenset[str]] = field(compare=False)  # those that do now
    context: str  # words that stand above it
    rank: tuple[int, int]  # of its passage, and its place there
    told: str = ""  # the part of the quote that says something, where not all of it does
    asked: str = ""  # names in the question that led here: they must not count as its answer


def from_passages(retrieved: Retrieved) -> Iterator[Candidate]:
    """The sentences of the passages that were found; headings, questions and titles claim nothing."""
    for rank, found in enumerate(retrieved.passages):
        passage = found.passage
        above = passage.heading
        names = [terms_of(name) for name in passage.labels]
        for sentence in spans(passage.body, passage.ends) if passage.ends else sentences(passage.body):
            quote = passage.body[sentence.start : sentence.end]
            if sentence.heading:
                above = quote
            elif quote[-1:] not in "?:" and len(quote.split(None, 3)) > 2 and terms_of(quote) not in names:
                context = f"{passage.names}\n{above}"
                place = rank, sentence.start
                held_by = found.compartments, found.held
                yield Candidate(passage.entity, quote, passage.record, *held_by, context, place)


def shortlist(candidates: Iterable[Candidate], retrieved: Retrieved) -> list[Candidate]:
    """The most promising by words and by the rank of their passage; of equal quotes the first."""
    once: dict[str, Candidate] = {}
    for candidate in sorted(candidates, key=_order):
        once.setdefault(" ".join(terms_of(candidate.quote)), candidate)
    said = _Words(retrieved.weights)
    ranked = sorted(once.values(), key=lambda one: (one.rank[0] / 100 - said.share(one), _order(one)))
    return ranked[:SHORTLIST]


def best(
    candidates: Sequence[Candidate],
    retrieved: Retrieved,
    first: int,
    *,
    route: Route,
    embedder: Embedder,
    note: Note,
) -> list[Candidate]:
    """At most `first` sentences that support an answer, in an order that reads well: by entity, the best first,
    and as they stand there. Raises what `note` raises.
    """
    said = _Words(retrieved.weights)
    vectors = _vectors(candidates, retrieved, route, embedder, note)
    scored = []
    for number, candidate in enumerate(candidates):
        words = said.share(candidate)
        score = 0.75 * words
        if retrieved.query and number in vectors:
            exact = float(
                np.add.reduce(vectors[number].astype(np.float64) * retrieved.query[1].astype(np.float64))
            )
            score = (words + max(exact, 0.0)) / 2
        scored.append((score, candidate))
    scored.sort(key=lambda pair: (-pair[0], _order(pair[1])))
    least = max(THRESHOLD, scored[0][0] - SPREAD) if scored else THRESHOLD
    chosen = [candidate for score, candidate in scored[: max(first, 0)] if score >= least]
    entities = list(dict.fromkeys(candidate.entity for candidate in chosen))
    return sorted(chosen, key=lambda one: (entities.index(one.entity), _order(one)))


def composed(chosen: Sequence[Candidate]) -> str:
    """The text of these sentences and nothing else."""
    if not chosen:
        return NOTHING
    text = chosen[0].quote
    for before, after in pairwise(chosen):
        text += (" " if before.quote[-1] in ".!…\"'”’)。！" else "\n") + after.quote
    return text


class _Words:
    """How much of a question's words stands in a sentence."""

    def __init__(self, weights: Mapping[str, float]):
        self._weights = weights

    def share(self, candidate: Candidate) -> float:
        here, above = set(stems_of(candidate.told or candidate.quote)), set(stems_of(candidate.context))
        names = set(stems_of(candidate.asked))
        wanted = {term: weight for term, weight in self._weights.items() if term not in names}
        if names and not wanted:
            return 1.0  # nothing but a name is asked for
        found = sum(
            weight if term in here else weight / 2
            for term, weight in wanted.items()
            if term in here or term in above
        )
        total = sum(wanted.values())
        return found / total if total else 0.0


def _vectors(
    candidates: Sequence[Candidate], retrieved: Retrieved, route: Route, embedder: Embedder, note: Note
) -> dict[int, Vector]:
    """The vectors of those sentences that a site may compute on, by number; as far as they can be compared."""
    if retrieved.query is None:
        return {}
    version = retrieved.query[0]
    texts = [" ".join(candidate.quote.split()) for candidate in candidates]
    found: dict[int, Vector] = {}
    unnoted: list[AmbitError] = []

    def take(routed: Routed, keys: Sequence[int], vectors: Mapping[str, Vector], /) -> None:
        if embedder.version_of(routed) == version:
            found.update((key, vectors[texts[key]]) for key in keys)

    def noting(step: Step) -> None:
        try:
            note(step)
        except AmbitError as error:
            unnoted.append(error)
            raise

    def missed(error: AmbitError) -> None:
        if unnoted:
            raise error
        _log.warning("sentences are compared by their words: %s", error.message)

    def held(number: int) -> frozenset[str]:
        return candidates[number].held()

    placing = Placing(dict(enumerate(texts)), held, (), AMBIT.EMBEDDING, route, embedder, noting, PATIENCE)
    placing.carry_out(take, missed)
    return found


def _order(candidate: Candidate) -> tuple[tuple[int, int], str, str, str]:
    return candidate.rank, candidate.entity, candidate.quote, candidate.source
