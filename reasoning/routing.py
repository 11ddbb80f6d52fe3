"""Who answers an approval request: what rules with the effect `approve` say now, never the one who asked.

Nothing is stored: a manager who changes, an absence or a limit counts for what is pending from its commit on.
"""

from collections.abc import Mapping
from datetime import datetime

from ..graph.vocabulary import FOAF
from .approvals import Item
from .asking import Asked, Circumstances, ask
from .decide import Decider


def approvers(decider: Decider, item: Item, now: datetime) -> Mapping[str, frozenset[str]]:
    """By compartment of a request the people who may open it; never raises: a rule that fails names nobody."""
    return _routed(decider, item, now, "")


def may_open(decider: Decider, item: Item, user: str, now: datetime) -> frozenset[str]:
    """The compartments of a request that a user may open; never raises."""
    routed = _routed(decider, item, now, user)
    return frozenset(compartment for compartment, people in routed.items() if user in people)


def _routed(decider: Decider, item: Item, now: datetime, user: str) -> Mapping[str, frozenset[str]]:
    rules = [Asked(rule, user) for rule in decider.force.of("approve", item.action)]
    around = Circumstances(item.purpose, decider.server_site, now, item.triples())
    found: dict[str, set[str]] = {compartment: set() for compartment in item.compartments}
    for one in ask(decider.rules, rules, around, deadline=decider.deadline):
        for row in one.rows:
            compartment, approver = (
                getattr(row.get(name), "value", "") for name in ("compartment", "approver")
            )
            if compartment in found and _is_other(decider, item, approver):
                found[compartment].add(approver)
    return {compartment: frozenset(people) for compartment, people in found.items()}


def _is_other(decider: Decider, item: Item, approver: str) -> bool:
    """Whether somebody is a person, and not the one who asked: nor an agent of that one, which is no person."""
    return approver not in ("", item.asker, *item.agents) and decider.facts.is_a(approver, FOAF.PERSON)
