"""The catalog's lines: one for a record with one graph, several for others; what the first release wrote is read."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from storeworld import SOURCE, label, triple

from ambit.graph.store import commits
from ambit.graph.store.catalog import Catalog
from ambit.graph.store.lines import RecordEntry, graph_quad, record_quad
from ambit.graph.store.owner import Owner
from ambit.graph.store.quadstore import CATALOG
from ambit.graph.store.verify import verify
from ambit.graph.store.written import Written
from ambit.graph.terms import Quad, to_ntriples
from ambit.graph.words import Change, GraphEntry, Hints, Record, RecordGraph

NAMES = ("one", "two")
Said = dict[str, object]


def _apart(record: RecordEntry | None, graphs: Iterable[tuple[GraphEntry, Hints | None]]) -> list[Quad]:
    """Lines as the first release wrote them."""
    lines = [graph_quad(entry, hints) for entry, hints in graphs]
    return [*lines, record_quad(record)] if record is not None else lines


def _says(owner: Owner) -> Said:
    return _of(owner._catalog)


def _of(catalog: Catalog) -> Said:
    return {
        "graphs": dict(catalog.graphs),
        "hints": dict(catalog.hints),
        "records": dict(catalog.records),
        "changed": dict(catalog.changed),
        "apart": set(catalog.apart),
    }


def _stored(owner: Owner) -> Said:
    """What the store says, read line by line."""
    catalog = Catalog()
    catalog.change((), [q for q in owner._quads.quads(CATALOG.value) if q.subject != CATALOG])
    return _of(catalog)


@st.composite
def records(draw: st.DrawFn, name: str) -> Record:
    graphs = []
    for part in draw(st.sets(st.sampled_from("ab"))):
        said = frozenset(triple(value) for value in draw(st.sets(st.sampled_from("xyz"), min_size=1)))
        hints = draw(st.sampled_from([None, Hints(SOURCE, 'an "é" \\')]))
        text = Written(to_ntriples(said)) if draw(st.booleans()) else said
        where = draw(st.sampled_from([label("a"), label("b"), None]))
        graphs.append(RecordGraph(f"{SOURCE}/{name}#{part}", text, hints, label=where))
    digest = draw(st.sampled_from(["d", "e"]))
    return Record(f"{SOURCE}/{name}", SOURCE, tuple(graphs), digest, quarantined=draw(st.booleans()))


CHANGES = st.lists(
    st.tuples(*(st.one_of(st.none(), records(name)) for name in NAMES)).map(
        lambda found: Change(tuple(record for record in found if record is not None))
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=25, deadline=None)
@given(before=CHANGES, after=CHANGES)
def test_the_catalog_in_the_store_is_the_one_in_memory(
    tmp_path_factory: pytest.TempPathFactory, before: list[Change], after: list[Change]
) -> None:
    """Whichever form its lines have; `before` is in the first release's."""
    folder: Path = tmp_path_factory.mktemp("data")
    owner = Owner(folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(commits, "lines_of", _apart)
        patched.setattr(commits, "Written", tuple)  # no texts: they were not known
        for change in before:
            owner.commit(change)
    owner.close()
    (folder / "catalog").unlink()
    owner = Owner(folder)
    assert _says(owner) == _stored(owner)
    for change in after:
        owner.commit(change)
        assert _says(owner) == _stored(owner)
        assert {e.graph for e in owner.entries()} == {e.graph for e in _graphs(owner)}
        revision = owner.revision
        assert owner.commit(change).revision == revision  # the same once more is no commit
    said = _says(owner)
    owner.close()
    owner = Owner(folder)
    assert _says(owner) == said
    owner.close()
    assert verify(folder).problems == ()


def _graphs(owner: Owner) -> list[GraphEntry]:
    return [entry for entry in owner.entries() if owner.triples(entry.graph)]


def test_a_record_with_one_graph_has_one_line(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    one = RecordGraph(f"{SOURCE}/one#a", frozenset({triple("x")}), None, label=label("a"))
    two = RecordGraph(f"{SOURCE}/one#b", frozenset({triple("y")}), None, label=label("a"))

    def lines(*graphs: RecordGraph) -> int:
        owner.commit(Change((Record(f"{SOURCE}/one", SOURCE, graphs, "d"),)))
        return sum(SOURCE in q.subject.value for q in owner._quads.quads(CATALOG.value))

    assert [lines(one), lines(one, two), lines(two), lines()] == [1, 3, 1, 0]
    owner.close()


def test_a_graph_is_its_record_s_whoever_else_names_it_empty(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    name = f"{SOURCE}/b#g"
    empty = RecordGraph(name, frozenset(), None, label=label("a"))
    held = RecordGraph(name, frozenset({triple("x")}), None, label=label("a"))
    a, b = Record(f"{SOURCE}/a", SOURCE, (empty,), "d"), Record(f"{SOURCE}/b", SOURCE, (held, empty), "d")
    owner.commit(Change((a, b)))
    assert _says(owner) == _stored(owner)
    owner.commit(Change((Record(f"{SOURCE}/a", SOURCE),)))
    assert [entry.record for entry in owner.record(f"{SOURCE}/b")] == [f"{SOURCE}/b"]
    owner.close()
    assert verify(tmp_path).problems == ()
