"""All that a world lets everybody do: each rule is asked once for each thing that is bound in it.

A rule's answer depends on its actor (or site) and on the purpose where it reads that, not on the rest of the
question; and one that is indifferent to its actor (`binding`) answers for all actors at once. So the answers for every chain, purpose and action are put together from few, by the algebra.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final, TypeAlias

from ...graph.terms import NamedNode
from ...graph.vocabulary import AMBIT, DPV, FOAF
from ...graph.words import Chain
from ..deciding.algebra import NONE, Compartments, combine
from ..deciding.decide import HOPS, plan
from ..deciding.delegation import chain_stands
from ..deciding.purposes import is_purpose
from ..deciding.questions import ACTIONS, Failure, Question
from ..deciding.standing import approved
from ..governance.facts import Facts
from ..governance.governance import INFERRED, SHIPPED
from ..rulebase.asking import ACTED, DECIDING, Asked, Said
from ..rulebase.binding import held
from ..rulebase.rules import Rule
from .world import World

_TOGETHER: Final = 1_000
"""Rules asked in one call of the worker: a call has a deadline."""

Key: TypeAlias = tuple[str, str, str | None]
"""A rule, its actor or site, and the purpose where it reads that."""


@dataclass(frozen=True, slots=True)
class Span:
    """The questions that are looked at: everybody, alone and through each agent, for each purpose and action."""

    users: tuple[str, ...]
    agents: tuple[str, ...]
    purposes: tuple[str | None, ...]
    actions: tuple[str, ...]


def span(worlds: Sequence[World]) -> Span:
    """All people and agents that some worlds know, and the purposes and actions that rules or governance name.

    A chain of several agents holds what each of them holds alone, but for approvals of its own: it is not looked at.
    """
    facts = [world.decider.facts for world in worlds]
    rules = [rule for world in worlds for rule in world.decider.force.rules]
    users = {AMBIT.ANONYMOUS}.union(*(known.instances(FOAF.PERSON) for known in facts))
    agents = frozenset[str]().union(*(known.instances(AMBIT.AGENT) for known in facts))
    actions = {action for rule in rules for action in rule.actions} - {"any"}
    purposes = set[str]().union(*(_purposes(rules, known) for known in facts))
    return Span(
        tuple(sorted(users)),
        tuple(sorted(agents)),
        (None, *sorted(purposes)),
        tuple(sorted(actions.union(ACTIONS))),
    )


def _purposes(rules: Iterable[Rule], facts: Facts) -> set[str]:
    """The purposes that rules name, or that governance does beside what Ambit ships."""
    named = {iri for rule in rules for iri in rule.terms}
    for triple in facts:
        if not facts.graphs(triple) <= {SHIPPED, INFERRED}:
            named |= {t.value for t in (triple.subject, triple.object) if isinstance(t, NamedNode)}
    return {iri for iri in named if iri != DPV.PURPOSE and is_purpose(iri, facts)}


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a rule gives: to everybody, and to each actor beside that."""

    everybody: Compartments
    each: Mapping[str, Compartments]


def _answer(said: Said) -> _Answer:
    if not said.asked.of_all:
        return _Answer(said.first("compartment"), {})
    everybody: set[str] = set()
    each: defaultdict[str, set[str]] = defaultdict(set)
    for row in said.rows:
        compartment, actor = row.get("compartment"), row.get("actor")
        if isinstance(compartment, NamedNode) and actor is None:
            everybody.add(compartment.value)
        elif isinstance(compartment, NamedNode) and isinstance(actor, NamedNode):
            each[actor.value].add(compartment.value)
    return _Answer(frozenset(everybody), {actor: frozenset(held) for actor, held in each.items()})


class Reach:
    """What each chain holds in one world, at one time."""

    def __init__(self, world: World, looked_at: Span, now: datetime, like: "Reach | None" = None):
        """Asks all rules that a question of the span would ask; what failed is listed in `failures`.

        `like` is of a world like this one, at the same time: a rule with the same text is not asked again.
        """
        self._decider = world.decider
        self._now = now
        self.rules = {
            rule.iri: rule
            for rule in self._decider.force.rules
            if rule.effect in DECIDING and self._decider.is_awake(rule)
        }
        self.known = self._decider.facts.instances(AMBIT.COMPARTMENT)
        self.site = self._decider.server_site
        self.failures: dict[str, Failure] = {}
        self._said: dict[Key, _Answer | None] = {}  # None: it failed
        self._passes: dict[Key, Compartments] = {}
        self._approved: dict[tuple[Chain, str | None, str], Compartments] = {}
        self._stands: dict[Chain, bool] = {}
        self._of_all = {iri for iri, rule in self.rules.items() if held(rule.text, "actor") is not None}
        if like is not None:
            self._take(like)
        for purpose in looked_at.purposes:
            self._ask(looked_at, purpose)

    def _ask(self, looked_at: Span, purpose: str | None) -> None:
        """What is not known yet of rules for one purpose."""
        wanted: dict[Key, Asked] = {}
        for rule in self.rules.values():
            for one in self._planned(rule, looked_at):
                wanted.setdefault(self._key(one, purpose), one)
        new = [(key, one) for key, one in wanted.items() if key not in self._said]
        question = Question(Chain(""), purpose, now=self._now)
        for at in range(0, len(new), _TOGETHER):
            part = new[at : at + _TOGETHER]
            answers = self._decider.said([one for _, one in part], question)
            for (key, one), said in zip(part, answers, strict=True):
                if said.failure:
                    self.failures.setdefault(one.rule.iri, Failure(one.rule.iri, said.failure))
                self._said[key] = None if said.failure else _answer(said)

    def _take(self, other: "Reach") -> None:
        """What rules with the same text said there."""
        alike = {
            iri
            for iri, rule in self.rules.items()
            if iri in other.rules
            and (rule.text, rule.failing, rule.reads, rule.effect, rule.columns)
            == tuple(
                getattr(other.rules[iri], of) for of in ("text", "failing", "reads", "effect", "columns")
            )
        }
        self._said = {key: said for key, said in other._said.items() if key[0] in alike}
        self.failures = {iri: failure for iri, failure in other.failures.items() if iri in alike}

    def _planned(self, rule: Rule, looked_at: Span) -> list[Asked]:
        """As deciding plans it, for all chains together."""
        if rule.effect in ACTED and rule.iri in self._of_all:
            return [Asked(rule, of_all=True)]
        asked: dict[tuple[str, str], Asked] = {}
        for user in looked_at.users:
            for one in plan(Question(Chain(user), None), [rule], self.site):
                asked[one.actor, one.site] = one
        for one in plan(Question(Chain(looked_at.users[0], looked_at.agents), None), [rule], self.site):
            asked[one.actor, one.site] = one
        return list(asked.values())

    def _key(self, one: Asked, purpose: str | None) -> Key:
        return self._named(one.rule.iri, one.actor or one.site, purpose)

    def _named(self, rule: str, about: str, purpose: str | None) -> Key:
        """What a rule's answer is kept under: one for all actors where it is indifferent to its actor."""
        known = self.rules[rule]
        about = "" if known.effect in ACTED and rule in self._of_all else about
        return (rule, about, purpose if "purpose" in known.reads else None)

    def applicable(self, action: str) -> tuple[str, ...]:
        """The rules that speak of an action."""
        return tuple(iri for iri, rule in self.rules.items() if rule.is_for(action))

    def said(self, rule: str, about: str, purpose: str | None) -> Compartments | None:
        """What a rule gives for an actor or site; None where it failed."""
        answer = self._said[self._named(rule, about, purpose)]
        return None if answer is None else answer.everybody | answer.each.get(about, NONE)

    # -- what is held

    def held(self, user: str, purpose: str | None, rules: Sequence[str]) -> Compartments:
        """What a user holds alone, by some rules, if the chain stands, approvals aside."""
        permits = NONE.union(
            *(self.passes(iri, user, purpose) for iri in rules if self.rules[iri].effect == "permit")
        )
        return self._narrowed(permits & self.known, (), user, purpose, rules)

    def asked(self, chain: Chain, purpose: str | None, action: str, rules: Sequence[str]) -> Compartments:
        """What approvals open of it to a chain."""
        asks = [iri for iri in rules if self.rules[iri].effect == "ask"]
        opened = NONE.union(*(self.opened(iri, chain, purpose, action) for iri in asks))
        return self._narrowed(opened & self.known, (), chain.user, purpose, rules) if opened else NONE

    def let(self, agent: str, purpose: str | None, rules: Sequence[str]) -> Compartments:
        """What an agent leaves of whatever the user holds."""
        scope = NONE.union(
            *(self.passes(iri, agent, purpose) for iri in rules if self.rules[iri].effect == "scope")
        )
        return self._narrowed(self.known, (scope,), agent, purpose, rules)

    def _narrowed(
        self,
        permits: Compartments,
        scopes: Iterable[Compartments],
        actor: str,
        purpose: str | None,
        rules: Sequence[str],
    ) -> Compartments:
        requirements, denied, places = [], NONE, []
        for iri in rules:
            rule = self.rules[iri]
            if rule.effect == "require":
                requirements.append((self._field(iri), self.said(iri, actor, purpose) or NONE))
            elif rule.effect == "deny":
                said = self.said(iri, actor, purpose)
                denied |= self.known if said is None else said
            elif rule.effect == "place":
                places.append(self.said(iri, self.site, purpose))
        placed = NONE if None in places else NONE.union(*(one for one in places if one is not None))
        return combine(permits, scopes, requirements, denied, placed)

    def _field(self, iri: str) -> Compartments:
        return self._fields[iri]

    @cached_property
    def _fields(self) -> dict[str, Compartments]:
        """The compartments that each rule speaks of."""
        instances = self._decider.facts.instances
        return {
            iri: instances(rule.over) & self.known if rule.over else self.known
            for iri, rule in self.rules.items()
        }

    def stands(self, chain: Chain) -> bool:
        """Whether a chain stands."""
        if chain not in self._stands:
            self._stands[chain] = chain_stands(chain, self._now, self._decider.facts, HOPS)[0] is None
        return self._stands[chain]

    # -- why

    def asks(self, rules: Sequence[str]) -> bool:
        """Whether one of some rules asks for an approval: of one action, and for one chain."""
        return any(self.rules[iri].effect == "ask" for iri in rules)

    def passes(self, rule: str, about: str, purpose: str | None) -> Compartments:
        """The compartments that one rule, which asks for no approval, lets through to an actor or a site."""
        key = (rule, about, purpose if "purpose" in self.rules[rule].reads else None)
        if key not in self._passes:
            self._passes[key] = self._passing(rule, about, purpose)
        return self._passes[key]

    def _passing(self, rule: str, about: str, purpose: str | None) -> Compartments:
        effect, said = self.rules[rule].effect, self.said(rule, about, purpose)
        if effect == "deny":
            return NONE if said is None else self.known - said
        if effect == "require":
            return self.known - (self._field(rule) - (said or NONE))
        return said or NONE

    def opened(self, rule: str, chain: Chain, purpose: str | None, action: str) -> Compartments:
        """The compartments that a rule asks an approval for, and that one opens to a chain."""
        said = self.said(rule, chain.user, purpose)
        if not said:
            return NONE
        key = (chain, purpose, action)
        if key not in self._approved:
            question = Question(chain, purpose, action, now=self._now)
            self._approved[key] = approved(question, self._decider.facts)[0]
        return said & self._approved[key]
