"""The pattern of what a request asks: found when rules make it matter, once, and empty where there is none."""

from collections.abc import Callable

from graphql import GraphQLError

from ..graph.errors import AmbitError
from ..graph.sparql.patterns import pattern_of


class Pattern:
    """Gives the name of a shape; `shape` finds it, and raises for what is no query. Without one there is none."""

    def __init__(self, shape: Callable[[], str] | None = None):
        self._shape = shape
        self._found: str | None = None

    def __call__(self) -> str:
        """The pattern; empty for what has no shape: then only approvals of any shape stand for it."""
        if self._found is None:
            try:
                self._found = pattern_of(self._shape()) if self._shape else ""
            except (AmbitError, GraphQLError):
                self._found = ""
        return self._found
