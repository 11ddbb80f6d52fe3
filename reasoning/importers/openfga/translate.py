"""Relations as patterns: from below, what is surely so, and from above, what may be so.

What no pattern can say is closed: from below nobody has it, from above everybody. An exclusion takes away what
may be so, so whatever is missing makes the result open less, never more. Relations that refer to each other
by union alone are a graph of steps, whose ways are property paths; an intersection, an exclusion or a
condition inside such a circle has no path, and is closed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from . import cel
from .circles import components, reached, references, referred
from .naming import Names
from .paths import EMPTY, Path, Step, TooLong, between, either
from .patterns import (
    ALWAYS,
    NEVER,
    Direct,
    Everyone,
    Pattern,
    When,
    all_of,
    any_of,
    but_not,
    size,
    via,
)
from .words import Computed, Difference, From, Model, Node, Ref, Rewrite, This, Union

LARGEST: Final = 150
"""Parts of one pattern."""

CIRCLE: Final = 12
"""Relations that may refer to each other."""


@dataclass(frozen=True, slots=True)
class Both:
    """A relation from below and from above, and why the two differ."""

    below: Pattern
    above: Pattern
    reasons: tuple[str, ...] = ()


class Translation:
    """Every relation of a model as a pattern. `people` are the types whose objects are actors."""

    def __init__(self, model: Model, names: Names, people: frozenset[str]):
        self._model, self._names, self._people = model, names, people
        self.conditions: dict[str, cel.Expression | str] = {}  # or why it cannot be said
        for condition in model.conditions.values():
            try:
                self.conditions[condition.name] = cel.read(condition)
            except cel.Inexpressible as why:
                self.conditions[condition.name] = str(why)
        self.found: dict[Node, Both] = {}
        onward = references(model)
        for circle in components(onward):
            if len(circle) == 1 and circle[0] not in onward[circle[0]]:
                self.found[circle[0]] = self._alone(circle[0])
            else:
                self.found |= self._circle(circle)

    # -- a relation that does not refer to itself

    def _alone(self, node: Node) -> Both:
        return _bounded(self._build(node, self._rewrite(node)), node)

    def _rewrite(self, node: Node) -> Rewrite:
        return self._model.types[node[0]].relations[node[1]].rewrite

    def _build(self, node: Node, rewrite: Rewrite) -> Both:
        if isinstance(rewrite, This):
            refs = self._model.types[node[0]].relations[node[1]].refs
            return _union(self._ref(node, ref) for ref in refs)
        if isinstance(rewrite, Computed):
            return self.found[node[0], rewrite.relation]
        if isinstance(rewrite, From):
            return _union(self._from(node, rewrite))
        if isinstance(rewrite, Difference):
            base, minus = self._build(node, rewrite.base), self._build(node, rewrite.minus)
            return Both(
                but_not(base.below, minus.above),
                but_not(base.above, minus.below),
                _joined((base, minus)),
            )
        parts = [self._build(node, part) for part in rewrite.parts]
        if isinstance(rewrite, Union):
            return _union(iter(parts))
        return Both(all_of(p.below for p in parts), all_of(p.above for p in parts), _joined(parts))

    def _ref(self, node: Node, ref: Ref) -> Both:
        """The actors whom the tuples of one kind of subject lead to."""
        predicate = self._names.relation(node, ref)
        if ref.relation:
            return self._led(predicate, ref, self.found[ref.type, ref.relation])
        if ref.type not in self._people:
            return Both(NEVER, NEVER)
        kind = self._names.kind(ref.type) if ref.is_wildcard else ""
        if not ref.condition:
            plain = Everyone(predicate, kind) if kind else Direct(predicate)
            return Both(plain, plain)
        return self._when(ref, lambda expression: When(predicate, ref.condition, expression, kind))

    def _from(self, node: Node, leaf: From) -> Iterator[Both]:
        """The actors of the objects that a tupleset leads to."""
        tupleset = (node[0], leaf.tupleset)
        kinds = reached(self._model, node[0], leaf)
        for ref in self._model.types[node[0]].relations[leaf.tupleset].refs:
            if ref.type in kinds:
                predicate = self._names.relation(tupleset, ref)
                yield self._led(predicate, ref, self.found[ref.type, leaf.relation])

    def _led(self, predicate: str, ref: Ref, inner: Both) -> Both:
        """The actors of what a predicate leads to, perhaps under a condition."""
        if inner.below == NEVER and inner.above == NEVER:
            return inner
        if not ref.condition:
            step = Step(predicate)
            return Both(via(step, inner.below), via(step, inner.above), inner.reasons)
        expression = self.conditions[ref.condition]
        if isinstance(expression, str):
            return Both(NEVER, ALWAYS, (*inner.reasons, _closed(ref.condition, expression)))

        def under(pattern: Pattern) -> Pattern:
            if pattern in (NEVER, ALWAYS):
                return pattern
            return When(predicate, ref.condition, expression, inner=pattern)

        return Both(under(inner.below), under(inner.above), inner.reasons)

    def _when(self, ref: Ref, make: Callable[[cel.Expression], Pattern]) -> Both:
        expression = self.conditions[ref.condition]
        if isinstance(expression, str):
            return Both(NEVER, ALWAYS, (_closed(ref.condition, expression),))
        pattern = make(expression)
        return Both(pattern, pattern)

    # -- relations that refer to each other

    def _circle(self, circle: tuple[Node, ...]) -> dict[Node, Both]:
        if len(circle) > CIRCLE:
            why = f"{len(circle)} relations refer to each other, and at most {CIRCLE} may"
            return {node: Both(NEVER, ALWAYS, (why,)) for node in circle}
        steps: dict[Node, dict[Node, Path]] = {node: {} for node in circle}
        exits: dict[Node, list[Both]] = {node: [] for node in circle}
        for node in circle:
            for leaf in _alternatives(self._rewrite(node)):
                self._sort(node, leaf, frozenset(circle), steps[node], exits[node])
        out = {node: _union(iter(parts)) for node, parts in exits.items()}
        reasons = _joined(out.values())
        try:
            below = {
                node: self._ways(node, steps, {n: one.below for n, one in out.items()}) for node in circle
            }
            above = {
                node: self._ways(node, steps, {n: one.above for n, one in out.items()}) for node in circle
            }
        except TooLong:
            why = "relations that refer to each other in too many ways"
            return {node: Both(NEVER, ALWAYS, (why,)) for node in circle}
        return {node: _bounded(Both(below[node], above[node], reasons), node) for node in circle}

    @staticmethod
    def _ways(node: Node, steps: Mapping[Node, Mapping[Node, Path]], out: Mapping[Node, Pattern]) -> Pattern:
        """Those who come in at any relation of the circle, from where a path leads to it."""
        found: list[Pattern] = []
        for other, pattern in out.items():
            path = between(steps, node, other) if pattern != NEVER else None
            if path is not None:
                found.append(via(path, pattern))
        return any_of(found)

    def _sort(
        self,
        node: Node,
        leaf: Rewrite,
        circle: frozenset[Node],
        steps: dict[Node, Path],
        exits: list[Both],
    ) -> None:
        """Puts one alternative of a relation where it belongs: a step inside the circle, or a way out of it."""

        def step(other: Node, path: Path) -> None:
            steps[other] = either((steps[other], path)) if other in steps else path

        if isinstance(leaf, Computed) and (node[0], leaf.relation) in circle:
            step((node[0], leaf.relation), EMPTY)
        elif isinstance(leaf, From):
            kinds = reached(self._model, node[0], leaf)
            for ref in self._model.types[node[0]].relations[leaf.tupleset].refs:
                if ref.type in kinds:
                    tupleset = (node[0], leaf.tupleset)
                    self._sort_led(tupleset, ref, (ref.type, leaf.relation), circle, step, exits)
        elif isinstance(leaf, This):
            for ref in self._model.types[node[0]].relations[node[1]].refs:
                if ref.relation:
                    self._sort_led(node, ref, (ref.type, ref.relation), circle, step, exits)
                else:
                    exits.append(self._ref(node, ref))
        elif self._enters(node, leaf, circle):
            why = f"`{node[1]}` of `{node[0]}` refers to itself inside of `and` or `but not`"
            exits.append(Both(NEVER, ALWAYS, (why,)))
        else:
            exits.append(self._build(node, leaf))

    def _sort_led(
        self,
        node: Node,
        ref: Ref,
        other: Node,
        circle: frozenset[Node],
        step: Callable[[Node, Path], None],
        exits: list[Both],
    ) -> None:
        predicate = self._names.relation(node, ref)
        if other not in circle:
            exits.append(self._led(predicate, ref, self.found[other]))
        elif ref.condition:
            why = f"`{other[1]}` of `{other[0]}` refers to itself under the condition `{ref.condition}`"
            exits.append(Both(NEVER, ALWAYS, (why,)))
        else:
            step(other, Step(predicate))

    def _enters(self, node: Node, rewrite: Rewrite, circle: frozenset[Node]) -> bool:
        """Whether a part of a relation refers to the circle that it is in."""
        return any(other in circle for other in referred(self._model, node, rewrite))


def _alternatives(rewrite: Rewrite) -> Iterator[Rewrite]:
    """The parts of a union, of those in it, too; anything else is one part."""
    if isinstance(rewrite, Union):
        for part in rewrite.parts:
            yield from _alternatives(part)
    else:
        yield rewrite


def _union(parts: Iterator[Both]) -> Both:
    found = list(parts)
    return Both(any_of(p.below for p in found), any_of(p.above for p in found), _joined(found))


def _joined(parts: Iterable[Both]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reason for part in parts for reason in part.reasons))


def _closed(condition: str, why: str) -> str:
    return f"the condition `{condition}` cannot be said: {why}"


def _bounded(both: Both, node: Node) -> Both:
    """The patterns, or nothing and everything where they have become too large for a rule."""
    if max(size(both.below), size(both.above)) <= LARGEST:
        return both
    return Both(NEVER, ALWAYS, (f"`{node[1]}` of `{node[0]}` has more than {LARGEST} parts",))
