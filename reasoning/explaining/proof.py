"""The proof of a permit: the rules that decide and the smallest set of stated triples that makes them hold.

One permit suffices; each agent's registration and scope, each requirement and the place must hold beside it.
Conclusions are taken apart to what was stated. Smallest means: among the solutions that are looked at
(`readings.ROWS` of each way in which a rule can hold), the shortest ways through relations that are followed at any
distance (`paths.ALTERNATIVES`), and as many combinations of them as `choosing.LOOKED`. A label and Ambit's own
vocabulary count last: what governance says of the caller decides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...graph.errors import Unavailable
from ...graph.terms import NamedNode, Triple
from ...graph.vocabulary import AMBIT, FOAF, RDF, SKOS, node
from ..deciding.decide import Decider, plan
from ..deciding.purposes import widths
from ..deciding.questions import Question
from ..deciding.standing import stands
from ..governance.facts import Facts
from ..governance.governance import SHIPPED
from ..rulebase.asking import REQUEST, Asked
from ..rulebase.rules import Rule
from .choosing import choose
from .derivation import Derivation, Ground, joined
from .solutions import Solution, solve


@dataclass(frozen=True, slots=True)
class Cited:
    """A triple of a proof, and the record or graph that states it."""

    triple: Triple
    record: str

    def __str__(self) -> str:
        return f"{self.triple} <{self.record}> ."


@dataclass(frozen=True, slots=True)
class Proof:
    """`rules` decide; `also` would permit as well. `absent` are negations that hold, in SPARQL.

    `whole` are those of the rules that cannot be taken apart: they stand for themselves, without triples.
    """

    rules: tuple[Rule, ...]
    also: tuple[Rule, ...]
    triples: tuple[Cited, ...]
    absent: tuple[str, ...]
    whole: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Option:
    """One way for a part of a proof to hold; without a solution it is deciding's own."""

    ground: Ground
    solution: Solution | None = None


def prove(decider: Decider, question: Question, held: Sequence[str]) -> Proof:
    """The proof that a chain holds some compartments, all in one; to be called for what it does hold.

    Only rules are asked that gave them. Raises `Unavailable` where a part cannot be shown, and what the worker raises.
    """
    facts = decider.facts
    derivation = Derivation(facts)
    wanted: list[tuple[Asked, str]] = []
    asked: dict[str, list[Asked]] = {}
    for compartment in held:
        gave = decider.check(question, compartment).rules
        rules = [rule for rule in decider.force.rules if rule.iri in gave]
        asked[compartment] = [
            one for one in plan(question, rules, decider.server_site) if _concerns(one, compartment, facts)
        ]
        wanted += [(one, compartment) for one in asked[compartment]]
    found = solve(decider, question, wanted, derivation)
    parts: list[list[_Option]] = [_registration(agent, derivation) for agent in question.chain.agents]
    also: set[str] = set()
    for compartment in held:
        here = [one for one in found if one.compartment == compartment]
        permits = [_Option(g, one) for one in here for g in _permitting(one, question, derivation)]
        also |= {option.solution.asked.rule.iri for option in permits if option.solution is not None}
        parts.append(permits)
        for one in asked[compartment]:
            if one.rule.effect == "require":
                parts.append([_Option(g, s) for s in here if s.asked == one for g in s.grounds])
        for agent in question.chain.agents:
            scopes = [s for s in here if s.asked.rule.effect == "scope" and s.asked.actor == agent]
            parts.append([_Option(g, s) for s in scopes for g in s.grounds])
        places = [s for s in here if s.asked.rule.effect == "place"]
        parts.append([_Option(g, s) for s in places for g in s.grounds])
    if not all(parts):
        raise Unavailable("a part of the proof cannot be shown now")
    return _proof(decider, derivation, parts, also)


def _proof(
    decider: Decider, derivation: Derivation, parts: Sequence[Sequence[_Option]], also: set[str]
) -> Proof:
    """The options that together need the fewest triples."""
    compartments = {s.compartment for part in parts for option in part if (s := option.solution)}

    def weight(triple: Triple) -> int:
        is_label = getattr(triple.subject, "value", "") in compartments
        return 1 if is_label or SHIPPED in decider.facts.graphs(triple) else 1000

    chosen = choose([[(option.ground, option) for option in part] for part in parts], weight)
    solutions = [option.solution for option in chosen if option.solution is not None]
    deciding = {one.asked.rule.iri: one.asked.rule for one in solutions}
    by_iri = {rule.iri: rule for rule in decider.force.rules}
    triples: set[Triple] = set().union(*(option.ground for option in chosen))
    return Proof(
        tuple(deciding[iri] for iri in sorted(deciding)),
        tuple(by_iri[iri] for iri in sorted(also - deciding.keys()) if iri in by_iri),
        tuple(sorted((_cite(triple, decider) for triple in triples), key=str)),
        tuple(sorted({text for one in solutions for text in one.absent})),
        tuple(sorted({one.asked.rule.iri for one in solutions if one.is_whole})),
    )


def _concerns(one: Asked, compartment: str, facts: Facts) -> bool:
    """Whether what a rule says matters to a compartment: a requirement's field may leave it aside."""
    return one.rule.over is None or facts.is_a(compartment, one.rule.over)


def _permitting(one: Solution, question: Question, derivation: Derivation) -> Iterable[Ground]:
    """The grounds on which a solution permits: of an ask together with an approval."""
    if one.asked.rule.effect == "permit":
        return one.grounds
    if one.asked.rule.effect == "ask":
        return joined([one.grounds, _approvals(question, one.compartment, derivation)])
    return ()


def _registration(agent: str, derivation: Derivation) -> list[_Option]:
    """What makes an agent one that is registered (`standing.is_registered`)."""
    me = NamedNode(agent)
    found: list[_Option] = []
    for owner in sorted(derivation.facts.iris(agent, AMBIT.IS_OWNED_BY)):
        needed = (
            Triple(me, node(RDF.TYPE), node(AMBIT.AGENT)),
            Triple(me, node(AMBIT.IS_OWNED_BY), NamedNode(owner)),
            Triple(NamedNode(owner), node(RDF.TYPE), node(FOAF.PERSON)),
        )
        found += [_Option(g) for g in joined(derivation.grounds(t) for t in needed)]
    return found


def _approvals(question: Question, compartment: str, derivation: Derivation) -> tuple[Ground, ...]:
    """What makes an approval stand for a compartment (`standing.approved`)."""
    facts = derivation.facts
    found: list[Ground] = []
    if question.purpose is None:
        return ()
    for iri in sorted(facts.iris_to(AMBIT.IS_GRANTED_TO, question.chain.user)):
        if not facts.holds(iri, AMBIT.APPROVES, compartment) or not stands(question, iri, facts):
            continue
        approval = NamedNode(iri)
        for purpose in sorted(widths(question.purpose, facts)):
            needed = [
                Triple(approval, node(RDF.TYPE), node(AMBIT.APPROVAL)),
                Triple(approval, node(AMBIT.IS_GRANTED_TO), NamedNode(question.chain.user)),
                Triple(approval, node(AMBIT.APPROVES), NamedNode(compartment)),
                Triple(approval, node(AMBIT.IS_FOR), NamedNode(purpose)),
            ]
            if purpose != question.purpose:
                broader = NamedNode(question.purpose), NamedNode(purpose)
                needed.append(Triple(broader[0], node(SKOS.BROADER_TRANSITIVE), broader[1]))
            found += joined(derivation.grounds(t) for t in needed)
    return tuple(found)


def _cite(triple: Triple, decider: Decider) -> Cited:
    """The triple with the first of the records that state it."""
    graphs = sorted(decider.facts.graphs(triple))
    graph = graphs[0] if graphs else REQUEST
    entry = decider.snapshot.entry(graph) if decider.snapshot is not None else None
    return Cited(triple, entry.record if entry is not None else graph)
