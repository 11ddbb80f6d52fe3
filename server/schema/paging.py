"""How long a page may be, and in which order its values come."""

from enum import Enum
from typing import Annotated

import strawberry

from ...graph.errors import Invalid

MOST = 1_000  # nodes that one page may hold
DEFAULT = 50  # nodes of a page or list when `first` is not given
First = Annotated[int | None, strawberry.argument(description=f"How many at most; {MOST} is the most.")]


def page(first: int | None, otherwise: int) -> int:
    """`first`, or what stands for it, if a page may be so long; raises `Invalid`."""
    first = otherwise if first is None else first
    if not 0 <= first <= MOST:
        raise Invalid(f"`first` is {first}", code="invalid-argument", hint=f"ask for 0 to {MOST}")
    return first


@strawberry.enum
class Direction(Enum):
    """The order of values: numbers by size, moments by time, texts by code points."""

    asc = "asc"
    desc = "desc"
