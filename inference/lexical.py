"""Words: BM25 with postings, lengths and document frequencies per compartment.

    score(d, q) = Σ idf(t) · tf · (k1 + 1) / (tf + k1 · (1 − b + b · |d| / average))  /  Σ idf(t) · (k1 + 1)
    idf(t)      = ln(1 + (N − df + ½) / (df + ½))                (Robertson and Zaragoza 2009, Lucene's
    variant)

so a score is the share, 0 to 1, of the most that any document could have: what says little of what is asked for
scores low also where nothing says more. N, df and the average are summed over the compartments that one may
read, so a score is to the last bit that of an index which never held anything else.

Terms are folded words without an English plural's ending (Harman 1991); a question's words that tell nothing
are left out, unless there are no others.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .words import Doc

K1, B = 1.2, 0.75

TERMS = 64
"""Terms of a query at most."""

_TELL_NOTHING = (
    "a about after all also am an and any are as at be been before but by can could did do does for from get had has"
    " have how i if in into is it its like long many may me much must my need no not of on once or our shall should"
    " so some than that the their them then there these they this those to up us use was we were what when where"
    " which who whom whose why will with would you your"
)
STOP = frozenset(_TELL_NOTHING.split())
"""Words of questions that tell nothing of what is asked for."""

Scores: TypeAlias = NDArray[np.float64]

_WORD = re.compile(r"\w+")


def terms_of(text: str) -> list[str]:
    """The words of a text, case and accents folded."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)))


def stems_of(text: str) -> list[str]:
    """The terms of a text, in order."""
    return [_stem(word) for word in terms_of(text)]


def asked(text: str) -> list[str]:
    """The different terms that a question asks for."""
    words = terms_of(text)[:TERMS]
    return sorted({_stem(word) for word in words if word not in STOP} or {_stem(word) for word in words})


def _stem(word: str) -> str:
    if len(word) < 4 or word[-1] != "s" or word[-2] in "us":
        return word
    if word.endswith("ies") and word[-4] not in "ae":
        return word[:-3] + "y"
    return word[:-1]


class WordBlock:
    """The words of one compartment."""

    def __init__(self) -> None:
        self.docs: list[Doc | None] = []
        self.total = 0
        self._slots: dict[Doc, int] = {}
        self._free: list[int] = []
        self._counts: dict[Doc, Counter[str]] = {}
        self._lengths: Scores = np.zeros(16)
        self._postings: dict[str, dict[int, int]] = {}
        self._arrays: dict[str, tuple[NDArray[np.int64], Scores]] = {}

    def __len__(self) -> int:
        return len(self._slots)

    def __contains__(self, doc: Doc) -> bool:
        return doc in self._slots

    def frequency(self, term: str) -> int:
        """How many documents hold the term."""
        return len(self._postings.get(term, ()))

    def counts(self, doc: Doc) -> Counter[str]:
        """The terms of a document that is here."""
        return self._counts[doc]

    def add(self, doc: Doc, text: str) -> None:
        """Takes up a document that is not here yet."""
        counts = Counter(stems_of(text))
        slot = self._free.pop() if self._free else len(self.docs)
        if slot == len(self.docs):
            self.docs.append(doc)
        self.docs[slot] = doc
        if slot >= len(self._lengths):
            self._lengths = np.concatenate([self._lengths, np.zeros(len(self._lengths))])
        self._lengths[slot] = counts.total()
        self._slots[doc], self._counts[doc] = slot, counts
        self.total += counts.total()
        for term, count in counts.items():
            self._postings.setdefault(term, {})[slot] = count
            self._arrays.pop(term, None)

    def remove(self, doc: Doc) -> None:
        """Lets go of a document that is here."""
        slot, counts = self._slots.pop(doc), self._counts.pop(doc)
        self.docs[slot] = None
        self._free.append(slot)
        self.total -= counts.total()
        for term in counts:
            posting = self._postings[term]
            del posting[slot]
            if not posting:
                del self._postings[term]
            self._arrays.pop(term, None)

    def score(self, weights: Sequence[tuple[str, float]], average: float) -> Scores:
        """A score for each slot; 0 where no term stands. The order of `weights` is the order of the sum."""
        scores = np.zeros(len(self.docs))
        for term, idf in weights:
            if term in self._postings:
                slots, counts = self._array(term)
                norm = K1 * (1 - B + B * self._lengths[slots] / average)
                scores[slots] += idf * counts * (K1 + 1) / (counts + norm)
        return scores

    def _array(self, term: str) -> tuple[NDArray[np.int64], Scores]:
        ready = self._arrays.get(term)
        if ready is None:
            posting = self._postings[term]
            slots = np.fromiter(posting.keys(), np.int64, len(posting))
            ready = self._arrays[term] = (slots, np.fromiter(posting.values(), np.float64, len(posting)))
        return ready


def rank(blocks: Sequence[WordBlock], repeated: Mapping[Doc, int], text: str) -> dict[Doc, float]:
    """The score of each document with a word of `text`.

    `repeated` says of documents that stand in several of these blocks how often too often they do.
    """
    terms = asked(text)
    weighed, average = weights(blocks, repeated, terms)
    most = sum(weighed.values()) * (K1 + 1)
    known = [(term, weighed[term] / most) for term in terms if any(block.frequency(term) for block in blocks)]
    scores: dict[Doc, float] = {}
    for block in blocks if average else ():
        here = block.score(known, average)
        for slot in here.nonzero()[0].tolist():
            said = block.docs[slot]
            if said is not None:
                scores[said] = float(here[slot])
    return scores


def weights(
    blocks: Sequence[WordBlock], repeated: Mapping[Doc, int], terms: Sequence[str]
) -> tuple[dict[str, float], float]:
    """How much each term tells (idf), also one that no document holds; and the average length of a document."""
    count, total = sum(map(len, blocks)), sum(block.total for block in blocks)
    found = {term: sum(block.frequency(term) for block in blocks) for term in terms}
    for doc, extra in repeated.items():
        held = next(block.counts(doc) for block in blocks if doc in block)
        count, total = count - extra, total - extra * held.total()
        for term in terms:
            if term in held:
                found[term] -= extra
    weighed = {term: math.log(1 + (count - found[term] + 0.5) / (found[term] + 0.5)) for term in terms}
    return weighed, total / count if count else 0.0
