"""The index follows commits: nothing that was taken away is found, nothing is embedded twice or in the wrong
place.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from inference_world import EU, US, Hashing, Place

from ambit.graph.compartments import clearance_of
from ambit.graph.errors import Unavailable
from ambit.graph.store.owner import Owner
from ambit.graph.terms import Literal, NamedNode, Triple
from ambit.graph.vocabulary import AMBIT, DCTERMS, RDFS
from ambit.graph.words import Change, Label, Record, RecordGraph, Role
from ambit.inference.cache import VectorCache
from ambit.inference.follow import Follower
from ambit.inference.index import Index
from ambit.inference.search import Search

SOURCE = "urn:source:pages"
LABELS = {
    name: Label(SOURCE, AMBIT.INTERNAL, frozenset({jurisdiction}), frozenset({f"urn:team:{name}"}))
    for name, jurisdiction in (("eu", AMBIT.EU), ("berlin", AMBIT.EU), ("us", AMBIT.US), ("ca", AMBIT.CA))
}


def page(name: str, text: str, label: str = "eu", title: str = "") -> Record:
    """A page as a record with one graph."""
    entity = NamedNode(f"urn:page:{name}")
    triples = {Triple(entity, NamedNode(AMBIT.TEXT), Literal(text))} if text else set()
    if title:
        triples.add(Triple(entity, NamedNode(DCTERMS.TITLE), Literal(title)))
    graph = RecordGraph(f"urn:record:{name}#internal", frozenset(triples), label=LABELS[label])
    return Record(f"urn:record:{name}", SOURCE, (graph,))


@dataclass
class World:
    """An owner with a follower, in one folder."""

    folder: Path
    embedder: Hashing = field(default_factory=Hashing)
    closed: set[str] = field(default_factory=set)
    ledger: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    broken: bool = False

    def __post_init__(self) -> None:
        self.owner = Owner(self.folder / "owner")
        self.index = Index()
        self.search = Search(self.index, self.embedder)
        cache = VectorCache(self.folder / "vectors")
        self.follower = Follower(self.owner, self.index, cache, self.embedder, self.route, self.append)
        self.owner.listen(self.follower.on_delta)

    def append(self, kind: str, fields: Mapping[str, Any]) -> None:
        if self.broken:
            raise Unavailable("the ledger cannot be written")
        self.ledger.append((kind, fields))
        self.owner.ledger.append(kind, fields)

    def route(self, compartments: frozenset[str], task: str, /) -> Place | None:
        """EU rows to the EU, US rows to the US, Canadian rows nowhere."""
        spaces: set[str] = set()
        for compartment in compartments:
            label = self.owner.label(compartment)
            spaces |= label.jurisdictions if label else {"urn:unknown"}
        for space, place in ((AMBIT.EU, EU), (AMBIT.US, US)):
            if spaces <= {space} and place.site not in self.closed:
                return place
        return None

    def commit(self, *records: Record) -> None:
        self.owner.commit(Change(records))

    def settle(self) -> None:
        assert self.follower.settled(10)
        assert self.follower.embedding.settled(10)

    def found(self, text: str, labels: Sequence[str] = ("eu", "berlin", "us", "ca")) -> list[str]:
        wanted = {LABELS[name] for name in labels}
        compartments = {e.compartment for e in self.owner.entries() if e.compartment}
        mine = clearance_of({c for c in compartments if self.owner.label(c) in wanted})
        return [hit.entity.removeprefix("urn:page:") for hit in self.search.search(mine, text).nodes]

    def sent(self) -> list[str]:
        return [text for _, texts in self.embedder.sent for text in texts]

    def stop(self) -> None:
        self.follower.stop()
        self.owner.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.follower.start()
    yield made
    made.stop()


def test_a_page_is_found_changed_and_gone(world: World) -> None:
    world.commit(page("a", "refunds take ten days", title="Refunds"))
    world.settle()
    assert world.found("refunds") == ["a"]
    world.commit(page("a", "parcels take ten days"))
    world.settle()
    assert world.found("refunds") == []
    assert world.found("parcels") == ["a"]
    world.commit(Record("urn:record:a", SOURCE))
    world.settle()
    assert world.found("parcels") == []
    assert len(world.index) == 0


def test_what_a_commit_takes_is_gone_when_it_is_acknowledged(world: World) -> None:
    world.commit(page("a", "refunds"), page("b", "refunds too"))
    world.settle()
    gate = threading.Event()
    taken = world.follower._take_up
    world.follower._take_up = lambda graphs: (gate.wait(10), taken(graphs))[1]  # type: ignore[method-assign]
    world.commit(Record("urn:record:a", SOURCE))
    assert world.found("refunds") == ["b"]
    world.commit(page("b", "refunds too", label="berlin"))
    assert world.found("refunds", ["eu"]) == []
    gate.set()
    world.settle()
    assert world.found("refunds", ["berlin"]) == ["b"]
    assert world.found("refunds", ["eu"]) == []


def test_what_was_read_before_a_commit_is_not_put_back(world: World) -> None:
    world.commit(page("a", "refunds"), page("b", "neighbour"))
    world.settle()
    replace = world.follower._replace
    seen: list[list[str]] = []

    def late(revision: int, record: str, *rest: Any) -> None:
        if not seen:
            seen.append([])
            world.owner.commit(Change((Record("urn:record:a", SOURCE),)))
            replace(revision, record, *rest)
            seen[0] = world.found("parcels")
        else:
            replace(revision, record, *rest)

    world.follower._replace = late  # type: ignore[method-assign]
    world.commit(page("a", "parcels"))
    world.settle()
    assert seen == [[]]
    assert world.found("parcels") == []


def test_texts_go_where_a_rule_lets_them(world: World) -> None:
    world.commit(page("e", "eu text"), page("u", "us text", "us"), page("c", "canadian text", "ca"))
    world.settle()
    assert sorted(world.embedder.sent) == [(EU.deployment, ("eu text",)), (US.deployment, ("us text",))]
    assert world.found("canadian") == ["c"]
    handed = {(f["deployment"], tuple(f["handed"])) for kind, f in world.ledger if kind == "step"}
    of = {e.record: e.compartment for e in world.owner.entries() if e.source == SOURCE}
    assert handed == {(EU.deployment, (of["urn:record:e"],)), (US.deployment, (of["urn:record:u"],))}
    requests = [f for kind, f in world.ledger if kind == "request"]
    assert {f["purpose"] for f in requests} == {AMBIT.INDEXING}
    runs = {f["run"] for f in requests}
    assert all(f["run"] in runs for kind, f in world.ledger if kind != "request")


def test_nothing_is_embedded_that_the_ledger_does_not_know_of(world: World) -> None:
    world.broken = True
    world.commit(page("a", "refunds"))
    assert world.follower.settled(10)
    assert not world.follower.embedding.settled(0.3)
    assert world.sent() == []
    assert world.found("refunds") == ["a"]
    world.broken = False
    world.settle()
    assert world.sent() == ["refunds"]


def test_after_a_restart_nothing_is_embedded_twice(tmp_path: Path) -> None:
    first = World(tmp_path)
    first.follower.start()
    first.commit(page("a", "refunds"), page("b", "parcels", "us"), page("d", "gone"))
    first.settle()
    first.commit(Record("urn:record:d", SOURCE))
    first.settle()
    assert len(first.sent()) == 3
    first.stop()
    second = World(tmp_path)
    second.follower.start()
    second.settle()
    assert second.sent() == []
    assert second.found("refunds") == ["a"]
    with second.index.reading(clearance_of(second.index.compartments())) as reading:
        assert sum(len(block) for block in reading.vectors("v1")) == 2
    second.stop()
    # what was deleted is nowhere: the file has two rows of digest and vector behind its head
    assert (tmp_path / "vectors" / "v1.vectors").stat().st_size == 16 + 2 * (32 + 16 * 4)


def test_a_site_that_is_down_is_asked_again(world: World) -> None:
    world.embedder.down.add(EU.deployment)
    world.commit(page("a", "refunds"), page("b", "parcels", "us"))
    assert world.follower.settled(10)
    assert world.found("refunds") == ["a"]
    assert not world.follower.embedding.settled(0.5)
    assert world.sent() == ["parcels"]
    world.embedder.down.clear()
    world.settle()
    assert world.sent() == ["parcels", "refunds"]


def test_a_place_that_is_closed_takes_its_vectors(world: World) -> None:
    world.commit(page("a", "refunds"), page("b", "parcels", "us"))
    world.settle()
    world.closed.add(EU.site)
    world.follower.embedding.reroute()
    world.settle()
    with world.index.reading(clearance_of(world.index.compartments())) as reading:
        assert [doc[0] for block in reading.vectors("v1") for doc in block.docs] == ["urn:page:b"]
    world.closed.clear()
    world.follower.embedding.reroute()
    world.settle()
    with world.index.reading(clearance_of(world.index.compartments())) as reading:
        assert sum(len(block) for block in reading.vectors("v1")) == 2
    assert sorted(world.sent()) == ["parcels", "refunds"]


def test_a_vector_is_not_lent_to_another_compartment(world: World) -> None:
    world.commit(page("a", "same words", "eu"))
    world.settle()
    world.commit(page("b", "same words", "ca"))
    world.settle()
    assert world.sent() == ["same words"]
    world.commit(page("d", "same words", "berlin"))
    world.settle()
    assert world.sent() == ["same words", "same words"]
    with world.index.reading(clearance_of(world.index.compartments())) as reading:
        assert {doc[0] for block in reading.vectors("v1") for doc in block.docs} == {
            "urn:page:a",
            "urn:page:d",
        }


def test_conclusions_are_found_with_the_source_they_follow_from(world: World) -> None:
    entity = NamedNode("urn:page:n")
    body, text = NamedNode("urn:body"), NamedNode(AMBIT.TEXT)
    graphs = (
        RecordGraph(
            "urn:record:n#internal", frozenset({Triple(entity, body, Literal("refunds"))}), label=LABELS["eu"]
        ),
        RecordGraph(
            "urn:ambit:inferred:" + "0" * 32,
            frozenset({Triple(entity, text, Literal("refunds"))}),
            role=Role.INFERRED,
            label=LABELS["eu"],
        ),
    )
    world.commit(Record("urn:record:n", SOURCE, graphs))
    world.settle()
    mine = clearance_of(world.index.compartments())
    hit = world.search.search(mine, "refunds").nodes[0]
    assert (hit.entity, hit.graph, hit.record) == ("urn:page:n", "urn:record:n#internal", "urn:record:n")


def test_fields_of_one_record_stay_in_their_compartments(world: World) -> None:
    entity = NamedNode("urn:page:m")
    name = frozenset({Triple(entity, NamedNode(RDFS.LABEL), Literal("Ada Meyer"))})
    note = frozenset({Triple(entity, NamedNode(AMBIT.TEXT), Literal("secret refund"))})
    graphs = (
        RecordGraph("urn:record:m#internal", name, label=LABELS["eu"]),
        RecordGraph("urn:record:m#personal", note, label=LABELS["berlin"]),
    )
    world.commit(Record("urn:record:m", SOURCE, graphs))
    world.settle()
    assert world.found("refund", ["eu"]) == []
    assert world.found("meyer", ["eu"]) == ["m"]
    assert world.found("meyer", ["berlin"]) == []
    assert all("Ada" not in text or "secret" not in text for text in world.sent())


def test_long_texts_become_passages(world: World) -> None:
    words = [f"word{n}" for n in range(400)]
    world.commit(page("a", " ".join(words), title="Handbook"))
    world.settle()
    bodies = [text.split()[1:] for text in world.sent()]
    assert 3 <= len(world.index) == len(bodies) <= 4
    assert max(map(len, bodies)) <= 160
    assert sorted(word for body in bodies for word in body) == sorted(words)
    assert world.found("word399") == ["a"]


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[World]:
    """More pages than one call takes, found by words; no site answers yet."""
    made = World(tmp_path)
    made.embedder.down.add(EU.deployment)
    made.follower.start()
    made.commit(*(page(f"{n:03}", f"{'refund ' * (n % 9)}number {n}") for n in range(150)))
    assert made.follower.settled(10)
    yield made
    made.stop()


def test_no_batch_goes_on_to_a_place_that_was_lost(waiting: World) -> None:
    waiting.embedder.then = lambda: waiting.closed.add(EU.site)
    waiting.embedder.down.clear()
    waiting.settle()
    assert [len(texts) for _, texts in waiting.embedder.sent] == [64]


def test_a_page_that_was_withdrawn_meanwhile_is_not_sent(waiting: World) -> None:
    def withdraw() -> None:
        if len(waiting.embedder.sent) == 1:
            sent = set(waiting.sent())
            late = [n for n in range(150) if f"{'refund ' * (n % 9)}number {n}" not in sent]
            waiting.commit(*(Record(f"urn:record:{n:03}", SOURCE) for n in late))

    waiting.embedder.then = withdraw
    waiting.embedder.down.clear()
    waiting.settle()
    assert [len(texts) for _, texts in waiting.embedder.sent] == [64]


def test_the_rest_is_embedded_at_the_place_of_now(waiting: World) -> None:
    there = Place(EU.deployment, "urn:site:other")
    plain = waiting.follower.embedding._route
    waiting.follower.embedding._route = lambda c, t: there if waiting.embedder.sent else plain(c, t)
    waiting.embedder.down.clear()
    waiting.settle()
    assert len(set(waiting.sent())) == len(waiting.sent()) == 150
    steps = [(f["site"], f["count"]) for kind, f in waiting.ledger if kind == "step"]
    called = [step for step in steps if step[0] != EU.site]
    assert sum(count for _, count in called) == 86 and steps[-len(called) - 1] == (EU.site, 64)
