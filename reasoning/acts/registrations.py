"""Registrations of agents: what an agent may inherit and who answers for it, as governance tells it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from ...graph.terms import Literal, NamedNode, Object, Triple
from ...graph.vocabulary import AMBIT, FOAF, SKOS, node
from ..deciding.delegation import is_revoked, owners
from ..deciding.standing import earliest
from ..governance.facts import Facts
from ..rulebase.asking import moment
from .acts import Form, is_act, of_subject

AGENT: Final = Form(
    "agent",
    AMBIT.AGENT,
    frozenset(
        {
            AMBIT.IS_OWNED_BY,
            AMBIT.IS_REGISTERED_FOR,
            AMBIT.READS_SOURCE,
            AMBIT.READS_SENSITIVITY,
            AMBIT.EXPIRES,
            SKOS.PREF_LABEL,
        }
    ),
)
"""What an act says that registers an agent."""


class Standing(StrEnum):
    """Whether an agent can stand in a chain, or why it cannot."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"
    OWNERLESS = "ownerless"  # governance knows none of its owners as a person


@dataclass(frozen=True, slots=True)
class Registration:
    """One agent. `expires` is None for one that does not; times know their zone."""

    agent: str
    label: str
    owners: frozenset[str]
    purposes: frozenset[str]
    sources: frozenset[str]
    sensitivities: frozenset[str]
    expires: datetime | None

    def said(self) -> Mapping[str, Iterable[Object]]:
        """What the act says of it."""
        said: dict[str, Iterable[Object]] = {
            AMBIT.IS_OWNED_BY: _nodes(self.owners),
            AMBIT.IS_REGISTERED_FOR: _nodes(self.purposes),
            AMBIT.READS_SOURCE: _nodes(self.sources),
            AMBIT.READS_SENSITIVITY: _nodes(self.sensitivities),
            SKOS.PREF_LABEL: [Literal(self.label)] if self.label else [],
            AMBIT.EXPIRES: [moment(self.expires)] if self.expires is not None else [],
        }
        return {predicate: values for predicate, values in said.items() if values}


def registration(facts: Facts, agent: str) -> Registration | None:
    """What governance says of an agent; None for what is none."""
    if not facts.is_a(agent, AMBIT.AGENT):
        return None
    labels = sorted(
        value.value
        for value in facts.objects(NamedNode(agent), SKOS.PREF_LABEL)
        if isinstance(value, Literal)
    )
    return Registration(
        agent,
        labels[0] if labels else "",
        owners(agent, facts),
        facts.iris(agent, AMBIT.IS_REGISTERED_FOR),
        facts.iris(agent, AMBIT.READS_SOURCE),
        facts.iris(agent, AMBIT.READS_SENSITIVITY),
        earliest(facts, agent),
    )


def registrations(facts: Facts, owner: str | None = None) -> Iterator[Registration]:
    """All agents by name, or those of one owner: of each no more is read than its reader takes."""
    if owner is None:
        agents = facts.instances(AMBIT.AGENT)
    else:
        agents = facts.among(facts.iris_to(AMBIT.IS_OWNED_BY, owner), AMBIT.AGENT)
    for agent in sorted(agents):
        found = registration(facts, agent)
        if found is not None:
            yield found


def standing(facts: Facts, told: Registration, now: datetime) -> Standing:
    """Whether an agent can stand in a chain now."""
    if is_revoked(told.agent, facts):
        return Standing.REVOKED
    if not any(facts.is_a(owner, FOAF.PERSON) for owner in told.owners):
        return Standing.OWNERLESS
    if told.expires is not None and now >= told.expires:
        return Standing.EXPIRED
    return Standing.ACTIVE


def is_written_by_hand(facts: Facts, agent: str) -> bool:
    """Whether something of a registration stands elsewhere than in its act: both together would be more than either says."""
    me = NamedNode(agent)
    told = {AMBIT.IS_OWNED_BY, AMBIT.IS_REGISTERED_FOR, AMBIT.READS_SOURCE, AMBIT.READS_SENSITIVITY}
    return any(
        graph != of_subject(AGENT, agent) and not graph.endswith(":inferred")
        for predicate in told
        for value in facts.objects(me, predicate)
        for graph in facts.graphs(Triple(me, node(predicate), value))
    )


def revocations(facts: Facts, agent: str) -> frozenset[str]:
    """The revocations of an agent that are acts, by IRI."""
    return frozenset(
        subject.value
        for subject in facts.subjects(AMBIT.REVOKES, NamedNode(agent))
        if isinstance(subject, NamedNode) and is_act(subject.value)
    )


def _nodes(iris: Iterable[str]) -> list[NamedNode]:
    return [NamedNode(iri) for iri in sorted(iris)]
