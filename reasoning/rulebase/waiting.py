"""What waits where a file is refused that was saved with others: nothing of them opens more until it is mended.

A rule that gives something stays as it was; so does one that labels or gives a level, which may do either. What takes
away comes into force as it was saved, and the version before it stays in force beside it, under a name of its own.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Final

from ...graph.errors import RuleInvalid
from .rules import OPENING, Broken, Loaded, Rule, invalid

BEFORE: Final = "#before"
"""What the path and the IRI of a version end with that stays beside the one which was saved: no file's path does."""
_STAYING: Final = (*OPENING, "level", "label")
_LASTING: Final = ("deny", "require", "level", "label")
"""Effects of which less may open more."""


def held_back(loaded: Loaded, saved: Collection[str], in_force: Iterable[Rule]) -> Loaded:
    """The same, but what would open more and was saved with something that is refused waits.

    `saved` are the paths of that save, of files that have gone, too; `in_force` the rules that stand.
    """
    stood = [rule for rule in in_force if not rule.failing]
    source = {rule.path: rule.source for rule in stood}
    waiting = [
        rule
        for rule in loaded.rules
        if rule.path in saved and rule.effect in _STAYING and source.get(rule.path) != rule.source
    ]
    coming = [rule for rule in loaded.rules if rule not in waiting]
    lasting = [rule for rule in stood if rule.effect in _LASTING and rule.path.removesuffix(BEFORE) in saved]
    beside = {rule.path: rule for rule in _beside(coming, lasting)}
    there = {*(r.path for r in loaded.rules), *(r.iri for r in loaded.rules)}
    there |= {*(one.path for one in loaded.broken), *(one.iri for one in loaded.broken)}
    gone = [rule for rule in lasting if not {rule.path, rule.iri} & there and not rule.path.endswith(BEFORE)]
    told = (
        *(_told(rule.path, "the rule waits") for rule in waiting),
        *(_told(path.removesuffix(BEFORE), "the version before stays beside it") for path in beside),
        *(_told(rule.path, "the rule stays in force without its file") for rule in gone),
    )
    return Loaded(
        (*coming, *beside.values()),
        (*loaded.refused, *told),
        (*loaded.broken, *(Broken(rule.path, rule.iri, None) for rule in waiting)),
    )


def _beside(coming: Iterable[Rule], lasting: Iterable[Rule]) -> Iterator[Rule]:
    """The versions that stay beside what comes: of each rule the one before that save, unless it says the same."""
    named = {name: rule for rule in coming for name in (rule.iri, rule.path)}
    oldest: dict[str, Rule] = {}
    for rule in sorted(lasting, key=lambda rule: rule.path.endswith(BEFORE)):
        oldest[rule.iri.removesuffix(BEFORE)] = rule
    for iri, rule in oldest.items():
        new = named.get(rule.path.removesuffix(BEFORE)) or named.get(iri)
        if new is not None and new.source != rule.source:
            yield replace(rule, path=new.path + BEFORE, iri=iri + BEFORE)
        elif new is None and rule.path.endswith(BEFORE):
            yield rule  # of a file that is broken since, or has gone


def _told(path: str, what: str) -> RuleInvalid:
    return invalid(
        path,
        1,
        f"{what}, for another file that was saved with it is refused",
        hint="mend or remove that file",
    )
