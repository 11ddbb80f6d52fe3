"""Made-up tuples that give one person a relation, where a store's own give it to nobody.

They are looked for along the model, a few at a time; whether they do is for OpenFGA's own rules to say.
"""

from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Final

from ..times import SECOND
from ..words import Place
from . import cel, celeval, celsparql
from .cel import Call, Expression, Value
from .circles import reached
from .words import (
    Computed,
    Condition,
    Difference,
    From,
    Intersection,
    Model,
    Node,
    Ref,
    Rewrite,
    This,
    Tuple,
    Union,
)

DEPTH: Final = 12
TRIES: Final = 24
CONTEXTS: Final = 512

_USUAL: Final[Mapping[str, tuple[object, ...]]] = {
    "string": ("a", ""),
    "bool": (True, False),
    "int": (0, 1, -1),
    "uint": (0, 1),
    "double": (0.0, 1.0, -1.0),
    "timestamp": (1_767_225_600 * SECOND, 1_767_312_000 * SECOND),
    "duration": (0, SECOND, 3_600 * SECOND, -SECOND),
}


class Examples:
    """Looks for tuples; `people` are the types whose objects are actors."""

    def __init__(self, model: Model, people: frozenset[str], conditions: Mapping[str, cel.Expression | str]):
        self._model, self._people = model, people
        self._contexts = {
            name: context(model.conditions[name], expression)
            for name, expression in conditions.items()
            if not isinstance(expression, str)
        }

    def of(self, node: Node, user: tuple[str, str], name: str) -> Iterator[tuple[Tuple, ...]]:
        """Ways to give a user a relation to an object, the nearest first."""
        rewrite = self._model.types[node[0]].relations[node[1]].rewrite
        return islice(self._ways(node, user, name, rewrite, 0), TRIES)

    def _ways(
        self, node: Node, user: tuple[str, str], name: str, rewrite: Rewrite, depth: int
    ) -> Iterator[tuple[Tuple, ...]]:
        if depth > DEPTH:
            return
        if isinstance(rewrite, This):
            refs = self._model.types[node[0]].relations[node[1]].refs
            for ref in sorted(
                refs, key=lambda ref: (bool(ref.condition), bool(ref.relation), ref.is_wildcard)
            ):
                yield from self._direct(node, user, name, ref, depth)
        elif isinstance(rewrite, Computed):
            yield from self._other((node[0], rewrite.relation), user, name, depth)
        elif isinstance(rewrite, From):
            tupleset = (node[0], rewrite.tupleset)
            kinds = reached(self._model, node[0], rewrite)
            for ref in self._model.types[node[0]].relations[rewrite.tupleset].refs:
                if ref.type in kinds and (one := self._tuple(tupleset, name, ref, f"{name}-{depth}")):
                    for more in self._other((ref.type, rewrite.relation), user, f"{name}-{depth}", depth):
                        yield one, *more
        elif isinstance(rewrite, Union):
            for part in rewrite.parts:
                yield from self._ways(node, user, name, part, depth + 1)
        elif isinstance(rewrite, Intersection):
            several = [
                list(islice(self._ways(node, user, name, part, depth + 1), 4)) for part in rewrite.parts
            ]
            for chosen in product(*several):
                yield tuple({str(one): one for tuples in chosen for one in tuples}.values())
        elif isinstance(rewrite, Difference):
            yield from self._ways(node, user, name, rewrite.base, depth + 1)

    def _other(self, node: Node, user: tuple[str, str], name: str, depth: int) -> Iterator[tuple[Tuple, ...]]:
        rewrite = self._model.types[node[0]].relations[node[1]].rewrite
        return self._ways(node, user, name, rewrite, depth + 1)

    def _direct(
        self, node: Node, user: tuple[str, str], name: str, ref: Ref, depth: int
    ) -> Iterator[tuple[Tuple, ...]]:
        if ref.relation:
            one = self._tuple(node, name, ref, f"{name}-{depth}")
            if one is not None:
                for more in self._other((ref.type, ref.relation), user, f"{name}-{depth}", depth):
                    yield one, *more
        elif ref.type == user[0]:
            one = self._tuple(node, name, ref, "*" if ref.is_wildcard else user[1])
            if one is not None:
                yield (one,)

    def _tuple(self, node: Node, name: str, ref: Ref, subject: str) -> Tuple | None:
        """A tuple, its condition met by what it stores; None where nothing was found that meets it."""
        stored: Mapping[str, object] | None = {}
        if ref.condition:
            stored = self._contexts.get(ref.condition)
        if stored is None:
            return None
        return Tuple(
            ref.type,
            subject,
            ref.relation,
            node[1],
            node[0],
            name,
            ref.condition,
            dict(stored),
            Place("made up"),
        )


def context(condition: Condition, expression: Expression) -> Mapping[str, object] | None:
    """Values that meet a condition, made from what it names; None where none of some hundreds do."""
    given = celsparql.parameters(expression)
    named = list(_values(expression))
    choices: list[tuple[object, ...]] = []
    for one in given.values():
        if one.kind == "list":
            items = tuple(dict.fromkeys((*_near(one.item, named), *_USUAL.get(one.item, ()))))
            choices.append(tuple((item,) for item in items) or ((),))
        else:
            choices.append(tuple(dict.fromkeys((*_near(one.kind, named), *_USUAL[one.kind]))))
    for values in islice(product(*choices), CONTEXTS):
        stored = dict(zip(given, values, strict=True))
        try:
            if celeval.evaluate(expression, stored):
                return stored
        except celeval.Undecided:
            continue
    return None


def _values(expression: Expression) -> Iterator[Value]:
    if isinstance(expression, Value):
        yield expression
    elif isinstance(expression, Call):
        for argument in expression.arguments:
            yield from _values(argument)


def _near(kind: str, named: list[Value]) -> Iterator[object]:
    """The values of a kind that a condition names, and those beside them."""
    step = SECOND if kind in ("timestamp", "duration") else 1
    for one in named:
        if one.kind != kind:
            continue
        yield one.value
        if isinstance(one.value, int | float) and not isinstance(one.value, bool):
            yield one.value + step
            if kind != "uint" or one.value:
                yield one.value - step
