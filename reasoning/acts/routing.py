"""Who answers an approval request: what rules with the effect `approve` say now, never the one who asked.

Nothing is stored: a manager who changes, an absence or a limit counts for what is pending from its commit on.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from ...graph.terms import NamedNode
from ...graph.vocabulary import FOAF
from ..deciding.decide import Decider
from ..rulebase.asking import Asked, Circumstances, ask
from .approvals import Item


def approvers(decider: Decider, item: Item, now: datetime) -> Mapping[str, frozenset[str]]:
    """By compartment of a request the people who may open it; never raises: a rule that fails names nobody."""
    found: dict[str, set[str]] = {compartment: set() for compartment in item.compartments}
    for compartment, approver, _ in _routed(decider, item, now, ""):
        found[compartment].add(approver)
    return {compartment: frozenset(people) for compartment, people in found.items()}


def may_open(decider: Decider, item: Item, user: str, now: datetime) -> frozenset[str]:
    """The compartments of a request that a user may open; never raises."""
    return frozenset(routing(decider, item, user, now))


def routing(decider: Decider, item: Item, user: str, now: datetime) -> Mapping[str, frozenset[str]]:
    """By compartment that a user may open the rules that say so; never raises."""
    found: dict[str, set[str]] = {}
    for compartment, approver, rule in _routed(decider, item, now, user):
        if approver == user:
            found.setdefault(compartment, set()).add(rule)
    return {compartment: frozenset(rules) for compartment, rules in found.items()}


def _routed(decider: Decider, item: Item, now: datetime, user: str) -> Iterator[tuple[str, str, str]]:
    """Compartments, each with a person who may open it and the rule that says so; of one `user`, or of all (empty)."""
    rules = [Asked(rule, user) for rule in decider.force.of("approve", item.action)]
    around = Circumstances(item.purpose, decider.server_site, now, item.triples())
    for one in ask(decider.rules, rules, around, deadline=decider.deadline):
        for row in one.rows:
            compartment, approver = row.get("compartment"), row.get("approver")
            if (
                isinstance(compartment, NamedNode)
                and isinstance(approver, NamedNode)
                and compartment.value in item.compartments
                and _is_other(decider, item, approver.value)
            ):
                yield compartment.value, approver.value, one.asked.rule.iri


def _is_other(decider: Decider, item: Item, approver: str) -> bool:
    """Whether somebody is a person, and not the one who asked: nor an agent of that one, which is no person."""
    return approver not in ("", item.asker, *item.agents) and decider.facts.is_a(approver, FOAF.PERSON)
