"""What may be changed in governance so that a rule holds that does not, or one does not that does.

Taken from the rules themselves. Of each way in which a rule could hold, all patterns but a few are asked for, and
those left out are the triples to add; of what denies, the triples that its proof rests on are what to remove, and a
negation in it says what to add. A negation that does not hold in a rule which should says what to remove. Relations
followed at any distance are added by their step.

Labels, the taxonomy of purposes, axioms, conclusions, places and who reports to whom are no candidates.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ...graph.terms import NamedNode, Object, Triple
from ...graph.views.calls import RuleCall, RuleFailure
from ...graph.vocabulary import AMBIT, DPV, FOAF, ORG, RDF, SKOS, node
from ..deciding.decide import Decider, plan
from ..deciding.questions import Question
from ..governance.closure import AXIOMS, STEPS
from ..governance.facts import Facts
from ..rulebase.asking import Asked, bindings, request_facts
from ..rulebase.paths import Unreadable, step_of
from ..rulebase.patterns import Pattern, Term, Var
from ..rulebase.relaxing import Relaxed, kept_off, relaxed, unmet
from .derivation import Derivation, Ground
from .solutions import LABEL, matches, solve

NEW: Final = "urn:ambit:supposed:new"
"""A resource that a change makes."""

_LEFT: Final = {"permit": 2, "ask": 2, "scope": 3, "require": 1}
"""How many patterns may be lacking of a rule; a place is not made."""
_QUERIES: Final = 1_000
_FIXED: Final = frozenset(
    {
        *(axiom.value for axiom in AXIOMS),
        *LABEL,
        *STEPS,
        SKOS.BROADER,
        ORG.REPORTS_TO,
        AMBIT.GOVERNS,
        AMBIT.FINDS_ADEQUATE,
    }
)
_LEADING: Final = frozenset({AMBIT.IS_OWNED_BY, AMBIT.IS_SHARED_WITH, AMBIT.IS_ASSIGNED_TO})
_GROUPS: Final = (FOAF.GROUP, ORG.ORGANIZATION, ORG.ORGANIZATIONAL_UNIT)


@dataclass(frozen=True, slots=True)
class Change:
    """Triples to add and to remove, a purpose to ask for instead, or an approval to ask for."""

    adds: frozenset[Triple] = frozenset()
    removes: frozenset[Triple] = frozenset()
    purpose: str | None = None
    approval: bool = False

    @property
    def size(self) -> int:
        """How much it changes: triples, those of a new resource together, another purpose, an approval."""
        new = {t for t in self.adds if t.subject == NamedNode(NEW)}
        others = len(self.adds - new) + len(self.removes)
        return others + bool(new) + (self.purpose is not None) + self.approval

    @property
    def added(self) -> tuple[str, ...]:
        """N-Triples lines."""
        return tuple(sorted(f"{triple} ." for triple in self.adds))

    @property
    def removed(self) -> tuple[str, ...]:
        """N-Triples lines."""
        return tuple(sorted(f"{triple} ." for triple in self.removes))

    @property
    def missing(self) -> str | None:
        """The purpose to ask for instead, or `ambit:Approval`."""
        return AMBIT.APPROVAL if self.approval else self.purpose

    def __or__(self, other: "Change") -> "Change":
        return Change(
            self.adds | other.adds,
            self.removes | other.removes,
            self.purpose or other.purpose,
            self.approval or other.approval,
        )


def candidates(decider: Decider, question: Question, compartment: str) -> list[Change]:
    """Changes each of which makes one thing hold that a chain lacks; what all come to is not decided here."""
    derivation = Derivation(decider.facts)
    found = {
        *_removing(decider, question, compartment, derivation),
        *_adding(decider, question, compartment),
        *_letting(decider, question, compartment, derivation),
        *_registering(question, decider.facts),
        *_consents(question, compartment, decider.facts),
    }
    return [change for change in found if change.size]


def _removing(
    decider: Decider, question: Question, compartment: str, derivation: Derivation
) -> Iterator[Change]:
    """What denials rest on."""
    rules = [r for r in decider.force.rules if r.is_for(question.action) and r.effect == "deny"]
    asked = [(one, compartment) for one in plan(question, rules, decider.server_site)]
    for solution in solve(decider, question, asked, derivation):
        yield from _without(solution.grounds)


def _without(grounds: Iterable[Ground]) -> Iterator[Change]:
    """Each triple of some grounds taken away, but for those that are no candidates."""
    for triple in (triple for ground in grounds for triple in ground):
        if triple.predicate.value not in _FIXED and triple.predicate.value != RDF.TYPE:
            yield Change(removes=frozenset({triple}))


def _letting(
    decider: Decider, question: Question, compartment: str, derivation: Derivation
) -> Iterator[Change]:
    """What negations meet in rules that should hold: somebody excepted, something ended."""
    for way, row in _answers(decider, question, compartment, _kept_off):
        for options in (matches(pattern, row, derivation) for pattern in way.left):
            for triples in options:
                yield from _without(ground for t in triples for ground in derivation.grounds(t))


def _adding(decider: Decider, question: Question, compartment: str) -> Iterator[Change]:
    """What rules lack that should hold, and what would meet the negations of those that deny."""
    for way, row in _answers(decider, question, compartment, _lacking):
        change = _added(way.left, row, decider.facts)
        if change is not None:
            yield change


def _answers(
    decider: Decider, question: Question, compartment: str, ways: Callable[[Asked], Sequence[Relaxed]]
) -> Iterator[tuple[Relaxed, Mapping[str, Object]]]:
    """What is asked of each rule that speaks of the action, and its solutions, in one batch."""
    rules = [rule for rule in decider.force.rules if rule.is_for(question.action)]
    terms = decider.circumstances(question).terms()
    calls: list[tuple[Relaxed, RuleCall]] = []
    for one in plan(question, rules, decider.server_site):
        bound = {**bindings(one, terms), "compartment": NamedNode(compartment)}
        for way in ways(one):
            here = {name: value for name, value in bound.items() if name in way.columns}
            calls.append((way, RuleCall(way.text, here)))
    calls = calls[:_QUERIES]
    facts = request_facts(question.facts)
    queries = [call for _, call in calls]
    results = decider.rules(queries, facts=facts, deadline=decider.deadline) if queries else []
    for (way, call), rows in zip(calls, results, strict=True):
        for values in () if isinstance(rows, RuleFailure) else rows:
            known = {n: v for n, v in zip(way.columns, values, strict=True) if v is not None}
            yield way, {**call.bindings, **known}


def _lacking(one: Asked) -> Sequence[Relaxed]:
    try:
        if one.rule.effect == "deny":
            ways = unmet(one.rule.text)
        else:
            ways = relaxed(one.rule.text, _LEFT.get(one.rule.effect, 0))
    except Unreadable:
        return ()
    return [way for way in ways if not any(_is_fixed(pattern) for pattern in way.left)]


def _kept_off(one: Asked) -> Sequence[Relaxed]:
    try:
        return kept_off(one.rule.text) if one.rule.effect in _LEFT else ()
    except Unreadable:
        return ()


def _is_fixed(pattern: Pattern) -> bool:
    predicate = step_of(pattern.path) if pattern.path is not None else None
    return predicate is None or (predicate in _FIXED and predicate not in (AMBIT.MEMBER_OF_ALL,))


def _added(patterns: Iterable[Pattern], row: Mapping[str, Object], facts: Facts) -> Change | None:
    """The triples that patterns lack in a solution; None where one of them may not be added."""
    added: set[Triple] = set()
    for pattern in patterns:
        start, end = _term(pattern.subject, row), _term(pattern.object, row)
        predicate = step_of(pattern.path) if pattern.path is not None else None
        if predicate is None or not isinstance(start, NamedNode) or end is None:
            return None
        if predicate == AMBIT.MEMBER_OF_ALL:
            predicate = ORG.MEMBER_OF
        triple = Triple(start, node(predicate), end)
        if not _may_come(triple, facts):
            return None
        added.add(triple)
    new = frozenset(t for t in added if t not in facts)
    return Change(adds=new) if new else None


def _may_come(t: Triple, facts: Facts) -> bool:
    """Whether a triple says what could be meant: memberships in groups, things of people and groups, kinds of people."""
    predicate, end = t.predicate.value, t.object
    if end in (node(AMBIT.NO_PURPOSE), node(AMBIT.EVERYBODY)) or t.subject == end:
        return False
    if predicate == RDF.TYPE:
        return end == node(FOAF.PERSON)
    if predicate == ORG.MEMBER_OF:
        return isinstance(end, NamedNode) and _is_group(end.value, facts)
    if predicate == AMBIT.HAS_ROLE:
        return facts.states(None, predicate, end)
    if predicate in _LEADING and isinstance(t.subject, NamedNode):
        thing = t.subject.value
        return not (facts.is_a(thing, FOAF.PERSON) or _is_group(thing, facts))
    return True


def _is_group(iri: str, facts: Facts) -> bool:
    return any(facts.is_a(iri, kind) for kind in _GROUPS) or facts.states(None, ORG.MEMBER_OF, NamedNode(iri))


def _term(term: Term, row: Mapping[str, Object]) -> Object | None:
    return row.get(term.name) if isinstance(term, Var) else term


def _registering(question: Question, facts: Facts) -> Iterator[Change]:
    """What an agent's registration lacks, or what ended it; its owner would be the user."""
    user = question.chain.user
    for agent in question.chain.agents:
        me = NamedNode(agent)
        needed = {Triple(me, node(RDF.TYPE), node(AMBIT.AGENT))}
        if not any(facts.is_a(owner, FOAF.PERSON) for owner in facts.iris(agent, AMBIT.IS_OWNED_BY)):
            needed.add(Triple(me, node(AMBIT.IS_OWNED_BY), NamedNode(user)))
        yield Change(adds=frozenset(t for t in needed if t not in facts))
        for end in facts.objects(me, AMBIT.EXPIRES):
            yield Change(removes=frozenset({Triple(me, node(AMBIT.EXPIRES), end)}))
        for revocation in facts.subjects(AMBIT.REVOKES, me):
            yield Change(removes=frozenset({Triple(revocation, node(AMBIT.REVOKES), me)}))


def _consents(question: Question, compartment: str, facts: Facts) -> Iterator[Change]:
    """A consent to the purpose, of each data subject in the audience."""
    if question.purpose is None:
        return
    new = NamedNode(NEW)
    for subject in sorted(facts.iris(compartment, AMBIT.HAS_AUDIENCE)):
        if facts.is_a(subject, DPV.DATA_SUBJECT):
            yield Change(
                adds=frozenset(
                    {
                        Triple(new, node(RDF.TYPE), node(DPV.CONSENT)),
                        Triple(new, node(DPV.HAS_DATA_SUBJECT), NamedNode(subject)),
                        Triple(new, node(DPV.HAS_CONSENT_STATUS), node(DPV.CONSENT_GIVEN)),
                        Triple(new, node(DPV.HAS_PURPOSE), NamedNode(question.purpose)),
                    }
                )
            )
