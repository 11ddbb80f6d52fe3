"""`verify` leaves nothing out because the store says so: graphs that no commit wrote follow from the ledger, or are named."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from pyoxigraph import Store
from storeworld import change, label, record, triple
from test_provenance import ADA, AGENT, EU, answer, ask, projector

from ambit.graph.compartments import compartment_of
from ambit.graph.ledger.runs import provenance_graph, provenance_label
from ambit.graph.ledger.segments import now
from ambit.graph.store.lines import RecordEntry, graph_quad, record_quad
from ambit.graph.store.owner import Owner
from ambit.graph.store.verify import verify
from ambit.graph.terms import Literal, NamedNode, Quad
from ambit.graph.vocabulary import AMBIT, PROV
from ambit.graph.words import GraphEntry, Role

BOB, RUN = "https://example.org/bob", "urn:run:1"
MEMBER_OF = "http://www.w3.org/ns/org#memberOf"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A commit, and runs of two users, projected."""
    folder = tmp_path_factory.mktemp("runs") / "made"
    owner = Owner(folder)
    owner.commit(change(record("r", [triple("x")], label("a"))))
    for run, user in ((RUN, ADA), ("urn:run:2", BOB)):
        ask(owner, run, user)
        answer(owner, run)
    projector(owner).flush()
    owner.close()
    found = verify(folder)
    assert (found.problems, found.graphs) == ((), 4)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "data"))


def test_a_run_that_is_closed_twice_follows_from_the_ledger(tmp_path: Path) -> None:
    """An answer that could not leave has an entry that says so behind the one that closed it."""
    owner = Owner(tmp_path)
    for step in (ask, answer):
        step(owner, RUN)
        projector(owner).flush()
    owner.ledger.append("answer", {"run": RUN, "user": ADA, "status": "right-changed"})
    projector(owner).flush()
    owner.close()
    assert verify(tmp_path).problems == ()


def put(folder: Path, quads: Iterable[Quad]) -> None:
    store = Store(str(folder / "store"))
    store.extend(quads)
    store.flush()


MALLORY = Quad(
    NamedNode("urn:mallory"), NamedNode(MEMBER_OF), NamedNode(AMBIT.ADMINISTRATORS), NamedNode("urn:none")
)


def forged(name: str, role: Role, compartment: str) -> list[Quad]:
    """A graph that the store's catalog calls one of provenance."""
    quad = Quad(MALLORY.subject, MALLORY.predicate, MALLORY.object, NamedNode(name))
    return [quad, graph_quad(GraphEntry(name, role, name, AMBIT.PROVENANCE, compartment), None)]


ADAS, OPEN = compartment_of(provenance_label(ADA, EU)), compartment_of(label("a"))


@pytest.mark.parametrize(
    ("name", "role", "compartment"),
    [
        ("urn:ambit:forged", Role.GOVERNANCE, OPEN),
        ("https://example.org/forged", Role.DATA, ADAS),
        ("urn:ambit:provenance:forged", Role.SYSTEM, ADAS),
        (provenance_graph("2026-01-01", ADA), Role.GOVERNANCE, ADAS),
        (provenance_graph("2026-01-01", ADA), Role.SYSTEM, OPEN),
        (provenance_graph("2026-01-01", BOB), Role.SYSTEM, ADAS),  # ADA would read of BOB's runs
        (provenance_graph("2026-01-01", ADA), Role.SYSTEM, ADAS),  # nothing of that day is in the ledger
    ],
)
def test_a_forged_graph_is_found_whatever_the_catalog_calls_it(
    folder: Path, name: str, role: Role, compartment: str
) -> None:
    put(folder, forged(name, role, compartment))
    assert f"graph {name}" in {p.record for p in verify(folder).problems}


@pytest.mark.parametrize(
    ("role", "compartment"),
    [(Role.SYSTEM, ADAS), (Role.SYSTEM, OPEN), (Role.SYSTEM, "urn:none"), (Role.GOVERNANCE, None)],
)
def test_a_graph_of_runs_that_is_shown_to_others_is_found(
    folder: Path, role: Role, compartment: str | None
) -> None:
    name, bobs = provenance_graph(now()[:10], BOB), compartment_of(provenance_label(BOB, EU))
    store = Store(str(folder / "store"))
    store.remove(graph_quad(GraphEntry(name, Role.SYSTEM, name, AMBIT.PROVENANCE, bobs), None))
    store.add(graph_quad(GraphEntry(name, role, name, AMBIT.PROVENANCE, compartment or bobs), None))
    store.flush()
    del store
    assert {p.record for p in verify(folder).problems} == {f"graph {name}", "graph urn:ambit:catalog"}


def test_a_catalog_line_beside_that_of_a_graph_of_runs_is_found(folder: Path) -> None:
    name = provenance_graph(now()[:10], ADA)
    put(folder, [record_quad(RecordEntry(name, AMBIT.PROVENANCE, "", "", False))])
    assert [p.record for p in verify(folder).problems] == ["graph urn:ambit:catalog"]


@pytest.mark.parametrize(
    ("subject", "predicate", "value"),
    [
        (RUN, AMBIT.DECIDED_BY, NamedNode("urn:rule")),
        (RUN, AMBIT.QUERY_TEXT, Literal("SELECT another")),
        (RUN, AMBIT.STATUS, Literal("refused")),
        ("urn:run:2", AMBIT.STATUS, Literal("ok")),  # it is BOB's, and stands in the graph of BOB
        (AGENT, PROV.ACTED_ON_BEHALF_OF, NamedNode(BOB)),
    ],
)
def test_what_does_not_follow_from_the_ledger_is_found_in_a_graph_of_runs(
    folder: Path, subject: str, predicate: str, value: NamedNode | Literal
) -> None:
    name = provenance_graph(now()[:10], ADA)
    put(folder, [Quad(NamedNode(subject), NamedNode(predicate), value, NamedNode(name))])
    (problem,) = verify(folder).problems
    assert problem.record == f"graph {name}"
    assert problem.reason == "1 of its statements do not follow from the ledger"


def test_texts_that_were_purged_or_dropped_later_are_no_problem(folder: Path) -> None:
    owner = Owner(folder)
    owner.ledger.notes.purge(now()[:10])
    owner.close()
    assert verify(folder).problems == ()
    owner = Owner(folder)
    projector(owner, keep_days=-1).expire()
    answer(owner, RUN)  # a run that goes on stands where it began
    projector(owner).flush()
    owner.close()
    assert verify(folder).problems == ()


def test_a_note_that_was_changed_is_none(folder: Path) -> None:
    (path,) = (folder / "ledger" / "notes").iterdir()
    path.write_bytes(path.read_bytes().replace(b"secret", b"public"))
    owner = Owner(folder)
    assert owner.ledger.notes.of_day(now()[:10]) == {}
    owner.close()
