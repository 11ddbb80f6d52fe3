"""Reading a database: each table or query by the triples maps that name it."""

from collections.abc import Iterable, Iterator

from ..graph.errors import AmbitError, SourceInvalid
from ..graph.words import Record
from .folder import row_iri
from .mapper import Joined, Mapper, by_rows
from .mapping import LogicalSource, TriplesMap, local_name
from .paths import path_iri
from .readers.sqlite import Tables
from .sources import Source
from .words import Problem, Row


class DatabaseReader:
    """What the tables of one source say; it writes nothing."""

    def __init__(self, source: Source):
        self.source = source

    def containers(self) -> dict[str, tuple[LogicalSource, list[TriplesMap]]]:
        """By what the IRIs of their records begin with: tables by name, queries by their triples map's."""
        return {
            path_iri(self.source.iri, rows.table or local_name(maps[0].iri)): (rows, maps)
            for rows, maps in by_rows(self.source.maps).items()
        }

    def records(
        self, container: str, rows: LogicalSource, maps: list[TriplesMap], tables: Tables, joined: Joined
    ) -> Iterator[Record | Problem]:
        """The records of a table or query; raises `SourceInvalid` when it cannot be read at all."""
        mapper = Mapper(self.source, maps, joined)
        counts: dict[str, int] = {}
        for row in self.rows(rows, mapper.references, tables, container):
            iri = container
            try:
                iri = row_iri(container, "", mapper.key(row), counts)
                yield mapper.record(iri, row)
            except AmbitError as error:
                yield Problem(iri, self.source.iri, error)

    def rows(
        self, logical: LogicalSource, needed: Iterable[str], tables: Tables, name: str = ""
    ) -> Iterator[Row]:
        """The rows of a table or query."""
        if logical.table:
            yield from tables.table(logical.table, needed)
        elif logical.query:
            yield from tables.query(logical.query, local_name(name) or "query", needed)
        else:
            raise SourceInvalid(
                f"`{self.source.place}` is a database, and a triples map names files of it",
                hint="use `rr:logicalTable`",
                details={"file": self.source.file},
            )
