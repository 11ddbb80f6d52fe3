"""A shop seen through GraphQL, for the tests of it."""

from typing import Any

from seeing import Seeing

from ambit.server.schema.cache import SchemaCache
from ambit.server.schema.execute import Graphql

KEY = b"a key of at least sixteen bytes"


class Asking:
    """One `Graphql` and one pair of eyes, and the questions put to them."""

    def __init__(self, eyes: Seeing):
        self.eyes = eyes
        self.graphql = Graphql(SchemaCache(), KEY)

    def response(
        self, query: str, variables: dict[str, Any] | None = None, name: str | None = None
    ) -> dict[str, Any]:
        """The whole response."""
        return self.graphql.execute(self.eyes, query, variables, name)

    def data(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an operation without errors."""
        response = self.response(query, variables)
        assert "errors" not in response, response["errors"]
        data: dict[str, Any] = response["data"]
        return data

    def codes(self, query: str, variables: dict[str, Any] | None = None) -> list[str]:
        """The codes of the errors."""
        errors = self.response(query, variables).get("errors", [])
        return [error["extensions"]["code"] for error in errors]

    def cost(self, query: str) -> int:
        """SPARQL queries, the schema being there."""
        self.data(query)
        before = len(self.eyes.queries)
        self.data(query)
        return len(self.eyes.queries) - before
