"""One GraphQL operation, from text to finished data: limits, schema of the view, validation, plan, answer.

graphql-core parses, validates and coerces; generated root fields yield finished sub-trees, which the executor
hands through untouched.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    GraphQLOutputType,
    GraphQLResolveInfo,
    OperationDefinitionNode,
    OperationType,
)
from graphql.pyutils import Path
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import ExecutionResult

from ...graph.errors import Invalid
from ..latest import Latest
from .build import Schema, build
from .cache import SchemaCache
from .cursors import Cursors
from .errors import told
from .eyes import Eyes
from .fixed import Context
from .limits import Documents, Limits, nested
from .model import Model
from .patterns import shape_of
from .roots import Operation, Work
from .selection import Details, conditions

ATTEMPTS = 3
"""How often an operation reads while commits come between its queries; the last answer is given as it is."""


class HandingOver(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor, but for values that finish themselves."""

    def complete_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: Details,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        if isinstance(result, Work):
            return result.finish(self, field_details_list)
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)


@dataclass(slots=True)
class Built:
    """A schema with its model, and the texts that it has found valid."""

    model: Model
    schema: Schema
    valid: Latest[str, bool] = field(default_factory=lambda: Latest(256))


@dataclass(slots=True)
class Carried(Context):
    """What one operation carries through Strawberry."""

    text: str
    document: DocumentNode
    built: Built
    executing: bool = False


class Once(SchemaExtension):
    """Hands Strawberry the document that has passed the limits, and validates it once for each schema."""

    def on_parse(self) -> Iterator[None]:
        self.execution_context.graphql_document = self.execution_context.context.document
        yield

    def on_validate(self) -> Iterator[None]:
        carried: Carried = self.execution_context.context
        if carried.built.valid.get(carried.text):
            self.execution_context.pre_execution_errors = []
        yield
        if not self.execution_context.pre_execution_errors:
            carried.built.valid.put(carried.text, True)
            carried.executing = True


def built(model: Model) -> Built:
    """The schema of `model`, ready to execute."""
    return Built(model, build(model, Operation, HandingOver, [Once]))


class Graphql:
    """Executes operations, each on the schema and the view of its eyes. Blocking; safe among threads.

    `cursor_key` seals cursors: at least 16 bytes that stay the same while cursors shall be good.
    """

    def __init__(self, schemas: SchemaCache[Built], cursor_key: bytes, limits: Limits | None = None):
        if len(cursor_key) < 16:
            raise ValueError("a cursor key has at least 16 bytes")
        self.limits = limits or Limits()
        self._schemas = schemas
        self._cursors = Cursors(cursor_key)
        self._documents = Documents(self.limits)

    def execute(
        self,
        eyes: Eyes,
        query: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        *,
        reads: bool = False,
    ) -> dict[str, Any]:
        """The response of one operation, as JSON values; whatever happens is told in it, never raised.

        `reads`: a document with a mutation is refused (GraphQL over HTTP, draft of 2025, §6.2.3).
        """
        try:
            response = self._response(eyes, query, dict(variables or {}), operation_name, reads)
        except Exception as error:  # told by its code; the unexpected is logged, and told as `internal`
            response = {"errors": [told(error, "graphql-validation")]}
        try:
            response["extensions"] = {"ambit": _said(eyes)}
        except Exception as error:
            response = {"errors": [told(error, "internal")]}
        return response

    def shape(self, query: str, variables: Mapping[str, Any] | None, name: str | None) -> str:
        """The shape of one query (`patterns`); raises what parsing it raises, and `Invalid` for what is none."""
        nested(variables or {}, self.limits.variables)
        _portable(query, variables or {})
        return shape_of(self._documents.parse(query), variables or {}, name)

    def _response(
        self, eyes: Eyes, query: str, variables: dict[str, Any], operation_name: str | None, reads: bool
    ) -> dict[str, Any]:
        nested(variables, self.limits.variables)
        _portable(query, variables)
        document = self._documents.parse(query)
        if reads and _acts(document):
            raise Invalid("a mutation is posted", code="graphql-validation", hint="send it by POST")
        schema = self._schemas.of(eyes, built)
        for _ in range(ATTEMPTS):
            eyes.states.clear()
            root = Operation(eyes, schema.model, self.limits, self._cursors, conditions(document.definitions))
            carried = Carried(eyes, root, query, document, schema)
            result = _executed(carried, variables, operation_name)
            # what a model was asked is not asked again, nor is anything done twice; what is to be classified is not asked yet
            if len(eyes.states) < 2 or eyes.deployments() or _acts(document):
                break
        otherwise = "invalid-argument" if carried.executing else "graphql-validation"
        errors = [told(error, otherwise) for error in result.errors or ()]
        if result.data is not None:
            errors += [told(error, otherwise) for error in root.classifying.fill()]
            eyes.returned(root.reader.told, root.reader.linked)
        response: dict[str, Any] = {"errors": errors} if errors else {}
        if result.data is not None or any("path" in error for error in errors):
            response["data"] = result.data
        return response


def _executed(carried: Carried, variables: dict[str, Any], operation_name: str | None) -> ExecutionResult:
    """The operation read once, all but its classifications; raises `Invalid` where there is none."""
    try:
        return carried.built.schema.execute_sync(
            carried.text,
            variable_values=variables,
            context_value=carried,
            root_value=carried.root,
            operation_name=operation_name,
        )
    except (CannotGetOperationTypeError, MissingQueryError):
        raise Invalid(
            "there is no such query in the document",
            code="graphql-validation",
            hint="one query, or one that `operationName` names",
        ) from None


def _acts(document: DocumentNode) -> bool:
    """Whether a document has a mutation."""
    return any(
        isinstance(one, OperationDefinitionNode) and one.operation is OperationType.MUTATION
        for one in document.definitions
    )


def _portable(query: str, variables: Mapping[str, Any]) -> None:
    """Refuses what no UTF-8 carries, such as lone surrogates; raises `Invalid`."""
    try:
        query.encode()
        orjson.dumps(variables)
    except (UnicodeEncodeError, TypeError):
        raise Invalid("the query or its variables are not portable JSON", code="invalid-argument") from None


def _said(eyes: Eyes) -> dict[str, Any]:
    return {
        "run": eyes.run,
        "revision": eyes.revision(),
        "purpose": eyes.purpose,
        "decision": eyes.decision,
        "deployments": list(eyes.deployments()),
    }
