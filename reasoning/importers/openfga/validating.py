"""Whether a model makes sense: what it refers to is there, and what leads to objects leads to objects alone."""

from collections.abc import Iterator
from typing import Final

from ....graph.errors import TooLarge
from ..words import invalid
from .words import (
    LONGEST,
    NAME,
    Computed,
    Difference,
    From,
    Intersection,
    Model,
    Relation,
    Rewrite,
    This,
    Type,
    Union,
)

MOST: Final = 2_000
"""Relations of one model."""

PARTS: Final = 200
"""Parts of one relation."""


def leaves(rewrite: Rewrite) -> Iterator[This | Computed | From]:
    """What a relation is made of at last."""
    if isinstance(rewrite, Union | Intersection):
        for part in rewrite.parts:
            yield from leaves(part)
    elif isinstance(rewrite, Difference):
        yield from leaves(rewrite.base)
        yield from leaves(rewrite.minus)
    else:
        yield rewrite


def check(model: Model) -> Model:
    """The model itself; raises `SourceInvalid` with the line, and `TooLarge`."""
    count = sum(len(kind.relations) for kind in model.types.values())
    if count > MOST or len(model.types) > MOST:
        raise TooLarge(f"the model has {count} relations, more than {MOST}")
    for kind in model.types.values():
        _check_name(kind.name, kind)
        for relation in kind.relations.values():
            _check_name(relation.name, relation)
            _check_relation(model, kind, relation)
    return model


def _check_name(name: str, at: Type | Relation) -> None:
    if not NAME.fullmatch(name) or len(name) > LONGEST:
        raise invalid(at.place, f"has the name `{name[:80]}`, which the language does not allow")


def _check_relation(model: Model, kind: Type, relation: Relation) -> None:
    parts = list(leaves(relation.rewrite))
    if len(parts) + len(relation.refs) > PARTS:
        raise TooLarge(
            f"`{relation.place}` has more than {PARTS} parts", details={"file": relation.place.file}
        )
    where = f"`{relation.name}` of `{kind.name}`"
    for ref in relation.refs:
        other = model.types.get(ref.type)
        if other is None:
            raise invalid(relation.place, f"{where} names the type `{ref.type}`, which is not defined")
        if ref.relation and ref.relation not in other.relations:
            raise invalid(relation.place, f"{where} names `{ref}`, and `{ref.type}` has no such relation")
        if ref.condition and ref.condition not in model.conditions:
            raise invalid(
                relation.place, f"{where} names the condition `{ref.condition}`, which is not defined"
            )
    for part in parts:
        if isinstance(part, This) and not relation.refs:
            raise invalid(relation.place, f"{where} has direct users of no type")
        if isinstance(part, Computed) and part.relation not in kind.relations:
            raise invalid(relation.place, f"{where} refers to `{part.relation}`, which is not defined")
        if isinstance(part, From):
            _check_from(model, kind, relation, part)


def _check_from(model: Model, kind: Type, relation: Relation, part: From) -> None:
    where = f"`{relation.name}` of `{kind.name}`"
    tupleset = kind.relations.get(part.tupleset)
    if tupleset is None:
        raise invalid(relation.place, f"{where} refers to `{part.tupleset}`, which is not defined")
    if not isinstance(tupleset.rewrite, This) or any(
        ref.relation or ref.is_wildcard for ref in tupleset.refs
    ):
        raise invalid(
            relation.place,
            f"{where} goes by `{part.tupleset}`, which must lead to objects by tuples alone",
            hint="only plain types may stand in its brackets",
        )
    if not any(part.relation in model.types[ref.type].relations for ref in tupleset.refs):
        raise invalid(
            relation.place, f"{where}: nothing that `{part.tupleset}` leads to has `{part.relation}`"
        )
