"""Policies as records: rules, and constraints in the form in which they are asked.

Names are those of the ODRL Information Model 2.2.
"""

from dataclasses import dataclass
from typing import TypeAlias

from ..words import Place


@dataclass(frozen=True, slots=True)
class Purpose:
    """Whether the purpose is among some (`is_in`), exactly or also narrower ones (`narrower`), or is none of them.

    `below` are those that the file says to be narrower: that holds for its own rules, and for nobody else's.
    """

    purposes: tuple[str, ...]
    is_in: bool = True
    narrower: bool = False
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as the four nanoseconds between which it begins and ends: a day, and a time without a zone, are wide."""

    begins: tuple[int, int]
    ends: tuple[int, int]
    is_day: bool = False


@dataclass(frozen=True, slots=True)
class Time:
    """Whether the time of the request is before (`lt`), until (`lteq`), after (`gt`) or from (`gteq`) a moment."""

    operator: str
    moment: Moment


@dataclass(frozen=True, slots=True)
class Unknown:
    """What no rule can ask; `why` says what it is."""

    why: str


@dataclass(frozen=True, slots=True)
class Combined:
    """`and`, `or` or `xone` of several."""

    how: str
    parts: "tuple[Constraint, ...]"


Constraint: TypeAlias = Purpose | Time | Unknown | Combined


@dataclass(frozen=True, slots=True)
class Rule:
    """One permission, prohibition or obligation, with what its policy says for all.

    `actions` are all that it covers. `duties` are what must be done for a permission. `left` are parts that are
    not said by what was made, `doubts` what makes it unclear what is meant.
    """

    kind: str
    number: int
    policy: str
    actions: tuple[str, ...]
    named: tuple[str, ...]
    targets: tuple[str, ...]
    assignees: tuple[str, ...]
    constraint: Constraint
    duties: tuple[str, ...]
    left: tuple[str, ...]
    doubts: tuple[str, ...]
    place: Place

    def __str__(self) -> str:
        short = ", ".join(name.rpartition("/")[2].rpartition("#")[2] for name in self.named)
        return f"{self.number} of <{self.policy}>" + (f" ({short})" if short else "")


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy; `conflict` is `perm`, `prohibit` or `invalid`."""

    iri: str
    kind: str
    conflict: str
    profiles: tuple[str, ...]
    inherits: tuple[str, ...]
    rules: tuple[Rule, ...]
    doubts: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Said:
    """What a file says: its policies, and what of the things that they name."""

    policies: tuple[Policy, ...]
    members: tuple[tuple[str, str], ...] = ()  # `odrl:partOf`: what is part of which collection
    collections: frozenset[str] = frozenset()
    organizations: frozenset[str] = frozenset()
    broader: tuple[tuple[str, str], ...] = ()
    left: tuple[tuple[str, Place, str], ...] = ()
