"""Tuples as triples of governance."""

from collections.abc import Iterable, Iterator

from ....graph.terms import Literal, NamedNode, Triple
from ....graph.vocabulary import AMBIT, FOAF, RDFS, SKOS
from ..ruletext import says, typed
from ..words import Place, invalid
from . import celvalues
from .naming import Names
from .words import Model, Ref, Tuple


def is_valid(model: Model, one: Tuple) -> bool:
    """Whether a model allows a tuple; OpenFGA reads none that it does not.

    Raises `SourceInvalid` for one under a condition that the model allows for other subjects of the type: OpenFGA
    looks at the type alone there, and no rule does.
    """
    relation = model.relation((one.type, one.relation))
    if relation is None:
        return False
    if one.ref in relation.refs:
        return True
    bare = Ref(one.user_type, one.user_relation, one.ref.is_wildcard)
    kinds = {Ref(ref.type, ref.relation, ref.is_wildcard) for ref in relation.refs}
    under = {ref.condition for ref in relation.refs if ref.type == one.user_type}
    if one.condition and bare in kinds and one.condition in under:
        raise invalid(one.place, f"says `{one}`, and the model has this condition for other subjects only")
    return False


def triples(model: Model, names: Names, tuples: Iterable[Tuple]) -> Iterator[Triple]:
    """What tuples that the model allows say."""
    for one in tuples:
        thing = names.thing(one.type, one.id)
        predicate = names.relation((one.type, one.relation), one.ref)
        subject = (
            names.kind(one.user_type) if one.ref.is_wildcard else names.thing(one.user_type, one.user_id)
        )
        if not one.condition:
            yield says(thing, predicate, subject)
            continue
        me = names.tuple(one)
        yield says(thing, predicate, me)
        yield says(me, names.subject, subject)
        parameters = model.conditions[one.condition].parameters
        for name, value in one.context.items():
            yield from _value(
                names, me, one.condition, name, parameters[name].kind, parameters[name].item, value
            )


def _value(
    names: Names, me: str, condition: str, name: str, kind: str, item: str, value: object
) -> Iterator[Triple]:
    """A value of a tuple's context; one of a kind that no rule reads is left out."""
    predicate = names.parameter(condition, name)
    if kind == "list" and isinstance(value, tuple):
        listed = f"{me}~{name}"
        yield says(me, predicate, listed)
        if item in celvalues.DATATYPES:
            for one in value:
                yield Triple(NamedNode(listed), NamedNode(names.item), celvalues.literal(item, one))
    elif kind in celvalues.DATATYPES:
        yield Triple(NamedNode(me), NamedNode(predicate), celvalues.literal(kind, value))


def classes(names: Names, people: Iterable[str]) -> Iterator[Triple]:
    """The types whose objects are people."""
    for kind in people:
        yield says(names.kind(kind), RDFS.SUB_CLASS_OF, FOAF.PERSON)
        yield Triple(NamedNode(names.kind(kind)), NamedNode(SKOS.PREF_LABEL), Literal(kind))


def persons(names: Names, people: frozenset[str], tuples: Iterable[Tuple]) -> Iterator[Triple]:
    """Whom tuples name, as people."""
    for kind, name in sorted(named(tuples)):
        if kind in people:
            yield typed(names.thing(kind, name), names.kind(kind))


def stated(names: Names, model: Model, rules: str) -> Iterator[Triple]:
    """What rules ask of a request, as properties that an enforcement point may be let state."""
    for name in sorted({name for condition in model.conditions.values() for name in condition.parameters}):
        iri = names.context(name)
        if f"<{iri}>" in rules:
            yield typed(iri, AMBIT.STATED_PROPERTY)
            yield Triple(NamedNode(iri), NamedNode(AMBIT.STATED_OF), Literal("context"))
            yield Triple(NamedNode(iri), NamedNode(AMBIT.STATED_AS), Literal(name))


def named(tuples: Iterable[Tuple]) -> frozenset[tuple[str, str]]:
    """Every object and user of some tuples."""
    found: set[tuple[str, str]] = set()
    for one in tuples:
        found.add((one.type, one.id))
        if one.user_id != "*":
            found.add((one.user_type, one.user_id))
    return frozenset(found)


def check_clashes(names: Names, things: Iterable[tuple[str, str]], place: Place) -> None:
    """Raises `SourceInvalid` where two objects would have one name."""
    seen: dict[str, tuple[str, str]] = {}
    for kind, name in sorted(things):
        other = seen.setdefault(names.thing(kind, name), (kind, name))
        if other != (kind, name):
            raise invalid(
                place,
                f"has `{kind}:{name}` and `{':'.join(other)}`, which would have one name",
                hint="give each type a prefix of its own with `--iri`",
            )
