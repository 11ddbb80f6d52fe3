"""Who holds a compartment: all users, by few questions to the rules.

A rule that is indifferent to its actor (`binding`) is asked once, with every actor free; a row that leaves the
actor open holds for everybody. A rule that is not is asked for each user whom it can still make a difference to, in
chunks. What is asked of the agents, and of the place, is asked once for all users.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from ...graph.errors import Timeout
from ...graph.terms import NamedNode
from ...graph.vocabulary import AMBIT, FOAF
from ...graph.words import Chain
from ..rulebase.asking import Asked, Said
from ..rulebase.binding import Held, held
from ..rulebase.rules import Rule
from .ground import Ground, ground_of
from .hearing import Hearing
from .questions import Failure, Holders, Question
from .standing import approved, until_of

PATIENCE: Final = 5
"""Deadlines of a batch that one answer may take as a whole."""

CHUNK: Final = 256
"""Rules that are asked of users one by one in one batch."""


def holders(hearing: Hearing, question: Question, compartment: str, hops: int) -> Holders:
    """All users who hold it; raises `Timeout`, and what asking raises."""
    return _Holding(hearing, question, compartment, hops).answer()


class _Holding:
    """The work on one answer."""

    def __init__(self, hearing: Hearing, question: Question, compartment: str, hops: int):
        self._hearing = hearing
        self._compartment = compartment
        self._ends = time.monotonic() + PATIENCE * hearing.deadline
        self._said: list[Said] = []
        facts, agents = hearing.facts, question.chain.agents
        with hearing.lock:
            self._question = replace(question, chain=Chain("", agents))
            self._ground: Ground = ground_of(hearing, self._question, hops)
            known = facts.is_a(compartment, AMBIT.COMPARTMENT)
            users = facts.instances(FOAF.PERSON) | {AMBIT.ANONYMOUS} if known else frozenset()
            self._users = users - frozenset(agents) - facts.instances(AMBIT.AGENT)
            self._rules = [
                rule
                for rule in self._ground.rules
                if rule.effect != "require" or rule.over is None or facts.is_a(compartment, rule.over)
            ]

    def answer(self) -> Holders:
        """Whoever is permitted, and loses it to nothing."""
        ground, found = self._ground, frozenset[str]()
        if ground.broken is None and self._users and self._is_open():
            found = self._kept_by("deny", self._kept_by("require", self._permitted()))
        ground = self._ground  # with the ends of the approvals that were looked at
        until, sure = until_of(self._said, ground.ends)
        failures = [Failure(one.asked.rule.iri, one.failure) for one in self._said if one.failure]
        failures += [ground.broken] if ground.broken is not None else []
        answer = Holders(
            self._question,
            self._compartment,
            found,
            ground.policy_revision,
            until if sure else self._question.now,
            tuple(dict.fromkeys(failures)),
        )
        key = self._hearing.holders_key(self._question, self._compartment)
        self._hearing.keep(key, ground.epoch, self._question.now, self._said, answer, *ground.ends)
        return answer

    # -- what does not hang on the user

    def _is_open(self) -> bool:
        """Whether the agents let it through, and it may be computed on at the site."""
        agents = self._question.chain.agents
        site = self._question.site or self._hearing.server_site
        said = self._ask(
            [Asked(r, agent) for r in self._of("scope", "require", "deny") for agent in agents]
            + [Asked(rule, site=site) for rule in self._of("place")]
        )
        if any(one.failure for one in said if one.asked.rule.effect in ("require", "deny", "place")):
            return False
        given = [one.asked for one in said if self._gives(one)]
        scoped = {one.actor for one in given if one.rule.effect == "scope"}
        required = {(one.rule.iri, one.actor) for one in given if one.rule.effect == "require"}
        return (
            scoped == set(agents)
            and all((r.iri, agent) in required for r in self._of("require") for agent in agents)
            and not any(one.rule.effect == "deny" for one in given)
            and any(one.rule.effect == "place" for one in given)
        )

    # -- what does

    def _permitted(self) -> frozenset[str]:
        """The users whom a permit gives it, or an ask with an approval."""
        found = frozenset[str]().union(*self._each(self._of("permit"), self._users).values())
        asked = frozenset[str]().union(*self._each(self._of("ask"), self._users - found).values())
        return found | frozenset(user for user in asked if self._is_approved(user))

    def _is_approved(self, user: str) -> bool:
        with self._hearing.lock:
            opened, end = approved(
                replace(self._question, chain=Chain(user, self._question.chain.agents)), self._hearing.facts
            )
        self._ground = replace(self._ground, ends=(*self._ground.ends, end))
        return self._compartment in opened

    def _kept_by(self, effect: str, users: frozenset[str]) -> frozenset[str]:
        """Those of some users whom the rules of an effect do not take it from."""
        for rule in self._of(effect):
            if not users:
                break
            given = self._each([rule], users)[rule.iri]
            users = users & given if effect == "require" else users - given
        return users

    def _each(self, rules: Sequence[Rule], users: frozenset[str]) -> dict[str, frozenset[str]]:
        """For each rule those of some users of whom it has a row; one that fails denies."""
        found: dict[str, frozenset[str]] = {}
        free = [rule for rule in rules if self._is_indifferent(rule)]
        for one in self._ask([Asked(rule, of_all=True) for rule in free]):
            found[one.asked.rule.iri] = (
                self._named(one) & users if not one.failure else self._failed(one, users)
            )
        for rule in (rule for rule in rules if rule not in free):
            gave: set[str] = set()
            for some in _chunks(sorted(users)):
                for one in self._ask([Asked(rule, user) for user in some]):
                    if self._gives(one) or (one.failure and rule.effect == "deny"):
                        gave.add(one.asked.actor)
            found[rule.iri] = frozenset(gave)
        return found

    def _is_indifferent(self, rule: Rule) -> bool:
        """Whether its rows are the same with its actor free; only if it can be asked about one compartment."""
        text = rule.text
        return held(text, "actor") is not None and held(text, "compartment") is Held.ALWAYS

    def _named(self, one: Said) -> frozenset[str]:
        """The actors of a rule's rows; one without an actor is about everybody."""
        if any("actor" not in row for row in one.rows):
            return self._users
        return one.first("actor")

    def _failed(self, one: Said, users: frozenset[str]) -> frozenset[str]:
        return users if one.asked.rule.effect == "deny" else frozenset()

    # -- asking

    def _of(self, *effects: str) -> list[Rule]:
        return [rule for rule in self._rules if rule.effect in effects]

    def _gives(self, one: Said) -> bool:
        return NamedNode(self._compartment) in {row.get("compartment") for row in one.rows}

    def _ask(self, asked: Sequence[Asked]) -> list[Said]:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise Timeout("to find all who hold a compartment takes longer than it may")
        question = self._question
        said = self._hearing.said_each(
            [(replace(one, among=(self._compartment,)), question) for one in asked], deadline=left
        )
        self._said += said
        return said


def _chunks(users: Sequence[str]) -> Iterator[Sequence[str]]:
    return (users[start : start + CHUNK] for start in range(0, len(users), CHUNK))
