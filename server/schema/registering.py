"""Agents in GraphQL: a type that is the same in every schema, and the mutations. Each calls one verb."""

# mypy: disable-error-code="untyped-decorator"

from collections.abc import Sequence
from enum import Enum
from typing import Any, Protocol

import strawberry
from strawberry.types import Info

from ...reasoning.acts.registrations import Registration, Standing


@strawberry.enum(description="Whether an agent can act for anybody, or why it cannot.")
class AgentStanding(Enum):
    """The names of `Standing`."""

    active = "active"
    expired = "expired"
    revoked = "revoked"
    ownerless = "ownerless"


class Known(Protocol):
    """An agent as its reader may know it."""

    @property
    def registration(self) -> Registration: ...
    @property
    def standing(self) -> Standing: ...


class Registering(Protocol):
    """The verbs, for one request."""

    def register(
        self,
        agent: str,
        purposes: Sequence[str],
        sources: Sequence[str],
        sensitivities: Sequence[str],
        reason: str,
        *,
        owner: str | None,
        label: str,
        days: int,
    ) -> Known: ...
    def revoke(self, agent: str, reason: str) -> Known: ...
    def reinstate(self, agent: str) -> Known: ...
    def listed(self, first: int) -> Sequence[Known]: ...
    def one(self, agent: str) -> Known | None: ...


@strawberry.type(description="An agent: who answers for it, and what it may inherit from whom it acts for.")
class AgentRegistration:
    iri: strawberry.ID
    label: str | None
    standing: AgentStanding
    owners: list[strawberry.ID]
    purposes: list[strawberry.ID]
    sources: list[strawberry.ID]
    sensitivities: list[strawberry.ID]
    expires: str | None


def known(one: Known) -> AgentRegistration:
    """An agent as GraphQL gives it."""
    told = one.registration
    return AgentRegistration(
        iri=strawberry.ID(told.agent),
        label=told.label or None,
        standing=AgentStanding(one.standing.value),
        owners=_ids(told.owners),
        purposes=_ids(told.purposes),
        sources=_ids(told.sources),
        sensitivities=_ids(told.sensitivities),
        expires=told.expires.isoformat() if told.expires else None,
    )


def _ids(iris: frozenset[str]) -> list[strawberry.ID]:
    return [strawberry.ID(iri) for iri in sorted(iris)]


@strawberry.type
class AgentMutations:
    """What is done about agents."""

    @strawberry.mutation(
        description="Registers an agent, or says anew what it may inherit; for those who administer."
    )
    def register_agent(
        self,
        info: Info[Any, Any],
        iri: strawberry.ID,
        purposes: list[strawberry.ID],
        sources: list[strawberry.ID],
        sensitivities: list[strawberry.ID],
        reason: str,
        owner: strawberry.ID | None = None,
        label: str = "",
        days: int = 365,
    ) -> AgentRegistration:
        verbs: Registering = info.context.eyes.registering
        return known(
            verbs.register(iri, purposes, sources, sensitivities, reason, owner=owner, label=label, days=days)
        )

    @strawberry.mutation(
        description="Ends an agent's registration, for its owner and for those who administer; in force when it is answered."
    )
    def revoke_agent(self, info: Info[Any, Any], iri: strawberry.ID, reason: str) -> AgentRegistration:
        return known(info.context.eyes.registering.revoke(iri, reason))

    @strawberry.mutation(description="Takes a revocation back; for those who administer.")
    def reinstate_agent(self, info: Info[Any, Any], iri: strawberry.ID) -> AgentRegistration:
        return known(info.context.eyes.registering.reinstate(iri))
