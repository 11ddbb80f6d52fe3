"""The words of deciding: what is asked and what is answered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import orjson

from ...graph.clock import CLOCK
from ...graph.compartments import short_hash
from ...graph.terms import NamedNode, Triple
from ...graph.vocabulary import AMBIT, node
from ...graph.words import Chain, Clearance
from ..rulebase.asking import REQUEST
from .algebra import Grounds

ACTIONS: Final = ("read", "write", "create", "delete", "declassify", "audit")
"""What the server asks about; rules may speak of others, and of `any`."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks, for whom, why, to do what, where and when. `facts` are the request's own (`?request`).

    `pattern` names the shape of what is asked (`graph.sparql.patterns`), where it has one and a rule asks.
    """

    chain: Chain
    purpose: str | None
    action: str = "read"
    site: str = ""  # where it is computed; empty: the server's own
    now: datetime = field(default_factory=CLOCK.now)
    facts: frozenset[Triple] = frozenset()
    pattern: str = ""


def told_of(question: Question) -> frozenset[Triple]:
    """What rules find in `?request`: the request's facts, and the agents that it comes through."""
    agents = frozenset(question.chain.agents)
    if not agents:
        return question.facts
    me, through = NamedNode(REQUEST), node(AMBIT.IS_USED_THROUGH)
    return question.facts | {Triple(me, through, NamedNode(agent)) for agent in agents}


@dataclass(frozen=True, slots=True)
class Failure:
    """A rule, or a part of deciding, that failed; it denied."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules say; `until` is when they must be asked again.

    `rules` gave something that is held: the one who asked may know them. `mattered` has beside them those that
    took something away or failed, and is for those alone who run the place: a rule that takes away what the
    caller never saw shows by its name that it is there.

    `frameworks` are the regulations that `rules` are there for, `applied` those of all that `mattered`.

    `epoch` counts the changes of rules and of governance that the decider has seen in this process. Neither it
    nor `policy_revision` may be told to the one who asked: both count commits that are hidden from that one.
    """

    iri: str
    question: Question
    clearance: Clearance
    policy_revision: int
    rules: tuple[str, ...] = ()
    until: datetime | None = None
    failures: tuple[Failure, ...] = ()
    epoch: int = -1
    mattered: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    applied: tuple[str, ...] = ()
    grounds: Grounds | None = field(default=None, repr=False, compare=False)

    def verdict(self, compartment: str) -> "Verdict":
        """The same of one compartment."""
        weighed = self.grounds.of(compartment) if self.grounds is not None else None
        return Verdict(
            self.question,
            compartment,
            compartment in self.clearance.compartments,
            self.policy_revision,
            weighed.gave if weighed is not None else (),
            self.until,
            self._failures(compartment),
            self.epoch,
            weighed.mattered if weighed is not None else (),
        )

    def _failures(self, compartment: str) -> tuple[Failure, ...]:
        """Those of rules that may matter to a compartment."""
        grounds = self.grounds
        if grounds is None or not self.failures:
            return self.failures
        silent = {one.rule for one in grounds.given if not grounds.concerns(one, compartment)}
        return tuple(failure for failure in self.failures if failure.rule not in silent)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of one compartment; agrees with the decision of the same question.

    `rules` gave this compartment, `mattered` have beside them those that took it away or failed: those that gave
    or took others alone are in neither. `until` is when they must be asked again.
    """

    question: Question
    compartment: str
    is_permitted: bool
    policy_revision: int
    rules: tuple[str, ...] = ()
    until: datetime | None = None
    failures: tuple[Failure, ...] = ()
    epoch: int = -1
    mattered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Holders:
    """The users who hold one compartment when they ask a question, whose own user does not matter.

    `question` has the agents through whom they ask, the purpose, the action, the site and the time. Users are
    the people whom governance knows, and `ambit:Anonymous`. Where something failed nobody holds because of it.
    """

    question: Question
    compartment: str
    users: frozenset[str]
    policy_revision: int
    until: datetime | None = None
    failures: tuple[Failure, ...] = ()


def name_of(
    question: Question, site: str, clearance: Clearance, rules: Iterable[str], hashes: Mapping[str, str]
) -> str:
    """A decision's IRI: the hash of what was asked, of what was decided, and of the rules that gave it.

    Nothing else goes in: a name that changed with commits which the caller may not see would show them.
    """
    inputs = [
        [question.chain.user, *question.chain.agents],
        question.purpose,
        question.action,
        site,
        sorted(str(triple) for triple in question.facts),
        clearance.key,
        [[rule, hashes.get(rule, "")] for rule in sorted(rules)],
    ]
    return "urn:ambit:decision:" + short_hash(orjson.dumps(inputs))
