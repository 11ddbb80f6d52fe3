"""Sources: what `sources/*.ttl` say there is, where it lies, and how it is mapped."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..graph.errors import AmbitError, SourceInvalid
from ..graph.terms import NamedNode
from ..graph.vocabulary import AMBIT
from .mapping import TriplesMap, local_name
from .mappingfile import triples_maps
from .mappingtext import MappingText, read_file

_SHIPPED: Final = Path(__file__).with_name("markdown.ttl")
_NAMED: Final = re.compile(r"\{([^{}/]*)\}(?:/(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Source:
    """A folder or a database, and the triples maps of its rows."""

    iri: str
    kind: str  # folder or database
    location: Path
    place: str  # the location as it is written, for people
    sensitivity: str | None = None
    maps: tuple[TriplesMap, ...] = ()
    file: str = ""

    def plan(self) -> tuple[object, ...]:
        """What ingest depends on: equal plans need no new scan."""
        return (self.kind, self.location, self.sensitivity, self.maps)


@dataclass(slots=True)
class Described:
    """What all files together come to; a broken file leaves the sources that it described as they were."""

    sources: dict[str, Source] = field(default_factory=dict)
    problems: dict[Path, AmbitError | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _File:
    """What one file says."""

    sources: tuple[Source, ...] = ()
    maps: tuple[TriplesMap, ...] = ()


class Sources:
    """The files of `sources/`, read again when they change.

    A location is relative to `root`, or to one of `locations` where it begins with its name in braces.
    """

    def __init__(self, folder: Path, root: Path, locations: Mapping[str, Path] | None = None):
        self._folder, self._root = folder, root
        self._locations = dict(locations or {})
        self._good: dict[Path, _File] = {}

    def read(self) -> Described:
        """All sources as the files say now, or said when they last could be read."""
        described = Described()
        files = sorted(self._folder.glob("*.ttl")) if self._folder.is_dir() else []
        self._good = {path: said for path, said in self._good.items() if path in files}
        for path in files:
            described.problems[path] = None
            try:
                self._good[path] = self._file(path)
            except FileNotFoundError:
                continue
            except AmbitError as problem:
                described.problems[path] = problem
        for path, said in self._good.items():
            for source in said.sources:
                if source.iri in described.sources:
                    described.problems[path] = _twice(path, source.iri)
                else:
                    described.sources[source.iri] = source
        self._attach(described)
        return described

    def _attach(self, described: Described) -> None:
        for path, said in self._good.items():
            for one in said.maps:
                source = described.sources.get(one.source)
                if source is None:
                    described.problems[path] = SourceInvalid(
                        f"`{path}`: `{one.iri}` maps `{one.source}`, which no file describes",
                        details={"file": str(path), "subject": one.iri},
                    )
                else:
                    described.sources[source.iri] = _with(source, one)
        for iri, source in described.sources.items():
            if source.kind == "folder" and not source.maps:  # what a mapping does not name stays unread
                for one in shipped(source.iri):
                    described.sources[iri] = _with(described.sources[iri], one)

    def _file(self, path: Path) -> _File:
        text = read_file(path)
        sources = tuple(self._sources(text, path))
        default = sources[0].iri if len(sources) == 1 else None
        return _File(sources, tuple(triples_maps(text, default)))

    def _sources(self, text: MappingText, path: Path) -> Iterable[Source]:
        for kind, named in (("folder", AMBIT.FOLDER), ("database", AMBIT.DATABASE)):
            for me in text.typed(named):
                if not isinstance(me, NamedNode):
                    raise text.invalid(me, "is a source without an IRI")
                location = text.text(me, me, "location")
                if not location:
                    raise text.invalid(me, "is a source without `ambit:location`")
                sensitivity = text.text(me, me, "hasSensitivity")
                where = self._where(location)
                if where is None:
                    what = f"lies at `{location}`, and the settings know no such location"
                    raise text.invalid(me, what, "name its folder in `ambit.toml`, below `[locations]`")
                yield Source(me.value, kind, where, location, sensitivity, (), str(path))

    def _where(self, location: str) -> Path | None:
        """The place that a location means; None for a name that the settings do not know."""
        named = _NAMED.fullmatch(location)
        if named is None:
            return self._root / location
        base = self._locations.get(named[1])
        return self._root / base / (named[2] or "") if base is not None else None


def shipped(source: str) -> list[TriplesMap]:
    """The default mapping of Markdown pages, for one source."""
    return triples_maps(read_file(_SHIPPED), source)


def _with(source: Source, one: TriplesMap) -> Source:
    return Source(
        source.iri,
        source.kind,
        source.location,
        source.place,
        source.sensitivity,
        (*source.maps, one),
        source.file,
    )


def _twice(path: Path, iri: str) -> SourceInvalid:
    return SourceInvalid(
        f"`{path}`: the source `{local_name(iri)}` is described twice",
        hint="describe each source in one file",
        details={"file": str(path), "subject": iri},
    )
