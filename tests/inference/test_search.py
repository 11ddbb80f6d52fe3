"""Search ranks as an index that never held what is hidden."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inference_world import ByPrefix, Hashing, hashed

from ambit.graph.errors import Invalid, Timeout, Unavailable
from ambit.graph.words import Clearance
from ambit.inference import search as searching
from ambit.inference.index import Index
from ambit.inference.lexical import terms_of
from ambit.inference.search import Search
from ambit.inference.vectors import VectorBlock, nearest
from ambit.inference.words import Hits, Passage, Step

COMPARTMENTS = ("urn:eu:a", "urn:eu:b", "urn:us:c", "urn:nowhere:d")
VOCABULARY = ("refund", "parcel", "invoice", "late", "open", "the", "card", "zug")

Unit = tuple[str, str, str, bool]  # compartment, entity, text, has a vector

texts = st.sampled_from(["refund late", "the parcel"]) | st.lists(
    st.sampled_from(VOCABULARY), min_size=1, max_size=6
).map(" ".join)
units = st.tuples(
    st.sampled_from(COMPARTMENTS), st.sampled_from([f"urn:e{n}" for n in range(5)]), texts, st.booleans()
)


def passage(number: int, entity: str, text: str) -> Passage:
    """A passage of a record of its own."""
    return Passage(entity, text, "", text, None, f"urn:r{number:03}", f"urn:g{number:03}")


def fill(index: Index, said: list[tuple[int, Unit]]) -> None:
    """Puts each unit in, with its vector where it has one."""
    for number, (compartment, entity, text, _) in said:
        index.put(f"urn:r{number:03}", compartment, [passage(number, entity, text)])
    for _, (compartment, entity, text, embedded) in said:
        if embedded:
            index.put_vector(compartment, (entity, text), "v1", hashed(text))


def clear(compartments: set[str]) -> Clearance:
    """A clearance."""
    return Clearance(frozenset(compartments), "+".join(sorted(compartments)))


def plain(hits: Hits) -> list[tuple[object, ...]]:
    """All that a caller sees."""
    return [
        (h.entity, h.label, h.snippet, h.graph, h.record, h.compartment, h.score, h.cursor)
        for h in hits.nodes
    ]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(units, max_size=30),
    st.lists(st.integers(0, 29), max_size=8),
    st.sets(st.sampled_from(COMPARTMENTS)),
    texts,
    st.booleans(),
)
def test_as_if_absent(
    said: list[Unit], gone: list[int], permitted: set[str], query: str, with_vectors: bool
) -> None:
    numbered = list(enumerate(said))
    mixed = Index()
    fill(mixed, numbered)
    for number in gone:
        if number < len(said):
            mixed.retract(f"urn:r{number:03}", said[number][0])
    # vectors of what is gone went with it, unless another record says the same there
    left = [(n, unit) for n, unit in numbered if n not in gone]
    embedded = {unit[:3] for _, unit in numbered if unit[3]}
    reference = Index()
    wanted = [
        (n, (c, e, t, (c, e, t) in embedded and survived(numbered, gone, (c, e, t))))
        for n, (c, e, t, _) in left
        if c in permitted
    ]
    fill(reference, wanted)
    route = ByPrefix() if with_vectors else None
    clearance = clear(permitted)
    seen = Search(mixed, Hashing()).search(clearance, query, 4, route=route, note=ignore)
    expected = Search(reference, Hashing()).search(clearance, query, 4, route=route, note=ignore)
    assert plain(seen) == plain(expected)
    assert seen.more == expected.more
    with mixed.reading(clearance) as reading:
        for _, (_, entity, text, _) in numbered:
            doc = passage(0, entity, text).entity, passage(0, entity, text).key
            assert mixed.holders(clearance, doc) == reading.holders(doc)


def survived(numbered: list[tuple[int, Unit]], gone: list[int], same: tuple[str, str, str]) -> bool:
    """Whether a record that says this was there all the time."""
    return any(unit[:3] == same and number not in gone for number, unit in numbered)


def test_depth_is_counted_over_what_one_may_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "DEPTH", 3)
    index, alone = Index(), Index()
    shown = [(n, ("urn:eu:a", f"urn:e{n}", "refund " * (n + 1) + "late", True)) for n in range(6)]
    hidden = [(n + 50, ("urn:us:c", f"urn:h{n}", "refund", True)) for n in range(20)]
    fill(index, hidden + shown)
    fill(alone, shown)
    clearance = clear({"urn:eu:a"})
    found = Search(index, Hashing()).search(clearance, "refund", route=ByPrefix(), note=ignore)
    assert plain(found) == plain(
        Search(alone, Hashing()).search(clearance, "refund", route=ByPrefix(), note=ignore)
    )
    assert len(found.nodes) >= 3


def test_what_two_compartments_say_counts_once() -> None:
    said = [(n, ("urn:eu:a", f"urn:e{n}", f"refund {'late ' * n}", True)) for n in range(5)]
    once, twice = Index(), Index()
    fill(once, said)
    fill(twice, [*said, *[(n + 10, ("urn:us:c", *unit[1:])) for n, unit in said[:3]]])
    clearance = clear({"urn:eu:a", "urn:us:c"})
    first = Search(once, Hashing()).search(clearance, "refund late", route=ByPrefix(), note=ignore)
    second = Search(twice, Hashing()).search(clearance, "refund late", route=ByPrefix(), note=ignore)
    assert plain(first) == plain(second)


def test_a_vector_that_comes_too_late_is_let_go() -> None:
    index = Index()
    fill(index, [(0, ("urn:eu:a", "urn:e0", "refund", False)), (1, ("urn:eu:a", "urn:e1", "parcel", False))])
    index.retract("urn:r000", "urn:eu:a")
    index.put_vector("urn:eu:a", ("urn:e0", "refund"), "v1", hashed("refund"))
    index.put_vector("urn:eu:a", ("urn:e1", "parcel"), "v1", hashed("parcel"))
    with index.reading(clear({"urn:eu:a"})) as reading:
        assert [doc[0] for block in reading.vectors("v1") for doc in block.docs] == ["urn:e1"]


def test_near_ties_are_ranked_exactly_wherever_they_stand() -> None:
    random = np.random.default_rng(7)
    query = random.normal(size=384).astype(np.float32)
    query /= np.linalg.norm(query)
    rows = np.tile(query, (400, 1)) + (random.normal(size=(400, 384)) * 3e-8).astype(np.float32)
    docs = [(f"urn:e{n:03}", "k") for n in range(400)]
    cosines = {doc: float((row.astype(float) * query).sum()) for doc, row in zip(docs, rows, strict=True)}
    expected = sorted(docs, key=lambda doc: (-cosines[doc], doc))[:20]
    for order in (range(400), random.permutation(400)):
        blocks = [VectorBlock("v1", 384) for _ in range(7)]
        for place, number in enumerate(order):
            blocks[place % 7].put(docs[number], rows[number])
        assert nearest(blocks, query, 20) == expected


def test_a_copy_in_a_second_compartment_pushes_nothing_out() -> None:
    blocks = [VectorBlock("v1", 16), VectorBlock("v1", 16)]
    for block in blocks:
        block.put(("urn:e1", "refund"), hashed("refund"))
    blocks[0].put(("urn:e2", "refund late"), hashed("refund late"))
    assert nearest(blocks, hashed("refund"), 2, 1) == [("urn:e1", "refund"), ("urn:e2", "refund late")]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40)), max_size=200))
def test_a_block_stays_whole(steps: list[tuple[bool, int]]) -> None:
    block, kept = VectorBlock("v1", 4), {}
    for number, (put, which) in enumerate(steps):
        doc = (f"urn:e{which}", "k")
        if put:
            kept[doc] = np.full(4, number + 1, np.float32)
            block.put(doc, kept[doc])
        else:
            kept.pop(doc, None)
            block.remove(doc)
    assert sorted(block.docs) == sorted(kept)
    assert len(block.rows) == len(kept)
    for doc, row in zip(block.docs, block.rows, strict=True):
        assert np.array_equal(row, kept[doc])


def test_pages_join_without_gap() -> None:
    index = Index()
    fill(index, [(n, ("urn:eu:a", f"urn:e{n:02}", f"refund {'late ' * (n % 5)}", False)) for n in range(23)])
    search, clearance = Search(index, Hashing()), clear({"urn:eu:a"})
    whole = search.search(clearance, "refund late", 100)
    after, paged = None, []
    while True:
        page = search.search(clearance, "refund late", 7, after)
        paged += [hit.entity for hit in page.nodes]
        if not page.more:
            break
        after = page.nodes[-1].cursor
    assert paged == [hit.entity for hit in whole.nodes]
    assert len(set(paged)) == 23


@pytest.mark.parametrize("cursor", ["", "xx", "e30", "WzEsMl0", "W05hTiwiYSJd", "é"])
def test_a_cursor_that_is_none_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid) as raised:
        Search(Index(), Hashing()).search(clear(set()), "refund", after=cursor)
    assert raised.value.code == "cursor-invalid"


@pytest.mark.parametrize("late", [False, True])
def test_a_site_that_does_not_answer_leaves_words_and_its_step(late: bool) -> None:
    def is_late() -> None:
        raise Timeout("late", code="site-late")

    index = Index()
    fill(index, [(0, ("urn:eu:a", "urn:e0", "refund", True)), (1, ("urn:eu:a", "urn:e1", "parcel", True))])
    embedder = Hashing(then=is_late) if late else Hashing(down={"urn:deployment:eu"})
    steps: list[Step] = []
    hits = Search(index, embedder).search(clear({"urn:eu:a"}), "refund", route=ByPrefix(), note=steps.append)
    assert [hit.entity for hit in hits.nodes] == ["urn:e0"]
    assert [(step.deployment, step.count) for step in steps] == [("urn:deployment:eu", 1)]
    with pytest.raises(Unavailable, match="ledger"):
        Search(index, embedder).search(clear({"urn:eu:a"}), "refund", route=ByPrefix(), note=broken)


def broken(step: Step) -> None:
    raise Unavailable("the ledger cannot be written")


def ignore(step: Step) -> None:
    """For tests that ask for hits alone."""


def test_vectors_of_another_version_are_not_compared() -> None:
    index = Index()
    fill(index, [(0, ("urn:eu:a", "urn:e0", "refund", True))])
    hits = Search(index, Hashing(version="v2")).search(
        clear({"urn:eu:a"}), "parcel", route=ByPrefix(), note=ignore
    )
    assert hits.nodes == ()


def test_the_query_goes_where_the_rules_say_for_no_compartment() -> None:
    index, embedder, route = Index(), Hashing(), ByPrefix()
    fill(index, [(0, ("urn:us:c", "urn:e0", "refund", True))])
    steps: list[Step] = []
    Search(index, embedder).search(clear({"urn:us:c"}), "refund", route=route, note=steps.append)
    assert route.asked == [(frozenset(), "https://w3id.org/ambit#Embedding")]
    assert embedder.sent == [("urn:deployment:eu", ("refund",))]
    assert [(step.deployment, step.handed, step.count) for step in steps] == [("urn:deployment:eu", (), 1)]


def test_a_snippet_shows_the_words_asked_for() -> None:
    index = Index()
    text = " ".join(["filler"] * 100 + ["refunds", "take", "ten", "days"] + ["filler"] * 56)
    index.put("urn:r", "urn:eu:a", [Passage("urn:e", text, "Handbook", text, "Handbook", "urn:r", "urn:g")])
    hit = Search(index, Hashing()).search(clear({"urn:eu:a"}), "how many days").nodes[0]
    assert "ten days" in hit.snippet
    assert hit.label == "Handbook"


def test_words_fold_case_and_accents() -> None:
    assert terms_of("Zürich, STRASSE straße!") == ["zurich", "strasse", "strasse"]
