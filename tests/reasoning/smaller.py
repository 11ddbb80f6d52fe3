"""What a generated world would be with one thing less, to find the smallest that still fails."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, TypeVar

_T = TypeVar("_T")


def without_one(record: _T) -> Iterator[_T]:
    """Copies of a dataclass, each without one member of a set, a list or a dict of one of its fields."""
    for field in fields(record):  # type: ignore[arg-type]
        for less in _less(getattr(record, field.name)):
            yield replace(record, **{field.name: less})  # type: ignore[type-var]


def _less(value: Any) -> Iterator[Any]:
    if isinstance(value, set | frozenset):
        for one in sorted(value, key=repr):
            yield value - {one}
    elif isinstance(value, list):
        for place in range(len(value)):
            yield value[:place] + value[place + 1 :]
    elif isinstance(value, dict):
        for key, held in value.items():
            if isinstance(held, str):
                yield {name: word for name, word in value.items() if name != key}
            for less in _less(held):
                yield {**value, key: less}
