"""The clearance of a question, from cold.

Where there are many compartments, first what gives is asked, and then of what the user is permitted alone what
takes away, requires and places: to ask these of all would read all that there is for each question.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ...graph.compartments import clearance_of
from ...graph.vocabulary import AMBIT
from ..rulebase.asking import Said
from .algebra import weigh_with_grounds
from .ground import Ground, ground_of, plan
from .questions import Decision, Failure, Question, name_of
from .standing import until_of

if TYPE_CHECKING:
    from .decide import Decider

_GIVING: Final = ("permit", "ask", "scope")
_AMONG: Final = 2_000  # compartments that rules are asked about by name; past that, about all


def clearance(decider: "Decider", question: Question, hops: int, *, as_if_approved: bool = False) -> Decision:
    """Asks every rule that speaks of the question's action; raises what asking raises."""
    with decider.lock:
        ground = ground_of(decider, question, hops)
        hashes = decider.force.hashes
        known = _known(decider) if decider.facts.number(AMBIT.COMPARTMENT) <= decider.few else None
    if ground.broken is not None:
        return nothing(decider, question, ground.broken)
    said = decider.said(
        plan(
            question,
            [r for r in ground.rules if known is not None or r.effect in _GIVING],
            decider.server_site,
        ),
        question,
    )
    if known is None:
        known = _permitted(decider, said, None if as_if_approved else ground.opened)
        said += _taking(decider, question, ground, known) if known else []
    opened = known if as_if_approved else ground.opened
    with decider.lock:
        over = {r.iri: r.over for r in ground.rules if r.effect == "require"}
        fields = {iri: _field(decider, known, kind) for iri, kind in over.items()}
    agents = question.chain.agents
    (held, gave, mattered), grounds = weigh_with_grounds(
        said, agents, known=known, fields=fields, approved=opened
    )
    until, sure = until_of(said, ground.ends)
    cleared = clearance_of(held)
    decision = Decision(
        name_of(question, question.site or decider.server_site, cleared, gave, hashes),
        question,
        cleared,
        ground.policy_revision,
        gave,
        until if sure else question.now,
        tuple(Failure(one.asked.rule.iri, one.failure) for one in said if one.failure),
        ground.epoch,
        mattered,
        decider.force.frameworks(gave),
        decider.force.frameworks(mattered),
        grounds,
    )
    if not as_if_approved:
        decider.keep(decider.key(question), ground.epoch, question.now, said, decision, *ground.ends)
    return decision


def nothing(decider: "Decider", question: Question, failure: Failure) -> Decision:
    """The decision where something failed before any rule was asked."""
    held = clearance_of(())
    iri = name_of(question, question.site or decider.server_site, held, (), {})
    revision, epoch = decider.policy_revision, decider.epoch
    return Decision(iri, question, held, revision, failures=(failure,), epoch=epoch)


def _known(decider: "Decider") -> frozenset[str]:
    return decider.facts.instances(AMBIT.COMPARTMENT)


def _field(decider: "Decider", known: frozenset[str], kind: str | None) -> frozenset[str]:
    """What of `known` is in a requirement's field."""
    if kind is None or kind == AMBIT.COMPARTMENT:
        return known
    return decider.facts.among(known, kind)


def _permitted(decider: "Decider", said: list[Said], opened: frozenset[str] | None) -> frozenset[str]:
    """What a user is permitted before anything is taken away; `opened` are what approvals open, None: all."""
    found: set[str] = set()
    for one in said:
        if one.asked.rule.effect == "permit":
            found |= one.first("compartment")
        elif one.asked.rule.effect == "ask":
            found |= one.first("compartment") if opened is None else one.first("compartment") & opened
    with decider.lock:
        return decider.facts.among(found, AMBIT.COMPARTMENT)


def _taking(decider: "Decider", question: Question, ground: Ground, permitted: frozenset[str]) -> list[Said]:
    """What the other rules say of what is permitted, each asked about those compartments that it can tell apart."""
    rules = [rule for rule in ground.rules if rule.effect not in _GIVING]
    with decider.lock:
        compartments = decider.answers.alike(permitted, decider.facts)
        alike = {rule.iri: compartments.classes(rule.text) for rule in rules}
    few = tuple(sorted(permitted)) if len(permitted) <= _AMONG else None
    said = decider.said(
        [
            replace(one, among=few if (found := alike[one.rule.iri]) is None else tuple(found))
            for one in plan(question, rules, decider.server_site)
        ],
        question,
    )
    return [replace(one, alike=alike[one.asked.rule.iri]) for one in said]
