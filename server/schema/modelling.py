"""From the facts of a view to its model: which types and fields, single or list, of which scalar and name."""

from collections.abc import Iterable

from ...graph.vocabulary import XSD
from . import names
from .facts import Facts, Seen, Told
from .model import INTERFACE_FIELDS, ROOT_FIELDS, TYPES, EntityType, Model, Property
from .scalars import scalar_of


def model(facts: Facts) -> Model:
    """The model of one view; equal facts give equal models."""
    types = names.allocate(
        facts.instances, names.type_name, _derived, TYPES | ROOT_FIELDS, facts.told.prefixes
    )
    above = {iri: _ancestors(iri, facts.told) for iri in types}
    properties: dict[str, list[str]] = {iri: [] for iri in types}
    for owner, iri in facts.seen:
        properties[owner].append(iri)
    # a class stands before the classes above it, and before larger ones: they are less specific
    order = sorted(types, key=lambda iri: (facts.instances[iri], -len(above[iri]), iri))
    return Model(tuple(_entity_type(iri, types[iri], properties[iri], above[iri], facts) for iri in order))


def _entity_type(iri: str, name: str, owned: list[str], above: frozenset[str], facts: Facts) -> EntityType:
    fields = names.allocate(owned, names.field_name, _alone, INTERFACE_FIELDS, facts.told.prefixes)
    singular = names.lower(name)
    made = [
        _property(iri, which, fields[which], above, facts) for which in sorted(fields, key=fields.__getitem__)
    ]
    described = facts.told.descriptions.get(iri)
    return EntityType(iri, name, singular, names.plural(singular), described, tuple(made))


def _property(owner: str, iri: str, name: str, above: frozenset[str], facts: Facts) -> Property:
    told, seen = facts.told, facts.seen[owner, iri]
    owners = [owner, *sorted(above)]
    many = iri not in told.functional and not any((which, iri) in told.single for which in owners)
    description = next(
        (told.shaped[which, iri] for which in owners if (which, iri) in told.shaped),
        told.descriptions.get(iri),
    )
    if seen.linked and not seen.datatypes:
        return Property(iri, name, None, many, _target(owners, iri, seen, facts), description)
    datatypes = seen.datatypes | ({XSD.ANY_URI} if seen.linked else set())
    return Property(iri, name, scalar_of(datatypes), many, None, description)


def _target(owners: Iterable[str], iri: str, seen: Seen, facts: Facts) -> str | None:
    """The class that every linked entity with a class has: the declared one before the smallest."""
    shared = [which for which, count in seen.targets.items() if count == seen.typed]
    declared = set(facts.told.ranges.get(iri, ()))
    for which in owners:
        declared |= facts.told.shaped_targets.get((which, iri), set())
    return min(shared, key=lambda which: (which not in declared, facts.instances[which], which), default=None)


def _derived(name: str) -> tuple[frozenset[str], frozenset[str]]:
    """What comes into being with the type `name`: the two root fields, and the types of its lists."""
    singular = names.lower(name)
    lists = frozenset(name + suffix for suffix in ("Connection", "Edge", "Filter", "OrderBy"))
    return frozenset({name, singular, names.plural(singular)}), lists


def _alone(name: str) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset({name}), frozenset()


def _ancestors(iri: str, told: Told) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(told.parents.get(iri, ()))
    while waiting:
        parent = waiting.pop()
        if parent not in found:
            found.add(parent)
            waiting.extend(told.parents.get(parent, ()))
    return frozenset(found - {iri})
