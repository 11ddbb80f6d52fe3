"""Errors as GraphQL tells them: `extensions.code` from the one table, and nothing of what nobody expected."""

from collections.abc import Mapping
from typing import Any

import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from graphql.validation.validate import ValidationAbortedError
from strawberry.exceptions import StrawberryInputCoercionError

from ...graph.errors import AmbitError, TooLarge

log = structlog.get_logger()
LONGEST = 500  # characters of a message, which may repeat what was sent


def told(error: Exception, otherwise: str) -> dict[str, Any]:
    """One entry of `errors`; `otherwise` is the code of what graphql-core itself refuses."""
    place = _place(error)
    cause = _cause(error)
    if isinstance(cause, AmbitError):
        extensions: dict[str, Any] = {"code": cause.code}
        if cause.hint:
            extensions["hint"] = cause.hint
        if cause.details:
            extensions["details"] = cause.details
        return {"message": cause.message, **place, "extensions": extensions}
    if isinstance(cause, GraphQLSyntaxError):
        return {"message": _short(cause.message), **place, "extensions": {"code": "graphql-syntax"}}
    if isinstance(cause, ValidationAbortedError):
        message = "the operation takes too long to validate"
        return {"message": message, **place, "extensions": {"code": TooLarge.code}}
    if isinstance(cause, GraphQLError | StrawberryInputCoercionError):
        message = cause.message if isinstance(cause, GraphQLError) else str(cause)
        return {"message": _short(message), **place, "extensions": {"code": otherwise}}
    log.error("unexpected", path=place.get("path"), exc_info=cause)
    message = "something went wrong on our side"
    return {"message": message, **place, "extensions": {"code": "internal"}}


def _cause(error: Exception) -> Exception:
    while isinstance(error, GraphQLError) and error.original_error is not None:
        error = error.original_error
    return error


def _place(error: Exception) -> Mapping[str, Any]:
    if not isinstance(error, GraphQLError):
        return {}
    place: dict[str, Any] = {}
    if error.locations:
        place["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path is not None:
        place["path"] = list(error.path)
    return place


def _short(message: str) -> str:
    return message if len(message) <= LONGEST else message[: LONGEST - 1] + "…"
