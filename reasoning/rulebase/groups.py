"""A rule's query as a tree: its groups, and in them triple patterns, unions, filters and what else there is.

What `parsing` reads can be held against what is bound (`binding`), asked in another order (`planning`), answered in
memory (`evaluating`), and taken apart into the ways in which it can hold (`readings`).
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from .tokens import Token


class Unread(Exception):
    """The text has what this reader does not know; nothing is concluded from it then."""


@dataclass(frozen=True, slots=True)
class Group:
    """What stands between braces, in order, and its text with them."""

    parts: tuple["Element | Filter", ...]
    source: str = ""

    @property
    def elements(self) -> tuple["Element", ...]:
        """All but the filters."""
        return tuple(part for part in self.parts if not isinstance(part, Filter))

    @property
    def filters(self) -> tuple["Filter", ...]:
        """The filters, which hold for all of it."""
        return tuple(part for part in self.parts if isinstance(part, Filter))

    def variables(self) -> frozenset[str]:
        """All that are mentioned inside."""
        return frozenset[str]().union(*(part.variables() for part in self.parts))


@dataclass(frozen=True, slots=True)
class Pattern:
    """A triple pattern. Terms are as in the text; `predicate` is the IRI where it is one, empty for a path."""

    subject: Token
    path: str
    object: Token
    source: str
    predicate: str = ""
    inside: frozenset[str] = frozenset()  # variables in the place of the predicate
    is_reflexive: bool = False  # the path may be of length zero

    def ends(self) -> frozenset[str]:
        """The variables in the places of subject and object."""
        return frozenset(term.text for term in (self.subject, self.object) if term.kind == "var")

    def variables(self) -> frozenset[str]:
        return self.ends() | self.inside


@dataclass(frozen=True, slots=True)
class Block:
    """Something taken as a whole: its text, and the variables in it."""

    kind: str  # bind values select triples
    source: str
    mentioned: frozenset[str]  # but for what a BIND assigns
    target: str = ""  # what it assigns

    def variables(self) -> frozenset[str]:
        return self.mentioned | ({self.target} if self.target else frozenset[str]())


@dataclass(frozen=True, slots=True)
class Union:
    """One group or several, of which any may hold."""

    branches: tuple[Group, ...]

    def variables(self) -> frozenset[str]:
        return frozenset[str]().union(*(branch.variables() for branch in self.branches))


@dataclass(frozen=True, slots=True)
class Inner:
    """OPTIONAL, MINUS or GRAPH with its group; `graph` is the graph's term."""

    kind: str
    group: Group
    source: str
    graph: Token | None = None

    def variables(self) -> frozenset[str]:
        named = {self.graph.text} if self.graph is not None and self.graph.kind == "var" else set()
        return self.group.variables() | named


@dataclass(frozen=True, slots=True)
class Filter:
    """An expression, and the groups that it asks to exist or not to."""

    parts: tuple[str | Group, ...]  # as it stands in the text, groups apart
    mentioned: frozenset[str]  # outside of these groups

    @property
    def exists(self) -> tuple[Group, ...]:
        """The groups."""
        return tuple(part for part in self.parts if isinstance(part, Group))

    @property
    def written(self) -> str:
        """The expression without these groups."""
        return "".join(part for part in self.parts if isinstance(part, str))

    def variables(self) -> frozenset[str]:
        return self.mentioned.union(*(group.variables() for group in self.exists))


Element: TypeAlias = Pattern | Block | Union | Inner


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT: what stands before its group, the group, and what stands behind."""

    head: str
    where: Group
    tail: str
    computed: frozenset[str] = field(default_factory=frozenset)  # variables in expressions of the projection
    is_plain: bool = True  # no grouping, no part of the rows alone, no MINUS, no blank nodes with labels
