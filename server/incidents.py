"""Incidents: harm that an agent did, recorded by those who answer for it; its autonomy falls in the same commit."""

from dataclasses import dataclass
from datetime import datetime

from ..graph.errors import Invalid, NotFound
from ..graph.snapshot import Snapshot
from ..graph.terms import Literal, NamedNode, Object
from ..graph.vocabulary import AMBIT
from ..reasoning.acts.acts import Act, new
from ..reasoning.acts.approvals import INCIDENT
from ..reasoning.deciding.questions import ACTIONS
from ..reasoning.governance.facts import Facts
from .governing import administers, need_in_person, perform
from .request import Request


@dataclass(frozen=True, slots=True)
class Autonomy:
    """How far an agent may go alone in one action, and the rules that say so; 0 where none says more."""

    agent: str
    action: str
    level: int = 0
    rules: tuple[str, ...] = ()


def record_incident(request: Request, agent: str, action: str, reason: str) -> Autonomy:
    """Records harm that an agent did by an action; gives its autonomy then.

    Raises `NotFound` for what is no agent that the caller answers for: as its owner, in its owner's line, or as an
    administrator; `Invalid` for no action, and what `perform` raises.
    """
    if action not in ACTIONS:
        raise Invalid(
            f"`{action[:100]}` is not an action",
            hint=f"actions are {', '.join(ACTIONS)}",
            code="invalid-argument",
        )
    facts = request.layers.decider.facts

    def acts(snapshot: Snapshot, now: datetime) -> list[Act]:
        user = need_in_person(request)
        if not answers_for(facts, user, agent) and not (is_agent(facts, agent) and administers(request)):
            raise NotFound(f"there is no agent `{agent[:200]}` that you answer for")
        iri = new(INCIDENT)
        said: dict[str, list[Object]] = {
            AMBIT.INCIDENT_OF: [NamedNode(agent)],
            AMBIT.ACTION: [Literal(action)],
        }
        return [Act(INCIDENT, iri, iri, said, user, now, request.run, reason)]

    perform(request, acts)
    return autonomy_of(facts, agent, action)


def is_agent(facts: Facts, iri: str) -> bool:
    """Whether governance knows an agent of this name."""
    try:
        return facts.is_a(iri, AMBIT.AGENT)
    except ValueError:  # no IRI
        return False


def answers_for(facts: Facts, user: str, agent: str) -> bool:
    """Whether a user owns an agent, alone or in a group, or stands in the line of an owner."""
    if not is_agent(facts, agent):
        return False
    owners = facts.iris(agent, AMBIT.IS_OWNED_BY)
    above = frozenset[str]().union(*(facts.iris(owner, AMBIT.REPORTS_TO_ALL) for owner in owners))
    return bool(({user} | facts.iris(user, AMBIT.MEMBER_OF_ALL)) & owners) or user in above


def autonomy_of(facts: Facts, agent: str, action: str) -> Autonomy:
    """What governance says of an agent's autonomy in an action now."""
    for subject in facts.subjects(AMBIT.AUTONOMY_OF, NamedNode(agent)):
        if isinstance(subject, NamedNode) and Literal(action) in facts.objects(subject, AMBIT.ACTION):
            levels = [int(v.value) for v in facts.objects(subject, AMBIT.LEVEL) if isinstance(v, Literal)]
            rules = facts.iris(subject.value, AMBIT.DECIDED_BY)
            return Autonomy(agent, action, min(levels, default=0), tuple(sorted(rules)))
    return Autonomy(agent, action)
