"""Small worlds of governance, and a decider with a real worker over them."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from ambit.graph.terms import NamedNode, Quad, Triple, from_turtle
from ambit.graph.views.calls import Worker
from ambit.graph.views.worker import Keeper
from ambit.graph.words import Chain, Delta, Placed, Role
from ambit.reasoning.deciding.decide import Decider, Question
from ambit.reasoning.governance.aftermath import Aftermath
from ambit.reasoning.governance.closure import AXIOMS, Closure
from ambit.reasoning.governance.governance import INFERRED, vocabulary
from ambit.reasoning.governance.governance import SHIPPED as SHIPPED_TERMS
from ambit.reasoning.rulebase.rules import SHIPPED, Loaded, load

EX = "https://example.org/"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOME = EX + "home"
CASES = Path(__file__).parents[1] / "cases"
PREFIXES = """
@prefix : <https://example.org/> .
@prefix ambit: <https://w3id.org/ambit#> .
@prefix dpv: <https://w3id.org/dpv#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def ex(name: str) -> str:
    return EX + name


def triples(turtle: str) -> list[Triple]:
    return [quad.triple for quad in from_turtle((PREFIXES + turtle).encode())]


def ask(
    user: str, *agents: str, purpose: str | None = None, action: str = "read", now: datetime = NOW
) -> Question:
    """A question of people and agents by their local names."""
    return Question(
        Chain(ex(user), tuple(map(ex, agents))),
        purpose and (purpose if ":" in purpose else ex(purpose)),
        action,
        now=now,
    )


class World:
    """A decider whose governance is what a test says, with what follows from it."""

    def __init__(self, rules: Loaded | None = None, hire: Callable[[], Worker] = lambda: Keeper("decisions")):
        self.decider = Decider(hire(), server_site=HOME, deadline=20, hire=hire)
        self.decider.worker.build([], 0)
        self.held: set[Quad] = set()
        self._closure: Closure | None = None
        self._stated: set[Quad] = set()  # of what is held, what is neither Ambit's own nor concluded
        self.revision = 0
        if rules is None:
            rules = load([SHIPPED])
            assert not rules.refused
        assert self.decider.use(rules) == rules.refused

    def become(self, stated: Iterable[Triple], *, graph: str = "urn:ambit:governance:file:world") -> None:
        """Makes governance what is stated, Ambit's own terms, and what follows.

        What follows is found as commits find it: by the difference, as long as the axioms stay.
        """
        quads = {_named(t, graph) for t in stated}
        out, into = self._stated - quads, quads - self._stated
        if self._closure is None or any(quad.predicate in AXIOMS for quad in out | into):
            triples = {quad.triple for quad in quads | _SHIPPED}
            self._closure = Closure(triples)
            quads |= _SHIPPED.union(_named(t, INFERRED) for t in self._closure.conclude(triples))
            self.commit(self.held - quads, quads - self.held)
            return
        leaving: defaultdict[Triple, set[str]] = defaultdict(set)
        for quad in out:
            leaving[quad.triple].add(quad.graph_name.value)  # type: ignore[union-attr]
        found = Aftermath(
            self._closure, self.decider.facts, INFERRED, leaving, frozenset(quad.triple for quad in into)
        )
        self.commit(
            out.union(_named(t, INFERRED) for t in found.out),
            into.union(_named(t, INFERRED) for t in found.into),
        )

    def commit(self, out: Iterable[Quad], into: Iterable[Quad]) -> None:
        out, into = frozenset(out), frozenset(into)
        self.held -= out
        self.held |= into
        self._stated = {q for q in (self._stated - out) | into if q.graph_name not in _NOT_STATED}
        self.revision += 1
        self.decider.on_delta(
            Delta(
                self.revision,
                tuple(Placed(quad, "", Role.GOVERNANCE) for quad in out),
                tuple(Placed(quad, "", Role.GOVERNANCE) for quad in into),
                policy=True,
            )
        )

    def cleared(self, question: Question) -> set[str]:
        """The local names of what a question is cleared for; nothing may have failed."""
        decision = self.decider.decide(question)
        assert not [f for f in decision.failures if f.rule != "chain"], decision.failures
        return {iri.removeprefix(EX) for iri in decision.clearance.compartments}

    def close(self) -> None:
        self.decider.close()


def _named(triple: Triple, graph: str) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, NamedNode(graph))


_SHIPPED = {_named(triple, SHIPPED_TERMS) for triple in vocabulary()}
_NOT_STATED = {NamedNode(INFERRED), NamedNode(SHIPPED_TERMS)}
