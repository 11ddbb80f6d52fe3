"""What two worlds let people do differently: who gains and who loses what, and by which rules.

A difference is a user, alone or through an agent, a purpose, an action and a compartment that is held in one world
and not in the other. It is put down to the rules that let the compartment through in one of them alone; where there
is none, the chain stands in one of them alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from typing import Final, TypeAlias

from ...graph.words import Chain
from ..deciding.algebra import NONE, Compartments
from ..deciding.questions import Failure
from .reach import Reach, Span, span
from .world import World

Both: TypeAlias = tuple[Compartments, Compartments]
"""What was held, and what is."""

TAKING: Final = frozenset({"require", "deny"})
"""Effects of rules that let everything through where they are not there."""


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """Differences that are alike: each of the people gains (or loses) each of the rest in every combination.

    An agent that is empty stands for the people themselves, a purpose that is empty for none.
    """

    is_gain: bool
    rules: tuple[str, ...]
    users: tuple[str, ...]
    agents: tuple[str, ...]
    actions: tuple[str, ...]
    purposes: tuple[str, ...]
    compartments: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many differences there are."""
        sides = (self.users, self.agents, self.actions, self.purposes, self.compartments)
        total = 1
        for side in sides:
            total *= len(side)
        return total


@dataclass(frozen=True, slots=True)
class Difference:
    """All differences between two worlds, what was looked at, and what failed in either."""

    groups: tuple[Group, ...]
    looked_at: Span
    compartments: int
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """As a group, not in order yet; `sides` are its purposes, actions, users and agents."""

    is_gain: bool
    rules: tuple[str, ...]
    sides: tuple[frozenset[str], ...]
    compartments: Compartments


def difference(old: World, new: World, now: datetime) -> Difference:
    """What is held in one of two worlds alone, grouped; both must have settled."""
    looked_at = span((old, new))
    before, after = _reaches(old, new, looked_at, now)
    failures = {**before.failures, **after.failures}
    return Difference(
        grouped(_parts(before, after, looked_at)),
        looked_at,
        len(before.known | after.known),
        tuple(failures.values()),
    )


def _reaches(old: World, new: World, looked_at: Span, now: datetime) -> tuple[Reach, Reach]:
    """Both sides: where rules alone differ, the new one takes over what is known; else both ask at once."""
    if old.is_like(new):
        before = Reach(old, looked_at, now)
        return before, Reach(new, looked_at, now, before)
    with ThreadPoolExecutor(2) as pool:
        before, after = pool.map(lambda world: Reach(world, looked_at, now), (old, new))
    return before, after


def _parts(old: Reach, new: Reach, looked_at: Span) -> Iterator[_Part]:
    kinds: defaultdict[tuple[tuple[str, ...], tuple[str, ...], str], list[str]] = defaultdict(list)
    for action in looked_at.actions:  # those that the same rules speak of are decided alike, approvals aside
        rules = old.applicable(action), new.applicable(action)
        kinds[*rules, action if old.asks(rules[0]) or new.asks(rules[1]) else ""].append(action)
    for (before, after, _), actions in kinds.items():
        yield from _parts_of(_Why(old, new, before, after, actions[0]), looked_at, frozenset(actions))


def _parts_of(why: "_Why", looked_at: Span, actions: frozenset[str]) -> Iterator[_Part]:
    """The differences of actions that are decided alike."""
    for purpose in looked_at.purposes:
        lets = {agent: why.lets(agent, purpose) for agent in looked_at.agents}
        for user in looked_at.users:
            alone = why.held(user, purpose)
            for agent in ("", *looked_at.agents):
                chain = Chain(user, (agent,) if agent else ())
                had, has = why.chained(chain, purpose, alone, lets.get(agent))
                for is_gain, changed in ((True, has - had), (False, had - has)):
                    for rules, some in why.apart(changed, is_gain, chain, purpose) if changed else ():
                        sides = ({purpose or ""}, actions, {user}, {agent})
                        yield _Part(is_gain, rules, tuple(map(frozenset, sides)), some)


class _Why:
    """Both sides for one action: what is held, and which rules differ in what they let through."""

    def __init__(self, old: Reach, new: Reach, before: Sequence[str], after: Sequence[str], action: str):
        self._sides = ((old, before), (new, after))
        self._old, self._new = old, new
        self._rules = sorted({*before, *after})
        self._there = {id(old): frozenset(before), id(new): frozenset(after)}
        self._action = action

    def held(self, user: str, purpose: str | None) -> Both:
        """What a user holds alone, approvals aside."""
        before, after = (side.held(user, purpose, rules) for side, rules in self._sides)
        return before, after

    def lets(self, agent: str, purpose: str | None) -> Both:
        """What an agent leaves of that."""
        before, after = (side.let(agent, purpose, rules) for side, rules in self._sides)
        return before, after

    def chained(self, chain: Chain, purpose: str | None, alone: Both, let: Both | None) -> Both:
        """What a chain holds, from what its user holds and its agent leaves."""
        found = []
        for at, (side, rules) in enumerate(self._sides):
            held = alone[at] | side.asked(chain, purpose, self._action, rules)
            held = held & let[at] if let is not None else held
            found.append(held if held and side.stands(chain) else NONE)
        return found[0], found[1]

    def apart(
        self, changed: Compartments, is_gain: bool, chain: Chain, purpose: str | None
    ) -> Iterator[tuple[tuple[str, ...], Compartments]]:
        """The changed compartments by the rules that they are put down to; none where the chain makes it."""
        if self._old.stands(chain) != self._new.stands(chain):
            yield (), changed
            return
        parts: dict[tuple[str, ...], Compartments] = {(): changed}
        for rule in self._rules:
            before = self._passes(self._old, self._new, rule, chain, purpose)
            after = self._passes(self._new, self._old, rule, chain, purpose)
            through = (after - before if is_gain else before - after) & changed
            split: dict[tuple[str, ...], Compartments] = {}
            for rules, some in parts.items() if through else ():
                if some & through:
                    split[*rules, rule] = some & through
                if some - through:
                    split[rules] = some - through
            parts = split or parts
        yield from parts.items()

    def _passes(
        self, side: Reach, other: Reach, rule: str, chain: Chain, purpose: str | None
    ) -> Compartments:
        """What a rule lets through to a chain on one side; one that is not there takes nothing away."""
        if rule not in self._there[id(side)]:
            return side.known if other.rules[rule].effect in TAKING else NONE
        effect = side.rules[rule].effect
        if effect == "ask":
            return side.opened(rule, chain, purpose, self._action)
        if effect == "place":
            return side.passes(rule, side.site, purpose)
        actors = {"permit": (chain.user,), "scope": chain.agents}.get(effect, (chain.user, *chain.agents))
        found = side.known
        for actor in actors:
            found &= side.passes(rule, actor, purpose)
        return found


def grouped(parts: Iterable[_Part]) -> tuple[Group, ...]:
    """Differences put together as long as each combination is one."""
    for side in range(4):
        together: defaultdict[_Part, set[str]] = defaultdict(set)
        for part in parts:
            together[_with(part, side, NONE)] |= part.sides[side]
        parts = [_with(part, side, frozenset(found)) for part, found in together.items()]
    groups = []
    for part in parts:
        purposes, actions, users, agents = (tuple(sorted(found)) for found in part.sides)
        held = tuple(sorted(part.compartments))
        groups.append(Group(part.is_gain, part.rules, users, agents, actions, purposes, held))
    return tuple(sorted(groups, key=lambda group: (not group.is_gain, -group.size, group)))


def _with(part: _Part, side: int, found: frozenset[str]) -> _Part:
    return replace(part, sides=(*part.sides[:side], found, *part.sides[side + 1 :]))


def each(group: Group) -> Iterator[tuple[str, str, str, str, str]]:
    """The differences of a group: user, agent, action, purpose, compartment."""
    return product(group.users, group.agents, group.actions, group.purposes, group.compartments)
