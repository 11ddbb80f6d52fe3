"""Rules as the engine takes them: one axiom each, with all that the axiom says filled in."""

from dataclasses import dataclass
from typing import Final, TypeAlias

from ...graph.terms import Triple
from .sets import FREE, Sets

Atom: TypeAlias = tuple[int, int, int]
"""Predicate, subject, object: the numbers of terms, or of variables (`~0`, `~1`, …, which are negative)."""

X, Y, Z = ~0, ~1, ~2

BY_RECORD: Final = frozenset(
    {
        *("cax-sco", "cax-eqc1", "cax-eqc2", "cls-hv1", "cls-hv2", "prp-dom", "prp-rng", "prp-symp"),
        *("prp-spo1", "prp-eqp1", "prp-eqp2", "prp-inv1", "prp-inv2"),
    }
)
"""The rules that are drawn record by record (`reasoning.ontologies.axioms`): these alone call for nothing more."""


@dataclass(frozen=True, slots=True)
class Rule:
    """If all of `body` holds, so does `head`; without a head it cannot all hold.

    `name` is that of the rule in OWL 2 Profiles §4.3, tables 4 to 9; `axioms` what it was made from; `sets` which
    compartments these need. With `unequal`, the rule is only about two literals that are different values.
    """

    name: str
    body: tuple[Atom, ...]
    head: Atom | None
    sets: Sets = FREE
    axioms: tuple[Triple, ...] = ()
    unequal: tuple[int, int] | None = None

    @property
    def size(self) -> int:
        """How many variables it has."""
        atoms = (*self.body, *([self.head] if self.head else ()))
        return max((~term + 1 for atom in atoms for term in atom[1:] if term < 0), default=0)

    @property
    def is_single(self) -> bool:
        """Whether it has one premise, and axioms that everybody may read: then it is drawn record by record."""
        return self.name in BY_RECORD and len(self.body) == 1 and self.sets == FREE
