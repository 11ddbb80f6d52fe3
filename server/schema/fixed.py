"""The fields that every schema has, whatever its view holds. Each calls one verb of `Eyes` and translates."""

# mypy: disable-error-code="untyped-decorator"

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types import Info
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from . import eyes as words
from .approving import ApprovalRequest, ApprovalState, told
from .eyes import Eyes
from .paging import First, page
from .plain import Answer, Citation, Explanation, Holders, Run, Suggestion
from .registering import AgentRegistration, known

if TYPE_CHECKING:
    from .roots import Operation, Work


@dataclass(slots=True)
class Context:
    """What one operation carries along: its eyes, and what it makes of them."""

    eyes: Eyes
    root: "Operation"


Told = Info[Context, Any]


@strawberry.type(description="How well one label fits an entity, by the similarity of their embeddings.")
class Classification:
    iri: strawberry.ID
    label: str
    score: float


_labels = StrawberryArgument("labels", "labels", StrawberryAnnotation(list[str]))
_classify = StrawberryField(
    graphql_name="classify",
    description="How well each of `labels` fits, best first; null where no model may read it.",
)
_classify.arguments = [_labels]


_similar = StrawberryField(
    graphql_name="similar",
    description="Entities like this one, the most alike first; null where it has no vectors that may be used.",
)
_similar.arguments = [StrawberryArgument("first", "first", StrawberryAnnotation(int | None), default=10)]


@strawberry.interface(description="A thing that records speak of.")
class Entity:
    iri: strawberry.ID
    label: str | None
    types: list[strawberry.ID]

    # without a resolver: it is filled in for the whole answer at once
    classify: list[Classification] | None = _classify  # type: ignore[assignment]
    similar: list["Similar"] | None = _similar  # type: ignore[assignment]


@strawberry.type(description="An entity like another; the score is the cosine of their vectors.")
class Similar:
    iri: strawberry.ID
    label: str | None
    types: list[strawberry.ID]
    score: float
    entity: Entity | None


@strawberry.type(description="An entity of which this view says no class.")
class Resource(Entity):
    pass


@strawberry.type(description="One page of a longer list.")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="Who is asking, through whom, and why.")
class Me:
    iri: strawberry.ID
    actors: list[strawberry.ID]
    purpose: strawberry.ID | None

    @strawberry.field
    def label(self, info: Info["Context", Any]) -> str | None:
        return info.context.root.label(self.iri)


@strawberry.type(description="A validation result or a drift.")
class Finding:
    iri: strawberry.ID
    code: str
    message: str
    severity: strawberry.ID
    about: strawberry.ID
    focus: strawberry.ID | None
    path: strawberry.ID | None
    value: str | None
    evidence: list[str]
    created: str | None


@strawberry.type
class FindingEdge:
    node: Finding
    cursor: str


@strawberry.type
class FindingConnection:
    nodes: list[Finding]
    edges: list[FindingEdge]
    page_info: PageInfo
    total_count: int


@strawberry.type(description="One search result.")
class SearchHit:
    iri: strawberry.ID
    label: str | None
    types: list[strawberry.ID]
    snippet: str
    source: strawberry.ID
    score: float
    entity: Entity | None


@strawberry.type
class SearchEdge:
    node: SearchHit
    cursor: str


@strawberry.type
class SearchConnection:
    nodes: list[SearchHit]
    edges: list[SearchEdge]
    page_info: PageInfo


@dataclass(slots=True)
class Paged:
    """A page as GraphQL reads it."""

    nodes: list[Any]
    edges: list[Any]
    page_info: PageInfo
    total_count: int = 0


@dataclass(slots=True)
class Edge:
    node: Any
    cursor: str


@dataclass(slots=True)
class FoundHit:
    """A hit whose entity is read together with those of all other hits."""

    hit: words.Hit
    entity: "Work"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.hit, name)


def paged(nodes: list[Any], cursors: list[str], more: bool, after: str | None, total: int = 0) -> Paged:
    """Nodes and their cursors as a connection."""
    info = PageInfo(
        has_next_page=more,
        has_previous_page=after is not None,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )
    edges = [Edge(node, cursor) for node, cursor in zip(nodes, cursors, strict=True)]
    return Paged(nodes, edges, info, total)


@strawberry.type(name="Query")
class Fixed:
    """The fixed half of `Query`."""

    @strawberry.field(description="Who is asking.")
    def me(self, info: Told) -> Me:
        chain = info.context.eyes.chain
        purpose = info.context.eyes.purpose
        return Me(
            iri=strawberry.ID(chain.user),
            actors=[strawberry.ID(actor) for actor in (chain.user, *chain.agents)],
            purpose=None if purpose is None else strawberry.ID(purpose),
        )

    @strawberry.field(graphql_type=Entity | None, description="An entity; null when absent.")
    def entity(self, info: Told, iri: strawberry.ID) -> Any:
        return info.context.root.entity(iri)

    @strawberry.field(
        graphql_type=SearchConnection, description="The best passages, by meaning and by words."
    )
    def search(self, info: Told, text: str, first: First = 10, after: str | None = None) -> Any:
        hits = info.context.eyes.search(text, page(first, 10), after)
        entities = info.context.root.entities([hit.iri for hit in hits.nodes])
        nodes: list[Any] = [FoundHit(hit, entities(hit.iri)) for hit in hits.nodes]
        return paged(nodes, [hit.cursor for hit in hits.nodes], hits.more, after)

    @strawberry.field(
        graphql_type=Answer, description="The best supporting sentences, with where they stand."
    )
    def ask(self, info: Told, question: str, first: First = 3) -> Any:
        eyes = info.context.eyes
        answer = eyes.ask(question, page(first, 3))
        cited = [
            Citation(iri=strawberry.ID(one.iri), quote=one.quote, source=strawberry.ID(one.source))
            for one in answer.citations
        ]
        return Answer(text=answer.text, citations=cited, run=strawberry.ID(eyes.run))

    @strawberry.field(
        graphql_type=list[Suggestion],
        description="Entities with a name in which each word typed begins a word.",
    )
    def suggest(self, info: Told, text: str, first: First = 8) -> Any:
        return info.context.eyes.suggest(text, page(first, 8))

    @strawberry.field(
        graphql_type=Explanation,
        description="Why the caller may, or may not; for administrators also another, and what would be if.",
    )
    def explain(
        self,
        info: Told,
        iri: strawberry.ID,
        action: str = "read",
        user: strawberry.ID | None = None,
        agents: list[strawberry.ID] | None = None,
        purpose: strawberry.ID | None = None,
        adds: str = "",
        removes: str = "",
    ) -> Any:
        about = words.Supposed(user, tuple(agents or ()), purpose, adds, removes)
        return info.context.eyes.explain(iri, action, about)

    @strawberry.field(graphql_type=Holders, description="Who may; for administrators.")
    def who_can(
        self,
        info: Told,
        iri: strawberry.ID,
        action: str = "read",
        agents: list[strawberry.ID] | None = None,
        purpose: strawberry.ID | None = None,
        adds: str = "",
        removes: str = "",
    ) -> Any:
        about = words.Supposed(None, tuple(agents or ()), purpose, adds, removes)
        return info.context.eyes.who_can(iri, action, about)

    @strawberry.field(
        graphql_type=FindingConnection, description="What validation and drift detection found."
    )
    def findings(self, info: Told, first: First = 50, after: str | None = None) -> Any:
        found = info.context.eyes.findings(page(first, 50), after)
        cursors = [finding.cursor for finding in found.nodes]
        return paged(list(found.nodes), cursors, found.more, after, found.total)

    @strawberry.field(
        graphql_type=list[ApprovalRequest],
        description="Approval requests that the caller made, may answer or answered; the latest first.",
    )
    def approvals(
        self,
        info: Told,
        state: ApprovalState | None = None,
        similar_to: strawberry.ID | None = None,
        first: First = 50,
    ) -> Any:
        approving, many = info.context.eyes.approving, page(first, 50)
        if similar_to is not None:
            nodes = [one for one, _ in approving.alike(similar_to, many).nodes]
            return [told(one) for one in nodes if state is None or one.state == state.value]
        return [told(one) for one in approving.listed(None if state is None else state.value, many)]

    @strawberry.field(
        graphql_type=ApprovalRequest | None, description="An approval request; null when absent."
    )
    def approval(self, info: Told, iri: strawberry.ID) -> Any:
        found = info.context.eyes.approving.one(iri)
        return None if found is None else told(found)

    @strawberry.field(
        graphql_type=list[AgentRegistration],
        description="The agents that the caller owns; for the purpose administration all of them.",
    )
    def agents(self, info: Told, first: First = 50) -> Any:
        return [known(one) for one in info.context.eyes.registering.listed(page(first, 50))]

    @strawberry.field(graphql_type=AgentRegistration | None, description="An agent; null when absent.")
    def agent(self, info: Told, iri: strawberry.ID) -> Any:
        found = info.context.eyes.registering.one(iri)
        return None if found is None else known(found)

    @strawberry.field(graphql_type=Run | None, description="A request carried out; null when absent.")
    def run(self, info: Told, iri: strawberry.ID) -> Any:
        return info.context.eyes.run_of(iri)
