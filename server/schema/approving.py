"""Approvals in GraphQL: types that are the same in every schema, and the mutations. Each calls one verb."""

# mypy: disable-error-code="untyped-decorator"

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Protocol

import orjson
import strawberry
from strawberry.types import Info

from ...graph.errors import Invalid
from ...graph.sparql import patterns as sparql_patterns
from ...reasoning.acts.approvals import Answer, Item, State
from . import patterns
from .limits import Documents, Limits, nested
from .paging import First, page


@strawberry.enum(description="What became of a request.")
class ApprovalState(Enum):
    """The names of `State`."""

    pending = "pending"
    approved = "approved"
    refused = "refused"
    withdrawn = "withdrawn"
    expired = "expired"
    revoked = "revoked"
    lapsed = "lapsed"


class Told(Protocol):
    """A request as its reader may see it."""

    @property
    def item(self) -> Item: ...
    @property
    def state(self) -> State: ...
    @property
    def answers(self) -> Sequence[Answer]: ...
    @property
    def concerns(self) -> Sequence[str]: ...
    @property
    def sources(self) -> Sequence[str]: ...
    @property
    def sensitivities(self) -> Sequence[str]: ...
    @property
    def may_answer(self) -> bool: ...


class Alike(Protocol):
    """Requests like one, with how alike they are, and how many of all came out how."""

    @property
    def nodes(self) -> Sequence[tuple[Told, int]]: ...
    @property
    def outcomes(self) -> Mapping[State, int]: ...


class Autonomy(Protocol):
    """How far an agent may go alone in one action, and the rules that say so."""

    @property
    def agent(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def level(self) -> int: ...
    @property
    def rules(self) -> Sequence[str]: ...


class Approving(Protocol):
    """The verbs, for one request."""

    def ask(self, things: Sequence[str], reason: str, action: str, shape: str) -> Told: ...
    def approve(self, iri: str, reason: str, days: int) -> Told: ...
    def refuse(self, iri: str, reason: str) -> Told: ...
    def withdraw(self, iri: str, reason: str) -> Told: ...
    def revoke(self, iri: str, reason: str) -> Told: ...
    def listed(self, state: str | None, first: int) -> Sequence[Told]: ...
    def one(self, iri: str) -> Told | None: ...
    def alike(self, iri: str, first: int) -> Alike: ...


@strawberry.type(description="What somebody said to an approval request.")
class ApprovalAnswer:
    iri: strawberry.ID
    kind: str = strawberry.field(description="approval, override, refusal or withdrawal")
    by: strawberry.ID
    reason: str
    created: str
    expires: str | None
    revoked: bool = strawberry.field(
        description="Whether it stands no more: revoked, or its request was refused or withdrawn since."
    )
    rules: list[strawberry.ID] = strawberry.field(description="The rules by which it was theirs to say.")


@strawberry.type(description="How many requests came out so.")
class Outcome:
    state: ApprovalState
    count: int


@strawberry.type(description="A request like another; the score is at most 11.")
class Precedent:
    score: int
    request: "ApprovalRequest"


@strawberry.type(description="What came of requests like one, as far as the caller may see them.")
class Precedents:
    nodes: list[Precedent]
    outcomes: list[Outcome]


@strawberry.type(description="What a person asks to be approved.")
class ApprovalRequest:
    iri: strawberry.ID
    state: ApprovalState
    asker: strawberry.ID
    agents: list[strawberry.ID]
    purpose: strawberry.ID
    action: str
    reason: str
    rules: list[strawberry.ID] = strawberry.field(description="The rules that ask for an approval.")
    query: str | None = strawberry.field(description="The shape of query it is for; null: of any shape.")
    concerns: list[strawberry.ID] = strawberry.field(
        description="What it is for, as far as the caller may read it."
    )
    sources: list[strawberry.ID] = strawberry.field(
        description="Where that comes from, as far as the caller may read it."
    )
    sensitivities: list[strawberry.ID]
    created: str
    expires: str
    may_answer: bool = strawberry.field(description="Whether it waits for the caller.")
    answers: list[ApprovalAnswer]

    @strawberry.field(description="What came of requests like this one, the most alike first.")
    def precedents(self, info: Info[Any, Any], first: First = 5) -> Precedents:
        found = info.context.eyes.approving.alike(self.iri, page(first, 5))
        return Precedents(
            nodes=[Precedent(score=score, request=told(one)) for one, score in found.nodes],
            outcomes=[Outcome(state=_state(s), count=n) for s, n in sorted(found.outcomes.items())],
        )


def told(one: Told) -> ApprovalRequest:
    """A request as GraphQL gives it."""
    item = one.item
    return ApprovalRequest(
        iri=strawberry.ID(item.iri),
        state=_state(one.state),
        asker=strawberry.ID(item.asker),
        agents=_ids(sorted(item.agents)),
        purpose=strawberry.ID(item.purpose),
        action=item.action,
        reason=item.reason,
        rules=_ids(sorted(item.rules)),
        query=item.query or None,
        concerns=_ids(one.concerns),
        sources=_ids(one.sources),
        sensitivities=_ids(one.sensitivities),
        created=item.created.isoformat(),
        expires=item.expires.isoformat(),
        may_answer=one.may_answer,
        answers=[_answer(answer) for answer in one.answers],
    )


def _answer(one: Answer) -> ApprovalAnswer:
    return ApprovalAnswer(
        iri=strawberry.ID(one.iri),
        kind=one.kind,
        by=strawberry.ID(one.by),
        reason=one.reason,
        created=one.created.isoformat(),
        expires=one.expires.isoformat() if one.expires else None,
        revoked=one.revoked,
        rules=_ids(sorted(one.rules)),
    )


def _ids(iris: Sequence[str]) -> list[strawberry.ID]:
    return [strawberry.ID(iri) for iri in iris]


def _state(state: State) -> ApprovalState:
    return ApprovalState(state.value)


@strawberry.type(name="Autonomy", description="How far an agent may go alone in one action: 0 not at all.")
class AutonomyOf:
    agent: strawberry.ID
    action: str
    level: int
    rules: list[strawberry.ID]


@strawberry.type
class ApprovalMutations:
    """What is done about approvals."""

    @strawberry.mutation(
        description="Asks for an approval of what is closed of some things: for queries of one shape, or for any."
    )
    def request_approval(
        self,
        info: Info[Any, Any],
        iris: list[strawberry.ID],
        reason: str,
        action: str = "read",
        sparql: str | None = None,
        graphql: str | None = None,
        variables: str | None = None,
        operation_name: str | None = None,
    ) -> ApprovalRequest:
        shape = _shape(sparql, graphql, variables, operation_name)
        return told(info.context.eyes.approving.ask(iris, reason, action, shape))

    @strawberry.mutation(description="Opens what the caller may open of a request, for some days.")
    def approve(
        self, info: Info[Any, Any], request: strawberry.ID, reason: str, days: int = 30
    ) -> ApprovalRequest:
        return told(info.context.eyes.approving.approve(request, reason, days))

    @strawberry.mutation(description="Says no to a request.")
    def refuse(self, info: Info[Any, Any], request: strawberry.ID, reason: str) -> ApprovalRequest:
        return told(info.context.eyes.approving.refuse(request, reason))

    @strawberry.mutation(description="Ends a pending request of the caller's own.")
    def withdraw_request(
        self, info: Info[Any, Any], request: strawberry.ID, reason: str = "no longer needed"
    ) -> ApprovalRequest:
        return told(info.context.eyes.approving.withdraw(request, reason))

    @strawberry.mutation(
        description="Records harm that an agent did by an action; its autonomy falls at once. For those who answer for it."
    )
    def record_incident(
        self, info: Info[Any, Any], agent: strawberry.ID, reason: str, action: str = "read"
    ) -> AutonomyOf:
        now: Autonomy = info.context.eyes.record_incident(agent, action, reason)
        return AutonomyOf(
            agent=strawberry.ID(now.agent), action=now.action, level=now.level, rules=_ids(now.rules)
        )

    @strawberry.mutation(description="Ends every approval of a request; in force when it is answered.")
    def revoke_approval(self, info: Info[Any, Any], request: strawberry.ID, reason: str) -> ApprovalRequest:
        return told(info.context.eyes.approving.revoke(request, reason))


def _shape(sparql: str | None, graphql: str | None, variables: str | None, name: str | None) -> str:
    """The shape of the one query that is given; empty without one. Raises what reading it raises."""
    if sparql is not None and graphql is not None:
        raise Invalid(
            "an approval is for queries of one shape", hint="give one query", code="invalid-argument"
        )
    if sparql is not None:
        return sparql_patterns.shape_of(sparql)
    if graphql is None:
        return ""
    try:
        given = orjson.loads(variables or "{}")
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict):
        raise Invalid("`variables` is no JSON object", code="invalid-argument")
    limits = Limits()
    nested(given, limits.variables)
    return patterns.shape_of(Documents(limits).parse(graphql), given, name)
