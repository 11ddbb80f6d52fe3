"""What is known of a question before any rule is asked: the chain, the approvals, and which rules speak of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ...graph.vocabulary import AMBIT
from ..rulebase.asking import Asked
from ..rulebase.rules import Rule
from .delegation import chain_stands
from .hearing import Hearing
from .questions import Failure, Question
from .standing import approved


@dataclass(frozen=True, slots=True)
class Ground:
    """As of one policy. `ends` are when the chain and the approvals end."""

    epoch: int
    policy_revision: int
    rules: tuple[Rule, ...]
    opened: frozenset[str]
    ends: tuple[datetime | None, ...]
    broken: Failure | None  # why the chain holds nothing


def ground_of(hearing: Hearing, question: Question, hops: int) -> Ground:
    """To be called under the hearing's lock."""
    broken, expiry = chain_stands(question.chain, question.now, hearing.facts, hops)
    opened, approval_ends = approved(question, hearing.facts)
    return Ground(
        hearing.epoch,
        hearing.policy_revision,
        tuple(hearing.rules_for(question.action)),
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
