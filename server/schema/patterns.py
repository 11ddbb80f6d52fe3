"""The shape of a GraphQL query: what stays the same when it is asked of another thing.

Two queries have one shape when they differ in white space, aliases, names of operations and variables, and in the
things that they ask for: the argument `iri`, and what a filter's `eq` and `in` compare with. Variables count by
their values. All else counts: fields, other arguments, pages, and the other conditions of filters.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    GraphQLError,
    IntValueNode,
    ListValueNode,
    NameNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    StringValueNode,
    ValueNode,
    VariableNode,
    Visitor,
    print_ast,
    visit,
)

from ...graph.errors import Invalid, TooLarge
from ...graph.sparql.patterns import DATA

_THINGS: Final = frozenset({"iri", "eq", "in"})
_LONGEST: Final = 4_000  # bytes of variables
_PLAIN: Final = (StringValueNode, IntValueNode, FloatValueNode, BooleanValueNode, EnumValueNode)


def shape_of(document: DocumentNode, variables: Mapping[str, Any], name: str | None = None) -> str:
    """The shape of one query of a document, as a text.

    Raises `Invalid` where there is no such query, `TooLarge` for variables that are long: they may stand often.
    """
    if len(orjson.dumps(variables)) > _LONGEST:
        raise TooLarge(f"a query whose variables have more than {_LONGEST} bytes has no shape")
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    named = [one for one in operations if name is None or (one.name is not None and one.name.value == name)]
    if len(named) != 1 or named[0].operation is not OperationType.QUERY:
        raise Invalid(
            "there is no such query in the document",
            code="graphql-validation",
            hint="one query, or one that `operationName` names",
        )
    chosen = named[0]
    given = {
        one.variable.name.value: one.default_value
        for one in chosen.variable_definitions or ()
        if one.default_value is not None
    } | {key: _value(value) for key, value in variables.items()}
    fragments = sorted(
        (one for one in document.definitions if isinstance(one, FragmentDefinitionNode)),
        key=lambda one: one.name.value,
    )
    try:
        return " ".join(print_ast(visit(one, _Plain(given))) for one in (chosen, *fragments))
    except (GraphQLError, RecursionError):
        raise Invalid("the query has no shape", code="graphql-validation") from None


def _value(value: object) -> ValueNode:
    """A variable's value as it would stand in the text."""
    if value is None:
        return NullValueNode()
    if isinstance(value, bool):
        return BooleanValueNode(value=value)
    if isinstance(value, int):
        return IntValueNode(value=str(value))
    if isinstance(value, float):
        return FloatValueNode(value=repr(value))
    if isinstance(value, Mapping):
        fields = [ObjectFieldNode(name=NameNode(value=str(k)), value=_value(v)) for k, v in value.items()]
        return ObjectValueNode(fields=tuple(fields))
    if isinstance(value, list | tuple):
        return ListValueNode(values=tuple(map(_value, value)))
    return StringValueNode(value=str(value))


def _told(value: ValueNode, given: Mapping[str, ValueNode], *, is_thing: bool) -> ValueNode:
    """A value with its variables filled in, fields of objects in order, things as one sign."""
    if isinstance(value, VariableNode):
        return _told(given.get(value.name.value, NullValueNode()), given, is_thing=is_thing)
    if isinstance(value, ListValueNode):
        return ListValueNode(values=tuple(_told(one, given, is_thing=is_thing) for one in value.values))
    if isinstance(value, ObjectValueNode):
        fields = [
            ObjectFieldNode(
                name=NameNode(value=one.name.value),
                value=_told(one.value, given, is_thing=one.name.value in _THINGS),
            )
            for one in sorted(value.fields, key=lambda field: field.name.value)
        ]
        return ObjectValueNode(fields=tuple(fields))
    return StringValueNode(value=DATA) if is_thing and isinstance(value, _PLAIN) else value


class _Plain(Visitor):
    """Leaves out what changes nothing, and fills in what variables hold."""

    def __init__(self, given: Mapping[str, ValueNode]):
        super().__init__()
        self._given = given

    def leave_argument(self, node: ArgumentNode, *_: object) -> ArgumentNode:
        value = _told(node.value, self._given, is_thing=node.name.value in _THINGS)
        return ArgumentNode(name=NameNode(value=node.name.value), value=value)

    def leave_field(self, node: FieldNode, *_: object) -> FieldNode:
        return FieldNode(
            alias=None,
            name=node.name,
            arguments=tuple(sorted(node.arguments or (), key=lambda one: one.name.value)),
            directives=node.directives,
            selection_set=node.selection_set,
        )

    def leave_operation_definition(
        self, node: OperationDefinitionNode, *_: object
    ) -> OperationDefinitionNode:
        return OperationDefinitionNode(
            operation=node.operation,
            name=None,
            variable_definitions=(),
            directives=node.directives,
            selection_set=node.selection_set,
        )
