"""Property paths (SPARQL 1.1 §9) from a graph of steps: what leads from one state to another, at any length."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

_S = TypeVar("_S")


@dataclass(frozen=True, slots=True)
class Step:
    """One predicate."""

    predicate: str


@dataclass(frozen=True, slots=True)
class Empty:
    """No step: the thing itself."""


@dataclass(frozen=True, slots=True)
class Chain:
    """One after the other."""

    parts: "tuple[Path, ...]"


@dataclass(frozen=True, slots=True)
class Either:
    """One of these."""

    parts: "tuple[Path, ...]"


@dataclass(frozen=True, slots=True)
class Repeated:
    """Any number of times, also none."""

    part: "Path"


Path: TypeAlias = Step | Empty | Chain | Either | Repeated
EMPTY: Final = Empty()

LONGEST: Final = 200
"""Predicates of one path."""


class TooLong(Exception):
    """A path that names more predicates than one may."""


def chain(*parts: Path) -> Path:
    """One after the other, without those that are no step."""
    found = [inner for part in parts for inner in (part.parts if isinstance(part, Chain) else (part,))]
    found = [part for part in found if part != EMPTY]
    return EMPTY if not found else found[0] if len(found) == 1 else Chain(tuple(found))


def either(parts: Iterable[Path]) -> Path:
    """One of these, each once."""
    found: dict[Path, None] = {}
    for part in parts:
        found |= dict.fromkeys(part.parts if isinstance(part, Either) else (part,))
    return next(iter(found)) if len(found) == 1 else Either(tuple(found))


def repeated(part: Path) -> Path:
    """Any number of times."""
    if isinstance(part, Either):
        part = (
            either(inner for inner in part.parts if inner != EMPTY) if set(part.parts) != {EMPTY} else EMPTY
        )
    return part if part == EMPTY or isinstance(part, Repeated) else Repeated(part)


def between(steps: Mapping[_S, Mapping[_S, Path]], start: _S, end: _S) -> Path | None:
    """The path that says all ways from `start` to `end`; None where there is none.

    States are taken out one by one, and what led through each is put in its place (Kleene). Raises `TooLong`.
    """
    edges: dict[tuple[int, int], Path] = {}
    states = list(steps)
    first, last = -1, -2

    def join(at: tuple[int, int], path: Path) -> None:
        edges[at] = either((edges[at], path)) if at in edges else path
        if size(edges[at]) > LONGEST:
            raise TooLong

    for state, onward in steps.items():
        for other, path in onward.items():
            join((states.index(state), states.index(other)), path)
    join((first, states.index(start)), EMPTY)
    join((states.index(end), last), EMPTY)
    for gone in range(len(states)):
        loop = repeated(edges[gone, gone]) if (gone, gone) in edges else EMPTY
        into = [(a, path) for (a, b), path in edges.items() if b == gone != a]
        out = [(b, path) for (a, b), path in edges.items() if a == gone != b]
        edges = {at: path for at, path in edges.items() if gone not in at}
        for a, before in into:
            for b, after in out:
                join((a, b), chain(before, loop, after))
    return edges.get((first, last))


def text(path: Path) -> str:
    """The path as SPARQL."""
    if isinstance(path, Step):
        return f"<{path.predicate}>"
    if isinstance(path, Chain):
        return "/".join(f"({text(part)})" if isinstance(part, Either) else text(part) for part in path.parts)
    if isinstance(path, Repeated):
        inner = text(path.part)
        return f"{inner}*" if isinstance(path.part, Step) else f"({inner})*"
    if isinstance(path, Either):
        some = [part for part in path.parts if part != EMPTY]
        inner = "|".join(text(part) for part in some)
        return f"({inner})?" if EMPTY in path.parts else inner
    raise TypeError(path)


def size(path: Path) -> int:
    """How many predicates a path names."""
    if isinstance(path, Chain | Either):
        return sum(map(size, path.parts))
    return size(path.part) if isinstance(path, Repeated) else 1
