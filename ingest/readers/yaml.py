"""YAML documents, built from events: no recursion, no objects but data, and aliases that cannot explode."""

from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from ...graph.errors import SourceInvalid
from .text import decode

DEPTH: Final = 64
"""How deep collections may nest: libyaml's parser is a state machine, what follows it is not."""

NODES: Final = 500_000
"""Values of one document, those that aliases repeat counted as often as they stand."""

_COLLECTIONS: Final = (None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_Loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class _Open:
    """A collection that is being filled."""

    value: Any
    line: int
    anchor: str | None
    size: int = 1
    key: str | None = None
    waits: bool = False  # a mapping that has a key and waits for its value
    keys: set[str] = field(default_factory=set)


def read(data: bytes, name: str, *, first_line: int = 1) -> Any:
    """The one document of a text. Raises `SourceInvalid` with file and line."""
    return read_text(decode(data, name), name, first_line=first_line)


def read_text(text: str, name: str, *, first_line: int = 1) -> Any:
    """Like `read`, of what is decoded already; `first_line` is where the text begins in its file."""
    loader = _Loader(text)
    try:
        return _Builder(loader, name, first_line).build()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        raise _invalid(name, line, f"is not YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise _invalid(name, first_line, f"is not YAML: {error}") from error
    except ValueError as error:  # a scalar that looks like a date and is none
        raise _invalid(name, first_line, f"has a value that cannot be: {error}") from error
    finally:
        loader.dispose()


class _Builder:
    def __init__(self, loader: Any, name: str, first_line: int):
        self._loader, self._name, self._first = loader, name, first_line
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}  # with the number of values inside
        self._done: list[Any] = []

    def build(self) -> Any:
        while self._loader.check_event():
            event = self._loader.get_event()
            line = self._first + event.start_mark.line
            if isinstance(event, yaml.DocumentStartEvent) and self._done:
                raise _invalid(self._name, line, "holds several documents")
            if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                self._open(event, line)
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                closed = self._stack.pop()
                self._put(closed.value, line, closed.anchor, closed.size)
            elif isinstance(event, yaml.ScalarEvent):
                self._put(self._scalar(event, line), line, event.anchor, 1)
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event.anchor, line)
        return self._done[0] if self._done else None

    def _open(self, event: Any, line: int) -> None:
        if len(self._stack) >= DEPTH:
            raise _invalid(self._name, line, f"nests deeper than {DEPTH}")
        if event.tag not in _COLLECTIONS:
            raise _invalid(self._name, line, f"has the tag `{event.tag}`, which is not data")
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._stack.append(_Open(value, line, event.anchor))

    def _alias(self, anchor: str | None, line: int) -> None:
        if anchor is None or anchor not in self._anchors:
            raise _invalid(self._name, line, f"refers to `*{anchor}` before it stands")
        value, size = self._anchors[anchor]
        self._put(value, line, None, size)

    def _put(self, value: Any, line: int, anchor: str | None, size: int) -> None:
        if size > NODES:
            raise _invalid(self._name, line, f"expands to more than {NODES} values")
        if anchor is not None:
            self._anchors[anchor] = (value, size)
        if not self._stack:
            self._done.append(value)
            return
        top = self._stack[-1]
        top.size += size
        if isinstance(top.value, list):
            top.value.append(value)
        elif top.waits:
            self._pair(top, value, line)
        else:
            if isinstance(value, dict | list):
                raise _invalid(self._name, line, "has a key that is no scalar")
            top.key, top.waits = _key(value), True

    def _pair(self, top: _Open, value: Any, line: int) -> None:
        key, top.waits = str(top.key), False
        if key == "<<" and isinstance(value, dict | list):
            for one in value if isinstance(value, list) else [value]:
                for name, inherited in one.items() if isinstance(one, dict) else ():
                    top.value.setdefault(name, inherited)
            return
        if key in top.keys:
            raise _invalid(self._name, line, f"has the key `{key}` twice in one mapping")
        top.keys.add(key)
        top.value[key] = value

    def _scalar(self, event: Any, line: int) -> Any:
        tag = event.tag
        if tag is None or tag == "!":
            tag = self._loader.resolve(yaml.ScalarNode, event.value, event.implicit)
        if tag in ("tag:yaml.org,2002:merge", "tag:yaml.org,2002:value"):
            return event.value
        construct = self._loader.yaml_constructors.get(tag)
        if construct is None:
            raise _invalid(self._name, line, f"has the tag `{tag}`, which is not data")
        return construct(self._loader, yaml.ScalarNode(tag, event.value, event.start_mark, event.end_mark))


def _key(value: Any) -> str:
    """Names are texts in every document: `1:` and `true:` stand under `1` and `true`."""
    return "true" if value is True else "false" if value is False else "null" if value is None else str(value)


def _invalid(name: str, line: int, what: str) -> SourceInvalid:
    return SourceInvalid(f"`{name}:{line}` {what}", details={"file": name, "line": line})
