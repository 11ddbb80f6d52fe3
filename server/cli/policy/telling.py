"""A comparison of policies in words, and as JSON."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ....graph.words import Label
from ....reasoning.cases.difference import Group
from ....reasoning.explaining.explain import local_name
from ...policies import Compared, Comparison
from ..printing import out

NAMED = 5
"""Names that are written out; of more only the number is told."""


def tell(found: Comparison) -> None:
    """Prints who gains and who loses what, most first."""
    for problem in found.problems:
        out.print(f"problem: {problem.message}", markup=False)
    for one in found.worlds:
        span = one.found.looked_at
        out.print(
            f"{one.world}: {one.found.compartments} compartments, {len(span.users)} people, {len(span.agents)} agents, "
            f"{len(span.purposes)} purposes, {len(span.actions)} actions",
            markup=False,
        )
        for failure in one.found.failures:
            out.print(f"  failed: {failure.rule}: {failure.reason}", markup=False)
        for alike in _alike(one.found.groups):
            out.print(f"  {_sentence(alike, one)}", markup=False)
            for line in _compartments(alike, one.labels):
                out.print(f"    {line}", markup=False)
        if not one.found.groups:
            out.print("  nobody gains or loses anything", markup=False)
    for note in found.notes:
        out.print(f"note: {note}", markup=False)
    out.print(f"compared in {found.seconds:.2f} s", markup=False)


def _alike(groups: Iterable[Group]) -> list[list[Group]]:
    """Groups that differ in nothing but who gains (or loses) which compartments, most first."""
    found: defaultdict[tuple[object, ...], list[Group]] = defaultdict(list)
    for group in groups:
        found[group.is_gain, group.rules, group.agents, group.actions, group.purposes].append(group)
    return sorted(found.values(), key=lambda some: (not some[0].is_gain, -sum(one.size for one in some)))


def _sentence(alike: Sequence[Group], world: Compared) -> str:
    """`+ all 8 people in support gain read of 3 compartments each for refund, by rule mine/refund`."""
    first = alike[0]
    users = sorted({user for group in alike for user in group.users})
    sign, verb = ("+", "gain") if first.is_gain else ("-", "lose")
    if len(users) == 1:
        verb += "s"
    agents = [local_name(agent) for agent in first.agents if agent]
    through = f" through {_names(agents)}" if agents else ""
    if agents and "" in first.agents:
        through = f" alone and{through}"
    by = ", ".join(rule.removeprefix("urn:ambit:rule:") for rule in first.rules)
    why = f"by {by}" if by else "by what is said of the chain"
    return (
        f"{sign} {people(users, world)} {verb} {', '.join(first.actions)} of {_how_many(alike)}{through} "
        f"for {_purposes(first, world)}, {why}"
    )


def _how_many(alike: Sequence[Group]) -> str:
    """How many compartments, and where they differ from one to the other how many for each."""
    sizes = [len(group.compartments) for group in alike]
    total = len({one for group in alike for one in group.compartments})
    held = f"{total} compartment{'s' if total > 1 else ''}"
    if len(alike) == 1:
        return held
    each = f"{min(sizes)}" if min(sizes) == max(sizes) else f"{min(sizes)} to {max(sizes)}"
    return f"{held}, {each} each,"


def people(users: Collection[str], world: Compared) -> str:
    """Their names, or how many there are and in which group."""
    if len(users) <= NAMED:
        return _names(local_name(user) for user in users)
    wanted = frozenset(users)
    if wanted == frozenset(world.found.looked_at.users):
        return f"everybody ({len(users)})"
    around = [(len(members), group) for group, members in world.members.items() if wanted <= members]
    if not around:
        return f"{len(users)} people"
    size, group = min(around)
    how_many = f"all {size}" if size == len(wanted) else f"{len(users)} of {size}"
    return f"{how_many} people in {local_name(group)}"


def _purposes(group: Group, world: Compared) -> str:
    """The purposes by name; those that are missing where these are fewer."""
    known = {purpose or "" for purpose in world.found.looked_at.purposes}
    missing = known - set(group.purposes)
    if not missing:
        return "any purpose"
    if len(missing) < len(group.purposes) and len(missing) <= NAMED:
        return f"any purpose but {_names(_purpose(one) for one in sorted(missing))}"
    return _names(_purpose(one) for one in group.purposes)


def _purpose(iri: str) -> str:
    return local_name(iri) if iri else "no purpose"


def _compartments(groups: Iterable[Group], labels: Mapping[str, Label]) -> Iterable[str]:
    """Compartments that differ in nothing but their audience on one line."""
    alike: defaultdict[tuple[str, str, str], list[Label]] = defaultdict(list)
    for iri in sorted({iri for group in groups for iri in group.compartments}):
        label = labels[iri]
        spaces = "+".join(local_name(space) for space in sorted(label.jurisdictions))
        alike[local_name(label.source), local_name(label.sensitivity), spaces].append(label)
    for (source, sensitivity, spaces), some in sorted(alike.items()):
        anchors = sorted({local_name(anchor) for label in some for anchor in label.audience})
        count = f"{len(some)} × " if len(some) > 1 else ""
        yield f"{count}{source}, {sensitivity}, {spaces}, for {_names(anchors)}"


def _names(names: Iterable[str]) -> str:
    """Some names, and how many more there are."""
    found = list(names)
    if len(found) <= NAMED:
        return ", ".join(found)
    return f"{', '.join(found[:3])} and {len(found) - 3} more"


def as_json(old: str, new: str, found: Comparison) -> dict[str, Any]:
    """Everything, with IRIs; an agent that is null stands for the people themselves, a purpose that is null for none."""
    return {
        "old": old,
        "new": new,
        "same": found.is_same,
        "seconds": round(found.seconds, 3),
        "problems": [{"code": p.code, "detail": p.message, "hint": p.hint} for p in found.problems],
        "notes": found.notes,
        "worlds": [_world_as_json(one) for one in found.worlds],
    }


def _world_as_json(one: Compared) -> dict[str, Any]:
    span = one.found.looked_at
    return {
        "world": one.world,
        "looked_at": {
            "people": len(span.users),
            "agents": len(span.agents),
            "purposes": len(span.purposes),
            "actions": len(span.actions),
            "compartments": one.found.compartments,
        },
        "gained": sum(group.size for group in one.found.groups if group.is_gain),
        "lost": sum(group.size for group in one.found.groups if not group.is_gain),
        "failures": [{"rule": f.rule, "reason": f.reason} for f in one.found.failures],
        "compartments": {iri: _label_as_json(label) for iri, label in sorted(one.labels.items())},
        "changes": [
            {
                "change": "gain" if group.is_gain else "loss",
                "people": group.users,
                "agents": [agent or None for agent in group.agents],
                "actions": group.actions,
                "purposes": [purpose or None for purpose in group.purposes],
                "compartments": group.compartments,
                "rules": group.rules,
                "sentence": _sentence([group], one),
            }
            for group in one.found.groups
        ],
    }


def _label_as_json(label: Label) -> dict[str, Any]:
    return {
        "source": label.source,
        "sensitivity": label.sensitivity,
        "jurisdictions": sorted(label.jurisdictions),
        "audience": sorted(label.audience),
    }
