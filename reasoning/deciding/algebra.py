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

from ..rulebase.asking import Said

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


class Given(NamedTuple):
    """What one rule gave, asked for one actor, or why it failed."""

    rule: str
    effect: str
    actor: str
    compartments: Compartments
    failure: str = ""


class Grounds(NamedTuple):
    """What a clearance was weighed from, as far as it concerns what was permitted at all."""

    given: tuple[Given, ...]
    agents: tuple[str, ...]
    fields: Mapping[str, Compartments]
    approved: Compartments

    def of(self, compartment: str) -> Weighed:
        """The same for one compartment: whether it is held, and the rules that gave and took it, not others."""
        known = frozenset((compartment,))
        given: list[Given] = []
        for rule, effect, actor, compartments, failure in self.given:
            gives = compartment in compartments
            if effect == "require" and compartment not in self.fields[rule]:
                continue
            if gives or failure or effect == "require":  # what neither gives nor fails says nothing of it
                given.append(Given(rule, effect, actor, known if gives else NONE, failure))
        fields = {rule: known for rule, over in self.fields.items() if compartment in over}
        return _weighed(given, self.agents, known=known, fields=fields, approved=self.approved & known)

    def concerns(self, one: Given, compartment: str) -> bool:
        """Whether a rule may matter to a compartment: a requirement does in its field."""
        return one.effect != "require" or compartment in self.fields[one.rule]


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
    return _weighed(_givens(said), agents, known=known, fields=fields, approved=approved)


def weigh_with_grounds(
    said: Sequence[Said],
    agents: Sequence[str],
    *,
    known: Compartments,
    fields: Mapping[str, Compartments],
    approved: Compartments,
) -> tuple[Weighed, Grounds]:
    """As `weigh`, and what is to be kept so that it can be weighed again for one compartment."""
    given = _givens(said)
    permits = _permits(given, approved) & known
    grounds = Grounds(
        tuple(one._replace(compartments=one.compartments & permits) for one in given),
        tuple(agents),
        {one.rule: fields[one.rule] & permits for one in given if one.effect == "require"},
        approved & permits,
    )
    return _weighed(given, agents, known=known, fields=fields, approved=approved), grounds


def _givens(said: Iterable[Said]) -> list[Given]:
    return [
        Given(
            one.asked.rule.iri, one.asked.rule.effect, one.asked.actor, one.first("compartment"), one.failure
        )
        for one in said
    ]


def _weighed(
    given: Sequence[Given],
    agents: Sequence[str],
    *,
    known: Compartments,
    fields: Mapping[str, Compartments],
    approved: Compartments,
) -> Weighed:
    permits = _permits(given, approved) & known
    scopes = [_together(given, "scope", actor=agent) for agent in agents]
    requirements = [(one, fields[one.rule], one.compartments) for one in given if one.effect == "require"]
    denied = _together(given, "deny", failing=known)
    placed = NONE if any(g.failure and g.effect == "place" for g in given) else _together(given, "place")
    held = combine(permits, scopes, [(over, allowed) for _, over, allowed in requirements], denied, placed)
    gave = {one.rule for one in given if _gave(one, held, approved)}
    took = {
        one.rule
        for one in given
        if one.failure or (one.effect == "deny" and not one.compartments.isdisjoint(permits))
    }
    took |= {one.rule for one, over, allowed in requirements if not permits.isdisjoint(over - allowed)}
    return Weighed(held, tuple(sorted(gave)), tuple(sorted(gave | took)))


def _permits(given: Sequence[Given], approved: Compartments) -> Compartments:
    return _together(given, "permit") | (_together(given, "ask") & approved)


def _together(
    given: Sequence[Given], effect: str, *, actor: str | None = None, failing: Compartments = NONE
) -> Compartments:
    """What the rules of an effect give together; a failing one gives `failing`."""
    rows = [one for one in given if one.effect == effect and (actor is None or one.actor == actor)]
    return NONE.union(*(failing if one.failure else one.compartments for one in rows))


def _gave(one: Given, held: Compartments, approved: Compartments) -> bool:
    """Whether a rule that gives has given something held; an ask gives what is approved."""
    if one.failure or one.effect == "deny":
        return False
    given = one.compartments & approved if one.effect == "ask" else one.compartments
    return not given.isdisjoint(held)
