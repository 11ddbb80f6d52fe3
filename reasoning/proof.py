"""The proof of a verdict: the governance triples that make a rule hold, with the records they came from."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..graph.terms import NamedNode, Object, Triple
from ..graph.views.calls import RuleCall
from ..graph.vocabulary import node
from .asking import REQUEST, Asked, bindings, request_facts
from .closure import STEPS
from .decide import Decider
from .facts import Facts
from .patterns import Pattern, patterns, widened
from .questions import Question

_ROWS = 50  # solutions looked at for the shortest proof


@dataclass(frozen=True, slots=True, order=True)
class Cited:
    """A triple of a proof, as N-Triples without its dot, and the record or graph that states it."""

    triple: str
    record: str

    def __str__(self) -> str:
        return f"{self.triple} <{self.record}> ."


def prove(
    decider: Decider, held: Sequence[tuple[Asked, str]], question: Question
) -> dict[tuple[str, str, str], tuple[Cited, ...]]:
    """For each rule, asked for an actor, and compartment the fewest triples that make it hold.

    By rule, actor (or site) and compartment. A rule that cannot be taken apart has no triples: it stands for
    itself. All in one call of the worker.
    """
    calls: list[RuleCall] = []
    parts: list[tuple[Asked, str, tuple[Pattern, ...], list[str]]] = []
    for asked, compartment in held:
        found = patterns(asked.rule.text)
        names = sorted(
            {*asked.rule.columns, *(t.text for p in found for t in (p.subject, p.object) if t.is_variable)}
        )
        text = widened(asked.rule.text, names)
        if text is not None:
            bound = {
                **bindings(asked, decider.circumstances(question).terms()),
                "compartment": NamedNode(compartment),
            }
            calls.append(RuleCall(text, bound))
            parts.append((asked, compartment, found, names))
    facts = request_facts(question.facts)
    results = decider.rules(calls, facts=facts, deadline=decider.deadline) if calls else []
    proofs: dict[tuple[str, str, str], tuple[Cited, ...]] = {}
    for (asked, compartment, found, names), rows in zip(parts, results, strict=True):
        if isinstance(rows, list):
            options = [
                _support(
                    found, {n: v for n, v in zip(names, row, strict=True) if v is not None}, decider.facts
                )
                for row in rows[:_ROWS]
            ]
            best = min(options, key=lambda o: (len(o), sorted(map(str, o))), default=frozenset())
            key = (asked.rule.iri, asked.actor or asked.site, compartment)
            proofs[key] = tuple(sorted({_cite(triple, decider) for triple in best}))
    return proofs


def _support(found: Iterable[Pattern], row: Mapping[str, Object], facts: Facts) -> frozenset[Triple]:
    """The triples that patterns stand for in one solution, materialised ones taken apart."""
    support: set[Triple] = set()
    for pattern in found:
        start, end = pattern.subject.under(row), pattern.object.under(row)
        if start is None or end is None:
            continue
        for triple in _path(start, pattern.steps, end, facts) or ():
            relations = STEPS.get(triple.predicate.value)
            apart = relations and _path(triple.subject, relations, triple.object, facts)
            support |= set(apart or (triple,))
    return frozenset(support)


def _path(
    start: Object, steps: Iterable[tuple[str, bool]], end: Object, facts: Facts
) -> tuple[Triple, ...] | None:
    """The shortest chain of triples from one term to another by some predicates; None where there is none."""
    steps = tuple(steps)
    came: dict[Object, Triple | None] = {start: None}
    todo = deque([start])
    ways: dict[Object, Object] = {}
    while todo:
        here = todo.popleft()
        for predicate, backwards in steps:
            for there, edge in _edges(here, predicate, backwards, facts):
                if there == end and there == start:
                    return (edge,)
                if there not in came:
                    came[there], ways[there] = edge, here
                    todo.append(there)
        if end in came and end != start:
            break
    if end not in came or end == start:
        return None
    chain: list[Triple] = []
    at = end
    while at != start:
        triple = came[at]
        if triple is not None:
            chain.append(triple)
        at = ways[at]
    return tuple(chain)


def _edges(here: Object, predicate: str, backwards: bool, facts: Facts) -> Iterable[tuple[Object, Triple]]:
    if isinstance(here, NamedNode) and not backwards:
        for value in sorted(facts.objects(here, predicate), key=str):
            yield value, Triple(here, node(predicate), value)
    if backwards:
        for subject in sorted(facts.subjects(predicate, here), key=str):
            yield subject, Triple(subject, node(predicate), here)


def _cite(triple: Triple, decider: Decider) -> Cited:
    """The triple with the first of the records that state it; what is stated comes before conclusions."""
    graphs = sorted(decider.facts.graphs(triple), key=lambda g: (g.endswith(":inferred"), g))
    graph = graphs[0] if graphs else REQUEST
    entry = decider.snapshot.entry(graph) if decider.snapshot is not None else None
    return Cited(str(triple), entry.record if entry is not None else graph)
