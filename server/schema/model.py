"""The words of a schema: what one view holds, under the names that GraphQL gives it. No behaviour.

Everything here follows from the view alone, so it can be compared, hashed and shared between equal views.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

INTERFACE_FIELDS = frozenset({"iri", "label", "types", "classify", "similar"})
"""What `Entity` has, and so every generated type."""

ROOT_FIELDS = frozenset(
    {
        "me",
        "entity",
        "search",
        "suggest",
        "ask",
        "explain",
        "whoCan",
        "findings",
        "run",
        "approval",
        "approvals",
        "agent",
        "agents",
    }
)
"""The fixed fields of `Query`, those of later releases included."""

TYPES = frozenset(
    {
        "Query",
        "Mutation",
        "Subscription",
        "Entity",
        "Resource",
        "Me",
        "PageInfo",
        "Classification",
        "Direction",
    }
    | {
        "SearchConnection",
        "SearchEdge",
        "SearchHit",
        "Answer",
        "Citation",
        "Similar",
        "Suggestion",
        "Explanation",
        "NearestChange",
        "Holders",
        "Run",
        "Step",
    }
    | {"ApprovalRequest", "ApprovalAnswer", "ApprovalState", "Precedent", "Precedents", "Outcome", "Autonomy"}
    | {"AgentRegistration", "AgentStanding"}
    | {"FindingConnection", "FindingEdge", "Finding", "String", "Int", "Float", "Boolean", "ID"}
    | {"Integer", "Decimal", "Date", "DateTime", "Time", "StringFilter", "FloatFilter", "BooleanFilter"}
    | {"IDFilter", "IntegerFilter", "DecimalFilter", "DateFilter", "DateTimeFilter", "TimeFilter"}
)
"""The fixed types."""


@dataclass(frozen=True, slots=True)
class Property:
    """A field of a generated type. `scalar` is the scalar of values; None for a link to entities.

    `target` is the class that all linked entities share, None where they share none.
    """

    iri: str
    name: str
    scalar: str | None
    many: bool
    target: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class EntityType:
    """A class with visible instances."""

    iri: str
    name: str
    singular: str
    plural: str
    description: str | None
    properties: tuple[Property, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """All that a schema is made of. `types` stand in order of specificity, the most specific first."""

    types: tuple[EntityType, ...]
    by_class: Mapping[str, EntityType] = field(init=False, compare=False, repr=False, hash=False)
    by_name: Mapping[str, EntityType] = field(init=False, compare=False, repr=False, hash=False)
    rank: Mapping[str, int] = field(init=False, compare=False, repr=False, hash=False)
    roots: Mapping[str, tuple[EntityType, bool]] = field(init=False, compare=False, repr=False, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_class", {kind.iri: kind for kind in self.types})
        object.__setattr__(self, "by_name", {kind.name: kind for kind in self.types})
        object.__setattr__(self, "rank", {kind.iri: rank for rank, kind in enumerate(self.types)})
        single = {kind.singular: (kind, False) for kind in self.types}
        object.__setattr__(self, "roots", single | {kind.plural: (kind, True) for kind in self.types})
