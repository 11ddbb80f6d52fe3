"""What a refused rule file still says of itself: its name, and whether it was meant to take something away.

The grammar in `rules` is strict. Here every comment line counts, in any case and with any indentation: a file that
might be a requirement or a denial must not open what it would have closed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...graph.errors import AmbitError
from .scoping import resolve

CLOSING: Final = frozenset({"require", "deny", "label"})
"""The effects that take something away: a label may say that data are more sensitive than their mapping says."""

_LINE = re.compile(
    r"^#+\s*(?P<key>title|family|effect|action|description|reads|over|public)\s*:\s*(?P<value>.*?)\s*$", re.I
)
_MORE = re.compile(r"^#\s{2,}(?P<value>\S.*?)\s*$")
_MENTIONS = re.compile(r"\b(?:requir|den(?:y|ie))", re.I)  # required, denies
_WORD = re.compile(r"^[a-z][a-z0-9-]*$")
_BEFORE: Final = "\ufeff\ufffd \t"  # marks of an encoding, indentation


@dataclass(frozen=True, slots=True)
class Remains:
    """What can be read. `effect` is one of `CLOSING`, or empty where nothing would be taken away."""

    iri: str  # empty where family is not readable
    effect: str
    actions: frozenset[str]
    over: str | None  # None: all compartments


def remains_of(path: Path, data: bytes, effects: Iterable[str]) -> Remains:
    """What is left of the file's bytes.

    One clear effect of `effects` counts. Without one, a comment that mentions requiring or denying makes the file
    a denial of everything.
    """
    text = data.replace(b"\0", b"").decode(errors="replace")
    comments = [line for line in (raw.lstrip(_BEFORE) for raw in text.splitlines()) if line.startswith("#")]
    said = _said(comments)
    family = _one(said, "family")
    iri = f"urn:ambit:rule:{family}/{path.stem}" if _WORD.match(family) else ""
    effect = _one(said, "effect").casefold()
    if effect not in effects:
        closes = any(_MENTIONS.search(line) for line in comments)
        return Remains(iri, "deny" if closes else "", frozenset({"any"}), None)
    if effect not in CLOSING:
        return Remains(iri, "", frozenset({"any"}), None)
    action = _one(said, "action")
    actions = frozenset(re.split(r"[\s,]+", action)) if action else frozenset({"any"})
    return Remains(
        iri, effect, actions, _over(_one(said, "over"), text, path) if effect == "require" else None
    )


def _said(comments: Iterable[str]) -> dict[str, list[str]]:
    """All values of each key of a header, wherever they stand."""
    said: dict[str, list[str]] = {}
    last: list[str] = []
    for line in comments:
        if match := _LINE.match(line):
            last = said.setdefault(match["key"].casefold(), [])
            last.append(match["value"])
        elif (match := _MORE.match(line)) and last:
            last[-1] = f"{last[-1]} {match['value']}".strip()
    return said


def _one(said: dict[str, list[str]], key: str) -> str:
    """A key's value if it has exactly one."""
    values = said.get(key, [])
    return values[0] if len(values) == 1 else ""


def _over(name: str, text: str, path: Path) -> str | None:
    try:
        return resolve(name, text, path, 1) if name else None
    except AmbitError:
        return None
