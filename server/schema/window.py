"""What part of a list is asked for: how many, which, in what order, after what."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...graph.errors import Invalid
from .algebra import (
    By,
    Call,
    Exists,
    Expression,
    Filter,
    Iri,
    Pattern,
    Text,
    Triple,
    Var,
    both,
    either,
    equal,
    text_of,
)
from .model import EntityType, Property
from .paging import DEFAULT, Direction, page
from .print import is_iri, is_text
from .scalars import literal

ENTITY = Var("s")
KEY = Var("k")
_VALUE = Var("v")
_NOWHERE = Call("!", (Call("BOUND", (ENTITY,)),))
IN = 200  # values that `in` may list


@dataclass(frozen=True, slots=True)
class Order:
    """By a property, or (None) by IRI alone."""

    item: Property | None = None
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a list. `said` are the arguments that a cursor is bound to."""

    first: int
    where: tuple[Pattern, ...] = ()
    order: Order = Order()
    said: str = ""


def window(arguments: Mapping[str, Any], kind: EntityType | None) -> Window:
    """The window of coerced arguments; raises `Invalid`."""
    first = page(arguments.get("first"), DEFAULT)
    properties = {item.name: item for item in kind.properties} if kind else {}
    wanted = arguments.get("filter") or {}
    where = tuple(
        pattern
        for name, conditions in wanted.items()
        if conditions
        for pattern in _filter(properties.get(name), conditions)
    )
    order = _order(arguments.get("orderBy") or {}, properties)
    return Window(first, where, order, repr((sorted(wanted.items(), key=repr), order)))


def _order(asked: Mapping[str, Any], properties: Mapping[str, Property]) -> Order:
    for name, direction in asked.items():
        descending = getattr(direction, "value", direction) == Direction.desc.value
        return Order(properties.get(name), descending)
    return Order()


def _filter(item: Property | None, conditions: Mapping[str, Any]) -> list[Pattern]:
    """Patterns that hold where one value of the property meets all conditions; None: the entity's own IRI."""
    if item is None:
        tests = _iri_tests(ENTITY, conditions)
        exists = conditions.get("exists")
        return [Filter(test) for test in (*tests, *([_NOWHERE] if exists is False else ()))]
    triple = Triple(ENTITY, Iri(item.iri), _VALUE)
    tests = _tests(item.scalar, conditions) if item.scalar else _iri_tests(_VALUE, conditions)
    patterns: list[Pattern] = []
    if tests or conditions.get("exists") is True:
        patterns.append(Filter(Exists((triple, *(Filter(test) for test in tests)))))
    if conditions.get("exists") is False:
        patterns.append(Filter(Exists((triple,), negated=True)))
    return patterns


def _iri_tests(term: Var, conditions: Mapping[str, Any]) -> list[Expression]:
    tests: list[Expression] = []
    for operator in ("eq", "in"):
        if (wanted := conditions.get(operator)) is not None:
            iris = _list(operator, wanted)
            # what cannot be an IRI names nothing, as an IRI that is absent does
            tests.append(_any([equal(term, Iri(iri)) for iri in iris if is_iri(iri)]))
    return tests


def _tests(scalar: str, conditions: Mapping[str, Any]) -> list[Expression]:
    value = comparable(scalar, _VALUE)
    texts = [
        text for wanted in conditions.values() for text in (wanted if isinstance(wanted, list) else [wanted])
    ]
    if not all(is_text(text) for text in texts if isinstance(text, str)):
        raise Invalid("a filter's text holds NUL", code="invalid-argument")
    tests: list[Expression] = []
    for operator in ("eq", "in"):
        if (wanted := conditions.get(operator)) is not None:
            tests.append(_any([equal(value, literal(scalar, item)) for item in _list(operator, wanted)]))
    for operator, symbol in (("gt", ">"), ("lt", "<")):
        if (wanted := conditions.get(operator)) is not None:
            tests.append(_compare(symbol, value, literal(scalar, wanted)))
    if (wanted := conditions.get("contains")) is not None:
        tests.append(Call("CONTAINS", (value, literal(scalar, wanted))))
    return tests


def _list(operator: str, wanted: Any) -> list[Any]:
    values = wanted if operator == "in" else [wanted]
    if len(values) > IN:
        raise Invalid(f"`in` lists {len(values)} values", code="invalid-argument", hint=f"list at most {IN}")
    return list(values)


def _any(tests: list[Expression]) -> Expression:
    return either(*tests) if tests else equal(Text("a"), Text("b"))


def _compare(symbol: str, left: Expression, right: Expression) -> Call:
    return Call("<", (left, right)) if symbol == "<" else Call(">", (left, right))


def comparable(scalar: str, value: Var) -> Expression:
    """Texts are compared by code points whatever their language; all else by value."""
    return text_of(value) if scalar == "String" else value


def sort(order: Order) -> tuple[By, ...]:
    """The order as keys; the IRI makes it total."""
    by_iri = By(text_of(ENTITY), order.descending and order.item is None)
    return (by_iri,) if order.item is None else (By(KEY, order.descending), by_iri)


def beyond(order: Order, iri: str, key: Text | Iri | None) -> Expression:
    """Holds of what stands behind the entity `iri` with the sort key `key` (None: it has none).

    Unbound sorts before everything (SPARQL 1.1 §15.1), so in descending order behind everything.
    """
    if order.item is None:
        return _compare("<" if order.descending else ">", text_of(ENTITY), Text(iri))
    behind = _compare(">", text_of(ENTITY), Text(iri))
    bound = Call("BOUND", (KEY,))
    if key is None:
        tied = both(Call("!", (bound,)), behind)
        return tied if order.descending else either(bound, tied)
    further = _compare("<" if order.descending else ">", KEY, key)
    within = both(bound, either(further, both(equal(KEY, key), behind)))
    return either(Call("!", (bound,)), within) if order.descending else within
