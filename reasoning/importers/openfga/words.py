"""An authorization model as records: types, relations, what a relation is made of, conditions.

Names are those of the OpenFGA modelling language, schema 1.1.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from ..words import Place

NAME: Final = re.compile(r"[A-Za-z_](?:[/.\-]?[A-Za-z0-9_])*-*")
"""A type, relation or condition: what the language's grammar allows."""

LONGEST: Final = 254


@dataclass(frozen=True, slots=True)
class Ref:
    """Who may stand in a tuple: `user`, `user:*`, `group#member`, each perhaps under a condition."""

    type: str
    relation: str = ""
    is_wildcard: bool = False
    condition: str = ""

    def __str__(self) -> str:
        said = self.type + (":*" if self.is_wildcard else f"#{self.relation}" if self.relation else "")
        return f"{said} with {self.condition}" if self.condition else said


@dataclass(frozen=True, slots=True)
class This:
    """Those whom tuples name."""


@dataclass(frozen=True, slots=True)
class Computed:
    """Those who have another relation to the same object."""

    relation: str


@dataclass(frozen=True, slots=True)
class From:
    """Those who have a relation to an object that a tuple of `tupleset` names: `relation from tupleset`."""

    relation: str
    tupleset: str


@dataclass(frozen=True, slots=True)
class Union:
    """Those who are in one of these."""

    parts: "tuple[Rewrite, ...]"


@dataclass(frozen=True, slots=True)
class Intersection:
    """Those who are in all of these."""

    parts: "tuple[Rewrite, ...]"


@dataclass(frozen=True, slots=True)
class Difference:
    """Those who are in the one but not in the other."""

    base: "Rewrite"
    minus: "Rewrite"


Rewrite: TypeAlias = This | Computed | From | Union | Intersection | Difference


@dataclass(frozen=True, slots=True)
class Relation:
    """One `define`."""

    name: str
    rewrite: Rewrite
    refs: tuple[Ref, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Type:
    """One `type` with its relations by name."""

    name: str
    relations: Mapping[str, Relation]
    place: Place


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a condition is given: `kind` is a CEL type; of a `list` or `map`, `item` is what it holds."""

    kind: str
    item: str = ""

    def __str__(self) -> str:
        return f"{self.kind}<{self.item}>" if self.item else self.kind


@dataclass(frozen=True, slots=True)
class Condition:
    """One `condition`: a CEL expression over parameters."""

    name: str
    parameters: Mapping[str, Parameter]
    expression: str
    place: Place


@dataclass(frozen=True, slots=True)
class Model:
    """Types and conditions by name."""

    types: Mapping[str, Type]
    conditions: Mapping[str, Condition]

    def relation(self, node: "Node") -> Relation | None:
        """The definition of a relation of a type."""
        kind = self.types.get(node[0])
        return kind.relations.get(node[1]) if kind else None

    def nodes(self) -> "Iterator[Node]":
        """Every relation of every type, in the order of the model."""
        return ((kind.name, name) for kind in self.types.values() for name in kind.relations)


Node: TypeAlias = tuple[str, str]
"""A type and one of its relations."""


@dataclass(frozen=True, slots=True)
class Tuple:
    """One relationship: a subject (`user:anne`, `user:*`, `group:eng#member`) has a relation to an object."""

    user_type: str
    user_id: str
    user_relation: str
    relation: str
    type: str
    id: str
    condition: str
    context: Mapping[str, object]
    place: Place

    @property
    def ref(self) -> Ref:
        """As what kind of subject a model must allow it."""
        is_wildcard = self.user_id == "*" and not self.user_relation
        return Ref(self.user_type, self.user_relation, is_wildcard, self.condition)

    @property
    def user(self) -> str:
        """The subject as OpenFGA writes it."""
        return f"{self.user_type}:{self.user_id}" + (f"#{self.user_relation}" if self.user_relation else "")

    @property
    def object(self) -> str:
        """The object as OpenFGA writes it."""
        return f"{self.type}:{self.id}"

    def __str__(self) -> str:
        said = f"{self.user} {self.relation} {self.object}"
        return f"{said} with {self.condition}" if self.condition else said


@dataclass(frozen=True, slots=True)
class Check:
    """One assertion of a store's tests: whether a user has a relation to an object, `thing`."""

    user: tuple[str, str]
    relation: str
    thing: tuple[str, str]
    context: Mapping[str, object]
    is_allowed: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Test:
    """A test of a store: tuples of its own beside the store's, and what must hold then."""

    name: str
    tuples: tuple[Tuple, ...]
    checks: tuple[Check, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Store:
    """A model with its tuples and tests; `left` are parts of tests that no case can say, and why."""

    model: Model
    tuples: tuple[Tuple, ...] = ()
    tests: tuple[Test, ...] = ()
    left: tuple[tuple[str, Place, str], ...] = ()
