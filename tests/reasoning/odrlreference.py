"""ODRL as it says itself: may somebody do something with an asset, by trying every rule of a policy.

Slow and obvious; it reads the same made-up policy that the Turtle is written from, and shares nothing with the
importer. A constraint is true, false or None: None for what no request says.
"""

from dataclasses import dataclass
from datetime import datetime

Constraint = tuple[str, str, object] | tuple[str, "list[Constraint]"]
"""`("purpose", "eq", "care")`, `("dateTime", "lt", time)`, `("count", "lteq", 5)`, `("and", […])`."""


@dataclass(frozen=True)
class Rule:
    """A permission or a prohibition."""

    kind: str
    actions: tuple[str, ...]
    targets: tuple[str, ...]
    assignees: tuple[str, ...]
    constraints: tuple[Constraint, ...]
    has_duty: bool = False


@dataclass(frozen=True)
class Policy:
    """Rules under one strategy for conflicts."""

    conflict: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class World:
    """What is part of what, which purposes are narrower than which, which actions include which."""

    parts: frozenset[tuple[str, str]]
    broader: frozenset[tuple[str, str]]
    included: frozenset[tuple[str, str]]

    def decides(
        self, policy: Policy, user: str, asset: str, action: str, purpose: str, now: datetime
    ) -> bool:
        """Whether the policy surely permits: what nobody can know takes a permission away, and no prohibition."""

        def applies(rule: Rule, sure: bool) -> bool:
            if not any(self._includes(one, action) for one in rule.actions):
                return False
            if not (asset in rule.targets or any((asset, one) in self.parts for one in rule.targets)):
                return False
            if not (user in rule.assignees or any((user, one) in self.parts for one in rule.assignees)):
                return False
            values = [self._value(one, purpose, now, sure) for one in rule.constraints]
            return all(v is True or (v is None and not sure) for v in values)

        permits = [r for r in policy.rules if r.kind == "permission" and not r.has_duty and applies(r, True)]
        prohibits = [r for r in policy.rules if r.kind == "prohibition" and applies(r, False)]
        return bool(permits) and (not prohibits or policy.conflict == "perm")

    def _includes(self, wide: str, narrow: str) -> bool:
        return wide == narrow or any(self._includes(wide, w) for n, w in self.included if n == narrow)

    def _is_within(self, purpose: str, wide: str) -> bool:
        return purpose == wide or any(self._is_within(w, wide) for n, w in self.broader if n == purpose)

    def _value(self, constraint: Constraint, purpose: str, now: datetime, sure: bool) -> bool | None:
        if len(constraint) == 2:
            how, inner = constraint
            values = [self._value(one, purpose, now, sure) for one in inner]
            return _combined(how, values)
        operand, operator, right = constraint
        if operand == "purpose":
            return self._purpose(operator, str(right), purpose, sure)
        if operand == "dateTime" and isinstance(right, datetime):
            return {"lt": now < right, "lteq": now <= right, "gt": now > right, "gteq": now >= right}[
                operator
            ]
        return None

    def _purpose(self, operator: str, right: str, purpose: str, sure: bool) -> bool | None:
        """None where no purpose is named, and where a narrower purpose is one and is not the same."""
        if not purpose:
            return None
        if operator == "isA":
            return self._is_within(purpose, right)
        if purpose == right:
            return operator == "eq"
        if self._is_within(purpose, right):
            return None
        return operator == "neq"


def _combined(how: str, values: list[bool | None]) -> bool | None:
    if how == "and":
        return False if False in values else None if None in values else True
    if how == "or":
        return True if True in values else None if None in values else False
    if values.count(True) > 1:
        return False
    return None if None in values else values.count(True) == 1
