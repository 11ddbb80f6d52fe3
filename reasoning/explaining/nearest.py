"""The nearest change that would permit: the fewest triples of governance to add or remove, a purpose, an approval.

Candidates are no guesses that are told: each change, and each of the smallest combinations, is decided over before.
For those alone who may read governance: what is told names groups, agents and rules that others may not know of.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import Final

from ...graph.terms import Triple
from ..deciding.decide import Decider
from ..deciding.questions import Question
from .candidates import Change, candidates
from .explain import barred, purposes_beside
from .supposing import Supposed

TRIED: Final = 60
"""Changes decided over at most."""
_COMBINED: Final = 40
MOST: Final = 3
"""How large a change may be."""
TOLD: Final = 5
"""Changes told at most, all of one size."""


def nearest(decider: Decider, question: Question, compartment: str) -> tuple[Change, ...]:
    """The smallest changes after each of which a chain holds a compartment; none where none was found.

    Those that concern the chain and its purpose alone come first. Raises what the worker raises.
    """

    def key(change: Change) -> tuple[int, int, list[str], list[str], str]:
        others = sum(not _concerns(t, question) for t in change.adds | change.removes)
        removes, adds = sorted(map(str, change.removes)), sorted(map(str, change.adds))
        return change.size, others, removes, adds, change.purpose or ""

    singles = [Change(purpose=purpose) for purpose in purposes_beside(decider, question)]
    singles += [Change(approval=True), *candidates(decider, question, compartment)]
    singles.sort(key=key)
    tried = 0
    for size in range(1, MOST + 1):
        found: list[Change] = []
        for change in sorted(set(_of_size(singles, size)), key=key):
            if tried >= TRIED or len(found) >= TOLD:
                break
            tried += 1
            if decider.settled(partial(holds, decider, question, compartment, change)):
                found.append(change)
        if found:
            return tuple(found)
    return ()


def holds(decider: Decider, question: Question, compartment: str, change: Change) -> bool:
    """Whether a chain would hold a compartment after a change: that one is asked for, over governance as it would be.

    To be called inside `decider.settled`.
    """
    asked = replace(question, purpose=change.purpose) if change.purpose is not None else question
    world = Supposed(decider, change.removes, change.adds) if change.adds or change.removes else decider
    if barred(asked, world.facts) is not None:
        return False
    if change.approval:
        return compartment in world.possible(asked)
    return world.check(asked, compartment).is_permitted


def _of_size(singles: Sequence[Change], size: int) -> Iterator[Change]:
    """Changes of a size, put together of as few as it takes."""
    for number in range(1, size + 1):
        fitting = [one for one in singles if one.size <= size]
        for parts in combinations(fitting if number == 1 else fitting[:_COMBINED], number):
            change = Change()
            for part in parts:
                change |= part
            if change.size == size == sum(part.size for part in parts):
                yield change


def _concerns(triple: Triple, question: Question) -> bool:
    """Whether a triple speaks of an actor of the chain, or of its purpose."""
    own = {question.chain.user, *question.chain.agents, question.purpose}
    return any(getattr(term, "value", None) in own for term in (triple.subject, triple.object))
