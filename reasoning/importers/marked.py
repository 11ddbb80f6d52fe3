"""YAML and JSON with the line of everything that stands in them.

Aliases, tags, duplicate keys, deep nesting and several documents are refused: none of them is needed to say a
policy, and each of them can make it say another thing than it seems to.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import yaml

from ...graph.errors import TooLarge
from .words import Place, invalid

LIMIT: Final = 4_000_000
"""Bytes of one file."""

DEPTH: Final = 64
"""How deep collections may nest."""

NODES: Final = 400_000
"""Scalars and collections of one file."""

_Loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN: Final = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:str")
_SCALARS: Final = frozenset(
    f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "int", "float", "str", "timestamp", "value")
)

Value: TypeAlias = "Marked"


@dataclass(frozen=True, slots=True)
class Marked:
    """One value: a `dict` of these by key, a `list` of these, or a scalar; `text` is a scalar as it stands."""

    value: Any
    place: Place
    text: str = ""
    is_block: bool = False  # a literal block: its text begins a line below

    def get(self, key: str) -> "Marked | None":
        """What a mapping says under a key; None where it says nothing, or `null`."""
        found = self.mapping().get(key)
        return None if found is None or found.value is None else found

    def need(self, key: str) -> "Marked":
        """As `get`; raises `SourceInvalid` where there is nothing."""
        found = self.get(key)
        if found is None:
            raise invalid(self.place, f"lacks `{key}`")
        return found

    def mapping(self) -> "dict[str, Marked]":
        """The mapping that it is; raises `SourceInvalid`."""
        if not isinstance(self.value, dict):
            raise invalid(self.place, "must be a mapping")
        return self.value

    def items(self) -> "list[Marked]":
        """The list that it is; raises `SourceInvalid`."""
        if not isinstance(self.value, list):
            raise invalid(self.place, "must be a list")
        return self.value

    def string(self) -> str:
        """The text that it is; raises `SourceInvalid`."""
        if isinstance(self.value, dict | list) or self.value is None:
            raise invalid(self.place, "must be a text")
        return self.text

    def only(self, *keys: str) -> "Marked":
        """Itself; raises `SourceInvalid` for a key that is not among these."""
        for key, found in self.mapping().items():
            if key not in keys:
                raise invalid(found.place, f"has `{key}`, which is not known here", hint=" ".join(keys))
        return self


def read(data: bytes, name: str, *, limit: int = LIMIT) -> Marked:
    """The one document of a text; raises `SourceInvalid` and `TooLarge` with file and line."""
    if len(data) > limit:
        raise TooLarge(f"`{name}` has {len(data)} bytes, more than {limit}", details={"file": name})
    try:
        text = data.decode()
        _bound(text, name)
        node = yaml.compose(text, Loader=_Loader)
    except UnicodeDecodeError as error:
        raise invalid(Place(name), "is not UTF-8") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise invalid(
            Place(name, mark.line + 1 if mark else 0), f"does not parse: {error.problem or error.context}"
        ) from error
    except yaml.YAMLError as error:
        raise invalid(Place(name), "does not parse: it holds characters that YAML does not allow") from error
    if node is None:
        raise invalid(Place(name), "is empty")
    return _marked(node, name)


def _bound(text: str, name: str) -> None:
    """Refuses what is too deep, too much, or refers to something else in the text."""
    depth = count = documents = 0
    for event in _events(text):
        place = Place(name, event.start_mark.line + 1)
        if isinstance(event, yaml.AliasEvent):
            raise invalid(place, "uses an alias", hint="write out what it stands for")
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise invalid(place, "holds a second document")
        if isinstance(event, yaml.CollectionStartEvent | yaml.ScalarEvent):
            count += 1
            if event.tag and event.tag not in (*_PLAIN, "!"):
                raise invalid(place, f"has the tag `{event.tag}`", hint="leave tags out")
            if count > NODES:
                raise TooLarge(f"`{name}` holds more than {NODES} values", details={"file": name})
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEPTH:
                raise TooLarge(f"`{place}` is nested deeper than {DEPTH}", details={"file": name})
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _events(text: str) -> Iterator[Any]:
    yield from yaml.parse(text, Loader=_Loader)


def _marked(node: Any, name: str) -> Marked:
    """A node and all below it."""
    place = Place(name, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Marked] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise invalid(Place(name, key.start_mark.line + 1), "has a key that is no text")
            if key.value in found:
                raise invalid(Place(name, key.start_mark.line + 1), f"has the key `{key.value}` twice")
            found[key.value] = _marked(value, name)
        return Marked(found, place)
    if isinstance(node, yaml.SequenceNode):
        return Marked([_marked(item, name) for item in node.value], place)
    return Marked(_scalar(node, place), place, node.value, node.style in ("|", ">"))


def _scalar(node: Any, place: Place) -> Any:
    """A plain scalar by YAML's core schema; a timestamp stays the text that it is."""
    kind = node.tag.rpartition(":")[2]
    if node.tag not in _SCALARS:
        raise invalid(place, f"has the tag `{node.tag}`", hint="leave tags out")
    try:
        if kind == "null":
            return None
        if kind == "bool":
            return {"true": True, "false": False}.get(
                node.value.lower(), node.value
            )  # YAML 1.2: `yes` is a text
        if kind == "int":
            return int(node.value.replace("_", ""), 0)
        if kind == "float":
            return float(node.value.replace("_", ""))
    except ValueError:
        return node.value
    return node.value
