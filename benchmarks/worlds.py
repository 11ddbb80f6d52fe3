"""Generated records in an owner's store and, the same triples, in a bare store in memory."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import RdfFormat, Store

from ambit.graph.compartments import clearance_of, compartment_of
from ambit.graph.store.bulk import graphs_in
from ambit.graph.store.owner import Owner
from ambit.graph.views.views import Views
from ambit.graph.words import Change, Clearance, Label, Record, RecordGraph

from .enterprise import Row, nquads


@dataclass(frozen=True, slots=True)
class World:
    """One world twice: behind views, and bare."""

    owner: Owner
    views: Views
    bare: Store
    clearance: Clearance  # all of it
    triples: int


@contextmanager
def world(rows: Iterable[Row]) -> Iterator[World]:
    """Brings records in and lets them go at the end."""
    with tempfile.TemporaryDirectory(prefix="ambit-world-") as folder:
        file = Path(folder) / "all.nq"
        labels = write(rows, file)
        owner = Owner(Path(folder) / "data")
        views = Views(owner, memory=6_000_000_000)
        owner.listen(views.on_delta)
        bring_in(owner, file, labels)
        bare = Store()
        merged = b"".join(owner.text(entry.graph) for entry in owner.entries() if entry.graph in labels)
        bare.bulk_load(merged, format=RdfFormat.N_TRIPLES)
        file.unlink()
        clearance = clearance_of({compartment_of(label) for label in labels.values()})
        try:
            yield World(owner, views, bare, clearance, len(bare))
        finally:
            views.close()
            owner.close()


def write(rows: Iterable[Row], file: Path) -> dict[str, Label]:
    """Writes records as N-Quads; gives the label of each graph."""
    labels: dict[str, Label] = {}
    with file.open("w") as out:
        for row in rows:
            labels.update((part.graph, part.label) for part in row.parts)
            out.write(nquads(row))
    return labels


def bring_in(owner: Owner, file: Path, labels: dict[str, Label]) -> None:
    """Commits a file of N-Quads, each graph as a record under its label."""
    for graphs in graphs_in(file):
        records = (
            Record(name, labels[name].source, (RecordGraph(name, said, label=labels[name]),), "d")
            for name, said in graphs
        )
        owner.commit(Change(tuple(records)))
