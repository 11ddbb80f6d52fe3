"""How far cases hold rules: what of them would be noticed if it were otherwise.

For each expectation a rule is looked at in three ways. It *decided* if it gave what is allowed, or took away what
would be allowed. It is *pinned* if the expectation would not hold without it. It is *bounded* if the expectation
would not hold were it to say the most that it could: a permit that gives to everybody, a requirement that nobody
meets, a denial of everything. A rule that is pinned and bounded has both its sides held.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from ...graph.terms import NamedNode, Object
from ..deciding.algebra import Weighed
from ..rulebase.asking import Said

Weigh: TypeAlias = Callable[[Sequence[Said]], Weighed]
"""What follows for one compartment from what rules say."""


@dataclass(frozen=True, slots=True)
class Covered:
    """What the cases say of one rule, counted in expectations."""

    rule: str
    effect: str
    permitting: int  # it gave what is allowed
    denying: int  # it took away what others would allow, or failed
    pinned: int  # that would not hold without it
    bounded: int  # that would not hold were it to say all it could

    @property
    def decided(self) -> int:
        """The expectations in which it was decisive."""
        return self.permitting + self.denying

    @property
    def is_two_sided(self) -> bool:
        """Whether too little and too much of it would both be noticed."""
        return bool(self.pinned and self.bounded)


class Tally:
    """Counts over the expectations of any number of cases."""

    def __init__(self) -> None:
        self._permitting: Counter[str] = Counter()
        self._denying: Counter[str] = Counter()
        self._pinned: Counter[str] = Counter()
        self._bounded: Counter[str] = Counter()

    def see(self, said: Sequence[Said], compartment: str, weigh: Weigh, is_allowed: bool) -> frozenset[str]:
        """Takes in one expectation: what all rules say, and what follows from that.

        Gives the rules that it turns on: those that pin it, and the requirements that what is allowed meets.
        """
        said = [_about(one, compartment) for one in said]
        whole = weigh(said)
        is_open = compartment in whole.held
        if is_open:
            self._permitting.update(whole.gave)
        else:
            self._denying.update(whole.mattered)
        if is_open != is_allowed:
            return frozenset()  # what does not hold cannot be broken
        effects = {one.asked.rule.iri: one.asked.rule.effect for one in said}
        turns = {rule for rule in whole.gave if effects[rule] == "require"} if is_open else set()
        for rule in effects:
            without = [one for one in said if one.asked.rule.iri != rule or _is_nothing(one)]
            if len(without) < len(said) and (compartment in weigh(without).held) != is_open:
                self._pinned[rule] += 1
                turns.add(rule)
            most = [_most(one, compartment) if one.asked.rule.iri == rule else one for one in said]
            self._bounded[rule] += most != said and (compartment in weigh(most).held) != is_open
        return frozenset(turns)

    def of(self, rules: Iterable[tuple[str, str]]) -> tuple[Covered, ...]:
        """What came of rules, which are named with their effects."""
        return tuple(
            Covered(
                iri,
                effect,
                self._permitting[iri],
                self._denying[iri],
                self._pinned[iri],
                self._bounded[iri],
            )
            for iri, effect in rules
        )


def _about(one: Said, compartment: str) -> Said:
    """What a rule says of one compartment, with no more than that in its rows."""
    return replace(one, rows=_rows(compartment) if compartment in one.first("compartment") else ())


def _is_nothing(one: Said) -> bool:
    """Whether it is all the same that a rule was asked: a requirement takes when it says nothing."""
    return not one.rows and not one.failure and one.asked.rule.effect != "require"


def _rows(compartment: str) -> tuple[dict[str, Object], ...]:
    return ({"compartment": NamedNode(compartment)},)


def _most(one: Said, compartment: str) -> Said:
    """What a rule would say of a compartment were it not bound by anything."""
    if one.asked.rule.effect == "require":
        return replace(one, rows=(), failure="")
    return replace(one, rows=_rows(compartment), failure="")
