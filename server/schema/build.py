"""From a model to a Strawberry schema: the generated types beside the fixed ones. No type is written by hand.

Generated fields carry no resolvers: a root field's value is work that yields its finished sub-tree at once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass
from typing import Any, Optional, Protocol, runtime_checkable

import strawberry
from graphql import GraphQLError
from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.execution import ExecutionContext
from strawberry.types.field import StrawberryField

from .fixed import Classification, Entity, Fixed, PageInfo, Resource
from .model import EntityType, Model, Property
from .mutations import Mutation
from .paging import DEFAULT, MOST, Direction
from .scalars import PYTHON, SCALARS


class Schema(strawberry.Schema):
    """A Strawberry schema that writes no log of its own: who calls `execute` tells and logs errors."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class _Made:
    """The Python classes that stand for one generated type."""

    kind: EntityType
    node: type
    filtering: type
    ordering: type


@runtime_checkable
class Root(Protocol):
    """The value of `Query`: yields the work of each generated root field by its name."""

    def work(self, name: str) -> object: ...


def _resolver(root: type[Root]) -> Callable[[Any, str], object]:
    def resolve(source: Any, name: str) -> object:
        return source.work(name) if isinstance(source, root) else getattr(source, name)

    return resolve


def build(
    model: Model,
    root: type[Root],
    executor: type[StrawberryGraphQLCoreExecutionContext],
    extensions: Sequence[Callable[[], SchemaExtension]],
) -> Schema:
    """The schema of `model`, run by `executor`; generated root fields are the work of a `root`."""
    made = {kind.iri: _made(kind) for kind in model.types}
    query = _object("Query", "What this view holds.", Fixed)
    for item in made.values():
        _extend(item.node, [_field(property, made) for property in item.kind.properties])
        _extend(query, _root_fields(item))
    return Schema(
        query=query,
        mutation=Mutation,
        types=[Resource, *(item.node for item in made.values())],
        execution_context_class=executor,
        extensions=extensions,
        config=StrawberryConfig(scalar_map=dict(SCALARS), default_resolver=_resolver(root)),
    )


def _made(kind: EntityType) -> _Made:
    return _Made(kind, _object(kind.name, kind.description, Entity), _filtering(kind), _ordering(kind))


def _field(item: Property, made: Mapping[str, _Made]) -> StrawberryField:
    """A property as a field: a value, values, an entity, or the first of several entities."""
    if item.scalar is not None:
        kind: Any = PYTHON[item.scalar]
        return _plain(item.name, list[kind] if item.many else _optional(kind), item.description)
    target = made.get(item.target or "")
    linked: Any = Entity if target is None else target.node
    if not item.many:
        return _plain(item.name, _optional(linked), item.description)
    field = _plain(item.name, list[linked], item.description)
    field.arguments = [_first(), *(_narrowing(target) if target else ())]
    return field


def _root_fields(item: _Made) -> list[StrawberryField]:
    kind = item.kind
    single = _plain(kind.singular, _optional(item.node), kind.description)
    single.arguments = [_argument("iri", strawberry.ID)]
    several = _plain(kind.plural, _connection(item), kind.description)
    several.arguments = [_first(), _argument("after", _optional(str), None), *_narrowing(item)]
    return [single, several]


def _connection(item: _Made) -> type:
    node: Any = item.node
    edge: Any = _object(f"{item.kind.name}Edge", None)
    _extend(edge, [_plain("node", node), _plain("cursor", str)])
    connection = _object(f"{item.kind.name}Connection", None)
    classify = _plain(
        "classify",
        _optional(list[Classification]),
        "How well each of `labels` fits each node of this page, in the order of the nodes.",
    )
    classify.arguments = [_argument("labels", list[str])]
    _extend(
        connection,
        [
            _plain("nodes", list[node]),
            _plain("edges", list[edge]),
            _plain("pageInfo", PageInfo),
            _plain("totalCount", int, "How many there are in all."),
            classify,
        ],
    )
    return connection


def _filtering(kind: EntityType) -> type:
    """All conditions must hold; those on one property must hold of one value."""
    made = _input(f"{kind.name}Filter", "All of these must hold.")
    fields = [_condition("iri", "ID")]
    fields += [_condition(item.name, item.scalar or "ID") for item in kind.properties]
    _extend(made, fields)
    return made


def _condition(name: str, scalar: str) -> StrawberryField:
    return _plain(name, _optional(CONDITIONS[scalar]), default=strawberry.UNSET)


def _ordering(kind: EntityType) -> type:
    made = _input(f"{kind.name}OrderBy", "The one property to order by.", one_of=True)
    fields = ["iri", *(item.name for item in kind.properties)]
    _extend(made, [_plain(name, _optional(Direction), default=strawberry.UNSET) for name in fields])
    return made


def _conditions(scalar: str) -> type:
    python: Any = strawberry.ID if scalar == "ID" else PYTHON[scalar]
    made = _input(f"{scalar}Filter", "All of these must hold of one value.")
    operators = {"eq": python, "in": list[python]}
    if scalar == "String":
        operators["contains"] = python
    if scalar not in ("ID", "Boolean"):
        operators |= {"gt": python, "lt": python}
    operators["exists"] = bool
    _extend(
        made, [_plain(name, _optional(kind), default=strawberry.UNSET) for name, kind in operators.items()]
    )
    return made


def _object(name: str, description: str | None, base: type = object) -> type:
    return strawberry.type(type(name, (base,), {}), name=name, description=description)


def _input(name: str, description: str, one_of: bool = False) -> type:
    return strawberry.input(type(name, (), {}), name=name, description=description, one_of=one_of)


def _extend(made: type, fields: Sequence[StrawberryField]) -> None:
    """Adds fields once all types are there, since types name each other."""
    made.__strawberry_definition__.fields.extend(fields)  # type: ignore[attr-defined]


def _plain(
    name: str, kind: Any, description: str | None = None, *, default: Any = MISSING
) -> StrawberryField:
    return StrawberryField(
        python_name=name,
        graphql_name=name,
        type_annotation=StrawberryAnnotation(kind),
        description=description,
        default=default,
    )


def _argument(name: str, kind: Any, default: Any = strawberry.UNSET) -> StrawberryArgument:
    return StrawberryArgument(name, name, StrawberryAnnotation(kind), default=default)


def _first() -> StrawberryArgument:
    argument = _argument("first", _optional(int), DEFAULT)
    argument.description = f"How many at most; {MOST} is the most."
    return argument


def _narrowing(item: _Made) -> list[StrawberryArgument]:
    return [
        _argument("filter", _optional(item.filtering), None),
        _argument("orderBy", _optional(item.ordering), None),
    ]


def _optional(kind: Any) -> Any:
    return Optional[kind]  # noqa: UP045  (made at run time)


CONDITIONS: Mapping[str, type] = {scalar: _conditions(scalar) for scalar in (*PYTHON, "ID")}
