"""Reading a folder: each file by the triples maps that name it, RDF files as they are."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote

from ..graph.errors import AmbitError, SourceInvalid
from ..graph.terms import NamedNode, Triple
from ..graph.vocabulary import DCTERMS, node
from ..graph.words import Hints, Record, RecordGraph
from .jsonpath import compile_path
from .mapper import Joined, Mapper, graph_name
from .mapping import LogicalSource, TriplesMap
from .paths import Folder, iri_safe, matches, path_iri
from .readers import csv, items, json, markdown, rdf, yaml
from .sources import Source
from .words import Problem, Row, Same

READING: Final = 1
"""Raised when pages or RDF files are read in another way, so that all are read again."""

_FRONT: Final = 65_536  # bytes in which front matter has to end for an `id` to be known to links


class FolderReader:
    """What the files of one source say; it writes nothing. `known` gives the digest of a stored record."""

    def __init__(self, source: Source, known: Callable[[str], str | None] = lambda _: None):
        self.source = source
        self._known = known
        self.folder = Folder(source.location)
        self.ids: dict[str, str] = {}  # pages that have an `id`, by path
        self._counts: dict[str, int] = {}

    def iri(self, relative: str) -> str:
        """The record of a file, or what the records of its rows begin with."""
        return path_iri(self.source.iri, relative)

    def name(self, relative: str) -> str:
        """The file as people know it: below the workspace."""
        return f"{self.source.place.rstrip('/')}/{relative}"

    def maps_of(self, relative: str) -> dict[tuple[str, str, str], list[TriplesMap]]:
        """The triples maps that read a file, by formulation, iterator and delimiter."""
        found: dict[tuple[str, str, str], list[TriplesMap]] = {}
        for one in self.source.maps:
            rows = one.rows
            if rows.files and matches(rows.files, relative):
                found.setdefault((rows.formulation, rows.iterator, rows.delimiter), []).append(one)
        return found

    def is_read(self, relative: str) -> bool:
        """Whether a file says anything: some map names it, or it is RDF."""
        ending = PurePosixPath(relative).suffix.lower()
        return bool(self.maps_of(relative)) or ending in rdf.SUFFIXES or ending in rdf.DATASETS

    def records(self, relative: str, joined: Joined) -> Iterator[Record | Problem | Same]:
        """What a file says: records, and in the place of those that cannot be made, problems.

        A page or RDF file is not parsed again when its bytes and the way it is read are those of the store.

        Raises `SourceInvalid` or `TooLarge` for a file that cannot be read at all, `FileNotFoundError`.
        """
        found = self.maps_of(relative)
        if not found:
            yield self._rdf(relative, self.folder.read(relative))
            return
        self._counts = {}
        for (formulation, iterator, delimiter), maps in found.items():
            mapper = Mapper(self.source, maps, joined)
            if formulation == "Markdown":
                yield self._page_record(relative, mapper, maps, self.folder.read(relative))
                continue
            rows = self._rows(relative, formulation, iterator, delimiter, mapper.references)
            for row in rows:
                if isinstance(row, AmbitError):
                    yield Problem(self.iri(relative), self.source.iri, row)
                else:
                    yield self._record(relative, iterator, mapper, row)

    def page(self, data: bytes, relative: str) -> items.ItemRow:
        """A page, with the links to pages that have an `id` resolved."""
        return markdown.read(data, self.name(relative), relative, self.source.iri, self.ids.get)

    def rows(self, logical: LogicalSource, needed: Iterable[str]) -> Iterator[Row]:
        """All rows of a logical source, for joins; a file that cannot be read fails the join."""
        for relative in self.folder.files():
            if not logical.files or not matches(logical.files, relative):
                continue
            if logical.formulation == "Markdown":
                yield self.page(self.folder.read(relative), relative)
                continue
            for row in self._rows(relative, logical.formulation, logical.iterator, logical.delimiter, needed):
                if not isinstance(row, AmbitError):
                    yield row

    def learn(self, relatives: Iterable[str]) -> bool:
        """Notes the `id` of pages, for links; True when one of them changed."""
        before = dict(self.ids)
        for relative in relatives:
            self.ids.pop(relative, None)
            if not relative.lower().endswith(markdown.PAGE):
                continue
            try:
                data = self.folder.read(relative)
                if data.startswith((b"---", b"\xef\xbb\xbf---")):
                    front, _ = markdown.split(
                        data[:_FRONT].decode(errors="replace").removeprefix("\ufeff"), relative
                    )
                    if "id" in front:
                        self.ids[relative] = markdown.entity(front, relative, self.source.iri)
            except (AmbitError, OSError):
                continue  # it is told when the file itself is read
        return before != self.ids

    def replaced(self, relative: str, record: Record, old: str) -> frozenset[Triple]:
        """`dcterms:replaces` from what a renamed file speaks of now to what it spoke of under its old IRI.

        `old` is the old record's IRI. A page with an `id` kept its IRI, and so do rows.
        """
        if (relative_old := self.path_of(old)) is None:
            return frozenset()
        found = self.maps_of(relative)
        if not found:
            pairs = [(NamedNode(record.iri), NamedNode(old))]
        else:
            maps = next(iter(found.values()))
            if maps[0].rows.formulation != "Markdown":
                return frozenset()
            data, mapper = self.folder.read(relative), Mapper(self.source, maps)
            now, before = (mapper.subjects(self.page(data, path)) for path in (relative, relative_old))
            pairs = [(n, b) for n, b in zip(now, before, strict=False) if _named(n, b)]  # type: ignore[misc]
        return frozenset(Triple(now, node(DCTERMS.REPLACES), then) for now, then in pairs if now != then)

    def path_of(self, iri: str) -> str | None:
        """The path of a file's record; the inverse of `iri`."""
        start = self.iri("x")[:-1]
        if not iri.startswith(start):
            return None
        return unquote(iri[len(start) :], errors="surrogateescape")

    def _page_record(
        self, relative: str, mapper: Mapper, maps: list[TriplesMap], data: bytes
    ) -> Record | Same:
        iri = self.iri(relative)
        how = repr(
            (READING, [(m.subject, m.classes, m.predicates, m.hints) for m in maps], sorted(self.ids.items()))
        )
        digest = f"{_hash(data)}.{_hash(how.encode())}"
        if self._known(iri) == digest:
            return Same(iri)
        return mapper.record(iri, self.page(data, relative), digest)

    def _rdf(self, relative: str, data: bytes) -> Record | Same:
        iri, digest = self.iri(relative), f"{_hash(data)}.{READING}"
        if self._known(iri) == digest:
            return Same(iri)
        triples = rdf.read(data, self.name(relative), iri)
        graph = RecordGraph(graph_name(iri, self.source.sensitivity), triples, Hints(self.source.iri))
        return Record(iri, self.source.iri, (graph,) if triples else (), digest, self.name(relative))

    def _rows(
        self, relative: str, formulation: str, iterator: str, delimiter: str, needed: Iterable[str]
    ) -> Iterator[Row | SourceInvalid]:
        name = self.name(relative)
        if formulation == "CSV":
            yield from csv.read(self.folder.open(relative), name, needed, delimiter)
            return
        data = self.folder.read(relative)
        is_yaml = relative.lower().endswith((".yaml", ".yml"))
        document = yaml.read(data, name) if is_yaml else json.read(data, name)
        yield from items.rows(document, iterator, name)

    def _record(self, relative: str, iterator: str, mapper: Mapper, row: Row) -> Record | Problem:
        """One row's record; a row of a key that was there before gets a number, so that none is lost."""
        base = self.iri(relative)
        iri = base
        try:
            if iterator != "$":
                iri = row_iri(base, prefix_of(iterator), mapper.key(row), self._counts)
            return mapper.record(iri, row)
        except AmbitError as error:
            return Problem(iri, self.source.iri, error)


def row_iri(base: str, prefix: str, key: str | None, counts: dict[str, int]) -> str:
    """The record of a row; raises `SourceInvalid` for a row without a key."""
    if key is None:
        raise SourceInvalid(
            "a row has no value in what makes its subject",
            hint="its key may not be empty",
            details={"file": base},
        )
    iri = f"{base}/{prefix}{key}"
    counts[iri] = counts.get(iri, 0) + 1
    return f"{iri};{counts[iri]}" if counts[iri] > 1 else iri


def prefix_of(iterator: str) -> str:
    """What tells the items of several iterators in one document apart: the names on the path."""
    names = (
        [str(step.value) for step in compile_path(iterator) if step.kind in ("name", "deep")]
        if iterator
        else []
    )
    return "".join(iri_safe(name) + ";" for name in names)


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


def _named(now: object, before: object) -> bool:
    return isinstance(now, NamedNode) and isinstance(before, NamedNode)
