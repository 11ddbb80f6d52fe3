"""Sentences: where they begin and end in a text, so that one can be quoted as it stands.

Every step is linear in the text, whoever wrote it: each line, each end of a sentence and each run of blanks
is looked at once, and no sentence is longer than `LONGEST`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LONGEST = 600
"""Characters of a sentence at most; what is longer is cut between words, or anywhere where there are none."""

MOST_WORDS = 100
"""Words of a sentence at most."""

HEADING = 12
"""Words of a heading at most."""

_BLANK = re.compile(r"\S")
_END = re.compile(r"[.!?…]{1,3}[\"'”’)\]]{0,3}(?=\s)|[。！？]")
_WORD = re.compile(r"\S+")
_LOOK_BACK = 16
_SHORT = (
    "e.g i.e etc mr mrs ms dr prof st vs cf no nr fig approx inc ltd co corp dept jan feb mar apr jun jul aug"
    " sept oct nov dec z.b d.h bzw ca usw"
)
_ABBREVIATIONS = frozenset(_SHORT.split())


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text[start:end]` is a sentence; `heading`: it stands above others and says none itself."""

    start: int
    end: int
    heading: bool = False


def sentences(text: str) -> Iterator[Sentence]:
    """The sentences of a text, in order. A line is the end of one, unless its paragraph is set in lines."""
    blocks = list(_blocks(text))
    for number, lines in enumerate(blocks):
        if _is_set(lines):
            lines = [(lines[0][0], lines[-1][1])]
        found = [span for line in lines for ended in _ended(text, *line) for span in _bounded(text, *ended)]
        alone = len(found) == 1 and number + 1 < len(blocks)
        for start, end in found:
            yield Sentence(start, end, alone and _is_heading(text[start:end]))


def spans(body: str, ends: Sequence[int]) -> Iterator[Sentence]:
    """The sentences of a passage, of which only the ends are kept, negative for headings."""
    start = 0
    for end in ends:
        blank = _BLANK.search(body, start)
        yield Sentence(blank.start() if blank else start, abs(end), end < 0)
        start = abs(end)


def _blocks(text: str) -> Iterator[list[tuple[int, int]]]:
    """The lines of each paragraph, without the blanks around them."""
    lines: list[tuple[int, int]] = []
    at = 0
    for line in text.split("\n"):
        if said := line.strip():
            start = at + line.index(said[0])
            lines.append((start, start + len(said)))
        elif lines:
            yield lines
            lines = []
        at += len(line) + 1
    if lines:
        yield lines


def _is_set(lines: Sequence[tuple[int, int]]) -> bool:
    """Whether a paragraph was set in lines of about one length, as editors break them."""
    lengths = [end - start for start, end in lines[:-1]]
    return bool(lengths) and max(lengths) <= 140 and min(lengths) >= max(40, 0.6 * max(lengths))


def _ended(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for found in _END.finditer(text, start, end):
        following = _BLANK.search(text, found.end(), end)
        if following is None:
            break
        if found[0][0] in "。！？" or not (
            following[0].islower() or _is_abbreviated(text, start, found.start())
        ):
            yield start, found.end()
            start = following.start()
    if start < end:
        yield start, end


def _is_abbreviated(text: str, start: int, end: int) -> bool:
    if text[end] != ".":
        return False
    before = text[max(start, end - _LOOK_BACK) : end].split()
    last = before[-1].lstrip("(\"'“").lower() if before else ""
    return last in _ABBREVIATIONS or (len(last) == 1 and last.isalpha() and last != "i")


def _bounded(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    last, count = start, 0
    for word in _WORD.finditer(text, start, end):
        if count == MOST_WORDS or (count and word.end() - start > LONGEST):
            yield start, last
            start, count = word.start(), 0
        while word.end() - start > LONGEST:
            yield start, start + LONGEST
            start += LONGEST
        last, count = word.end(), count + 1
    if start < last:
        yield start, last


def _is_heading(said: str) -> bool:
    return len(said.split(None, HEADING + 1)) <= HEADING and said[-1] not in ".!:;,…"
