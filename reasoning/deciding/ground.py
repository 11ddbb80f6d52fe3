"""What is known of a question before any rule is asked: the chain, the approvals, and which rules speak of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ...graph.vocabulary import AMBIT
from ..rulebase.asking import Asked
from ..rulebase.rules import Rule
from .delegation import chain_stands
from .questions import Failure, Question
from .standing import approved

if TYPE_CHECKING:
    from .decide import Decider


@dataclass(frozen=True, slots=True)
class Ground:
    """As of one policy. `ends` are when the chain and the approvals end."""

    epoch: int
    policy_revision: int
    rules: tuple[Rule, ...]
    opened: frozenset[str]
    ends: tuple[datetime | None, ...]
    broken: Failure | None  # why the chain holds nothing


def ground_of(decider: "Decider", question: Question, hops: int) -> Ground:
    """To be called under the decider's lock."""
    broken, expiry = chain_stands(question.chain, question.now, decider.facts, hops)
    opened, approval_ends = approved(question, decider.facts)
    return Ground(
        decider.epoch,
        decider.policy_revision,
        tuple(decider.rules_for(question.action)),
        opened,
        (expiry, approval_ends),
        Failure("chain", str(broken)) if broken is not None else None,
    )


def plan(
    q: Question, rules: Sequence[Rule], server_site: str, among: Iterable[str] | None = None
) -> list[Asked]:
    """Which rule is asked for whom: permits of the user, scopes of the agents, the rest of everybody.

    `among` are the compartments asked about; None: all.
    """
    user = q.chain.user or AMBIT.ANONYMOUS
    actors = {
        "permit": (user,),
        "ask": (user,),
        "scope": q.chain.agents,
        "require": (user, *q.chain.agents),
        "deny": (user, *q.chain.agents),
    }
    some = None if among is None else tuple(sorted(among))
    asked = [Asked(rule, actor, among=some) for rule in rules for actor in actors.get(rule.effect, ())]
    site = q.site or server_site
    return asked + [Asked(rule, site=site, among=some) for rule in rules if rule.effect == "place"]
