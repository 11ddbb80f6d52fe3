"""What is kept as text is what the store holds, and what is loaded from text is what `extend` would put in."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse, serialize
from storeworld import change, graph_of, label, record, triple

from ambit.graph.holding import load, put_in
from ambit.graph.store import sheets
from ambit.graph.store.owner import Owner
from ambit.graph.store.sheets import Sheets
from ambit.graph.vocabulary import XSD

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
TERMS = st.one_of(
    st.sampled_from([BlankNode("b"), BlankNode("a1"), NamedNode("urn:x_:y"), NamedNode("https://é.org/ü")]),
    st.builds(Literal, st.one_of(TEXTS, st.sampled_from(["_:b", " _:b <urn:p> _:c .\n", "\r\x0b\x85 _:"]))),
    st.builds(Literal, TEXTS, language=st.sampled_from(["en", "de-AT", "x-Y"])),
    st.builds(
        lambda value, kind: Literal(value, datatype=NamedNode(kind)),
        st.sampled_from(["1", "007", "1.50", "2026-11-28", "nonsense", "NaN"]),
        st.sampled_from([XSD.INTEGER, XSD.DECIMAL, XSD.DOUBLE, XSD.DATE_TIME, "urn:t"]),
    ),
)
QUADS = st.lists(
    st.builds(
        lambda s, o, g: Quad(s, NamedNode("urn:p"), o, g) if g else Quad(s, NamedNode("urn:p"), o),
        st.sampled_from([BlankNode("b"), BlankNode("c"), NamedNode("urn:s")]),
        TERMS,
        st.sampled_from([None, NamedNode("urn:g"), NamedNode("urn:_:h")]),
    ),
    max_size=12,
)


@settings(max_examples=60)
@given(first=QUADS, second=QUADS)
def test_loading_comes_to_the_same_as_extending(first: list[Quad], second: list[Quad]) -> None:
    loaded, extended = Store(), Store()
    for quads in (first, second, first):
        data = serialize(quads, format=RdfFormat.N_QUADS) or b""
        load(loaded, data)
        put_in(extended, data)
    assert set(loaded) == set(extended)
    assert len(loaded) == len(extended)
    for quad in first:
        loaded.remove(quad)
        extended.remove(quad)
    assert set(loaded) == set(extended)


def test_a_text_is_spelt_once_and_again_after_a_change(tmp_path: Path) -> None:
    said = {"g": b"1\n", "h": b"2\n"}
    asked: list[str] = []
    kept = Sheets(tmp_path, lambda graph: (asked.append(graph), said[graph])[1])
    assert [kept.read(graph) for graph in "ghgh"] == [b"1\n", b"2\n", b"1\n", b"2\n"]
    assert asked == ["g", "h"]
    said["g"] = b"3\n"
    kept.forget(["g", "unknown"])
    assert [kept.read(graph) for graph in "gh"] == [b"3\n", b"2\n"]
    assert asked == ["g", "h", "g"]
    assert list(tmp_path.iterdir()) == [], "nobody else reaches what is kept"
    kept.close()
    assert kept.read("h") == b"2\n"


def test_what_no_longer_holds_does_not_grow_without_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "WASTE", 100)
    kept = Sheets(tmp_path, lambda graph: b"x" * 30)
    for _ in range(50):
        kept.read("g")
        kept.read("h")
        kept.forget(["g"])
        assert kept._file < 0 or os.fstat(kept._file).st_size <= 250


def test_on_a_full_disk_the_store_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "no space left on device")

    kept = Sheets(tmp_path, lambda graph: graph.encode())
    kept.read("before")
    with monkeypatch.context() as broken:
        broken.setattr(os, "pwrite", full)
        assert [kept.read(graph) for graph in ("g", "g", "before")] == [b"g", b"g", b"before"]
    assert [kept.read(graph) for graph in ("g", "g")] == [b"g", b"g"]


def test_a_half_written_text_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Sheets(tmp_path, lambda graph: graph.encode() * 10)
    with monkeypatch.context() as broken:
        write = os.pwrite
        broken.setattr(os, "pwrite", lambda file, data, at: write(file, data[:3], at))
        assert kept.read("g") == b"g" * 10
    assert [kept.read(graph) for graph in "gh"] == [b"g" * 10, b"h" * 10]


def test_a_graph_is_read_as_the_last_commit_left_it(tmp_path: Path) -> None:
    owner = Owner(tmp_path / "data")
    graph = graph_of("one")

    def held() -> set[Triple]:
        read = {quad.triple for quad in parse(owner.text(graph), format=RdfFormat.N_TRIPLES)}
        assert read == set(owner.triples(graph))
        return read

    for triples in (
        [triple("a")],
        [triple("a"), triple("b")],
        [triple("b")],
        [Triple(BlankNode("b7"), NamedNode("urn:p"), Literal("x", language="en"))],
        [],
    ):
        owner.commit(change(record("one", triples, label("a"))))
        assert held() == set(triples)
    owner.close()
