"""Worlds for the explorer's questions: records of several graphs, some hidden, some concluded; told whole or filtered."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st
from seeing import EX, RDF_TYPE, RDFS, quads

from ambit.graph.compartments import clearance_of, compartment_of
from ambit.graph.provenance.usage import Usage
from ambit.graph.store.owner import Owner
from ambit.graph.terms import Triple
from ambit.graph.views.cancellation import Cancellation
from ambit.graph.views.views import Views
from ambit.graph.words import Chain, Change, Label, Record, RecordGraph, Role
from ambit.server.request import Request
from ambit.server.settings import read

SOURCE = "urn:source"
LABELS = [
    Label(SOURCE, f"urn:sensitivity:{n}", frozenset({"urn:eu"}), frozenset({"urn:all"})) for n in range(3)
]
ENTITIES = [f"urn:e:{n}" for n in range(5)]
CLASSES = [EX + "Customer", EX + "Order"]
PROPERTIES = [EX + "name", EX + "hasOrder", EX + "knows"]
REPLACES = "http://purl.org/dc/terms/replaces"
TITLE = "http://purl.org/dc/terms/title"

Said = tuple[str, str, object]
Told = tuple[int, int, bool, Sequence[Said]]
"""One graph: the number of its record, that of its label, whether it holds conclusions, and what it says."""

entities = st.sampled_from(ENTITIES)
triples = st.one_of(
    st.tuples(entities, st.just(RDF_TYPE), st.sampled_from(CLASSES)),
    st.tuples(
        entities,
        st.sampled_from([*PROPERTIES, RDFS + "label", TITLE]),
        st.sampled_from(['"a', '"b', 1, 2, True]),
    ),
    st.tuples(entities, st.sampled_from(PROPERTIES), entities),
    st.tuples(entities, st.sampled_from(PROPERTIES), st.sampled_from(["_:x", "urn:e:mentioned"])),
    st.tuples(entities, st.just(REPLACES), st.sampled_from(["urn:e:old", *ENTITIES[:2]])),
    st.tuples(
        st.sampled_from([*CLASSES, *PROPERTIES]), st.just(RDFS + "label"), st.sampled_from(['"A', '"B'])
    ),
)
worlds = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(0, len(LABELS) - 1),
        st.booleans(),
        st.lists(triples, min_size=1, max_size=6),
    ),
    max_size=8,
    unique_by=lambda told: told[:3],
)


@dataclass
class Stage:
    """An owner and its views; each world replaces the one before by one commit."""

    folder: Path
    owner: Owner
    views: Views
    usage: Usage

    def tell(self, world: Iterable[Told]) -> None:
        """Commits a world."""
        graphs: dict[int, list[RecordGraph]] = {number: [] for number in range(4)}
        for record, label, concluded, said in world:
            graphs[record].append(
                RecordGraph(
                    f"urn:ambit:inferred:{record}-{label}" if concluded else f"{SOURCE}/{record}#{label}",
                    frozenset(Triple(quad.subject, quad.predicate, quad.object) for quad in quads(said)),
                    role=Role.INFERRED if concluded else Role.DATA,
                    label=LABELS[label],
                )
            )
        records = [
            Record(f"{SOURCE}/{number}", SOURCE, tuple(held), location=f"{self.folder}/list.csv row {number}")
            for number, held in graphs.items()
        ]
        self.owner.commit(Change(tuple(records)))

    def request(self, cleared: Iterable[int], user: str = "urn:user:ada") -> Request:
        """A request of somebody who may read what carries these labels."""
        layers: Any = SimpleNamespace(
            owner=self.owner, views=self.views, usage=self.usage, secret=b"a key of at least sixteen bytes"
        )
        clearance = clearance_of(compartment_of(LABELS[number]) for number in cleared)
        right: Any = SimpleNamespace(
            question=SimpleNamespace(chain=Chain(user), purpose=None),
            decision=SimpleNamespace(clearance=clearance),
            cancel=Cancellation(),
            identity=None,
        )
        return Request(layers, read(self.folder), right, "urn:run")


@contextmanager
def staged() -> Iterator[Stage]:
    """A stage, and its end."""
    folder = Path(tempfile.mkdtemp())
    owner = Owner(folder)
    views = Views(owner, limit=4)
    usage = Usage(owner)
    owner.listen(views.on_delta)
    owner.listen(usage.on_delta)
    try:
        yield Stage(folder, owner, views, usage)
    finally:
        views.close()
        owner.close()
        shutil.rmtree(folder)
