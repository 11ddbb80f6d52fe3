"""Compartments that a rule cannot tell apart: it is asked about one of them, and what it says holds for all.

A rule whose `?compartment` stands nowhere but as the subject of triple patterns with a constant predicate knows of a
compartment what these predicates say of it, and nothing more. Two of which they say the same have the same rows, one
for the other: with the compartment bound, each pattern has the same solutions. So what places data is asked once for
each set of jurisdictions rather than for each compartment.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import lru_cache

from ..governance.facts import Facts
from ..rulebase.binding import Held, held
from ..rulebase.groups import Element, Filter, Group, Inner, Pattern, Union
from ..rulebase.parsing import read

_NAME = "compartment"


@lru_cache(maxsize=1024)
def looked_at(text: str) -> frozenset[str] | None:
    """The predicates by which a rule looks at its compartment; None where it looks in another way, too."""
    query = read(text)
    if query is None or held(text, _NAME) is not Held.ALWAYS:
        return None
    found: set[str] = set()
    return frozenset(found) if _is_plain(query.where, found) else None


class Alike:
    """Some compartments, by what rules can tell apart of them: for each set of predicates found once."""

    def __init__(self, compartments: Iterable[str], facts: Facts):
        self._compartments = sorted(compartments)
        self._facts = facts
        self._found: dict[frozenset[str], Mapping[str, frozenset[str]]] = {}

    def classes(self, text: str) -> Mapping[str, frozenset[str]] | None:
        """Those that a rule cannot tell apart, by the first of each class; None where it tells all apart."""
        predicates = looked_at(text)
        if predicates is None:
            return None
        if predicates not in self._found:
            self._found[predicates] = self._by(sorted(predicates))
        return self._found[predicates]

    def _by(self, predicates: Sequence[str]) -> Mapping[str, frozenset[str]]:
        said = [self._facts.told(self._compartments, predicate) for predicate in predicates]
        found: defaultdict[Hashable, list[str]] = defaultdict(list)
        labels = said[0] if len(said) == 1 else zip(*said, strict=True)
        for name, same in zip(self._compartments, labels, strict=True):
            found[same].append(name)
        return {alike[0]: frozenset(alike) for alike in found.values()}


def _is_plain(group: Group, found: set[str]) -> bool:
    return all(_is_plain_part(part, found) for part in (*group.elements, *group.filters))


def _is_plain_part(part: Element | Filter, found: set[str]) -> bool:
    """Whether a part mentions the compartment as the subject of patterns alone; adds their predicates to `found`."""
    if _NAME not in part.variables():
        return True
    if isinstance(part, Pattern):
        found.add(part.predicate)
        return bool(part.predicate) and not (part.object.kind == "var" and part.object.text == _NAME)
    if isinstance(part, Union):
        return all(_is_plain(branch, found) for branch in part.branches)
    if isinstance(part, Filter):
        return _NAME not in part.mentioned and all(_is_plain(group, found) for group in part.exists)
    if isinstance(part, Inner):
        return part.kind == "OPTIONAL" and _is_plain(part.group, found)
    return False
