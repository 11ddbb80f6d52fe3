"""What GraphQL needs of one request: its reading of the graph, in its own clearance, and nothing else.

`Eyes` is made per request by the server; a resolver calls one verb of it and translates the result.
Everything it returns holds only what a graph without the hidden data would give. Its methods block, may be
called from any thread, and raise `AmbitError`s, whose code and message go to the caller as they are.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from ...graph.words import Chain, Clearance
from .approving import Approving, Autonomy
from .registering import Registering

Term: TypeAlias = Mapping[str, str]
"""One RDF term of SPARQL 1.1 Query Results JSON §3.2.2: `type`, `value`, `datatype`, `xml:lang`."""

Row: TypeAlias = Mapping[str, Term]
"""One solution: variable name to term; an unbound variable is absent."""


@dataclass(frozen=True, slots=True)
class Said:
    """One value that is handed to a model, with its predicate: residency is decided by triple."""

    predicate: str
    value: Term


@dataclass(frozen=True, slots=True)
class Score:
    """How well one label fits, 0 to 1."""

    label: str
    score: float


@dataclass(frozen=True, slots=True)
class Hit:
    """One search result."""

    iri: str
    label: str | None
    types: tuple[str, ...]
    snippet: str
    source: str
    score: float
    cursor: str


@dataclass(frozen=True, slots=True)
class Hits:
    """One page of search results; cursors are the search's own."""

    nodes: tuple[Hit, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Cited:
    """A sentence as it stands in the record `source`, which says it of the entity `iri`."""

    iri: str
    quote: str
    source: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A text made of the quotes alone; without citations it says that nothing was found."""

    text: str
    citations: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An entity and the name of it that was begun."""

    iri: str
    label: str
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """An entity like another; the score is a cosine."""

    iri: str
    score: float


@dataclass(frozen=True, slots=True)
class Changed:
    """What would open a thing: lines of N-Triples to add and to remove, or a purpose or `ambit:Approval`."""

    adds: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """Why, or why not: `triples` are N-Triples lines, `missing` says in words what would help.

    The rest is for administrators: `before` is the verdict without what was supposed.
    """

    permitted: bool
    rules: tuple[str, ...] = ()
    triples: tuple[str, ...] = ()
    sentence: str = ""
    missing: tuple[str, ...] = ()
    before: bool | None = None
    absent: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    changes: tuple[Changed, ...] = ()


@dataclass(frozen=True, slots=True)
class Supposed:
    """Whom an explanation is about, if not the caller, and what is supposed, in Turtle."""

    user: str | None = None
    agents: tuple[str, ...] = ()
    purpose: str | None = None
    adds: str = ""
    removes: str = ""


AS_IT_IS: Final = Supposed()
"""About the caller, and nothing supposed."""


@dataclass(frozen=True, slots=True)
class Holders:
    """The users who may do something with a thing: with some of it, and with all."""

    users: tuple[str, ...]
    whole: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A validation result or a drift; times are ISO 8601."""

    iri: str
    code: str
    message: str
    severity: str  # IRI, such as sh:Warning
    about: str  # the record
    focus: str | None = None
    path: str | None = None
    value: str | None = None
    evidence: tuple[str, ...] = ()
    created: str | None = None
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """One page of findings; cursors are theirs."""

    nodes: tuple[Finding, ...]
    more: bool
    total: int


@dataclass(frozen=True, slots=True)
class Step:
    """One model execution inside a run."""

    iri: str
    task: str | None = None
    deployment: str | None = None
    site: str | None = None
    version: str | None = None
    count: int | None = None
    handed: tuple[str, ...] = ()
    started: str | None = None
    ended: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One request carried out, as its provenance tells it."""

    iri: str
    user: str | None = None
    agents: tuple[str, ...] = ()
    purpose: str | None = None
    decision: str | None = None
    rules: tuple[str, ...] = ()
    handed: tuple[str, ...] = ()
    started: str | None = None
    ended: str | None = None
    steps: tuple[Step, ...] = ()


class Eyes(Protocol):
    """One request's reading. `run` and `decision` are IRIs, `purpose` is one or None."""

    @property
    def clearance(self) -> Clearance: ...
    @property
    def chain(self) -> Chain: ...
    @property
    def purpose(self) -> str | None: ...
    @property
    def run(self) -> str: ...
    @property
    def decision(self) -> str: ...

    @property
    def states(self) -> set[int]:
        """The states of the view that queries have seen since it was cleared: a commit that changes it makes another."""

    def revision(self) -> str:
        """The opaque token of the last commit that changed this view (what `Ambit-Revision` carries)."""

    def deployments(self) -> Sequence[str]:
        """The deployments that this request has called so far."""

    def select(self, query: str) -> Sequence[Row]:
        """The solutions of a SELECT, through gate and view, in order."""

    def counted(self, query: str) -> Sequence[Row]:
        """The solutions of a SELECT that computes: its values stand nowhere, so all it touches is handed over."""

    def returned(self, said: Mapping[str, Collection[str]], links: Iterable[tuple[str, str, Term]]) -> None:
        """Takes what the answer gives: where it stands is looked up behind it.

        `said` are the predicates whose values are given, all that the view has, by entity; `links` single triples.
        """

    def shapes(self, query: str) -> Sequence[Row]:
        """The solutions of a SELECT over the shapes that the caller may read: system graphs, so not in `select`."""

    def classify(
        self, texts: Mapping[str, Sequence[Said]], labels: Sequence[str]
    ) -> Mapping[str, Sequence[Score]]:
        """Zero-shot labels for each entity (IRI to what is said of it), best first, in one batch.

        An entity that no site may compute on is absent from the answer.
        """

    def search(self, text: str, first: int, after: str | None) -> Hits: ...
    def ask(self, question: str, first: int) -> Answer: ...
    def suggest(self, text: str, first: int) -> Sequence[Suggestion]: ...

    def similar(self, iris: Sequence[str], first: int) -> Mapping[str, Sequence[Near]]:
        """The nearest others of each entity; one without vectors that may be read is absent."""

    def explain(self, iri: str, action: str, supposed: Supposed = AS_IT_IS) -> Explained: ...
    def who_can(self, iri: str, action: str, supposed: Supposed = AS_IT_IS) -> Holders: ...
    def findings(self, first: int, after: str | None) -> Findings: ...

    @property
    def approving(self) -> Approving:
        """What the caller may ask to be approved, and answer."""

    def record_incident(self, agent: str, action: str, reason: str) -> Autonomy:
        """Records harm that an agent did; gives its autonomy then."""

    @property
    def registering(self) -> Registering:
        """The agents that the caller may know, register and end."""

    def run_of(self, iri: str) -> Run | None:
        """None when there is no such run, or it is not the caller's to read."""
