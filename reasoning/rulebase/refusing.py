"""Rules that the engine refuses: files as broken as those that do not parse, with the line that it names."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from ...graph.errors import RuleInvalid
from .rules import Loaded, Rule, invalid, standing_for

_PLACE: Final = re.compile(r"error at (?P<line>\d+):\d+: (?P<reason>.*)", re.S)


def without(loaded: Loaded, refused: Mapping[str, str]) -> Loaded:
    """The same, but for rules whose texts the engine refuses; `refused` says why, by text."""
    lost = [(rule, _refusal(rule, refused[rule.text])) for rule in loaded.rules if rule.text in refused]
    return replace(
        loaded,
        rules=tuple(rule for rule in loaded.rules if rule.text not in refused),
        refused=(*loaded.refused, *(why for _, why in lost)),
        broken=(
            *loaded.broken,
            *(standing_for(Path(rule.path), rule.source.encode(), why) for rule, why in lost),
        ),
    )


def _refusal(rule: Rule, said: str) -> RuleInvalid:
    at = _PLACE.match(said)  # a rule's text has the lines of its file
    line, reason = (int(at["line"]), at["reason"]) if at else (1, said)
    return invalid(rule.path, line, f"the engine refuses the query: {reason}")
