"""The clearance of a question, from cold.

Where there are many compartments, first what gives is asked, and then of what the user is permitted alone what
takes away, requires and places: to ask these of all would read all that there is for each question.
"""

from dataclasses import replace
from typing import Final

from ...graph.compartments import clearance_of
from ...graph.vocabulary import AMBIT
from ..rulebase.asking import Said
from .algebra import weigh_with_grounds
from .ground import Ground, ground_of, plan
from .hearing import Hearing
from .questions import Decision, Failure, Question, name_of
from .standing import until_of

_GIVING: Final = ("permit", "ask", "scope")
_AMONG: Final = 2_000  # compartments that rules are asked about by name; past that, about all


def clearance(hearing: Hearing, question: Question, hops: int, *, as_if_approved: bool = False) -> Decision:
    """Asks every rule that speaks of the question's action; raises what asking raises."""
    with hearing.lock:
        ground = ground_of(hearing, question, hops)
        hashes = hearing.force.hashes
        known = _known(hearing) if hearing.facts.number(AMBIT.COMPARTMENT) <= hearing.few else None
    if ground.broken is not None:
        return nothing(hearing, question, ground.broken)
    said = hearing.said(
        plan(
            question,
            [r for r in ground.rules if known is not None or r.effect in _GIVING],
            hearing.server_site,
        ),
        question,
    )
    if known is None:
        known = _permitted(hearing, said, None if as_if_approved else ground.opened)
        said += _taking(hearing, question, ground, known) if known else []
    opened = known if as_if_approved else ground.opened
    with hearing.lock:
        over = {r.iri: r.over for r in ground.rules if r.effect == "require"}
        fields = {iri: _field(hearing, known, kind) for iri, kind in over.items()}
    agents = question.chain.agents
    (held, gave, mattered), grounds = weigh_with_grounds(
        said, agents, known=known, fields=fields, approved=opened
    )
    until, sure = until_of(said, ground.ends)
    cleared = clearance_of(held)
    decision = Decision(
        name_of(question, question.site or hearing.server_site, cleared, gave, hashes),
        question,
        cleared,
        ground.policy_revision,
        gave,
        until if sure else question.now,
        tuple(Failure(one.asked.rule.iri, one.failure) for one in said if one.failure),
        ground.epoch,
        mattered,
        hearing.force.frameworks(gave),
        hearing.force.frameworks(mattered),
        grounds,
    )
    if not as_if_approved:
        hearing.keep(hearing.key(question), ground.epoch, question.now, said, decision, *ground.ends)
    return decision


def nothing(hearing: Hearing, question: Question, failure: Failure) -> Decision:
    """The decision where something failed before any rule was asked."""
    held = clearance_of(())
    iri = name_of(question, question.site or hearing.server_site, held, (), {})
    revision, epoch = hearing.policy_revision, hearing.epoch
    return Decision(iri, question, held, revision, failures=(failure,), epoch=epoch)


def _known(hearing: Hearing) -> frozenset[str]:
    return hearing.facts.instances(AMBIT.COMPARTMENT)


def _field(hearing: Hearing, known: frozenset[str], kind: str | None) -> frozenset[str]:
    """What of `known` is in a requirement's field."""
    if kind is None or kind == AMBIT.COMPARTMENT:
        return known
    return hearing.facts.among(known, kind)


def _permitted(hearing: Hearing, said: list[Said], opened: frozenset[str] | None) -> frozenset[str]:
    """What a user is permitted before anything is taken away; `opened` are what approvals open, None: all."""
    found: set[str] = set()
    for one in said:
        if one.asked.rule.effect == "permit":
            found |= one.first("compartment")
        elif one.asked.rule.effect == "ask":
            found |= one.first("compartment") if opened is None else one.first("compartment") & opened
    with hearing.lock:
        return hearing.facts.among(found, AMBIT.COMPARTMENT)


def _taking(hearing: Hearing, question: Question, ground: Ground, permitted: frozenset[str]) -> list[Said]:
    """What the other rules say of what is permitted, each asked about those compartments that it can tell apart."""
    rules = [rule for rule in ground.rules if rule.effect not in _GIVING]
    with hearing.lock:
        compartments = hearing.answers.alike(permitted, hearing.facts)
        alike = {rule.iri: compartments.classes(rule.text) for rule in rules}
    few = None
    if len(permitted) <= _AMONG and None in alike.values():
        few = tuple(sorted(permitted))
    said = hearing.said(
        [
            replace(one, among=few if (found := alike[one.rule.iri]) is None else tuple(found))
            for one in plan(question, rules, hearing.server_site)
        ],
        question,
    )
    return [replace(one, alike=alike[one.asked.rule.iri]) for one in said]
