"""Who has which relation, by OpenFGA's own rules: a fixed point over tuples. By this, cases are made.

It shares nothing with the translation but the model, so that each checks the other. A condition without an
answer, and what is closed because no rule can say it, is no yes and no no: `surely` counts it as no, `maybe` as
yes, and a check is allowed where it surely is.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from typing import TypeAlias

from . import cel, celeval
from .circles import components, references, referred
from .words import Computed, Difference, From, Intersection, Model, Node, Rewrite, This, Tuple, Union

Thing: TypeAlias = tuple[str, str]
"""The type and the id of an object or a user."""


class World:
    """A model with tuples; those that the model does not allow are no part of it."""

    def __init__(
        self,
        model: Model,
        tuples: Iterable[Tuple],
        conditions: Mapping[str, cel.Expression | str],
        closed: Container[Node] = (),
    ):
        self._model, self._conditions, self.closed = model, conditions, closed
        self._tuples: defaultdict[tuple[str, str, str], list[Tuple]] = defaultdict(list)
        self.objects: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for one in tuples:
            self._tuples[one.type, one.id, one.relation].append(one)
            self.objects[one.type][one.id] = None
            if one.user_id != "*":
                self.objects[one.user_type][one.user_id] = None
        self._onward = references(model)
        self._order = components(self._onward)

    def holds(
        self, user: Thing, request: Mapping[str, object], *, surely: bool = True
    ) -> frozenset[tuple[Node, str]]:
        """All relations to objects that a user surely has, or may have, in the context of a request."""
        table = _Table(self, user, request)
        for circle in self._order:
            is_round = len(circle) > 1 or circle[0] in self._onward[circle[0]]
            table.settle(circle, is_round)
        return frozenset(table.surely if surely else table.maybe)

    def met(self, one: Tuple, request: Mapping[str, object]) -> bool | None:
        """Whether the condition of a tuple is met; None where there is no answer."""
        if not one.condition:
            return True
        expression = self._conditions.get(one.condition)
        if expression is None or isinstance(expression, str):
            return None
        try:
            return bool(celeval.evaluate(expression, {**request, **one.context}))
        except celeval.Undecided:
            return None

    def enters(self, node: Node, rewrite: Rewrite, circle: Container[Node]) -> bool:
        """Whether a part of a relation refers to one of some relations."""
        return any(other in circle for other in referred(self._model, node, rewrite))

    def tuples(self, kind: str, name: str, relation: str) -> list[Tuple]:
        """The tuples of an object and a relation."""
        return self._tuples.get((kind, name, relation), [])

    def rewrite(self, node: Node) -> Rewrite:
        """What a relation is made of."""
        return self._model.types[node[0]].relations[node[1]].rewrite

    def has(self, node: Node) -> bool:
        """Whether a type has a relation."""
        return self._model.relation(node) is not None


class _Table:
    """What holds for one user, filled circle by circle."""

    def __init__(self, world: World, user: Thing, request: Mapping[str, object]):
        self._world, self._user, self._request = world, user, request
        self.surely: set[tuple[Node, str]] = set()
        self.maybe: set[tuple[Node, str]] = set()
        self._circle: Container[Node] = ()

    def settle(self, circle: tuple[Node, ...], is_round: bool) -> None:
        """Adds what holds of some relations until nothing more does."""
        self._circle = circle if is_round else ()
        grows = True
        while grows:
            grows = False
            for node in circle:
                for name in self._world.objects.get(node[0], ()):
                    for held, sure in ((self.surely, True), (self.maybe, False)):
                        if (node, name) not in held and self._is(node, name, self._world.rewrite(node), sure):
                            held.add((node, name))
                            grows = is_round

    def _is(self, node: Node, name: str, rewrite: Rewrite, sure: bool) -> bool:
        if node in self._world.closed:
            return not sure
        if isinstance(rewrite, Union):
            return any(self._is(node, name, part, sure) for part in rewrite.parts)
        if isinstance(rewrite, Intersection | Difference) and self._world.enters(node, rewrite, self._circle):
            return not sure
        if isinstance(rewrite, Intersection):
            return all(self._is(node, name, part, sure) for part in rewrite.parts)
        if isinstance(rewrite, Difference):
            return self._is(node, name, rewrite.base, sure) and not self._is(
                node, name, rewrite.minus, not sure
            )
        if isinstance(rewrite, Computed):
            return ((node[0], rewrite.relation), name) in (self.surely if sure else self.maybe)
        held = self.surely if sure else self.maybe
        if isinstance(rewrite, From):
            return any(
                self._leads(one, sure, (one.user_type, rewrite.relation))
                and ((one.user_type, rewrite.relation), one.user_id) in held
                for one in self._world.tuples(node[0], name, rewrite.tupleset)
            )
        if isinstance(rewrite, This):
            return any(
                self._leads(one, sure, (one.user_type, one.user_relation)) and self._names(one, held)
                for one in self._world.tuples(node[0], name, node[1])
            )
        raise TypeError(rewrite)

    def _leads(self, one: Tuple, sure: bool, to: Node) -> bool:
        """Whether a tuple counts; a condition on the way back into a circle has no answer."""
        met = None if one.condition and to in self._circle else self._world.met(one, self._request)
        return not sure if met is None else met

    def _names(self, one: Tuple, held: set[tuple[Node, str]]) -> bool:
        """Whether a tuple's subject is the user, everybody of its type, or a userset that the user is in."""
        if one.user_relation:
            return ((one.user_type, one.user_relation), one.user_id) in held
        return one.user_type == self._user[0] and one.user_id in ("*", self._user[1])
