"""How rules hold for one compartment: their solutions, as the stated triples that each rests on."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import TypeAlias

from ...graph.terms import Literal, NamedNode, Object, Quad, Triple, to_nquads
from ...graph.views.calls import RuleCall, RuleFailure
from ...graph.vocabulary import AMBIT, RDF, node
from ..deciding.decide import Decider
from ..deciding.questions import Question, told_of
from ..governance.facts import Facts
from ..rulebase.asking import REQUEST, Asked, Posed, bindings, moment, request_facts
from ..rulebase.conditions import Beyond, moment_of
from ..rulebase.groups import Group
from ..rulebase.paths import Unreadable, routes
from ..rulebase.patterns import Pattern, Term, Var
from ..rulebase.readings import ROWS, Demand, Reading, readings
from ..rulebase.scoping import over
from ..rulebase.tokens import tokens_of
from .derivation import Derivation, Ground, joined, smallest

Row: TypeAlias = Mapping[str, Object]

LABEL = (AMBIT.COMES_FROM, AMBIT.HAS_SENSITIVITY, AMBIT.HAS_JURISDICTION, AMBIT.HAS_AUDIENCE)
"""The predicates of a compartment's label."""


@dataclass(frozen=True, slots=True)
class Solution:
    """One way in which a rule gives a compartment: the sets of triples of which one is enough."""

    asked: Asked
    compartment: str
    grounds: tuple[Ground, ...]
    absent: tuple[str, ...] = ()  # negations that hold, in SPARQL
    is_whole: bool = False  # the rule is not taken apart, and stands for itself


@dataclass(frozen=True, slots=True)
class _Call:
    """A query for a rule in one of its readings, or, without one, in its own text."""

    asked: Asked
    compartment: str
    reading: Reading | None
    columns: tuple[str, ...]
    query: RuleCall
    demand: Demand | None = None
    number: int = 0  # of what was said for which it is demanded


def solve(
    decider: Decider, question: Question, wanted: Iterable[tuple[Asked, str]], derivation: Derivation
) -> list[Solution]:
    """The solutions of rules for compartments; a rule that fails has none.

    Raises what the worker raises.
    """
    terms, told = decider.circumstances(question).terms(), told_of(question)
    calls: list[_Call] = []
    for asked, compartment in wanted:
        calls += _calls(asked, compartment, bindings(asked, terms), told, derivation.facts)
    said = [(call, rows) for call, rows in _put(decider, question, calls) if rows]
    demands = [
        _Call(
            call.asked,
            call.compartment,
            call.reading,
            one.columns,
            _posed(one, call.query.bindings, told),
            one,
            number,
        )
        for number, (call, _) in enumerate(said)
        if call.reading is not None
        for one in call.reading.demands
    ]
    demanded: defaultdict[int, list[tuple[Demand, Row]]] = defaultdict(list)
    for call, rows in _put(decider, question, demands):
        if call.demand is not None:
            demanded[call.number] += [(call.demand, row) for row in rows]
    found: list[Solution] = []
    doubtful: list[tuple[Solution, Ground]] = []
    for number, (call, rows) in enumerate(said):
        if call.reading is None:
            if any(row.get("compartment") == NamedNode(call.compartment) for row in rows):
                found.append(Solution(call.asked, call.compartment, (frozenset(),), is_whole=True))
            continue
        met = demanded[number]
        for row in rows:
            solution, direct = _solution(call.asked, call.compartment, call.reading, row, met, derivation)
            if solution.grounds and call.reading.way.is_doubtful:
                doubtful.append((solution, direct))
            elif solution.grounds:
                found.append(solution)
    return found + _sufficient(decider, question, doubtful)


def _calls(
    asked: Asked, compartment: str, bound: Mapping[str, Object], told: frozenset[Triple], facts: Facts
) -> list[_Call]:
    rule = asked.rule
    try:
        ways = readings(rule.text)
    except Unreadable:
        return [_Call(asked, compartment, None, rule.columns, RuleCall(rule.text, bound))]
    here = {**bound, "compartment": NamedNode(compartment)}
    return [
        _Call(asked, compartment, one, one.columns, _posed(one, here, told))
        for one in ways
        if all(_is_possible(pattern, here, facts) for pattern in one.way.patterns)
    ]


def _posed(one: Reading | Demand, bound: Mapping[str, Object], told: frozenset[Triple]) -> Posed:
    return Posed(one.plain, one.columns, bound, told, lambda: one.text, most=ROWS)


def _is_possible(pattern: Pattern, bound: Row, facts: Facts) -> bool:
    """Whether governance has a triple for a pattern, as far as that is seen without asking."""
    predicate = pattern.path.predicate if pattern.path is not None else None
    start, end = _term(pattern.subject, bound), _term(pattern.object, bound)
    if predicate is None or isinstance(start, Literal) or isinstance(end, Literal):
        return True
    return (start is None and end is None) or facts.states(start, predicate, end)


def _put(decider: Decider, question: Question, calls: Sequence[_Call]) -> list[tuple[_Call, list[Row]]]:
    """Asks all in one batch: the solutions of each that did not fail, in the order of their terms."""
    if not calls:
        return []
    decider.learn(call.query.plain for call in calls if isinstance(call.query, Posed))
    facts = request_facts(told_of(question))
    results = decider.rules([call.query for call in calls], facts=facts, deadline=decider.deadline)
    return [
        (
            call,
            [
                {n: _in_one_form(v) for n, v in zip(call.columns, row, strict=True) if v is not None}
                for row in sorted(rows, key=lambda row: [str(v or "") for v in row])
            ],
        )
        for call, rows in zip(calls, results, strict=True)
        if not isinstance(rows, RuleFailure)
    ]


def _solution(
    asked: Asked,
    compartment: str,
    reading: Reading,
    row: Row,
    demanded: Sequence[tuple[Demand, Row]],
    derivation: Derivation,
) -> tuple[Solution, Ground]:
    """A row as the triples it rests on, and the triples that its patterns match."""
    matched = [matches(pattern, row, derivation) for pattern in reading.way.patterns]
    direct = frozenset(t for options in matched if options for t in options[0])
    parts = [_grounds(options, derivation) for options in matched]
    met: defaultdict[tuple[object, ...], list[Ground]] = defaultdict(list)
    for demand, wide in demanded:
        if all(wide.get(name) == row.get(name) for name in reading.columns):
            patterns = (*demand.premise, *demand.met.patterns)
            grounds = joined(_grounds(matches(p, wide, derivation), derivation) for p in patterns)
            met[demand.number, *(wide.get(name) for name in demand.names)] += grounds
    parts += [smallest(options) for options in met.values()]
    absent = tuple(_bound(group, row) for group in reading.absent)
    return Solution(asked, compartment, joined(parts), absent), direct


def matches(pattern: Pattern, row: Row, derivation: Derivation) -> list[tuple[Triple, ...]]:
    """The triples that a pattern can stand for in a solution, several where it is a path."""
    start, end = _term(pattern.subject, row), _term(pattern.object, row)
    if start is None or end is None or isinstance(start, Literal):
        return []
    facts = derivation.facts
    if pattern.path is not None and pattern.path.predicate is None:
        return list(routes(facts, start, pattern.path, end))
    predicate = pattern.path.predicate if pattern.path is not None else None
    if predicate is None:
        value = row.get(pattern.predicate.name) if pattern.predicate is not None else None
        if not isinstance(value, NamedNode):
            return []
        predicate = value.value
    triple = Triple(start, node(predicate), end)
    if triple not in facts and isinstance(end, Literal):  # the engine writes some literals in another form
        said = [o for o in facts.objects(start, predicate) if isinstance(o, Literal)]
        same = [o for o in said if _in_one_form(o) == end] or said
        triple = Triple(start, node(predicate), same[0]) if len(same) == 1 else triple
    return [(triple,)]


def _in_one_form(value: Object) -> Object:
    """A time in UTC, any other term as it is: of two queries one may be answered by the engine, whose form is another."""
    try:
        return moment(moment_of(value).astimezone(UTC)) if isinstance(value, Literal) else value
    except (Beyond, OverflowError):
        return value


def _grounds(options: Iterable[tuple[Triple, ...]], derivation: Derivation) -> tuple[Ground, ...]:
    return smallest(
        ground for triples in options for ground in joined(derivation.grounds(t) for t in triples)
    )


def _term(term: Term, row: Row) -> Object | None:
    return row.get(term.name) if isinstance(term, Var) else term


def _bound(group: Group, row: Row) -> str:
    """A negated group as it stands in the rule, with the terms of a solution for its variables."""
    pieces: list[str] = []
    for token in tokens_of(group.source):
        value = row.get(token.text) if token.kind == "var" else None
        pieces.append(str(value) if value is not None else token.source)
    return "NOT EXISTS " + " ".join(pieces)


# -- over the triples alone


def _sufficient(
    decider: Decider, question: Question, doubtful: Sequence[tuple[Solution, Ground]]
) -> list[Solution]:
    """Those solutions that hold where nothing is there but the triples that their patterns match, and the label."""
    if not doubtful:
        return []
    terms = decider.circumstances(question).terms()
    quads: list[Quad] = []
    calls: list[RuleCall] = []
    for number, (solution, direct) in enumerate(doubtful):
        graph = NamedNode(f"urn:ambit:proof:{number}")
        alone = direct | _label(decider, solution.compartment)
        quads += [Quad(t.subject, t.predicate, t.object, graph) for t in alone]
        text = over(solution.asked.rule.text, f"FROM {graph} FROM NAMED <{REQUEST}>")
        bound = {**bindings(solution.asked, terms), "compartment": NamedNode(solution.compartment)}
        calls.append(RuleCall(text, bound))
    facts = request_facts(told_of(question)) + to_nquads(quads)
    results = decider.rules(calls, facts=facts, deadline=decider.deadline)
    return [
        one
        for (one, _), rows in zip(doubtful, results, strict=True)
        if rows and not isinstance(rows, RuleFailure)
    ]


def _label(decider: Decider, compartment: str) -> Ground:
    me = NamedNode(compartment)
    said = {
        Triple(me, node(predicate), value)
        for predicate in LABEL
        for value in decider.facts.objects(me, predicate)
    }
    return frozenset(said | {Triple(me, node(RDF.TYPE), node(AMBIT.COMPARTMENT))})
