"""A model as the OpenFGA API gives it: JSON with `schema_version`, `type_definitions`, `conditions`."""

from typing import Final

from ....graph.errors import TooLarge
from ..marked import Marked
from ..words import invalid
from .dsl import DEPTH, KINDS, SCHEMAS
from .validating import leaves
from .words import (
    Computed,
    Condition,
    Difference,
    From,
    Intersection,
    Model,
    Parameter,
    Ref,
    Relation,
    Rewrite,
    This,
    Type,
    Union,
)

_NAMED: Final = {
    "computed_userset": "computedUserset",
    "tuple_to_userset": "tupleToUserset",
}


def read(document: Marked) -> Model:
    """The model of a document; raises `SourceInvalid` with the line."""
    version = document.need("schema_version")
    if version.string() not in SCHEMAS:
        raise invalid(version.place, f"has schema `{version.string()}`, and 1.1 and 1.2 are read")
    types: dict[str, Type] = {}
    for one in document.need("type_definitions").items():
        kind = _type(one)
        if kind.name in types:
            raise invalid(kind.place, f"defines the type `{kind.name}` twice")
        types[kind.name] = kind
    found = document.get("conditions")
    conditions = {name: _condition(name, one) for name, one in (found.mapping() if found else {}).items()}
    return Model(types, conditions)


def _type(one: Marked) -> Type:
    refs = _refs(one)
    relations: dict[str, Relation] = {}
    found = one.get("relations")
    for name, rewrite in (found.mapping() if found else {}).items():
        made = _rewrite(rewrite, 0)
        direct = refs.get(name, ()) if any(isinstance(leaf, This) for leaf in leaves(made)) else ()
        relations[name] = Relation(name, made, direct, rewrite.place)
    return Type(one.need("type").string(), relations, one.place)


def _refs(one: Marked) -> dict[str, tuple[Ref, ...]]:
    """Who may stand in tuples, by relation."""
    metadata = one.get("metadata")
    relations = metadata.get("relations") if metadata else None
    found: dict[str, tuple[Ref, ...]] = {}
    for name, said in (relations.mapping() if relations else {}).items():
        types = said.get("directly_related_user_types")
        found[name] = tuple(_ref(ref) for ref in (types.items() if types else ()))
    return found


def _ref(one: Marked) -> Ref:
    relation, condition = one.get("relation"), one.get("condition")
    return Ref(
        one.need("type").string(),
        relation.string() if relation else "",
        one.get("wildcard") is not None,
        condition.string() if condition else "",
    )


def _rewrite(one: Marked, depth: int) -> Rewrite:
    if depth > DEPTH:
        raise TooLarge(f"`{one.place}` nests deeper than {DEPTH}", details={"file": one.place.file})
    said = one.mapping()
    if len(said) != 1:
        raise invalid(one.place, "must have exactly one way to be made")
    (key,) = said
    inner, key = said[key], _NAMED.get(key, key)
    if key == "this":
        return This()
    if key == "computedUserset":
        return Computed(inner.need("relation").string())
    if key == "tupleToUserset":
        computed = inner.get("computedUserset") or inner.need("computed_userset")
        return From(computed.need("relation").string(), inner.need("tupleset").need("relation").string())
    if key in ("union", "intersection"):
        parts = tuple(_rewrite(child, depth + 1) for child in inner.need("child").items())
        if not parts:
            raise invalid(inner.place, f"has a {key} of nothing")
        return Union(parts) if key == "union" else Intersection(parts)
    if key == "difference":
        return Difference(
            _rewrite(inner.need("base"), depth + 1), _rewrite(inner.need("subtract"), depth + 1)
        )
    raise invalid(one.place, f"is made by `{key}`, which is not known")


def _condition(name: str, one: Marked) -> Condition:
    parameters: dict[str, Parameter] = {}
    found = one.get("parameters")
    for key, said in (found.mapping() if found else {}).items():
        kind = _kind(said)
        generic = said.get("generic_types")
        items = [_kind(item) for item in generic.items()] if generic else []
        if kind in ("list", "map") and len(items) == 1 and items[0] in KINDS:
            parameters[key] = Parameter(kind, items[0])
        elif kind in KINDS and not items:
            parameters[key] = Parameter(kind)
        else:
            raise invalid(said.place, f"has a parameter of the type `{kind}`, which is not known")
    return Condition(name, parameters, one.need("expression").string(), one.place)


def _kind(said: Marked) -> str:
    return said.need("type_name").string().removeprefix("TYPE_NAME_").lower()
