"""The small algebra that an operation is compiled to, before it is printed once.

A subset of SPARQL 1.1's algebra (§18.2), with LATERAL (SEP-0006) to cut the children of each parent.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Var:
    name: str


@dataclass(frozen=True, slots=True)
class Iri:
    value: str


@dataclass(frozen=True, slots=True)
class Text:
    """A literal; without a datatype a plain string."""

    value: str
    datatype: str | None = None


Node: TypeAlias = Var | Iri | Text


@dataclass(frozen=True, slots=True)
class Call:
    name: Literal["STR", "ISIRI", "CONTAINS", "BOUND", "MIN", "COUNT", "!", "&&", "||", "=", "<", ">"]
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Exists:
    where: tuple["Pattern", ...]
    negated: bool = False


Expression: TypeAlias = Node | Call | Exists


@dataclass(frozen=True, slots=True)
class Triple:
    subject: Node
    predicate: Node
    object: Node


@dataclass(frozen=True, slots=True)
class Values:
    """Terms for one variable; a text has no backslash, which here could not be printed apart."""

    variable: Var
    terms: tuple["Iri | Text", ...]


@dataclass(frozen=True, slots=True)
class Filter:
    condition: Expression


@dataclass(frozen=True, slots=True)
class Optional:
    where: tuple["Pattern", ...]


@dataclass(frozen=True, slots=True)
class Union:
    left: tuple["Pattern", ...]
    right: tuple["Pattern", ...]


@dataclass(frozen=True, slots=True)
class As:
    expression: Expression
    variable: Var


@dataclass(frozen=True, slots=True)
class By:
    expression: Expression
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Select:
    """A query, or a group inside one."""

    projection: tuple[Var | As, ...]
    where: tuple["Pattern", ...]
    group: tuple[Var, ...] = ()
    order: tuple[By, ...] = ()
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Lateral:
    """A group that is evaluated for each solution so far."""

    group: "Select | Union"


Pattern: TypeAlias = Triple | Values | Filter | Optional | Union | Select | Lateral


def equal(left: Expression, right: Expression) -> Call:
    return Call("=", (left, right))


def both(*conditions: Expression) -> Expression:
    """The conjunction of one or more conditions."""
    return conditions[0] if len(conditions) == 1 else Call("&&", conditions)


def either(*conditions: Expression) -> Expression:
    """The disjunction of one or more conditions."""
    return conditions[0] if len(conditions) == 1 else Call("||", conditions)


def text_of(expression: Expression) -> Call:
    return Call("STR", (expression,))
