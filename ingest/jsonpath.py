"""The part of JSONPath (RFC 9535) that mappings need: names, indexes, wildcards, descendants; no filters.

A reference without `$` starts at the item: `address.city`. As in several libraries, `~` at the end gives the
name under which a value stands, so that `{ "ada": { … } }` can name its items.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from ..graph.errors import SourceInvalid

_STEP: Final = re.compile(
    r"\.\.(?P<deep>[^\s.\[\]*~'\"]+)|\.\.(?P<deepall>\*)|\.(?P<all>\*)"
    r"|\.(?P<name>[^\s.\[\]*~'\"]+(?: [^\s.\[\]*~'\"]+)*)"
    r"|\[\s*(?:'(?P<single>(?:[^'\\]|\\.)*)'|\"(?P<double>(?:[^\"\\]|\\.)*)\"|(?P<index>-?\d+)|(?P<any>\*))\s*\]"
    r"|(?P<key>~)$"
)
NODES: Final = 1_000_000
"""Values that one path may visit in a document."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: `name`, `index`, `all`, `deep` (a name at any depth), `deepall` or `key`."""

    kind: str
    value: str | int = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A value, the path by which it was reached, and the name or index it stands under."""

    value: Any
    path: str = "$"
    key: str | int | None = None


@lru_cache(maxsize=4096)
def compile_path(text: str) -> tuple[Step, ...]:
    """The steps of a path; raises `SourceInvalid` for what is no path or beyond this part."""
    rest = text.strip()
    if rest[:1] in ("$", "@"):
        rest = rest[1:]
    elif rest[:1] not in ("", "[", "~"):
        rest = "." + rest
    steps, at = [], 0
    while at < len(rest):
        match = _STEP.match(rest, at)
        if match is None:
            raise SourceInvalid(
                f"`{text}` is not a path that mappings read, from `{rest[at:]}` on",
                hint="names, [0], [*], .*, ..name and a last ~ are; filters and slices are not",
                details={"field": text},
            )
        steps.append(_step(match))
        at = match.end()
    return tuple(steps)


def _step(match: re.Match[str]) -> Step:
    kind = match.lastgroup or ""
    value = match[kind]
    if kind in ("single", "double"):
        return Step("name", re.sub(r"\\(.)", r"\1", value))
    if kind == "index":
        return Step("index", int(value))
    return Step({"any": "all"}.get(kind, kind), value)


def find(start: Found, steps: tuple[Step, ...]) -> Iterator[Found]:
    """The values at the end of the path, in document order; raises `SourceInvalid` past `NODES`."""
    found: Iterator[Found] = iter((start,))
    for step in steps:
        found = _bounded(_follow(found, step))
    return found


def _follow(found: Iterator[Found], step: Step) -> Iterator[Found]:
    for one in found:
        yield from _take(one, step)


def _bounded(found: Iterator[Found]) -> Iterator[Found]:
    for count, one in enumerate(found):
        if count >= NODES:
            raise SourceInvalid(f"a path reaches more than {NODES} values")
        yield one


def _take(one: Found, step: Step) -> Iterator[Found]:
    if step.kind == "key":
        if one.key is not None:
            yield Found(one.key, one.path + "~")
    elif step.kind == "name":
        if isinstance(one.value, dict) and step.value in one.value:
            yield _child(one, step.value)
    elif step.kind == "index":
        if isinstance(one.value, list) and -len(one.value) <= int(step.value) < len(one.value):
            yield _child(one, int(step.value) % len(one.value))
    elif step.kind == "all":
        yield from _children(one)
    else:
        yield from _descendants(one, step)


def _descendants(one: Found, step: Step) -> Iterator[Found]:
    """In document order and without recursion: documents may nest as deep as their reader lets them."""
    waiting = list(_children(one))[::-1]
    while waiting:
        found = waiting.pop()
        if step.kind == "deepall" or found.key == step.value:
            yield found
        waiting.extend(list(_children(found))[::-1])


def _children(one: Found) -> Iterator[Found]:
    if isinstance(one.value, dict):
        return (_child(one, key) for key in one.value)
    return (_child(one, index) for index in range(len(one.value) if isinstance(one.value, list) else 0))


def _child(one: Found, key: str | int) -> Found:
    path = f"{one.path}[{key}]" if isinstance(key, int) else f"{one.path}.{key}"
    return Found(one.value[key], path, key)
