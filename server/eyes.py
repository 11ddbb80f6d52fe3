"""One request's reading of the graph, as GraphQL and the other transports use it (`schema.eyes.Eyes`)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from ..graph.errors import Invalid
from ..graph.words import Chain, Clearance
from ..reasoning.explain import explain_to_asker
from ..reasoning.questions import ACTIONS
from . import asking, computing, telling
from .approving import Approving
from .compartments import compartments_of
from .handing import triples_of
from .incidents import Autonomy, record_incident
from .request import Request
from .schema.eyes import Answer, Explained, Findings, Hits, Near, Row, Run, Said, Score, Suggestion, Term


class Reading:
    """What one request may see; it stands in for `Eyes`."""

    def __init__(self, request: Request):
        self._request = request

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

    def explain(self, iri: str, action: str) -> Explained:
        """Why the caller may see what `iri` names, or what may be said of why not.

        Raises `Invalid` for an action that is none of the server's, also where a rule names it: that one may be hidden.
        """
        if action not in (*ACTIONS, "explain"):
            raise Invalid(
                f"`{action}` is not an action",
                hint=f"actions are {', '.join(ACTIONS)}",
                code="invalid-argument",
            )
        layers = self._request.layers
        compartments = compartments_of(layers.owner, iri)
        said = explain_to_asker(layers.decider, replace(self._request.question, action=action), compartments)
        return Explained(said.permitted, said.rules, said.triples, said.sentence, said.missing)

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
        return Approving(self._request)

    def record_incident(self, agent: str, action: str, reason: str) -> Autonomy:
        """Harm that an agent did, recorded by one who answers for it."""
        return record_incident(self._request, agent, action, reason)

    def run_of(self, iri: str) -> Run | None:
        """A run as its provenance tells it."""
        return telling.run_of(self._request, iri)
