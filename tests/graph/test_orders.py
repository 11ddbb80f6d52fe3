"""Each of the orders in which the store keeps its quads is verified: what one of them lacks is found."""

import shutil
from pathlib import Path

import pytest
import walpatch
from pyoxigraph import DefaultGraph, Quad, Store
from storeworld import change, graph_of, label, record, triple

from ambit.graph.store.orders import Orders
from ambit.graph.store.owner import Owner
from ambit.graph.store.quadstore import QuadStore
from ambit.graph.store.verify import verify
from ambit.graph.terms import NamedNode

LAST = triple("last", "9")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose store has one quad in its write-ahead log alone."""
    folder = tmp_path_factory.mktemp("orders")
    owner = Owner(folder)
    owner.commit(change(record("r", [triple("x"), triple("y"), LAST], label("a"))))
    owner.close()
    store = Store(str(folder / "store"))
    quad = Quad(LAST.subject, LAST.predicate, LAST.object, NamedNode(graph_of("r")))
    store.remove(quad)
    store.flush()
    del store
    walpatch.add(folder / "store", f"{quad} .")
    return folder


def damaged(made: Path, tmp_path: Path, order: str) -> Path:
    folder = Path(shutil.copytree(made, tmp_path / "folder"))
    if order:
        walpatch.drop_last_put(folder / "store", order)
    return folder


def test_what_was_written_in_a_process_that_died_is_clean(made: Path, tmp_path: Path) -> None:
    found = verify(damaged(made, tmp_path, ""))
    assert (found.problems, found.interrupted) == ((), ())
    assert found.quads > 3


@pytest.mark.parametrize("order", ["gspo", "gpos", "gosp", "spog", "posg", "ospg"])
def test_a_quad_that_one_order_lacks_is_found(made: Path, tmp_path: Path, order: str) -> None:
    folder = damaged(made, tmp_path, order)
    store = Store(str(folder / "store"))
    name, s, p, o = NamedNode(graph_of("r")), LAST.subject, LAST.predicate, LAST.object
    patterns = {
        "gspo": (None, None, None, name),
        "gpos": (None, p, None, name),
        "gosp": (None, None, o, name),
        "spog": (s, None, None, None),
        "posg": (None, p, None, None),
        "ospg": (None, None, o, None),
    }
    quad = Quad(s, p, o, name)
    holding = {one for one, pattern in patterns.items() if quad in store.quads_for_pattern(*pattern)}
    assert holding == patterns.keys() - {order}, "the test damages one order alone"
    del store
    problems = verify(folder).problems
    assert problems
    if order == "gspo":
        assert any("does not hold what the commit log says" in p.reason for p in problems)
    else:
        assert {order in p.reason for p in problems} == {True}


def test_a_quad_in_the_default_graph_is_found_wherever_it_is(made: Path, tmp_path: Path) -> None:
    folder = damaged(made, tmp_path, "")
    store = Store(str(folder / "store"))
    store.add(Quad(LAST.subject, LAST.predicate, LAST.object, DefaultGraph()))
    del store
    reasons = [p.reason for p in verify(folder).problems]
    assert any("default graph holds 1 quads" in reason for reason in reasons)
    for order in ("spog", "posg", "ospg"):
        assert any(order in reason for reason in reasons)


@pytest.mark.parametrize("order", ["dspo", "dpos", "dosp"])
def test_the_default_graph_is_read_in_all_its_orders(made: Path, tmp_path: Path, order: str) -> None:
    """A quad there that only one order has shows."""
    folder = damaged(made, tmp_path, "")
    statement = f"{LAST.subject} {LAST.predicate} {LAST.object} ."
    walpatch.add(folder / "store", statement)
    for other in {"dspo", "dpos", "dosp"} - {order}:
        walpatch.drop_last_put(folder / "store", other)
    assert verify(folder).problems


def test_many_terms_are_counted_rather_than_named(tmp_path: Path) -> None:
    quads = QuadStore(tmp_path)
    many = [
        Quad(t.subject, t.predicate, t.object, NamedNode("urn:g"))
        for t in (triple(f"n{n}", str(n)) for n in range(30))
    ]
    quads.apply([], many, (1, 0), (0, 0))
    orders = Orders(quads)
    orders.take("urn:g", many)
    assert orders.problems() == []
    for quad in many:
        quads._store.remove(quad)
    reasons = [p.reason for p in orders.problems()]
    assert sum("spog" in reason for reason in reasons) == 21
    assert any("10 terms more" in reason for reason in reasons)
    quads.close()
