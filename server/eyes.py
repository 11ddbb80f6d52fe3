"""One request's reading of the graph, as GraphQL and the other transports use it (`schema.eyes.Eyes`)."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from ..graph.words import Chain, Clearance
from . import asking, computing, explaining, telling
from .approving import Approving
from .handing import triples_of
from .incidents import Autonomy, record_incident
from .registering import Registering
from .request import Request
from .schema.eyes import (
    AS_IT_IS,
    Answer,
    Changed,
    Explained,
    Findings,
    Hits,
    Holders,
    Near,
    Row,
    Run,
    Said,
    Score,
    Suggestion,
    Supposed,
    Term,
)


class Reading:
    """What one request may see; it stands in for `Eyes`."""

    def __init__(self, request: Request):
        self._request = request
        self._approving = Approving(request)

    @property
    def clearance(self) -> Clearance:
        """The compartments that may be read."""
        return self._request.clearance

    @property
    def chain(self) -> Chain:
        """The user and the agents."""
        return self._request.chain

    @property
    def purpose(self) -> str | None:
        """Why."""
        return self._request.purpose

    @property
    def run(self) -> str:
        """The run's IRI."""
        return self._request.run

    @property
    def decision(self) -> str:
        """The decision's IRI."""
        return self._request.decision

    @property
    def states(self) -> set[int]:
        """The states of the view that queries have seen."""
        return self._request.states

    def revision(self) -> str:
        """The opaque token of the last commit that changed this view."""
        return self._request.revision()

    def deployments(self) -> Sequence[str]:
        """The deployments called so far."""
        return tuple(self._request.called)

    def select(self, query: str) -> Sequence[Row]:
        """The solutions of a SELECT on the caller's view."""
        return self._request.rows(query)

    def counted(self, query: str) -> Sequence[Row]:
        """The solutions of a SELECT that computes."""
        return self._request.rows(query, computes=True)

    def returned(self, said: Mapping[str, Collection[str]], links: Iterable[tuple[str, str, Term]]) -> None:
        """What the answer gives of entities, to be looked up behind it."""
        self._request.said.update(said)
        self._request.returned |= set(triples_of(links))

    def shapes(self, query: str) -> Sequence[Row]:
        """The solutions of a SELECT over the workspace's shapes, as far as they are cleared."""
        return self._request.shape_rows(query)

    def classify(
        self, texts: Mapping[str, Sequence[Said]], labels: Sequence[str]
    ) -> Mapping[str, Sequence[Score]]:
        """Zero-shot labels, computed where each text may be computed on."""
        return computing.classify(self._request, texts, labels)

    def search(self, text: str, first: int, after: str | None) -> Hits:
        """Passages by words and by vectors, in the caller's clearance."""
        return computing.search(self._request, text, first, after)

    def ask(self, question: str, first: int) -> Answer:
        """Sentences that answer a question, each with where it stands."""
        return asking.ask(self._request, question, first)

    def suggest(self, text: str, first: int) -> Sequence[Suggestion]:
        """Entities whose names begin so."""
        return asking.suggest(self._request, text, first)

    def similar(self, iris: Sequence[str], first: int) -> Mapping[str, Sequence[Near]]:
        """Entities like others, by the vectors that are there."""
        return asking.similar(self._request, iris, first)

    def explain(self, iri: str, action: str, supposed: Supposed = AS_IT_IS) -> Explained:
        """Why the caller may see what `iri` names, or what may be said of why not; raises as `explaining.why`."""
        told = explaining.why(self._request, iri, action, _about(supposed))
        said = told.explanation
        changes = tuple(Changed(change.added, change.removed, change.missing) for change in told.changes)
        return Explained(
            said.permitted,
            said.rules,
            said.triples,
            said.sentence,
            said.missing,
            told.before,
            said.absent,
            told.closed,
            changes,
        )

    def who_can(self, iri: str, action: str, supposed: Supposed = AS_IT_IS) -> Holders:
        """Who may do something with what `iri` names; raises as `explaining.who_can`."""
        who = explaining.who_can(self._request, iri, action, _about(supposed))
        return Holders(who.users, who.whole)

    def findings(self, first: int, after: str | None) -> Findings:
        """One page of the findings that the caller may see."""
        found = telling.findings(self._request)
        cursors = [finding.cursor for finding in found]
        start = cursors.index(after) + 1 if after in cursors else 0
        page = tuple(found[start : start + first])
        return Findings(page, start + len(page) < len(found), len(found))

    @property
    def approving(self) -> Approving:
        """Approvals, as far as the caller may see and answer them."""
        return self._approving

    def record_incident(self, agent: str, action: str, reason: str) -> Autonomy:
        """Harm that an agent did, recorded by one who answers for it."""
        return record_incident(self._request, agent, action, reason)

    @property
    def registering(self) -> Registering:
        """Agents, as far as the caller may know and register them."""
        return Registering(self._request)

    def run_of(self, iri: str) -> Run | None:
        """A run as its provenance tells it."""
        return telling.run_of(self._request, iri)


def _about(supposed: Supposed) -> explaining.About:
    return explaining.About(supposed.user, supposed.agents, supposed.purpose, supposed.adds, supposed.removes)
