"""What is alike is found among what one may read, as if there were nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inference_world import Unit, clearance, hashed, indexed

from ambit.inference import similar as comparing
from ambit.inference.index import Index
from ambit.inference.similar import Near, similar

COMPARTMENTS = ("urn:eu:a", "urn:eu:b", "urn:us:c")
ENTITIES = [f"urn:e{n}" for n in range(6)]

units = st.builds(
    Unit,
    st.sampled_from(COMPARTMENTS),
    st.sampled_from(ENTITIES),
    st.just(()),
    st.lists(st.sampled_from(("refund", "parcel", "late", "card")), min_size=1, max_size=4).map(" ".join),
    st.booleans(),
)


def alike(
    index: Index, permitted: set[str], entities: list[str], first: int = 10
) -> dict[str, tuple[Near, ...]]:
    """All that a caller sees."""
    found: dict[str, tuple[Near, ...]] = {}
    for some in similar(index, clearance(permitted), entities, first):
        found |= some
    return found


@settings(max_examples=250, deadline=None)
@given(
    st.lists(units, max_size=24),
    st.sets(st.integers(0, 23), max_size=4),
    st.sets(st.sampled_from(COMPARTMENTS)),
    st.integers(0, 5),
)
def test_the_nearest_are_as_if_the_hidden_were_absent(
    said: list[Unit], gone: set[int], permitted: set[str], first: int
) -> None:
    numbered = dict(enumerate(said))
    shown = {n: unit for n, unit in numbered.items() if n not in gone and unit.compartment in permitted}
    found = alike(indexed(numbered, gone), permitted, ENTITIES, first)
    assert found == alike(indexed(shown), permitted, ENTITIES, first)
    assert found.keys() == {unit.entity for unit in shown.values() if unit.embedded}
    for entity, others in found.items():
        assert entity not in {near.entity for near in others}
        assert len(others) == min(first, len(found) - 1)
        assert [(-near.score, near.entity) for near in others] == sorted(
            (-near.score, near.entity) for near in others
        )
        assert all(near.compartments <= permitted for near in others)


def test_the_nearest_comes_first_and_neighbours_in_the_list_change_nothing() -> None:
    index = indexed(
        {n: Unit("urn:eu:a", f"urn:e{n}", (), "refund " * (n + 1) + "late " * (6 - n)) for n in range(6)}
    )
    together = alike(index, {"urn:eu:a"}, ENTITIES)
    assert [near.entity for near in together["urn:e0"]] == ["urn:e1", "urn:e2", "urn:e3", "urn:e4", "urn:e5"]
    for entity in ENTITIES:
        assert alike(index, {"urn:eu:a"}, [entity]) == {entity: together[entity]}


def test_a_long_entity_does_not_push_others_out() -> None:
    many = {n: Unit("urn:eu:a", "urn:long", (), f"refund late {n}") for n in range(comparing.DEPTH + 20)}
    other = {900: Unit("urn:eu:a", "urn:other", (), "card card card")}
    (near,) = alike(indexed(many | other), {"urn:eu:a"}, ["urn:long"])["urn:long"]
    assert near.entity == "urn:other"


def test_vectors_of_different_versions_are_not_compared() -> None:
    index = indexed(
        {1: Unit("urn:eu:a", "urn:e1", (), "refund", False), 2: Unit("urn:us:c", "urn:e2", (), "refund")}
    )
    index.put_vector("urn:eu:a", ("urn:e1", "refund"), "v2", hashed("refund"))
    assert alike(index, set(COMPARTMENTS), ["urn:e1", "urn:e2"]) == {"urn:e1": (), "urn:e2": ()}


def test_an_entity_is_the_mean_of_what_one_may_read_of_it() -> None:
    index = indexed(
        {
            1: Unit("urn:eu:a", "urn:e1", (), "refund"),
            2: Unit("urn:us:c", "urn:e1", (), "card"),
            3: Unit("urn:eu:a", "urn:e2", (), "card"),
        }
    )
    (narrow,) = alike(index, {"urn:eu:a"}, ["urn:e1"])["urn:e1"]
    (wide,) = alike(index, {"urn:eu:a", "urn:us:c"}, ["urn:e1"])["urn:e1"]
    refund, card = hashed("refund").astype(float), hashed("card").astype(float)
    mean = (refund + card) / np.linalg.norm(refund + card)
    assert abs(narrow.score - refund @ card) < 1e-6
    assert abs(wide.score - mean @ card) < 1e-6


def test_a_copy_in_a_second_compartment_pushes_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "DEPTH", 2)
    index = indexed(
        {
            1: Unit("urn:eu:a", "urn:e1", (), "refund refund"),
            2: Unit("urn:eu:a", "urn:e2", (), "refund refund late"),
            3: Unit("urn:us:c", "urn:e2", (), "refund refund late"),
            4: Unit("urn:eu:a", "urn:e3", (), "late"),
        }
    )
    found = alike(index, {"urn:eu:a", "urn:us:c"}, ["urn:e1"])["urn:e1"]
    assert [near.entity for near in found] == ["urn:e2", "urn:e3"]
