"""Policy cases as files: one world, and what must and what must not be allowed in it.

A case file is TriG. Its graph `:given` adds to the world: compartments with their labels, people, relations. Each
subject of `:allowed` or `:denied` is a case, of these properties:

    ambit:user              who asks                          (or, with a site alone, where data may be computed on)
    ambit:agent             an agent acting for the user, or a list of them, nearest to the user first
    ambit:purpose           why
    ambit:action            "read" where it is not said
    ambit:site              where it is computed; the server's own site where it is not said
    prov:startedAtTime      when; now where it is not said, here or outside of the graphs for `:given`
    ambit:servesDecision    the decision that the answer serves, as the request says
    ambit:reason            why, as the request says
    ambit:hasRead           what the session has read of before
    ambit:circumstances     a node (`[ … ]`) whose properties the request has besides, as an enforcement point states them
    ambit:shows             the rules that it is there to show at work
    rdfs:comment            for people
    ambit:cleared           the compartments that must, or must not, be allowed: each is one expectation
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeAlias

from ...graph.errors import SourceInvalid
from ...graph.rdf.parsing import read_trig
from ...graph.terms import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Object,
    Quad,
    Subject,
    Triple,
)
from ...graph.vocabulary import AMBIT, PROV, RDF, RDFS, node
from ...graph.words import Chain
from ..deciding.claims import Claims
from ..deciding.questions import Question
from ..deciding.standing import time_of
from ..explaining.explain import local_name
from ..ontologies.lines import line_in
from ..rulebase.asking import REQUEST

GIVEN, ALLOWED, DENIED = "given", "allowed", "denied"

KNOWN: Final = frozenset(
    {
        AMBIT.USER,
        AMBIT.AGENT_ROLE,
        AMBIT.PURPOSE,
        AMBIT.ACTION,
        AMBIT.SITE_ROLE,
        AMBIT.CLEARED,
        AMBIT.SERVES_DECISION,
        AMBIT.REASON,
        AMBIT.HAS_READ,
        AMBIT.CIRCUMSTANCES,
        AMBIT.SHOWS,
        PROV.STARTED_AT_TIME,
        RDFS.COMMENT,
        RDFS.LABEL,
    }
)
"""What a case may say; a misspelt property would make it mean something else."""

Said: TypeAlias = Mapping[str, list[Object]]


@dataclass(frozen=True, slots=True)
class Case:
    """What must hold, or must not, of some compartments: whether a question clears them.

    One without a user asks whether they may be computed on at the question's site. `shows` are the rules that must
    matter in it.
    """

    name: str
    note: str
    question: Question
    compartments: tuple[str, ...]
    is_allowed: bool
    shows: tuple[str, ...] = ()

    @property
    def is_placing(self) -> bool:
        """Whether it asks for places alone."""
        return not self.question.chain.user


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a file of cases, by its name."""

    name: str
    text: str = field(default="", repr=False, compare=False)

    def invalid_case(self, case: str, what: str, hint: str) -> SourceInvalid:
        """Says what is wrong with a case, at its line."""
        return self.invalid(f": case `{case}`{what}", hint, case)

    def invalid(self, what: str, hint: str, about: str = "") -> SourceInvalid:
        """Says what is wrong with the file, at the line that speaks of something first."""
        line = line_in(self.text, about) if about else None
        at = self.name if line is None else f"{self.name}:{line}"
        details = {"file": self.name} | ({} if line is None else {"line": str(line)})
        return SourceInvalid(f"`{at}`{what}", hint=hint, details=details)


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One file: what its world adds, and its cases in the order of their names."""

    source: Source
    given: frozenset[Triple]
    cases: tuple[Case, ...]

    @property
    def path(self) -> str:
        """What the file is called."""
        return self.source.name


def read(data: bytes, name: str) -> CaseFile:
    """The cases of a file; raises `SourceInvalid` and `TooLarge` with `file` = `name`, and what is wrong with it."""
    quads = read_trig(data, name=name, hint="its cases are not run until it parses")
    source = Source(name, data.decode(errors="replace"))
    graphs, about = _by_graph(quads, source)
    time = about.get(PROV.STARTED_AT_TIME)
    now = time_of(time[0]) if time else datetime.now(UTC)
    cases = tuple(
        case
        for graph in (ALLOWED, DENIED)
        for case in _cases(graphs.get(graph, ()), source, graph == ALLOWED, now)
    )
    if not cases:
        raise source.invalid(" holds no case", "put cases into its graphs `:allowed` and `:denied`")
    return CaseFile(source, frozenset(quad.triple for quad in graphs.get(GIVEN, ())), cases)


def _by_graph(quads: Iterable[Quad], source: Source) -> tuple[dict[str, list[Quad]], Said]:
    """The quads by the local name of their graph, and what is said of the graph `:given` outside of all."""
    graphs: defaultdict[str, list[Quad]] = defaultdict(list)
    about: defaultdict[str, list[Object]] = defaultdict(list)
    for quad in quads:
        if isinstance(quad.graph_name, DefaultGraph):
            if not isinstance(quad.subject, NamedNode) or local_name(quad.subject.value) != GIVEN:
                raise source.invalid(
                    f" says something outside of its graphs: `{quad.subject} {quad.predicate}`",
                    "put it into `:given`, `:allowed` or `:denied`",
                    quad.subject.value if isinstance(quad.subject, NamedNode) else "",
                )
            about[quad.predicate.value].append(quad.object)
            continue
        graph = local_name(quad.graph_name.value) if isinstance(quad.graph_name, NamedNode) else ""
        if graph not in (GIVEN, ALLOWED, DENIED):
            raise source.invalid(
                f" has a graph `{quad.graph_name}`",
                "its graphs are `:given`, `:allowed` and `:denied`",
                quad.graph_name.value if isinstance(quad.graph_name, NamedNode) else "",
            )
        graphs[graph].append(quad)
    return graphs, about


def _cases(quads: Iterable[Quad], source: Source, is_allowed: bool, now: datetime) -> list[Case]:
    """The cases of one graph, by name."""
    subjects: defaultdict[Subject, defaultdict[str, list[Object]]] = defaultdict(lambda: defaultdict(list))
    for quad in quads:
        subjects[quad.subject][quad.predicate.value].append(quad.object)
    lists: dict[Subject, Said] = {
        s: said for s, said in subjects.items() if isinstance(s, BlankNode) and RDF.FIRST in said
    }
    stated = {node for said in subjects.values() for node in said.get(AMBIT.CIRCUMSTANCES, [])}
    parts = {
        s: said for s, said in subjects.items() if s in lists or (isinstance(s, BlankNode) and s in stated)
    }
    found = [
        _case(str(subject), said, parts, source, is_allowed, now)
        for subject, said in subjects.items()
        if subject not in parts
    ]
    return sorted(found, key=lambda case: (len(case.name), case.name))


def _case(
    iri: str, said: Said, parts: Mapping[Subject, Said], source: Source, is_allowed: bool, now: datetime
) -> Case:
    name = local_name(iri.strip("<>"))

    def invalid(what: str, hint: str) -> SourceInvalid:
        return source.invalid_case(name, what, hint)

    for predicate in said.keys() - KNOWN:
        raise invalid(
            f" has a property `{predicate}`",
            "a case has " + " ".join(sorted(local_name(iri) for iri in KNOWN)),
        )

    def iris(predicate: str) -> list[str]:
        terms = said.get(predicate, [])
        if not all(isinstance(term, NamedNode) for term in terms):
            raise invalid(f": `{local_name(predicate)}` takes IRIs", "")
        return [term.value for term in terms if isinstance(term, NamedNode)]

    def at_most_one(values: list[str], what: str) -> str:
        if len(values) > 1:
            raise invalid(f" has {len(values)} of `{what}`", "make it several cases")
        return values[0] if values else ""

    agents = _members(said.get(AMBIT.AGENT_ROLE, []), parts)
    if agents is None:
        raise invalid(": `agent` takes an IRI or a list of IRIs", "write `(:first :second)`")
    user, site = at_most_one(iris(AMBIT.USER), "user"), at_most_one(iris(AMBIT.SITE_ROLE), "site")
    compartments = tuple(sorted(iris(AMBIT.CLEARED)))
    if not compartments or not (user or (site and not agents)):
        raise invalid(
            f" lacks {'what must be cleared' if user or site else 'its user'}",
            "write `ambit:user` (or `ambit:site` alone) and `ambit:cleared`",
        )
    times = said.get(PROV.STARTED_AT_TIME)
    actions = [term.value for term in said.get(AMBIT.ACTION, []) if not isinstance(term, Triple)]
    reasons = [term.value for term in said.get(AMBIT.REASON, []) if isinstance(term, Literal)]
    stated = Claims(
        at_most_one(iris(AMBIT.SERVES_DECISION), "servesDecision") or None,
        at_most_one(reasons, "reason") or None,
    )
    question = Question(
        Chain(user, tuple(agents)),
        at_most_one(iris(AMBIT.PURPOSE), "purpose") or None,
        at_most_one(actions, "action") or "read",
        site,
        now=time_of(times[0]) if times else now,
        facts=stated.triples(iris(AMBIT.HAS_READ)) | _stated(said, parts, invalid),
    )
    notes = [t.value for p in (RDFS.LABEL, RDFS.COMMENT) for t in said.get(p, []) if isinstance(t, Literal)]
    shows = tuple(sorted(iris(AMBIT.SHOWS)))
    return Case(name, " ".join(notes), question, compartments, is_allowed, shows)


def _stated(
    said: Said, parts: Mapping[Subject, Said], invalid: Callable[[str, str], SourceInvalid]
) -> frozenset[Triple]:
    """The properties that a request has besides: literals, of a blank node that stands for it."""
    nodes = said.get(AMBIT.CIRCUMSTANCES, [])
    if not all(isinstance(one, BlankNode) and one in parts for one in nodes):
        raise invalid(": `circumstances` takes properties", "write `[ my:property 1 ]`")
    pairs = [
        (p, v)
        for one in nodes
        if isinstance(one, BlankNode)
        for p, values in parts[one].items()
        for v in values
    ]
    if not all(isinstance(value, Literal) for _, value in pairs):
        raise invalid(": `circumstances` have literals for values", "")
    return frozenset(Triple(NamedNode(REQUEST), NamedNode(predicate), value) for predicate, value in pairs)


def _members(terms: list[Object], lists: Mapping[Subject, Said]) -> list[str] | None:
    """One IRI, or those of an RDF list in their order; None for anything else."""
    if not terms:
        return []
    found: list[str] = []
    at = terms[0]
    if len(terms) == 1 and isinstance(at, NamedNode):
        return [] if at == node(RDF.NIL) else [at.value]
    while len(terms) == 1 and isinstance(at, BlankNode) and at in lists and len(found) < len(lists):
        first, rest = lists[at][RDF.FIRST], lists[at].get(RDF.REST, [])
        if len(first) != 1 or len(rest) != 1 or not isinstance(first[0], NamedNode):
            return None
        found.append(first[0].value)
        at = rest[0]
    return found if at == node(RDF.NIL) else None
