"""How what rules say becomes a clearance: the one place where effects are combined.

    clearance = permits(user) ∩ scope(agent 1) ∩ … ∩ scope(agent n)
              − compartments in the field of a requirement that does not hold for some actor of the chain
              − denies(any actor of the chain)
              ∩ compartments that may be computed on at the site where they are read

Default is deny: no row, nothing. An agent holds nothing itself, it inherits and narrows. An ask with a
standing approval counts as a permit; it takes nothing away. A failing permit, scope or ask grants nothing; a
failing require or deny takes away its whole field; a failing place leaves no site.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from .asking import Said

Compartments: TypeAlias = frozenset[str]
NONE: Compartments = frozenset()


class Weighed(NamedTuple):
    """What is held, and the rules by what they did.

    `gave`: rules that gave something which is held. `mattered`: these, those that took something permitted away,
    and those that failed; commits of what is hidden change it, so the one who asked is told `gave` alone.
    """

    held: Compartments
    gave: tuple[str, ...]
    mattered: tuple[str, ...]


def combine(
    permits: Compartments,
    scopes: Iterable[Compartments],
    requirements: Iterable[tuple[Compartments, Compartments]],
    denied: Compartments,
    placed: Compartments,
) -> Compartments:
    """The algebra; a requirement is its field and what it allows one actor of the chain."""
    held = permits
    for scope in scopes:
        held &= scope
    for over, allowed in requirements:
        held -= over - allowed
    return (held - denied) & placed


def weigh(
    said: Sequence[Said],
    agents: Sequence[str],
    *,
    known: Compartments,
    fields: Mapping[str, Compartments],
    approved: Compartments,
) -> Weighed:
    """The clearance, the rules that gave it and those that took from it.

    `known` are all compartments there are, `fields` those that each requirement speaks of, `approved` those
    that standing approvals open.
    """
    permits = (_given(said, "permit") | (_given(said, "ask") & approved)) & known
    scopes = [_given(said, "scope", actor=agent) for agent in agents]
    requirements = [
        (one, fields[one.asked.rule.iri], one.first("compartment"))
        for one in said
        if one.asked.rule.effect == "require"
    ]
    denied = _given(said, "deny", failing=known)
    placed = (
        NONE if any(s.failure and s.asked.rule.effect == "place" for s in said) else _given(said, "place")
    )
    held = combine(permits, scopes, [(over, allowed) for _, over, allowed in requirements], denied, placed)
    gave = {one.asked.rule.iri for one in said if _gave(one, held, approved)}
    took = {one.asked.rule.iri for one in said if one.failure or _denied(one) & permits}
    took |= {one.asked.rule.iri for one, over, allowed in requirements if permits & (over - allowed)}
    return Weighed(held, tuple(sorted(gave)), tuple(sorted(gave | took)))


def _given(
    said: Sequence[Said], effect: str, *, actor: str | None = None, failing: Compartments = NONE
) -> Compartments:
    """What the rules of an effect give together; a failing one gives `failing`."""
    rows = [s for s in said if s.asked.rule.effect == effect and (actor is None or s.asked.actor == actor)]
    return NONE.union(*(failing if s.failure else s.first("compartment") for s in rows))


def _gave(one: Said, held: Compartments, approved: Compartments) -> bool:
    """Whether a rule that gives has given something held; an ask gives what is approved."""
    effect, given = one.asked.rule.effect, one.first("compartment") & held
    if one.failure or effect == "deny":
        return False
    return bool(given & approved if effect == "ask" else given)


def _denied(one: Said) -> Compartments:
    return one.first("compartment") if one.asked.rule.effect == "deny" else NONE
