"""The words of the Authorization API (AuthZEN 1.0 §5): what is asked, as it was sent and checked for its form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from ...graph.errors import Invalid

Properties: TypeAlias = Mapping[str, Any]
NONE: Final[Properties] = MappingProxyType({})

EXECUTE_ALL: Final = "execute_all"
DENY_ON_FIRST_DENY: Final = "deny_on_first_deny"
PERMIT_ON_FIRST_PERMIT: Final = "permit_on_first_permit"
SEMANTICS: Final = frozenset({EXECUTE_ALL, DENY_ON_FIRST_DENY, PERMIT_ON_FIRST_PERMIT})


@dataclass(frozen=True, slots=True)
class Entity:
    """A subject or a resource; `id` is empty where it is what is searched for."""

    type: str
    id: str
    properties: Properties = field(default_factory=lambda: NONE)


@dataclass(frozen=True, slots=True)
class Action:
    """What is to be done."""

    name: str
    properties: Properties = field(default_factory=lambda: NONE)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One question: may the subject do this with the resource?"""

    subject: Entity
    action: Action
    resource: Entity
    context: Properties = field(default_factory=lambda: NONE)


@dataclass(frozen=True, slots=True)
class Evaluations:
    """Several questions under one semantics; one that has not the form of a question stands as its error.

    `is_single`: one question, answered by one decision (§7.1: no `evaluations`, or none in them).
    """

    items: Sequence[Evaluation | Invalid]
    semantics: str = EXECUTE_ALL
    is_single: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of what is found is wanted; `limit` is None where the request says none."""

    token: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """A question with one part left open; `asked` is all of it but the page, in a form that does not vary."""

    evaluation: Evaluation
    page: Page
    asked: bytes
