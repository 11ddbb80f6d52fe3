"""What is touched is known while it is still being counted: too much at first, then exactly."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from storeworld import change, label, record, triple

from ambit.graph.compartments import clearance_of, compartment_of
from ambit.graph.provenance import usage as module
from ambit.graph.provenance.usage import Usage
from ambit.graph.sparql.gate import admit
from ambit.graph.store.owner import Owner
from ambit.graph.terms import Literal, NamedNode, Triple
from ambit.graph.vocabulary import RDF, node

NAMES = [f"r{number:02}" for number in range(12)]
LABELS = [label(name) for name in "abc"]
BOTH = clearance_of(compartment_of(one) for one in LABELS)


def says(name: str) -> Triple:
    return Triple(NamedNode(f"urn:{name}"), NamedNode(f"urn:p:{name}"), Literal("1"))


def touched(usage: Usage, term: str) -> frozenset[str]:
    return usage.touched(BOTH, admit(f"ASK {{ ?s <{term}> ?o }}"))


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    owner = Owner(tmp_path / "data")
    for number, name in enumerate(NAMES):
        owner.commit(change(record(name, [triple(name), says(name)], LABELS[number % 2])))
    yield owner
    owner.close()


def test_what_is_not_yet_counted_counts_as_touched(owner: Owner) -> None:
    usage = Usage(owner)
    owner.listen(usage.on_delta)
    a, b, c = (compartment_of(one) for one in LABELS)
    assert touched(usage, "urn:p:r00") == {a, b}, "not known yet, so it may be either"
    owner.commit(change(record("new", [says("new")], LABELS[2])))
    assert touched(usage, "urn:p:new") == {a, b, c}
    usage.start()
    assert usage.settled(10)
    assert touched(usage, "urn:p:r00") == {a}
    assert touched(usage, "urn:p:new") == {c}
    assert touched(usage, "urn:p:none") == set()
    usage.stop()


def test_classes_count_like_predicates(owner: Owner) -> None:
    owner.commit(
        change(record("t", [Triple(NamedNode("urn:t"), node(RDF.TYPE), NamedNode("urn:T"))], LABELS[1]))
    )
    usage = Usage(owner)
    usage.start()
    assert usage.settled(10)
    wanted = usage.touched(BOTH, admit("ASK { ?s a <urn:T> }"))
    assert wanted == {compartment_of(LABELS[1])}


def test_a_variable_for_a_graph_may_tell_any_name(owner: Owner) -> None:
    usage = Usage(owner)
    usage.start()
    assert usage.settled(10)
    held = {compartment_of(one) for one in LABELS[:2]}
    for query in ("SELECT ?g { GRAPH ?g {} }", "ASK { GRAPH ?g { ?s <urn:p:r00> ?o } }"):
        assert held <= usage.touched(BOTH, admit(query)) == BOTH.compartments
    assert usage.touched(BOTH, admit("ASK { GRAPH <urn:g> { ?s <urn:p:r00> ?o } }")) < held
    usage.stop()


def test_commits_while_it_counts_are_counted_once(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between each two steps graphs that have been counted, and that have not, change, leave and move."""
    monkeypatch.setattr(module, "BATCH", 1)
    usage = Usage(owner)
    owner.listen(usage.on_delta)
    left = iter(range(40))
    take_up = Usage._take_up

    def disturbed(self: Usage, compartment: str, graphs: list[str]) -> None:
        take_up(self, compartment, graphs)
        number = next(left, None)
        if number is not None:
            thread = threading.Thread(target=disturb, args=(number,))
            thread.start()
            thread.join()

    def disturb(number: int) -> None:
        first, last = NAMES[number * 5 % 12], NAMES[-1 - number * 7 % 12]
        owner.commit(
            change(
                record(first, [says(first), says(f"new{number}")], LABELS[number % 3]),
                *([record(last, [], None)] if last != first else []),
            )
        )

    monkeypatch.setattr(Usage, "_take_up", disturbed)
    usage.start()
    assert usage.settled(20)
    held: dict[str, dict[str, int]] = {}
    for entry in owner.entries():
        for said in owner.triples(entry.graph) if entry.compartment else ():
            places = held.setdefault(said.predicate.value, {})
            places[entry.compartment or ""] = places.get(entry.compartment or "", 0) + 1
    counted = {term: {c: n for c, n in places.items() if n} for term, places in usage._counts.items()}
    assert {term: places for term, places in counted.items() if places} == held
    usage.stop()
