"""How many bytes a look-up takes that is kept, near enough to bound what callers can have kept."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from sys import getsizeof
from typing import Final, Protocol

from ...graph.terms import BlankNode, Literal, NamedNode, Triple

_PLACE: Final = 48
"""Bytes of whatever is no text, and of one place in a collection."""


class Weighs(Protocol):
    """A value that says itself what it takes together with its key: to look through it would take longer than to make it."""

    @property
    def bytes(self) -> int:
        """How much."""


def weight(key: object, value: tuple[object]) -> int:
    """Of a key and its value: all texts as they are but for those in sets and lists.

    These hold names of governance alone, which it keeps anyhow. What is one and the same for many look-ups
    (a `Standing`) is held once, too.
    """
    said = getattr(value[0], "bytes", None)
    return said if isinstance(said, int) else 2 * _PLACE + _weight(key) + _weight(value)


def weight_of(*texts: str) -> int:
    """Of texts alone."""
    return sum(map(getsizeof, texts))


def _weight(one: object) -> int:
    if isinstance(one, str):
        return getsizeof(one)
    if isinstance(one, Triple | NamedNode | Literal | BlankNode):
        return getsizeof(str(one))
    if isinstance(one, tuple):
        return _sum(one)
    if isinstance(one, Mapping):
        return _sum(one) + _sum(one.values())
    if isinstance(one, frozenset | set | list):
        return _sum(part for part in one if not isinstance(part, str)) + _PLACE * (len(one) + 1)
    if is_dataclass(one) and type(one).__eq__ is not object.__eq__:
        return _sum(getattr(one, field.name) for field in fields(one))
    return _PLACE


def _sum(parts: Iterable[object]) -> int:
    return _PLACE + sum(_PLACE // 6 + _weight(part) for part in parts)
