"""Shapes of GraphQL queries: the same question of another thing has the same, a wider one never."""

from typing import Any

import pytest
from graphql import parse

from ambit.graph.errors import Invalid, TooLarge
from ambit.server.schema.patterns import shape_of

ASKED = """
query One($id: ID!, $many: Int = 10) {
  customer(iri: $id) { label card { number } orders(first: $many, filter: { state: { eq: "open" } }) { iri } ...More }
}
fragment More on Customer { city }
"""
VALUES = {"id": "urn:acme"}


def told(text: str, variables: dict[str, Any] | None = None, name: str | None = None) -> str:
    return shape_of(parse(text), VALUES if variables is None else variables, name)


@pytest.mark.parametrize(
    ("same", "variables"),
    [
        (ASKED, {"id": "urn:other"}),
        (ASKED, {"id": "urn:other", "many": 10}),
        (ASKED.replace("$id", "$which"), {"which": "urn:acme"}),
        (ASKED.replace("($id: ID!, ", "(").replace("$id", '"urn:x"'), {}),
        (ASKED.replace('"open"', '"closed"'), None),
        (ASKED.replace("One", "Two").replace("\n", "  # why\n"), None),
        (ASKED.replace("customer(", "c: customer("), None),
        (ASKED.replace("$many: Int = 10", "$f: X").replace("first: $many, filter: { state: { eq: \"open\" } }", "first: 10, filter: $f"), {"id": "urn:a", "f": {"state": {"eq": "open"}}}),
        (ASKED.replace("first: $many, filter: { state: { eq: \"open\" } }", "filter: { state: { eq: \"open\" } }, first: $many"), None),
        (ASKED + "query Two { me { iri } }", None),
    ],
)  # fmt: skip
def test_the_same_question_of_another_thing_has_the_same_shape(
    same: str, variables: dict[str, Any] | None
) -> None:
    assert told(same, variables, "One" if "Two {" in same else None) == told(ASKED)


@pytest.mark.parametrize(
    ("other", "variables"),
    [
        (ASKED.replace("number", "number code"), None),
        (ASKED.replace("city", "city street"), None),
        (ASKED, {"id": "urn:acme", "many": 100}),
        (ASKED.replace("= 10", "= 100"), None),
        (ASKED.replace("eq:", "contains:"), None),
        (ASKED.replace('eq: "open"', 'in: ["open"]'), None),
        (ASKED.replace('eq: "open"', 'in: ["open", "new"]'), None),
        (ASKED.replace(', filter: { state: { eq: "open" } }', ""), None),
        (ASKED.replace("customer(iri: $id)", "customers"), None),
        (ASKED.replace("card {", "card @include(if: false) {"), None),
        (ASKED, {"id": ["urn:acme", "urn:other"]}),
        (ASKED, {"id": None}),
        (ASKED.replace("customer(iri: $id)", "customer(iri: $id, after: \"x\")"), None),
    ],
)  # fmt: skip
def test_a_wider_or_another_question_has_another(other: str, variables: dict[str, Any] | None) -> None:
    assert told(other, variables) != told(ASKED)


def test_variables_that_are_long_have_no_shape() -> None:
    """They may stand in the text as often as it has tokens."""
    with pytest.raises(TooLarge):
        told(ASKED, {"id": "x" * 4_000})


@pytest.mark.parametrize(
    "text", ["mutation { a }", "query A { a } query B { b }", "fragment F on Query { a }"]
)
def test_what_is_no_one_query_has_none(text: str) -> None:
    with pytest.raises(Invalid):
        told(text)
