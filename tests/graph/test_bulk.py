"""What comes in as text is the same as what comes in triple by triple, for all who look."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse
from storeworld import SOURCE, change, label, record, triple

from ambit.graph.compartments import clearance_of, compartment_of
from ambit.graph.errors import SourceInvalid, Unavailable
from ambit.graph.provenance.usage import Usage
from ambit.graph.rdf.parsing import name_blanks
from ambit.graph.snapshot import Snapshot
from ambit.graph.sparql.gate import admit
from ambit.graph.store import bulk, quadstore
from ambit.graph.store.bulk import graphs_in
from ambit.graph.store.owner import Owner
from ambit.graph.store.patches import Labels
from ambit.graph.store.verify import verify
from ambit.graph.store.written import Loaded, Written
from ambit.graph.terms import Triple
from ambit.graph.views.views import Views
from ambit.graph.words import Change, Delta, Hints, Patch, Placed, Record, RecordGraph

LINES = "".join(
    f'<urn:s{n}> <urn:p> "{n:03}"^^<http://www.w3.org/2001/XMLSchema#integer> <urn:g{n // 3}> .\n'
    f"<urn:s{n}> <urn:q> _:b <urn:g{n // 3}> .\n"
    f'_:b <urn:r> "a .\\n _:{n}"@en <urn:g{n // 3}> .\n'
    for n in range(30)
)


HINTS = Hints(SOURCE, 'a "quoted" \\ sensitivity', countries=frozenset({"SE", "DE"}))


def records(graphs: list[tuple[str, Written]], *, written: bool) -> Change:
    return Change(
        tuple(
            Record(
                name,
                SOURCE,
                (RecordGraph(name, said if written else frozenset(said), HINTS, label=label(name[-1])),),
                "d",
                f'a "b" \\ c\n\té\x7f\u2028 of {name}',
            )
            for name, said in graphs
        )
    )


def expected() -> dict[str, frozenset[Triple]]:
    """The graphs of `LINES`, blank nodes named by graph, values as the store spells them."""
    held: dict[str, set[Triple]] = {}
    for quad in parse(
        LINES.replace('"0', '"').replace('"0', '"').replace('""', '"0"'), format=RdfFormat.N_QUADS
    ):
        held.setdefault(quad.graph_name.value, set()).add(quad.triple)  # type: ignore[union-attr]
    return {name: name_blanks(triples, name) for name, triples in held.items()}


@pytest.mark.parametrize("size", [1, 200, 1_000_000])
def test_a_file_is_cut_into_whole_graphs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(bulk, "BLOCK", size)
    file = tmp_path / "all.nq"
    file.write_text(LINES + "# the end\n")
    told: list[int] = []
    found = [pair for graphs in graphs_in(file, told=told.append) for pair in graphs]
    assert {name: frozenset(said) for name, said in found} == expected()
    assert len(found) == 10
    assert all(len(said) == len(frozenset(said)) for _, said in found)
    assert told[-1] == file.stat().st_size


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (LINES + "<urn:s> <urn:p> <urn:o> .\n", "a quad has no graph"),
        (LINES + "<urn:s> <urn:p> <urn:o> _:g .\n", "a graph is a blank node"),
        (LINES + LINES, "goes on after another began"),
        (LINES + "<urn:s> <urn:p> <urn:o <urn:g> .\n", "all.nq:91"),
        (LINES + "\x00", "does not parse"),
        (
            LINES + '<urn:s> <urn:p> "<<("@en <urn:g> .\n<urn:s> <urn:p><<(<urn:a><urn:b>_:c)>> <urn:g> .',
            "92",
        ),
        (LINES + "<urn:s> <urn:p> " + "<<( <urn:a> <urn:b> " * 30_000, "all.nq:91`: it has a triple term"),
        (LINES + '<urn:s> <urn:p> "--ltr"@en--rtl <urn:g> .\n', "all.nq:91`: it has a base direction"),
    ],
)
def test_what_cannot_be_brought_in_is_told_by_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, reason: str
) -> None:
    monkeypatch.setattr(bulk, "BLOCK", 500)
    file = tmp_path / "all.nq"
    file.write_text(text)
    with pytest.raises(SourceInvalid, match=r"all\.nq") as refused:
        list(graphs_in(file))
    assert reason in refused.value.message


def test_what_only_looks_newer_than_rdf_1_1_is_brought_in(tmp_path: Path) -> None:
    file = tmp_path / "all.nq"
    file.write_text(
        "# <<( a @en--rtl\n"
        '<urn:s> <urn:p> "\\"<<( --ltr"@en <urn:g> .\n<urn:s#--ltr> <urn:p> <urn:o--rtl> <urn:g> .\n'
    )
    ((_, said),) = [pair for graphs in graphs_in(file) for pair in graphs]
    assert len(said) == 2


def catalog_of(owner: Owner) -> object:
    """What the catalog in memory says."""
    held = owner._catalog
    return (dict(held.graphs), dict(held.records), dict(held.hints), dict(held.changed))


@pytest.mark.parametrize("many", [1, 10_000])
def test_a_commit_of_texts_is_the_commit_of_their_triples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """In the store, the catalog, the log, the listeners, the views, and for `verify`; `many`: whether it goes in as files."""
    monkeypatch.setattr(quadstore, "BULK", many)
    file = tmp_path / "all.nq"
    file.write_text(LINES)
    graphs = [pair for block in graphs_in(file) for pair in block]
    seen: list[list[Delta]] = [[], []]
    said = []
    for place, written in enumerate((True, False)):
        owner = Owner(tmp_path / str(place))
        views = Views(owner)
        usage = Usage(owner)
        for listener in (seen[place].append, views.on_delta, usage.on_delta):
            owner.listen(listener)
        clearance = clearance_of(compartment_of(label(name)) for name in "12345")
        everything = admit("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
        named = admit("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }")
        before = [views.query(clearance, query).body for query in (everything, named)]
        owner.commit(records(graphs, written=written))
        owner.commit(change(record("more", [triple("more")], label("1"))))
        after = [views.query(clearance, query).body for query in (everything, named)]
        views.close()
        anew = Views(owner)
        assert [anew.query(clearance, query).body for query in (everything, named)] == after != before
        anew.close()
        said.append(
            (
                {e.graph: frozenset(owner.triples(e.graph)) for e in owner.entries()},
                {(e, owner.digest(e.record)) for e in owner.entries()},
                catalog_of(owner),
                [(set(d.out), set(d.into), d.holders) for d in owner.changes(0)],
                [(set(d.out), set(d.into), len(d.into), d.holders) for d in seen[place]],
                usage._counts,
                after,
            )
        )
        owner.close()
        assert verify(tmp_path / str(place)).problems == ()
        (tmp_path / str(place) / "catalog").unlink()  # so that the next start reads the store
        owner = Owner(tmp_path / str(place))
        assert catalog_of(owner) == said[place][2]
        owner.close()
    assert said[0] == said[1]
    assert isinstance(seen[0][0].into, Loaded)
    assert {name: said[0][0][name] for name, _ in graphs} == expected()


def _nothing(owner: Owner) -> None:
    """Kills before the store is written."""
    owner._write_store = lambda logged: 1 / 0  # type: ignore[method-assign,assignment]


def _half(owner: Owner) -> None:
    """Kills between the quads and the number."""
    load = owner._quads._load

    def half(text: bytes) -> None:
        load(text)
        raise ZeroDivisionError

    owner._quads._load = half  # type: ignore[method-assign]


@pytest.mark.parametrize("kill", [_nothing, _half])
def test_a_kill_between_log_and_store_is_made_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kill: Callable[[Owner], None]
) -> None:
    monkeypatch.setattr(quadstore, "BULK", 1)
    file = tmp_path / "all.nq"
    file.write_text(LINES)
    graphs = [pair for block in graphs_in(file) for pair in block]
    owner = Owner(tmp_path / "data")
    kill(owner)
    with pytest.raises((ZeroDivisionError, Unavailable)):
        owner.commit(records(graphs, written=True))
    owner._broken = "killed"
    owner.close()
    owner = Owner(tmp_path / "data")
    assert owner.revision == 1
    assert {name: frozenset(owner.triples(name)) for name, _ in graphs} == expected()
    owner.close()
    assert verify(tmp_path / "data").problems == ()


def test_texts_for_graphs_that_are_there_are_told_by_their_difference(tmp_path: Path) -> None:
    file = tmp_path / "all.nq"
    file.write_text(LINES)
    graphs = [pair for block in graphs_in(file) for pair in block]
    owner = Owner(tmp_path / "data")
    owner.commit(records(graphs, written=True))
    assert owner.commit(records(graphs, written=True)).revision == 1, "nothing changes"
    name, said = graphs[0]
    less = Written(b"".join(said.text.splitlines(keepends=True)[1:]))
    delta = owner.commit(records([(name, less)], written=True)).delta
    assert (len(delta.out), len(delta.into)) == (1, 0)
    owner.close()


class _Heard:
    """What is asked about what follows from commits."""

    def __init__(self) -> None:
        self.into: list[Placed] = []

    def follow(
        self, out: Sequence[Placed], into: Sequence[Placed], labels: Labels, snapshot: Snapshot
    ) -> Iterable[Patch]:
        self.into += into
        return ()

    def settle(self, *, is_in: bool) -> None:
        pass


def test_what_follows_is_worked_out_from_texts_too(tmp_path: Path) -> None:
    file = tmp_path / "all.nq"
    file.write_text(LINES)
    heard = _Heard()
    owner = Owner(tmp_path / "data", concluding=heard)
    owner.commit(records([pair for block in graphs_in(file) for pair in block], written=True))
    assert {p.quad.triple for p in heard.into} >= frozenset().union(*expected().values())
    owner.close()
